//! Runs that plan for themselves, budgets, and waiting.

use std::process::Command;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{CLOCK, Planned, kill, wattcast};

/// The typical shape of a day: clean from 02:00 to 03:00 and from 05:00 to 07:00.
fn grams(hour: u64) -> u64 {
    match hour % 24 {
        2 => 90,
        5 | 6 => 60 + hour % 24,
        _ => 400 + hour % 24,
    }
}

fn csv(header: &str, zone: &str) -> String {
    let row = |hour: u64| {
        format!("2024-05-{:02}T{:02}:00Z{zone},{}\n", 1 + hour / 24, hour % 24, grams(hour))
    };
    format!("{header}\n{}", (0..48).map(row).collect::<String>())
}

fn green(options: &[&str]) -> Planned {
    let planned = Planned::free().option(options);
    let forecast = csv("timestamp_utc,zone,gco2_per_kwh", ",DE");
    std::fs::write(planned.path("next.csv"), forecast).unwrap();
    std::fs::write(planned.path("known.csv"), csv("timestamp_utc,gco2_per_kwh", "")).unwrap();
    planned
}

#[test]
fn a_job_runs_in_the_two_green_intervals_and_hindsight_agrees() {
    let planned = green(&[
        "--zone",
        "DE",
        "--forecast",
        "next.csv",
        "--intensity-file",
        "known.csv",
        "--green",
        "3h",
        "--deadline",
        "12h",
    ]);
    let mut run = planned.start();
    run.until("runs 2024-05-01T02:00:00Z to 2024-05-01T03:00:00Z in DE, 2024-05-01T05:00:00Z");
    run.until("pauses until 2024-05-01T05:00:00Z");
    run.until("resumes");
    // At 06:00 it is planned again, with what it has shown.
    std::thread::sleep(std::time::Duration::from_millis(3_600));
    planned.touch("stop");
    assert_eq!(run.end(), 0, "{:?}", run.told);
    let report = planned.report();
    let plan = &report["plan"];
    assert_eq!(plan["planned"]["method"], "optimal", "{plan:#}");
    assert_eq!(plan["planned"]["intervals"].as_array().unwrap().len(), 2);
    assert!(plan["plans"].as_u64() > Some(2), "{plan:#}");
    let number = |value: &Value| value.as_u64().unwrap();
    let best = number(&plan["hindsight"]["best_ug"]);
    assert!(best > 0 && best < number(&plan["hindsight"]["run_now_ug"]), "{plan:#}");
    assert!(number(&plan["achieved"]["carbon_ug"]) < number(&plan["hindsight"]["run_now_ug"]));
    let told = Command::new("grep").args(["-c", "."]).arg(planned.path("out.json")).output();
    assert!(told.unwrap().status.success());
    let text = wattcast(planned.folder.path())
        .args(["report", report["run"].as_str().unwrap()])
        .output()
        .unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    for word in ["planned", "achieved", "hindsight", "1 pause"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn a_forecast_prices_each_hour_where_nothing_better_is_known() {
    let planned =
        green(&["--zone", "DE", "--forecast", "next.csv", "--green", "1h", "--deadline", "4h"]);
    let mut run = planned.start();
    run.until("runs 2024-05-01T02:00:00Z");
    planned.touch("stop");
    assert_eq!(run.end(), 0);
    let factor = &planned.report()["factor"];
    assert_eq!(
        (&factor["value"], &factor["kind"]),
        (&90_000.into(), &"forecast".into()),
        "{factor}"
    );
}

#[test]
fn a_budget_warns_pauses_or_stops() {
    let budget = |what: &str| {
        Planned::free().option(&["--zone", "DE", "--budget", "0.001Wh", "--at-budget", what])
    };
    let warned = budget("warn");
    let mut run = warned.start();
    run.until("the budget is used up");
    warned.touch("stop");
    assert_eq!(run.end(), 0);
    assert!(warned.report()["warnings"].to_string().contains("budget"));

    let paused = budget("pause");
    let mut run = paused.start();
    run.until("pauses until `kill -CONT");
    paused.touch("stop");
    kill(run.child.id(), Signal::SIGCONT);
    assert_eq!(run.end(), 0);
    assert_eq!(paused.report()["pauses"].as_array().unwrap().len(), 1);

    let stopped = budget("stop");
    let mut run = stopped.start();
    assert_eq!(run.end(), 143, "{:?}", run.told);
}

#[test]
fn waiting_ends_when_it_is_clean_or_the_deadline_comes() {
    let planned = green(&[]);
    let wait = |options: &[&str]| {
        wattcast(planned.folder.path())
            .args(["wait", "--zone", "DE", "--forecast", "next.csv"])
            .args(options)
            .env("WATTCAST_CLOCK", CLOCK)
            .output()
            .unwrap()
    };
    let code = |options: &[&str]| wait(options).status.code();
    let printed = |options: &[&str]| String::from_utf8(wait(options).stdout).unwrap();
    assert_eq!(code(&["--until-clean", "100"]), Some(0));
    assert_eq!(code(&["--until-clean", "10", "--deadline", "1h"]), Some(3));
    assert_eq!(code(&["--until-clean", "much"]), Some(2));
    assert_eq!(code(&[]), Some(2));
    assert_eq!(printed(&["--until-clean", "100", "--print"]), "2024-05-01T02:00:00Z\n");
    assert_eq!(printed(&["--green", "2h", "--print"]), "2024-05-01T05:00:00Z\n");
}

#[test]
fn a_run_waits_until_it_is_clean_and_goes_to_its_end() {
    let planned = green(&["--zone", "DE", "--forecast", "next.csv", "--until-clean", "100"]);
    let mut run = planned.start();
    planned.touch("stop");
    assert_eq!(run.end(), 0);
    let start = planned.report()["plan"]["achieved"]["intervals"][0]["start"].clone();
    assert!(start.as_str().unwrap() >= "2024-05-01T02:00", "{start}");
}

#[test]
fn wrong_input_is_one_line_and_exit_code_2() {
    let planned = green(&[]);
    std::fs::write(planned.path("bad.json"), "{\"intervals\": [{\"start\": \"noon\"}]}").unwrap();
    std::fs::write(planned.path("none.json"), "{\"intervals\": []}").unwrap();
    for (options, mend) in [
        (&["--plan", "bad.json"][..], "plan --json"),
        (&["--plan", "none.json"], "plan again"),
        (&["--plan", "nowhere.json"], "nowhere.json"),
        (&["--zone", "DE", "--green", "much"], "6h"),
        (&["--zone", "DE", "--green", "6h", "--deadline", "2h"], "--deadline"),
        (&["--zone", "DE", "--budget", "much"], "3kWh"),
        (&["--zone", "DE", "--budget", "2EUR"], "--tariff"),
        (&["--until-clean", "200"], "--zone"),
        (&["--zone", "DE", "--until-clean", "clean"], "--until-clean"),
    ] {
        let output = wattcast(planned.folder.path())
            .arg("run")
            .args(options)
            .args(["--", "touch", "ran"])
            .env("WATTCAST_CLOCK", "x3600")
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{options:?}: {told}");
        assert!(told.contains(mend), "{options:?}: {told}");
    }
    assert!(planned.read("ran").is_none());
    let clock = wattcast(planned.folder.path())
        .args(["run", "--zone", "DE", "--green", "1h", "--", "true"])
        .env("WATTCAST_CLOCK", "fast")
        .output()
        .unwrap();
    assert_eq!(clock.status.code(), Some(2));
}

/// Python without torch trains with what stands in for it here.
#[test]
fn the_pytorch_example_saves_inside_an_epoch_and_goes_on() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 here");
        return;
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let has_torch = Command::new("python3").args(["-c", "import torch"]).output().unwrap();
    let stand_in = if has_torch.status.success() {
        String::new()
    } else {
        eprintln!("no torch here: tests/planned/stand-in takes its place");
        format!("PYTHONPATH='{}' ", root.join("tests/planned/stand-in").display())
    };
    let script = format!(
        "{stand_in}EPOCHS=1000000 BATCHES=1000 exec python3 '{}'",
        root.join("examples/pytorch/train.py").display()
    );
    // Python takes its time to start: a slow clock.
    let mut planned = Planned::hours(&[(0, 1), (2, 3)]).script(&script).option(&["--checkpoint"]);
    planned.clock = "2024-05-01T00:00Z,x1200".to_owned();
    let mut run = planned.start();
    run.until("pauses");
    run.until("resumes");
    run.child.kill().unwrap();
    run.child.wait().unwrap();
    let saved = std::fs::metadata(planned.path("checkpoint.pt")).unwrap();
    assert!(saved.len() > 0);
    let script = script.replace("EPOCHS=1000000", "EPOCHS=1");
    let output =
        Command::new("sh").args(["-c", &script]).current_dir(planned.folder.path()).output();
    let printed = String::from_utf8(output.unwrap().stdout).unwrap();
    let done: u64 = printed.trim().split(' ').nth(2).unwrap().parse().unwrap();
    assert!(done > 0, "{printed}");
}
