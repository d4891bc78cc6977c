//! The tests.

use crate::support::{self, SPIN_US, Supervised, Workload, alive, lines, state, wait_for};
use std::process::Command;

/// Kernel ticks are 10 ms; clocks are read a little before or after the end.
const SLACK_US: u64 = 20_000;

pub(crate) fn a_thousand_short_children_are_counted() {
    let script = "i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done; times";
    let run = Supervised::new(&["bash", "-c", script]).run();
    let kernel_us: u64 = run.stdout.split_whitespace().map(shell_time_us).sum();
    assert!(kernel_us > 100_000, "{}", run.stdout);
    assert!(run.cpu_us * 100 >= kernel_us * 99, "{} of {kernel_us}", run.cpu_us);
    assert!(run.cpu_us <= kernel_us + SLACK_US, "{} of {kernel_us}", run.cpu_us);
}

/// `0m1.250000s` as `times` prints it.
fn shell_time_us(time: &str) -> u64 {
    let (minutes, seconds) = time.trim_end_matches('s').split_once('m').unwrap();
    let seconds: f64 = seconds.parse().unwrap();
    (minutes.parse::<f64>().unwrap() * 60e6 + seconds * 1e6) as u64
}

pub(crate) fn threads_children_and_orphans_are_counted() {
    for shape in ["threads", "children", "grandchildren", "daemons"] {
        let work = Workload::new(shape);
        let run = Supervised::new(&work.command()).period_ms(50).run();
        let kernel_us = work.own_account_us();
        assert!(kernel_us >= 4 * SPIN_US, "{shape}: {kernel_us}");
        assert!(run.cpu_us >= kernel_us, "{shape}: {} of {kernel_us}", run.cpu_us);
        // The rest is start and end of the programs, outside their account.
        assert!(
            run.cpu_us <= kernel_us * 12 / 10 + SLACK_US,
            "{shape}: {} of {kernel_us}",
            run.cpu_us
        );
    }
}

pub(crate) fn children_that_nobody_waits_for_are_counted() {
    let work = Workload::new("forgotten");
    let before_us = taken_from_the_machine_us();
    let run = Supervised::new(&work.command()).period_ms(20).run();
    let taken_us = taken_from_the_machine_us() - before_us;
    let kernel_us = work.own_account_us();
    if run.finding.contains("no perf") {
        // What ended between two samples is lost then, and the finding says so.
        assert!(run.cpu_us * 2 >= kernel_us, "{} of {kernel_us}", run.cpu_us);
    } else {
        // The only clock that sees them runs on while a hypervisor has the
        // processor, so what it took is left out.
        let counted_us = run.cpu_us + taken_us;
        assert!(counted_us * 100 >= kernel_us * 99, "{counted_us} of {kernel_us}");
    }
}

/// Interrupts and what a hypervisor took, since boot, in the 10 ms ticks of
/// `/proc/stat`.
fn taken_from_the_machine_us() -> u64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let ticks = stat.lines().next().unwrap().split_whitespace().skip(6).take(3);
    ticks.map(|ticks| ticks.parse::<u64>().unwrap() * 10_000).sum()
}

pub(crate) fn a_strangers_work_is_not_ours() {
    let work = Workload::new("children");
    let command = work.command();
    let mut stranger = Command::new(&command[0]).args(&command[1..]).spawn().unwrap();
    let run = Supervised::new(&["sleep", "0.2"]).period_ms(20).run();
    stranger.wait().unwrap();
    assert!(work.own_account_us() >= 4 * SPIN_US);
    assert!(run.cpu_us < 20_000, "{}", run.cpu_us);
}

pub(crate) fn usage_never_steps_back_and_names_the_living() {
    let run =
        Supervised::new(&["sh", "-c", "/bin/true; sleep 1 & sleep 1; wait"]).period_ms(20).run();
    assert!(run.samples.windows(2).all(|pair| pair[0] <= pair[1]), "{:?}", run.samples);
    assert_eq!(run.most_pids, 3);
    assert!(run.most_rss > 200_000, "{}", run.most_rss);
}

pub(crate) fn exit_codes_are_kept() {
    for (script, code) in
        [("exit 0", 0), ("exit 3", 3), ("kill -KILL $$", 137), ("kill -TERM $$", 143)]
    {
        assert_eq!(Supervised::new(&["sh", "-c", script]).run().code, code, "{script}");
    }
    assert_eq!(Supervised::new(&["no-such-command-anywhere"]).run().code, 127);
    assert_eq!(Supervised::new(&["/etc/passwd"]).run().code, 126);
    assert_eq!(Supervised::new(&["/no/such/command"]).run().code, 127);
}

pub(crate) fn signals_reach_the_command() {
    for signal in ["TERM", "HUP", "USR1", "USR2", "INT"] {
        let script =
            format!("trap 'echo got; exit 9' {signal}; echo ready; while :; do sleep 0.05; done");
        let mut run = Supervised::new(&["sh", "-c", &script]).start();
        run.until_printed("ready");
        run.signal(signal);
        let ended = run.end();
        assert_eq!((ended.code, lines(&ended.stdout)), (9, vec!["ready", "got"]), "{signal}");
    }
}

pub(crate) fn what_was_ignored_stays_ignored() {
    let script = "kill -HUP $PPID; sleep 0.1; kill -HUP $$; echo alive";
    let run = Supervised::new(&["sh", "-c", script]).ignoring("HUP").run();
    assert_eq!((run.code, run.stdout.trim()), (0, "alive"));
}

pub(crate) fn the_terminals_interrupt_arrives_once() {
    // `script` gives a terminal, into which Ctrl-C is typed. The command waits
    // in the shell itself: one that saw a child of its own die of the same key
    // may end as that child did.
    let inner = Supervised::new(&[
        "sh",
        "-c",
        "trap 'echo interrupted; n=1' INT; echo ready; until [ $n ]; do read line; done; sleep 0.3; exit 4",
    ]);
    let run = inner.in_terminal("\u{3}");
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.stdout.matches("interrupted").count(), 1, "{}", run.stdout);
}

pub(crate) fn a_stopped_group_continues() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let script = format!("echo ready; until [ -e {} ]; do sleep 0.05; done; exit 5", go.display());
    let mut run = Supervised::new(&["sh", "-c", &script]).own_group().start();
    run.until_printed("ready");
    let command = run.command_pid();
    run.signal_group("TSTP");
    // A shell that loads a program waits for it in the kernel: `D`.
    let stopped = |pid| matches!(state(pid), Some('T' | 'D'));
    wait_for("both to stop", || state(run.pid()) == Some('T') && stopped(command));
    std::fs::write(&go, "").unwrap();
    run.signal_group("CONT");
    assert_eq!(run.end().code, 5);
}

pub(crate) fn what_is_left_behind_is_named_and_counted() {
    let script = "setsid sleep 8 >/dev/null 2>&1 & until [ $(cat /proc/$!/comm) = sleep ]; do :; done; exit 2";
    let run = Supervised::new(&["sh", "-c", script]).run();
    assert_eq!((run.code, run.left_behind), (2, vec!["sleep".to_owned()]));
    let work = Workload::new("leaving");
    let run = Supervised::new(&work.command()).run();
    assert_eq!(run.left_behind.len(), 1);
    assert!(run.cpu_us >= work.own_account_us(), "{} of {}", run.cpu_us, work.own_account_us());
}

pub(crate) fn a_program_accounts_for_itself() {
    let work = Workload::new("account-for-itself");
    let command = work.command();
    let output = Command::new(&command[0]).args(&command[1..]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let (whole, children) = printed.trim().split_once(' ').unwrap();
    let (whole, children): (u64, u64) = (whole.parse().unwrap(), children.parse().unwrap());
    let in_children = work.own_account_us();
    assert!((in_children..in_children * 12 / 10 + SLACK_US).contains(&children), "{printed}");
    assert!(whole >= children + 2 * SPIN_US, "{printed}");
    assert!(whole <= children + 2 * SPIN_US + SLACK_US, "{printed}");
}

pub(crate) fn when_killed_the_command_ends_or_goes_on() {
    // Orphans, one of them without the tag, and one that ignores SIGTERM.
    let script = "setsid sleep 60 & env -i sleep 60 & trap '' TERM; sh -c 'kill -STOP $$; exec sleep 60' & echo ready; wait; wait";
    for (on_death, ends) in [("end", true), ("continue", false)] {
        let mut run = Supervised::new(&["sh", "-c", script]).on_death(on_death).start();
        run.until_printed("ready");
        let command = run.command_pid();
        let mut pids = Vec::new();
        wait_for("the children", || {
            pids = support::descendants(command);
            pids.len() == 4 && pids.iter().any(|&pid| state(pid) == Some('T'))
        });
        run.signal("KILL");
        run.end();
        if ends {
            wait_for("the command to end", || !pids.iter().any(|&pid| alive(pid)));
        } else {
            wait_for("the command to go on", || !pids.iter().any(|&pid| state(pid) == Some('T')));
            assert!(pids.iter().all(|&pid| alive(pid)));
            pids.iter().for_each(|&pid| support::kill(pid, "KILL"));
        }
    }
}

pub(crate) fn the_guardian_goes_with_the_run_and_holds_nothing_open() {
    // Reading to the end of the pipe hangs where anyone holds it open.
    let run = Supervised::new(&["sh", "-c", "echo out"]).on_death("end").run();
    assert_eq!((run.code, run.stdout.trim()), (0, "out"));
    assert!(!support::tagged_remain(&run.id));
    assert!(run.left_behind.is_empty());
}
