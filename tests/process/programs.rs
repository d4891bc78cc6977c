//! What this program does when the tests start it: supervise a command, or be
//! one that uses a known amount of CPU time.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use wattcast::process::{Accounting, Guardian, Job, OnDeath, RunTag, Spec};
use wattcast_core::units::Uptime;

use crate::support::{PROGRAM, SPIN_US};

fn variable(name: &str) -> String {
    std::env::var(format!("TEST_{name}")).unwrap_or_default()
}

/// Runs the command in `TEST_COMMAND` (one word a line), appends what it
/// learns to the file `TEST_OUT`, and ends as the command did.
pub(crate) fn supervise() {
    let mut out = OpenOptions::new().append(true).create(true).open(variable("OUT")).unwrap();
    let mut words = variable("COMMAND").lines().map(Into::into).collect::<Vec<_>>();
    let tag = RunTag::new(&variable("ID"));
    let on_death = match variable("DEATH").as_str() {
        "end" => Some(OnDeath::End(Duration::from_millis(300))),
        "continue" => Some(OnDeath::Continue),
        _ => None,
    };
    let guardian = on_death.map(|on_death| Guardian::start(on_death).unwrap());
    let spec = Spec::new(words.remove(0), words, tag);
    let mut job = match Job::start(&spec, guardian) {
        Ok(job) => job,
        Err(error) => std::process::exit(error.exit_code().into()),
    };
    writeln!(out, "command {}", job.id()).unwrap();
    let period = variable("PERIOD_MS").parse().ok().map(Duration::from_millis);
    let exit = loop {
        if let Some(exit) = job.wait(period).unwrap() {
            break exit;
        }
        let usage = job.usage(Uptime::ZERO);
        let (pids, rss) = (job.pids().len(), usage.process_rss_bytes);
        writeln!(out, "sample {} {pids} {rss}", usage.process_cpu_us).unwrap();
    };
    writeln!(out, "finding {}", job.finding().detail).unwrap();
    let ended = job.finish(Uptime::ZERO);
    writeln!(out, "cpu {}", ended.usage.process_cpu_us).unwrap();
    for left in ended.left_behind {
        writeln!(out, "left {}", left.name).unwrap();
    }
    std::process::exit(exit.code().into());
}

/// Accounts for its own four pieces of work, two of them in children that it
/// waits for, by the tree alone, and prints that.
pub(crate) fn account_for_itself() {
    let mut whole = Accounting::of_self();
    let mut children = Accounting::of_children_by_tree();
    (0..2).for_each(|_| again("one").wait().map(drop).unwrap());
    let thread = std::thread::spawn(|| spin(UsageWho::RUSAGE_THREAD));
    spin(UsageWho::RUSAGE_THREAD);
    thread.join().unwrap();
    let used = |accounting: &mut Accounting| accounting.usage(Uptime::ZERO).process_cpu_us;
    println!("{} {}", used(&mut whole), used(&mut children));
}

/// Uses four times [`SPIN_US`] in one of several shapes; each process appends
/// what the kernel says it used to the file `TEST_ACCOUNT`.
pub(crate) fn work(shape: &str) {
    match shape {
        "threads" => std::thread::scope(|scope| {
            (0..4).for_each(|_| drop(scope.spawn(|| spin(UsageWho::RUSAGE_THREAD))));
        }),
        "children" => (0..4).for_each(|_| again("one").wait().map(drop).unwrap()),
        "grandchildren" => again("children").wait().map(drop).unwrap(),
        // Each ends before its child does, which then belongs to somebody else.
        "daemons" => {
            (0..4).for_each(|_| again("parent").wait().map(drop).unwrap());
            while std::fs::read_to_string(variable("ACCOUNT")).unwrap().lines().count() < 8 {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        "parent" => drop(again("one")),
        "forgotten" => {
            forget_children();
            let mut children: Vec<_> = (0..4).map(|_| again("one")).collect();
            // The kernel has collected them itself.
            children.iter_mut().for_each(|child| assert!(child.wait().is_err()));
        }
        "leaving" => {
            drop(again("lingering"));
            while std::fs::read_to_string(variable("ACCOUNT")).is_err() {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        _ => spin(UsageWho::RUSAGE_SELF),
    }
    let account = format!("{}\n", used_us(UsageWho::RUSAGE_SELF));
    let file = OpenOptions::new().append(true).create(true).open(variable("ACCOUNT"));
    file.unwrap().write_all(account.as_bytes()).unwrap();
    if shape == "lingering" {
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn again(shape: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap()).env(PROGRAM, shape).spawn().unwrap()
}

fn spin(who: UsageWho) {
    let until = used_us(who) + SPIN_US;
    while used_us(who) < until {}
}

fn used_us(who: UsageWho) -> u64 {
    let usage = getrusage(who).unwrap();
    let us = |time: nix::sys::time::TimeVal| (time.tv_sec() * 1_000_000 + time.tv_usec()) as u64;
    us(usage.user_time()) + us(usage.system_time())
}

#[allow(unsafe_code, reason = "setting a signal action has no safe interface")]
fn forget_children() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: no handler is run.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
}
