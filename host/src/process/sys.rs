//! The calls for which there is no safe interface: a signal handler that knows
//! the sender, and `fork`.
#![allow(unsafe_code, reason = "signal handlers and fork have no safe interface")]

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::atomic::{AtomicI32, Ordering};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// Where the handler writes, or -1.
static RELAY: AtomicI32 = AtomicI32::new(-1);

/// Bytes of one message from the handler: signal, sent by a user, sender.
pub(super) const MESSAGE: usize = 6;

extern "C" fn relay(signal: libc::c_int, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    let errno = Errno::last_raw();
    // SAFETY: the kernel passes a valid siginfo_t with SA_SIGINFO; the sender
    // is a plain integer in it, zero where there is none.
    let (code, sender) = unsafe { ((*info).si_code, (*info).si_pid()) };
    // On Linux a process sends with codes up to SI_USER = 0, the kernel above;
    // elsewhere the terminal has no sender.
    let sent = if cfg!(target_os = "linux") { code <= 0 } else { sender != 0 };
    let mut message = [0u8; MESSAGE];
    let [kind, by, pid @ ..] = &mut message;
    *kind = u8::try_from(signal).unwrap_or(0);
    *by = u8::from(sent);
    *pid = sender.to_ne_bytes();
    let fd = RELAY.load(Ordering::Relaxed);
    if fd >= 0 {
        // SAFETY: the descriptor stays open for as long as it stands in RELAY.
        // write(2) is async-signal-safe; a full pipe loses a message whose
        // like is already waiting.
        let _ = nix::unistd::write(unsafe { BorrowedFd::borrow_raw(fd) }, &message);
    }
    Errno::set_raw(errno);
}

/// Handlers that pass signals to a pipe. Restored when dropped.
pub(super) struct Handlers {
    before: Vec<(Signal, SigAction)>,
    _writer: PipeWriter,
}

impl Handlers {
    /// Catches `signals`, except those that this process was told to ignore,
    /// so that the command goes on ignoring them (`nohup`). `None` where
    /// handlers are installed already.
    pub(super) fn install(signals: &[Signal]) -> io::Result<Option<(Self, PipeReader)>> {
        let (reader, writer) = io::pipe()?;
        fcntl(&reader, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        if RELAY
            .compare_exchange(-1, writer.as_raw_fd(), Ordering::SeqCst, Ordering::SeqCst)
            .is_err()
        {
            return Ok(None);
        }
        let mut handlers = Self { before: Vec::with_capacity(signals.len()), _writer: writer };
        let flags = SaFlags::SA_RESTART | SaFlags::SA_SIGINFO;
        let action = SigAction::new(SigHandler::SigAction(relay), flags, SigSet::empty());
        for &signal in signals {
            // SAFETY: `relay` only makes async-signal-safe calls and keeps
            // errno.
            let before = unsafe { sigaction(signal, &action) }?;
            if matches!(before.handler(), SigHandler::SigIgn) && signal != Signal::SIGCHLD {
                // SAFETY: an action that stood there before.
                unsafe { sigaction(signal, &before) }?;
            } else {
                handlers.before.push((signal, before));
            }
        }
        Ok(Some((handlers, reader)))
    }
}

impl Drop for Handlers {
    fn drop(&mut self) {
        for (signal, action) in &self.before {
            // SAFETY: an action that stood there before.
            let _ = unsafe { sigaction(*signal, action) };
        }
        RELAY.store(-1, Ordering::SeqCst);
    }
}

/// Splits this process in two and runs `child` in the copy, which ends with
/// it. `child` must not panic.
///
/// # Errors
/// Where more than one thread runs here, whose locks the copy would inherit
/// for ever, and where the system refuses.
#[cfg(target_os = "linux")]
pub(super) fn fork(child: impl FnOnce()) -> io::Result<nix::unistd::Pid> {
    use std::os::unix::fs::MetadataExt;
    // A directory has two links and one for each directory in it.
    if std::fs::metadata("/proc/self/task")?.nlink() != 3 {
        return Err(io::Error::other("other threads are running already"));
    }
    // SAFETY: this is the only thread, so the copy may call anything.
    match unsafe { nix::unistd::fork() }? {
        nix::unistd::ForkResult::Parent { child } => Ok(child),
        nix::unistd::ForkResult::Child => {
            child();
            // SAFETY: ends the copy without the exit handlers of the original.
            unsafe { libc::_exit(0) }
        }
    }
}

/// Ignores `signals` from here on.
#[cfg(target_os = "linux")]
pub(super) fn ignore(signals: &[Signal]) {
    let action = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
    for &signal in signals {
        // SAFETY: no handler is run.
        let _ = unsafe { sigaction(signal, &action) };
    }
}

/// Closes all descriptors except the standard ones and `kept`.
#[cfg(target_os = "linux")]
pub(super) fn close_all_but(kept: BorrowedFd<'_>) {
    let kept = libc::c_uint::try_from(kept.as_raw_fd()).unwrap_or(libc::c_uint::MAX);
    let close = |first: libc::c_uint, last: libc::c_uint| {
        if first <= last {
            // SAFETY: called in a forked copy that uses none of these any
            // more. Before Linux 5.9 the call fails and they stay open.
            unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        }
    };
    close(3, kept.saturating_sub(1));
    close(kept.saturating_add(1), libc::c_uint::MAX);
}
