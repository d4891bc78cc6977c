//! The user's own ways to pause, and commands that save.

use crate::support::Planned;

#[test]
fn hooks_take_the_place_of_signals() {
    let planned = Planned::hours(&[(0, 1), (3, 20)]).option(&[
        "--on-pause",
        "echo pause $WATTCAST_ZONE >> log",
        "--on-resume",
        "echo resume $WATTCAST_ZONE >> log",
    ]);
    let mut run = planned.start();
    run.until("resumes");
    planned.touch("stop");
    assert_eq!(run.end(), 0);
    assert_eq!(planned.read("log").as_deref(), Some("pause DE\nresume DE"));
}

#[test]
fn a_hook_that_fails_is_told_and_signals_pause() {
    let planned = Planned::hours(&[(0, 1), (3, 20)]).option(&[
        "--on-pause",
        "exit 3",
        "--on-resume",
        "echo no >> log",
    ]);
    let mut run = planned.start();
    run.until("exit code 3");
    run.until("resumes");
    planned.touch("stop");
    assert_eq!(run.end(), 0);
    assert_eq!(planned.read("log"), None);
}

#[test]
fn a_move_runs_its_hook_between_zones() {
    let planned = Planned::hours(&[(0, 1), (1, 20)])
        .option(&["--on-move", "echo $WATTCAST_ZONE_BEFORE to $WATTCAST_ZONE >> log"]);
    let plan = planned.read("plan.json").unwrap();
    let (first, second) = plan.rsplit_once("DE").unwrap();
    std::fs::write(planned.path("plan.json"), format!("{first}FR{second}")).unwrap();
    let mut run = planned.start();
    run.until("moves to FR");
    run.until("resumes");
    planned.touch("stop");
    assert_eq!(run.end(), 0);
    assert_eq!(planned.read("log").as_deref(), Some("DE to FR"));
}

/// Saves when the control file asks, as the PyTorch example does.
const SAVES: &str = "trap 'echo told > told' USR1; echo $$ > pid.new; mv pid.new pid; i=0
    until [ -e stop ]; do i=$((i+1)); sleep 0.01
        if [ \"$(cat $WATTCAST_CONTROL)\" = checkpoint ]; then
            echo $i > save.new; mv save.new save; echo saved > $WATTCAST_CONTROL
            until [ \"$(cat $WATTCAST_CONTROL)\" = run ]; do sleep 0.01; done
        fi
    done";

#[test]
fn a_command_saves_before_it_is_paused_and_goes_on_after_a_kill() {
    let planned = Planned::hours(&[(0, 1), (3, 4), (6, 30 - 7)]).script(SAVES).option(&[
        "--checkpoint",
        "--checkpoint-signal",
        "usr1",
    ]);
    let mut run = planned.start();
    run.until("pauses");
    assert!(planned.read("save").is_some());
    assert_eq!(planned.read("told").as_deref(), Some("told"));
    run.until("resumes");
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    // Some of the work was saved, and counts.
    let mut again = planned.start();
    again.until("takes up the plan");
    let line = again.told.last().unwrap();
    assert!(!line.contains("; 0"), "{line}");
    again.until("runs");
    planned.touch("stop");
    assert_eq!(again.end(), 0, "{:?}", again.told);
    assert_eq!(planned.runs().len(), 2);
    let earlier = planned.report()["plan"]["achieved"]["earlier_runs"].clone();
    assert_eq!(earlier.as_array().unwrap().len(), 1);
}
