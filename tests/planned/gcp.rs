//! The mover of examples/gcp against a fake of the Compute API.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::Planned;

struct Fake(Child);

impl Drop for Fake {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_mover_stops_moves_and_starts_the_machine_as_planned() {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: no python3 here");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mover =
        |verb: &str| format!("python3 '{}' {verb}", root.join("examples/gcp/mover.py").display());
    let planned = Planned::hours(&[(0, 1), (3, 20)]).option(&[
        "--on-pause",
        &mover("stop"),
        "--on-resume",
        &mover("start"),
        "--on-move",
        &mover("move"),
    ]);
    let plan = planned.read("plan.json").unwrap();
    let (first, second) = plan.rsplit_once("DE").unwrap();
    let plan = format!("{first}FI{second}").replacen("DE", "BE", 1);
    std::fs::write(planned.path("plan.json"), plan).unwrap();
    let mut fake = Command::new("python3")
        .arg(root.join("tests/planned/fake_compute.py"))
        .current_dir(planned.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(fake.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let _fake = Fake(fake);

    let mut command = planned.command();
    command.env("GCP_API", format!("http://127.0.0.1:{}/compute/v1", port.trim()));
    command.env("GCP_ZONES", "BE=europe-west1-b,FI=europe-north1-a").env("GCP_POLL_S", "0.01");
    command.env("GCP_PROJECT", "p").env("GCP_VM", "vm").env("GCP_TOKEN", "token");
    let mut run = planned.start_as(command);
    run.until("resumes");
    planned.touch("stop");
    assert_eq!(run.end(), 0, "{:?}", run.told);
    assert!(!run.told.iter().any(|line| line.contains("--on-")), "{:?}", run.told);
    let calls = planned.read("calls").unwrap();
    let snapshot = calls.lines().find_map(|call| call.strip_prefix("DELETE global/snapshots/"));
    let snapshot = snapshot.unwrap_or_else(|| panic!("{calls}\n{:?}", run.told));
    assert!(snapshot.starts_with("vm-"));
    let calls: Vec<&str> = calls.lines().filter(|call| !call.contains("snapshots/")).collect();
    assert_eq!(
        calls,
        [
            "POST zones/europe-west1-b/instances/vm/stop",
            "POST zones/europe-west1-b/disks/vm-disk/createSnapshot",
            "POST zones/europe-north1-a/instances",
            "DELETE zones/europe-west1-b/instances/vm",
            "POST zones/europe-north1-a/instances/vm/stop",
            "POST zones/europe-north1-a/instances/vm/start",
        ]
    );
    assert_eq!(planned.read("gcp-zone").as_deref(), Some("europe-north1-a"));
}
