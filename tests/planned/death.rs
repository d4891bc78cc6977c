//! Killing wattcast at any moment of a plan.

use std::time::Duration;

use crate::support::{Planned, state, tagged, wait_for};

/// A few numbers that look random, the same in every run of the tests.
fn moments() -> impl Iterator<Item = u64> {
    let next = |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    std::iter::successors(Some(20_261_121_u64), next).skip(1).map(|state| state >> 33)
}

#[test]
fn no_moment_of_a_kill_loses_energy_or_leaves_a_stopped_orphan() {
    for (on_death, moment) in ["end", "continue"].into_iter().cycle().zip(moments()).take(8) {
        // Pauses of 12 minutes every 24: 0.2 s each.
        let mut planned = Planned::hours(&[]).option(&["--on-death", on_death]);
        planned.clock = "2024-05-01T00:00Z,x3600".to_owned();
        let interval = |minute: u32| {
            let at = |minute: u32| format!("2024-05-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
            serde_json::json!({"start": at(minute), "end": at(minute + 12)})
        };
        let all: Vec<_> = (0..50).map(|index| interval(index * 24)).collect();
        let plan = serde_json::json!({ "intervals": all }).to_string();
        std::fs::write(planned.path("plan.json"), plan).unwrap();

        let mut run = planned.start();
        let pid = planned.pid();
        std::thread::sleep(Duration::from_millis(moment % 1_000));
        let before = planned.runs();
        run.child.kill().unwrap();
        run.child.wait().unwrap();
        let id = before[0]["run"].as_str().unwrap();
        if on_death == "end" {
            wait_for("the command to end", || tagged(id).is_empty().then_some(()));
        } else {
            let count = planned.read("count");
            wait_for("the command to go on", || (planned.read("count") != count).then_some(()));
            // The guardian looks twice; nothing is stopped after it has gone.
            wait_for("no process to be stopped", || {
                tagged(id).iter().all(|(_, state)| *state != 'T').then_some(())
            });
            planned.touch("stop");
            wait_for("the command to end", || state(pid).is_none().then_some(()));
        }
        let after = planned.runs();
        assert_eq!(after.len(), 1);
        assert_eq!(after[0]["state"], "cut-short");
        assert_eq!(after[0]["ledger"]["damaged_places"], 0);
        for key in ["energy_uj", "running_us", "cpu_time_us"] {
            assert!(after[0][key].as_u64() >= before[0][key].as_u64(), "{key} at {moment}");
        }
        if on_death == "end" {
            // The same command takes the plan up where it was.
            let mut again = planned.start();
            again.until("takes up the plan of 2024-05-01T0");
            wait_for("a second run", || (planned.runs().len() == 2).then_some(()));
            planned.touch("stop");
            assert_eq!(again.end(), 0);
            let whole = planned.report()["plan"]["achieved"]["energy_uj"].as_u64().unwrap();
            let sum: u64 =
                planned.runs().iter().map(|run| run["energy_uj"].as_u64().unwrap()).sum();
            assert_eq!(whole, sum);
        }
    }
}

#[test]
fn the_guardian_runs_the_resume_hook_of_a_paused_command() {
    let planned = Planned::hours(&[(0, 1), (20, 21)]).option(&[
        "--on-death",
        "continue",
        "--on-pause",
        "kill -STOP $WATTCAST_PID",
        "--on-resume",
        "echo resumed > resumed",
    ]);
    let mut run = planned.start();
    run.until("pauses");
    let pid = planned.pid();
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    wait_for("the hook", || planned.read("resumed"));
    wait_for("the command to go on", || state(pid).filter(|state| *state != 'T'));
    planned.touch("stop");
    wait_for("the command to end", || state(pid).is_none().then_some(()));
}
