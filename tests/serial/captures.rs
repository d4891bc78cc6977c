//! Captures: whole, cut, tampered with, rebooted, without a clock, told twice.

use std::path::PathBuf;

use wattcast_core::wire::DeviceKey;

use super::board::{A_SECOND_UJ, Board};
use super::{energies, output, report, succeeds, total};

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

#[test]
fn a_capture_names_the_board_and_tells_its_energy() {
    let home = Home::new();
    home.keep("roof.bin", &Board::new("roof", 7, None).anchored().run(60).bytes());
    let (told, notices) = succeeds(home.path(), &["serial", "roof.bin"]);
    assert!(notices.contains("roof: wattcast-firmware 0.1.0, wire format 1, boot 00000007"));
    assert!(told.contains("host roof") && told.contains("83.33 mWh"), "{told}");
    assert!(told.contains("as far as heard") && told.contains("untagged"), "{told}");
    let (replayed, _) = succeeds(home.path(), &["replay", "roof.bin", "--speed", "4000000000"]);
    assert_eq!(replayed, told);
    // A file is read where it lies, and kept nowhere else.
    assert!(energies(&report(home.path(), &[])).is_empty());
    let run = &report(home.path(), &["./roof.bin"])["runs"][0];
    assert_eq!(run["energy_uj"], 60 * A_SECOND_UJ);
    assert_eq!((&run["state"], &run["run"]), (&"heard".into(), &"00000007".into()));
}

#[test]
fn every_frame_as_json_and_every_sample_as_csv() {
    let home = Home::new();
    home.keep("roof.bin", &Board::new("roof", 7, None).anchored().run(2).bytes());
    let arguments = ["serial", "roof.bin", "--json", "--csv", "roof.csv"];
    let (json, _) = succeeds(home.path(), &arguments);
    let lines: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3 + 2 * 2);
    assert_eq!(lines[3]["schema"], "wattcast-frame-1");
    assert_eq!((&lines[3]["device"], &lines[3]["sequence"]), (&"roof".into(), &3.into()));
    assert_eq!(lines[3]["power_uw"], serde_json::json!([5_000_000, 5_000_000]));
    assert_eq!(lines[6]["record"]["Checkpoint"]["import"], 2 * A_SECOND_UJ);
    let csv = std::fs::read_to_string(home.path().join("roof.csv")).unwrap();
    let rows: Vec<&str> = csv.lines().collect();
    assert_eq!(rows.len(), 1 + 2 * 3);
    assert_eq!(rows[2], "roof,00000007,load,500000,2026-09-21T14:13:20.5Z,5000000,,,,,3");
    assert_eq!(rows[6], "roof,00000007,load,2000000,2026-09-21T14:13:22Z,,10000000,0,,,6");
}

#[test]
fn a_capture_cut_anywhere_tells_what_came_before() {
    let home = Home::new();
    let board = Board::new("roof", 7, None).anchored().run(20);
    let whole = board.bytes();
    // Within the frame of a checkpoint, and noise before the first frame.
    let mut bytes = b"U\xff\x00U".to_vec();
    bytes.extend(&whole[..whole.len() - 5]);
    home.keep("cut.bin", &bytes);
    let run = &report(home.path(), &["./cut.bin"])["runs"][0];
    assert_eq!(run["energy_uj"], 19 * A_SECOND_UJ);
    assert_eq!(run["ledger"]["damaged_places"], 3);
    // A hole in the middle costs no energy.
    let mut frames = board.frames.clone();
    frames.drain(10..30);
    home.keep("hole.bin", &frames.concat());
    let run = &report(home.path(), &["./hole.bin"])["runs"][0];
    assert_eq!(run["energy_uj"], 20 * A_SECOND_UJ);
    assert_eq!(run["ledger"]["lost_records"], 20);
}

#[test]
fn tampering_shows_under_the_key_of_the_board() {
    let home = Home::new();
    let key = DeviceKey::from_bytes([0xab; 32]);
    home.keep("roof.key", "ab".repeat(32).as_bytes());
    home.keep("other.key", "cd".repeat(32).as_bytes());
    let honest = Board::new("roof", 7, Some(&key)).run(10);
    // The same board under a key of the forger's, its frames in their places.
    let forged = Board::new("roof", 7, Some(&DeviceKey::from_bytes([1; 32]))).run(10);
    let mut changed = honest.frames.clone();
    changed[9].clone_from(&forged.frames[9]);
    let mut shortened = honest.frames.clone();
    shortened.remove(9);
    home.keep("honest.bin", &honest.bytes());
    home.keep("changed.bin", &changed.concat());
    home.keep("shortened.bin", &shortened.concat());
    let tags = |file: &str, key: &[&str]| {
        let mut arguments = vec![file];
        arguments.extend(key);
        let report = report(home.path(), &arguments);
        let ledger = &report["runs"][0]["ledger"];
        (ledger["tags"].clone(), ledger["lost_records"].as_u64().unwrap())
    };
    let (verified, unknown) = (r#"{"state":"verified"}"#, r#"{"state":"no-key"}"#);
    let forged = |sequence: u32| format!(r#"{{"sequence":{sequence},"state":"forged"}}"#);
    let with = ["--key", "roof.key"];
    for (file, key, expected, lost) in [
        ("./honest.bin", &with[..], verified.to_owned(), 0),
        ("./honest.bin", &[], unknown.to_owned(), 0),
        ("./honest.bin", &["--key", "other.key"], forged(0), 0),
        ("./changed.bin", &with, forged(9), 0),
        ("./shortened.bin", &with, verified.to_owned(), 1),
    ] {
        let (tags, missing) = tags(file, key);
        assert_eq!((tags.to_string(), missing), (expected, lost), "{file} {key:?}");
    }
    let (told, _) = succeeds(home.path(), &["serial", "changed.bin", "--key", "roof.key"]);
    assert!(told.contains("FORGED at record 9"), "{told}");
}

#[test]
fn a_board_that_reboots_has_two_boots_and_one_that_reuses_its_number_one() {
    let home = Home::new();
    let first = Board::new("roof", 7, None).anchored().run(10).bytes();
    let again = Board::new("roof", 8, None).run(5).bytes();
    home.keep("two.bin", &[first.clone(), again].concat());
    let two = report(home.path(), &["./two.bin"]);
    assert_eq!(total(&two), 15 * A_SECOND_UJ);
    let (_, notices) = succeeds(home.path(), &["serial", "two.bin"]);
    assert!(notices.contains("boot 00000008 (power on), after an earlier boot"), "{notices}");

    let same = Board::new("roof", 7, None).run(5).bytes();
    home.keep("one.bin", &[first, same].concat());
    let one = report(home.path(), &["./one.bin"]);
    assert_eq!(energies(&one), [10 * A_SECOND_UJ]);
    let warnings = one["runs"][0]["warnings"].to_string();
    assert!(warnings.contains("gives every boot the same number"), "{warnings}");
}

#[test]
fn without_a_clock_energy_has_no_hour_but_a_yearly_price() {
    let home = Home::new();
    home.keep("roof.bin", &Board::new("roof", 7, None).run(3600).bytes());
    let run = report(home.path(), &["./roof.bin"])["runs"][0].clone();
    assert!(run["start_utc_us"].is_null() && run["carbon_ug"].is_null());
    let run = report(home.path(), &["./roof.bin", "--intensity", "200"])["runs"][0].clone();
    assert_eq!(run["carbon_ug"], 1_000_000, "5 Wh at 200 g/kWh");
}

#[test]
fn what_several_captures_tell_of_one_boot_counts_once() {
    let home = Home::new();
    let board = Board::new("roof", 7, None).anchored().run(60);
    let frames = &board.frames;
    // Two that overlap, a copy, and one that goes on where the first was torn.
    home.keep("ledgers/a.wcl", &frames[..50].concat());
    home.keep("ledgers/b.wcl", &frames[30..90].concat());
    home.keep("ledgers/copy.wcl", &frames[30..90].concat());
    home.keep("ledgers/c.wcl", &frames[100..].concat());
    // Another board of the same boot number, and of another name.
    home.keep("ledgers/cellar.wcl", &Board::new("cellar", 7, None).run(9).bytes());
    // A run of a workstation beside them.
    let ran = output(home.path(), &["run", "--ledger", "ledgers", "--", "true"]);
    assert!(ran.status.success());
    let all = report(home.path(), &["--ledger", "ledgers"]);
    let mut boards = energies(&all);
    boards.sort_unstable();
    let run = boards.remove(0);
    assert_eq!(boards, [9 * A_SECOND_UJ, 60 * A_SECOND_UJ]);
    assert_eq!(total(&all), run + 69 * A_SECOND_UJ);
    let roof = all["runs"].as_array().unwrap().iter().find(|run| run["host"] == "roof").unwrap();
    assert_eq!(roof["ledger"]["lost_records"], 10);
    assert_eq!(roof["ledger"]["files"].as_array().unwrap().len(), 4);
    // The same from files that are named, in any order.
    let named = ["./ledgers/c.wcl", "./ledgers/copy.wcl", "./ledgers/a.wcl"];
    assert_eq!(total(&report(home.path(), &named)), 60 * A_SECOND_UJ);
}

#[test]
fn two_boards_of_one_name_and_boot_are_kept_apart() {
    let home = Home::new();
    let mut other = Board::new("roof", 7, None);
    other.answer(1, None);
    home.keep("a.bin", &Board::new("roof", 7, None).run(10).bytes());
    home.keep("b.bin", &other.run(10).bytes());
    let report = report(home.path(), &["./a.bin", "./b.bin"]);
    assert_eq!(total(&report), 20 * A_SECOND_UJ);
    let warnings = report["runs"][0]["warnings"].to_string();
    assert!(warnings.contains("a name or stream of its own"), "{warnings}");
}

#[test]
fn bad_input_ends_with_2_and_one_line_that_helps() {
    let home = Home::new();
    home.keep("log.txt", "2026-11-21 sensor ready\n".repeat(100).as_bytes());
    home.keep("empty.bin", b"");
    home.keep(
        "noise.bin",
        &(0..4_000_u32).map(|n| n.wrapping_mul(n).to_le_bytes()[1]).collect::<Vec<_>>(),
    );
    home.keep("roof.bin", &Board::new("roof", 7, None).bytes());
    for (arguments, help) in [
        (&["/dev/ttyNOSUCH"][..], "no such port"),
        (&["tcp:localhost"], "tcp:HOST:PORT"),
        (&["tcp:127.0.0.1:1"], "is the server"),
        (&["unix:no.sock"], "no.sock"),
        (&["."], "directory"),
        (&["log.txt"], "text"),
        (&["empty.bin"], "no byte"),
        (&["noise.bin"], "no frame"),
        (&["roof.bin", "--baud", "fast"], "115200"),
        (&["roof.bin", "--for", "soon"], "10s"),
        (&["roof.bin", "--key", "log.txt"], "64"),
        (&["roof.bin", "--key", "none.txt"], "no such file"),
        (&["roof.bin", "--send", "identity"], "--send needs"),
        (&["roof.bin", "--send", "dance"], "self-test"),
        (&["roof.bin", "--send", "zone=FX"], "FX"),
        (&["roof.bin", "--send", "job=2h,colour=red"], "deadline="),
        (&["roof.bin", "--send", "history=none.csv"], "none.csv"),
        (&["roof.bin", "--zone", "FX"], "FX"),
        (&["roof.bin", "--ledger", "log.txt"], "not a ledger"),
    ] {
        let output = output(home.path(), &[&["serial"], arguments].concat());
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.lines().any(|line| line.contains(help)), "{arguments:?}: {error}");
        assert!(error.lines().count() == 1, "{arguments:?}: {error}");
    }
}
