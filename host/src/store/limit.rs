//! Limits on the size of files (`ulimit -f`). Their signal ends a process by
//! default; a meter must not end for want of room in its ledger.
#![allow(unsafe_code, reason = "there is no safe interface to signal handlers")]

use std::sync::Once;

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

extern "C" fn nothing(_: nix::libc::c_int) {}

/// Lets a write beyond the limit fail, as one to a full disk does. Only where
/// nobody has chosen otherwise; a command that is started gets the default
/// back, since handlers end with `exec`.
pub(super) fn fail_by_error() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = SigHandler::Handler(nothing);
        let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
        // SAFETY: the handler does nothing.
        let before = unsafe { sigaction(Signal::SIGXFSZ, &action) };
        if let Ok(before) = before
            && !matches!(before.handler(), SigHandler::SigDfl)
        {
            // SAFETY: an action that stood there before.
            let _ = unsafe { sigaction(Signal::SIGXFSZ, &before) };
        }
    });
}
