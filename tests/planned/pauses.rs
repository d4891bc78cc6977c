//! What a pause stops, and what it does not.

use nix::sys::signal::Signal;

use crate::support::{Planned, kill, state, tagged, wait_for};

/// Children in the group, in another session, and orphaned.
const FAMILY: &str = "echo $$ > pid.new; mv pid.new pid
    tick() { i=0; until [ -e stop ]; do i=$((i+1)); echo $i > $1; sleep 0.01; done; }
    tick count1 & setsid sh -c 'i=0; until [ -e stop ]; do i=$((i+1)); echo $i > count2; sleep 0.01; done' &
    ( setsid sh -c 'echo $$ > orphan; i=0
        until [ -e stop ]; do i=$((i+1)); echo $i > count3; sleep 0.01; done' & )
    tick count4; wait; while kill -0 $(cat orphan) 2>&-; do sleep 0.01; done";

fn counts(planned: &Planned) -> Vec<Option<String>> {
    (1..=4).map(|number| planned.read(&format!("count{number}"))).collect()
}

/// A shell that starts a program waits in the kernel, `D`, until the program
/// is loaded: that may be the moment of the pause.
fn every_process_stops_and_goes_on(options: &[&str], stopped: [char; 2]) {
    let planned = Planned::hours(&[(0, 1), (4, 20)]).script(FAMILY).option(options);
    let mut run = planned.start();
    run.until("pauses");
    let pid = planned.pid();
    let now = state(pid);
    assert!(now.is_some_and(|now| stopped.contains(&now)), "{now:?}");
    let before = counts(&planned);
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(counts(&planned), before, "{:?}", run.told);
    run.until("resumes");
    wait_for("all to go on", || {
        let now = counts(&planned);
        now.iter().zip(&before).all(|(now, before)| now != before).then_some(())
    });
    planned.touch("stop");
    assert_eq!(run.end(), 0);
    let warnings = planned.report()["warnings"].to_string();
    assert!(!warnings.contains("not paused"), "{warnings}");
    let id = planned.report()["run"].as_str().unwrap().to_owned();
    wait_for("all to end", || tagged(&id).is_empty().then_some(()));
}

#[test]
fn signals_reach_those_that_left_the_group() {
    every_process_stops_and_goes_on(&[], ['T', 'D']);
}

/// Its child shares its memory until it is another program, and is stopped
/// before that: the parent never shows as stopped.
#[test]
fn a_process_that_waits_for_its_stopped_child_is_paused_too() {
    let script = "exec python3 -c 'import os; os.mkfifo(\"fifo\")
open(\"pid.new\", \"w\").write(str(os.getpid())); os.rename(\"pid.new\", \"pid\")
read = (os.POSIX_SPAWN_OPEN, 0, \"fifo\", os.O_RDONLY, 0)
child = os.posix_spawn(\"/bin/sleep\", [\"sleep\", \"0\"], os.environ, file_actions=[read])
os.waitpid(child, 0)'";
    let planned = Planned::hours(&[(0, 2), (4, 20)]).script(script);
    let mut run = planned.start();
    let pid = planned.pid();
    wait_for("the child", || (state(pid) == Some('D')).then_some(()));
    run.until("pauses");
    assert_eq!(state(pid), Some('D'));
    run.until("resumes");
    planned.touch("fifo");
    assert_eq!(run.end(), 0);
    let warnings = planned.report()["warnings"].to_string();
    assert!(!warnings.contains("not paused"), "{warnings}");
}

#[test]
fn the_freezer_stops_all_at_once_and_is_removed() {
    let group = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mount = group.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let point = fields.next()?;
        (fields.next()? == "cgroup2").then(|| point.to_owned())
    });
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = own.lines().find_map(|line| line.strip_prefix("0::/")).map(str::to_owned);
    let (Some(mount), Some(own)) = (mount, own) else {
        eprintln!("skipped: no cgroup v2 here");
        return;
    };
    let folder = std::path::Path::new(&mount).join(own);
    let probe = folder.join(format!("wattcast-probe-{}", std::process::id()));
    if std::fs::create_dir(&probe).is_err() {
        eprintln!("skipped: no control group may be made here");
        return;
    }
    std::fs::remove_dir(&probe).unwrap();
    // Frozen processes sleep; the kernel shows no other state.
    every_process_stops_and_goes_on(&["--pause-by", "freezer"], ['S', 'D']);
    let left = std::fs::read_dir(&folder).unwrap().flatten();
    let ours = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("wattcast-"));
    let empty = ours.filter(|entry| {
        std::fs::read_to_string(entry.path().join("cgroup.procs")).is_ok_and(|all| all.is_empty())
    });
    assert_eq!(empty.count(), 0);
}

#[test]
fn a_signal_that_asks_to_end_reaches_a_paused_command() {
    let script = "trap 'echo got > got; exit 9' TERM; echo $$ > pid.new; mv pid.new pid
        while :; do sleep 0.01; done";
    let planned = Planned::hours(&[(0, 1), (20, 21)]).script(script);
    let mut run = planned.start();
    run.until("pauses");
    kill(run.child.id(), Signal::SIGTERM);
    assert_eq!(run.end(), 9, "{:?}", run.told);
    assert_eq!(planned.read("got").as_deref(), Some("got"));
    // The machine may be going down: the same command takes the plan up.
    assert!(run.told.iter().any(|line| line.contains("the plan is kept")), "{:?}", run.told);
}

#[test]
fn a_command_that_is_killed_while_paused_ends_the_run() {
    let planned = Planned::hours(&[(0, 1), (20, 21)]);
    let mut run = planned.start();
    run.until("pauses");
    kill(planned.pid(), Signal::SIGKILL);
    assert_eq!(run.end(), 137);
    let report = planned.report();
    let pause = report["pauses"][0]["duration_us"].as_u64().unwrap();
    let running = report["running_us"].as_u64().unwrap();
    assert_eq!(pause + running, report["duration_us"].as_u64().unwrap());
}
