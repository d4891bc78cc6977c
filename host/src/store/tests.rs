use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::prelude::*;
use tempfile::TempDir;
use wattcast_core::units::{CarbonMass, Quality, TotalEnergy, Uptime, Utc};
use wattcast_core::wire::record::{Channel, Checkpoint, Component, Counts, Scope};
use wattcast_core::wire::{DeviceKey, Record};

use super::*;
use crate::report::{Keys, Reading, Recorder, RunReport, State, Tags, read_runs};

#[cfg(target_os = "linux")]
mod process;

/// Energy of the `n`th checkpoint of these runs.
fn energy_uj(n: u64) -> u128 {
    u128::from(n) * 1_000_003
}

fn channel() -> Record<'static> {
    Record::Channel(Channel {
        id: 0,
        name: "cpu",
        component: Component::Cpu,
        scope: Scope::Process,
        quality: Quality::Modelled,
        method: "CPU time × a constant",
        resolution_uj: 1,
        low_ppm: 500_000,
        high_ppm: 2_000_000,
        counted: true,
    })
}

fn checkpoint(n: u64) -> Record<'static> {
    Record::Checkpoint(Checkpoint {
        channel: 0,
        uptime: Uptime::from_us(n * 1_000_000),
        import: TotalEnergy::from_uj(energy_uj(n)),
        export: TotalEnergy::ZERO,
        carbon: Some(CarbonMass::from_ug(n)),
        cost: None,
        counts: Counts::default(),
    })
}

fn options(dir: &TempDir, place: Place) -> LedgerOptions {
    let fallback_dir = dir.path().join("tmp");
    std::fs::create_dir_all(&fallback_dir).unwrap();
    LedgerOptions { place, fallback_dir, key_file: Some(dir.path().join("key")) }
}

fn start(options: &LedgerOptions) -> Recorder {
    let start = Utc::from_us(1_790_000_000_000_000);
    let mut recorder = Recorder::start(Some(options), "host", start, 1000).unwrap();
    recorder.push(&channel());
    recorder
}

/// A run of `samples` checkpoints, and its report as told live.
fn record(options: &LedgerOptions, samples: u64) -> RunReport {
    let mut recorder = start(options);
    for n in 1..=samples {
        recorder.push(&checkpoint(n));
        recorder.commit(Uptime::from_us(n * 1_000_000));
    }
    recorder.finish(Uptime::from_us(samples * 1_000_000)).0
}

fn runs(options: &LedgerOptions) -> Vec<RunReport> {
    let key = load_key(options.key_file.as_ref().unwrap()).unwrap();
    let ledgers = options.place.ledgers(&options.fallback_dir).unwrap();
    ledgers.iter().flat_map(|files| told(files, key.as_ref())).collect()
}

fn told(files: &LedgerFiles, key: Option<&DeviceKey>) -> Vec<RunReport> {
    let keys = Keys { own: key.cloned(), boards: Vec::new() };
    read_runs(files, &mut Reading { keys, ..Reading::default() }).unwrap()
}

fn runs_of(options: &LedgerOptions, file: &Path) -> Vec<RunReport> {
    let key = load_key(options.key_file.as_ref().unwrap()).unwrap();
    told(&LedgerFiles { parts: vec![file.to_owned()] }, key.as_ref())
}

/// Ends of the frames of a ledger.
fn frame_ends(bytes: &[u8]) -> Vec<usize> {
    (1..=bytes.len()).filter(|end| bytes[end - 1] == 0).collect()
}

#[test]
fn the_ledger_tells_the_same_as_the_live_run() {
    let dir = TempDir::new().unwrap();
    let options = options(&dir, Place::Dir(dir.path().join("runs")));
    let live = record(&options, 5);
    let kept = runs(&options).remove(0);
    assert_eq!(kept, live);
    assert_eq!((live.energy_uj, live.state), (energy_uj(5), State::Finished));
    assert_eq!(live.ledger.unwrap().tags, Tags::Verified);
}

#[test]
fn texts_of_any_length_fit_and_say_the_same_live_and_kept() {
    use wattcast_core::wire::record::{Event, EventKind};
    let dir = TempDir::new().unwrap();
    let options = options(&dir, Place::Dir(dir.path().join("runs")));
    let mut recorder = start(&options);
    let long = "wäld ".repeat(3000);
    recorder.attribute("command", &long);
    let Record::Channel(mut channel) = channel() else { panic!("a channel") };
    (channel.name, channel.method) = (&long, &long);
    recorder.push(&Record::Channel(channel));
    let (uptime, kind) = (Uptime::ZERO, EventKind::Warning);
    recorder.push(&Record::Event(Event { uptime, kind, channel: None, value: 0, text: &long }));
    let live = recorder.finish(Uptime::ZERO).0;
    assert_eq!(live.command, long);
    assert_eq!(live.ledger.as_ref().unwrap().lost_records, 0);
    assert_eq!(runs(&options).remove(0), live);
}

#[test]
fn a_ledger_cut_anywhere_keeps_every_whole_frame() {
    let dir = TempDir::new().unwrap();
    let options = options(&dir, Place::File(dir.path().join("run.wcl")));
    record(&options, 4);
    let bytes = std::fs::read(dir.path().join("run.wcl")).unwrap();
    let ends = frame_ends(&bytes);
    let cut = dir.path().join("cut.wcl");
    for length in 0..bytes.len() {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        let whole = ends.iter().filter(|end| **end <= length).count();
        let torn = length - whole.checked_sub(1).map_or(0, |last| ends[last]);
        let runs = runs_of(&options, &cut);
        assert_eq!(runs.len(), whole.min(1));
        for run in runs {
            // Boot, anchor, run, channel, then the checkpoints.
            assert_eq!(run.energy_uj, energy_uj((whole as u64).saturating_sub(4).min(4)));
            assert_eq!(run.state, State::CutShort);
            let ledger = run.ledger.unwrap();
            assert_eq!((ledger.records, ledger.lost_records), (whole as u64, 0));
            assert_eq!((ledger.lost_bytes, ledger.tags), (torn as u64, Tags::Verified));
            assert_eq!(run.warnings.len(), 1 + usize::from(torn > 0));
        }
    }
}

#[test]
fn a_forged_record_is_named() {
    let dir = TempDir::new().unwrap();
    let options = options(&dir, Place::Dir(dir.path().join("runs")));
    record(&options, 4);
    let file = options.place.ledgers(&options.fallback_dir).unwrap().remove(0).parts.remove(0);
    let other_key = load_or_create_key(&dir.path().join("other")).unwrap();
    let files = LedgerFiles { parts: vec![file] };
    let run = told(&files, Some(&other_key)).remove(0);
    assert_eq!(run.ledger.unwrap().tags, Tags::Forged { sequence: 0 });
    let run = told(&files, None).remove(0);
    assert_eq!(run.ledger.unwrap().tags, Tags::NoKey);
}

#[test]
fn an_untagged_record_among_tagged_ones_is_forged() {
    use wattcast_core::wire::{Encoder, MAX_FRAME};
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("run.wcl");
    let options = options(&dir, Place::File(path.clone()));
    record(&options, 4);
    let mut bytes = std::fs::read(&path).unwrap();
    let ends = frame_ends(&bytes);
    let run = u32::from_str_radix(&runs(&options)[0].run, 16).unwrap();
    let mut encoder = Encoder::new(0, run);
    let mut buffer = [0; MAX_FRAME];
    for _ in 0..5 {
        encoder.encode(&checkpoint(0), &mut buffer).unwrap();
    }
    let cheap = encoder.encode(&checkpoint(1), &mut buffer).unwrap();
    bytes.splice(ends[4]..ends[5], cheap.iter().copied());
    std::fs::write(&path, &bytes).unwrap();
    let ledger = runs(&options).remove(0).ledger.unwrap();
    assert_eq!((ledger.tags, ledger.lost_records), (Tags::Forged { sequence: 5 }, 0));
}

#[test]
fn runs_follow_each_other_in_one_file_even_after_a_torn_one() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("all.wcl");
    let options = options(&dir, Place::File(path.clone()));
    record(&options, 3);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
    record(&options, 2);
    let runs = runs(&options);
    let energies: Vec<u128> = runs.iter().map(|run| run.energy_uj).collect();
    assert_eq!(energies, [energy_uj(3), energy_uj(2)]);
    assert_eq!([runs[0].state, runs[1].state], [State::CutShort, State::Finished]);
}

#[test]
fn a_second_writer_gets_a_file_of_its_own() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("run.wcl");
    let options = options(&dir, Place::File(path.clone()));
    let mut first = start(&options);
    let mut second = start(&options);
    for n in 1..=10 {
        first.push(&checkpoint(n));
        second.push(&checkpoint(2 * n));
        first.commit(Uptime::ZERO);
        let warnings = second.commit(Uptime::ZERO);
        assert_eq!(warnings.iter().any(|it| it.contains("another run")), n == 1);
    }
    assert_eq!(runs_of(&options, &path)[0].state, State::Running);
    let first = first.finish(Uptime::ZERO).0;
    let second = second.finish(Uptime::ZERO).0;
    for (run, energy) in [(first, energy_uj(10)), (second, energy_uj(20))] {
        let file = PathBuf::from(&run.ledger.unwrap().files[0]);
        let kept = runs_of(&options, &file).remove(0);
        assert_eq!((kept.energy_uj, kept.state), (energy, State::Finished));
    }
}

#[test]
fn a_foreign_file_is_left_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("results.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let options = options(&dir, Place::File(path.clone()));
    let refused = LedgerWriter::start(&options, Utc::ZERO);
    assert!(matches!(refused, Err(StoreError::Foreign(named)) if named == path));
    assert_eq!(std::fs::read(&path).unwrap(), b"a,b\n1,2\n");
}

#[test]
fn a_place_that_cannot_be_written_moves_the_run_to_the_temporary_directory() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let mut options = options(&dir, Place::Dir(dir.path().join("file/runs")));
    let live = record(&options, 3);
    assert!(live.warnings.iter().any(|it| it.contains("--ledger")), "{:?}", live.warnings);
    // What is listed for that place includes what was kept elsewhere.
    options.place = Place::Dir(dir.path().join("file/runs"));
    std::fs::remove_file(dir.path().join("file")).unwrap();
    let kept = runs(&options).remove(0);
    assert_eq!((kept.energy_uj, kept.state), (energy_uj(3), State::Finished));
}

#[test]
fn without_any_disk_the_run_is_metered_and_the_loss_is_told() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let nowhere = dir.path().join("file/runs");
    let options = LedgerOptions {
        place: Place::Dir(nowhere.clone()),
        fallback_dir: nowhere.clone(),
        key_file: Some(nowhere.join("key")),
    };
    let live = record(&options, 3);
    assert_eq!((live.energy_uj, live.state), (energy_uj(3), State::Finished));
    assert!(live.warnings.iter().any(|it| it.contains("in no ledger")));
    let ledger = live.ledger.unwrap();
    assert!(ledger.files.is_empty() && ledger.records == 0 && ledger.lost_records > 0);
}

#[test]
fn the_last_append_costs_what_the_first_did() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("run.wcl");
    let options = LedgerOptions { key_file: None, ..options(&dir, Place::File(path.clone())) };
    let mut writer = LedgerWriter::start(&options, Utc::ZERO).unwrap();
    let mut append = |times: usize| -> Vec<u64> {
        let size = || std::fs::metadata(&path).unwrap().len();
        let mut sizes = Vec::new();
        for _ in 0..times {
            let before = size();
            writer.push(&checkpoint(7));
            writer.commit();
            sizes.push(size() - before);
        }
        assert!(writer.held_bytes() < 4096);
        sizes
    };
    let first = append(10);
    let last = append(50_000).split_off(49_990);
    // Bytes are only added, as many each time up to what the stuffing of the
    // sequence number takes, and nothing is held back in memory.
    for (first, last) in first.iter().zip(last) {
        assert!(first.abs_diff(last) <= 2, "{first} bytes, then {last}");
    }
    assert_eq!(writer.finish().lost_records, 0);
}

/// A finished run of six checkpoints, made once.
fn finished() -> &'static (TempDir, Vec<u8>, u64) {
    static RUN: OnceLock<(TempDir, Vec<u8>, u64)> = OnceLock::new();
    RUN.get_or_init(|| {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("run.wcl");
        let live = record(&options(&dir, Place::File(path.clone())), 6);
        let bytes = std::fs::read(&path).unwrap();
        (dir, bytes, live.ledger.unwrap().records)
    })
}

proptest! {
    #[test]
    fn a_changed_byte_costs_two_frames_at_most_and_is_told(
        at in any::<prop::sample::Index>(),
        flip in 1..=255_u8,
    ) {
        let (dir, bytes, records) = finished();
        let changed = dir.path().join("changed.wcl");
        let options = options(dir, Place::File(changed.clone()));
        let mut bytes = bytes.clone();
        *at.get_mut(&mut bytes) ^= flip;
        std::fs::write(&changed, &bytes).unwrap();
        let runs = runs(&options);
        prop_assert_eq!(runs.len(), 1);
        let ledger = runs[0].ledger.clone().unwrap();
        prop_assert!(ledger.records + 2 >= *records);
        prop_assert!(ledger.damaged_places > 0 || ledger.lost_records > 0);
        prop_assert_eq!(ledger.tags, Tags::Verified);
        prop_assert!(runs[0].energy_uj == 0 || runs[0].energy_uj >= energy_uj(4));
        prop_assert!(!runs[0].warnings.is_empty());
    }
}
