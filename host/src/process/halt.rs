//! Stopping a process tree by signals, and letting it go on.
//!
//! Parents are stopped before their children, over and over until a look at
//! all processes finds no other: what is stopped starts nothing. Which process
//! group or session a member has moved to does not matter, and wattcast, which
//! shares the command's group, is not stopped with it.

use std::io::{self, ErrorKind};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Accounting;

/// How long processes may take to stop; one that waits for a device cannot
/// sooner.
const PATIENCE: Duration = Duration::from_secs(5);

/// What has been stopped.
#[derive(Debug, Default)]
pub(super) struct Halt {
    stopped: Vec<u32>,
    /// Stopped by somebody else, who will continue them.
    foreign: Vec<u32>,
}

impl Halt {
    /// Stops all members of the tree.
    ///
    /// # Errors
    /// Where one of them has not stopped after some seconds; it stops as soon
    /// as it can.
    pub(super) fn stop(&mut self, accounting: &mut Accounting) -> io::Result<()> {
        let began = Instant::now();
        loop {
            let mut is_settled = true;
            for pid in accounting.all() {
                let is_ours = self.stopped.contains(&pid);
                if self.foreign.contains(&pid) {
                    continue;
                }
                match accounting.is_stopped(pid) {
                    Some(true) if !is_ours => self.foreign.push(pid),
                    Some(false) if is_ours && accounting.waits_for_stopped(pid) => {}
                    Some(false) => {
                        is_settled = false;
                        if !is_ours {
                            self.stopped.push(pid);
                            send(pid, Signal::SIGSTOP);
                        }
                    }
                    _ => {}
                }
            }
            if is_settled {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(io::Error::new(ErrorKind::TimedOut, "a process does not stop"));
            }
            sleep(Duration::from_micros(500));
        }
    }

    /// Lets what was stopped go on, children before their parents.
    pub(super) fn go_on(&mut self) {
        for pid in self.stopped.drain(..).rev() {
            send(pid, Signal::SIGCONT);
        }
        self.foreign.clear();
    }
}

fn send(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        // It may have ended in this moment.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}
