//! NVIDIA GPUs, through the real NVML calls of a fake library.

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "fake-nvml/mod.rs"]
mod fake_nvml;

use fake_nvml::FakeNvml;
use proptest::prelude::*;
use wattcast::source::{Channel, Detection, ReadError, Reading, ReadingKind, Roots, Usage, nvml};
use wattcast_core::units::{Power, Quality, Uptime};
use wattcast_core::wire::record::Scope;

/// Namespace of process ids: of the machine itself, and of a container.
const MACHINE: &str = "pid:[4026531836]";
const CONTAINER: &str = "pid:[4026532198]";

fn detect(fake: &FakeNvml, namespace: &str) -> Detection {
    let proc = tempfile::tempdir().expect("a temporary directory");
    let place = proc.path().join("self/ns");
    std::fs::create_dir_all(&place).expect("a directory");
    std::os::unix::fs::symlink(namespace, place.join("pid")).expect("a link");
    let nvml = Some(fake.library());
    nvml::detect(&Roots { nvml, proc: proc.path().to_owned(), ..Roots::default() })
}

fn channels(found: &Detection) -> Vec<&Channel> {
    found.sources.iter().flat_map(|source| source.channels()).collect()
}

fn names(found: &Detection) -> Vec<&str> {
    channels(found).into_iter().map(|channel| channel.name.as_str()).collect()
}

fn read_at(found: &mut Detection, seconds: u64) -> Vec<Result<Reading, ReadError>> {
    let uptime = Uptime::from_us(seconds * 1_000_000);
    let mut readings = Vec::new();
    for source in &mut found.sources {
        let before = readings.len();
        source.read(&Usage { uptime, ..Usage::default() }, &mut readings);
        assert_eq!(readings.len() - before, source.channels().len());
    }
    readings
}

fn counters(readings: Vec<Result<Reading, ReadError>>) -> Vec<Option<u64>> {
    let counter = |reading| match reading {
        Ok(Reading::Counter(value)) => Some(value),
        Ok(Reading::Power(power)) => panic!("{power:?} where a counter was due"),
        Err(_) => None,
    };
    readings.into_iter().map(counter).collect()
}

#[test]
fn energy_counter_is_read_for_each_gpu() {
    let state = |a: u64, b: u64| {
        format!(
            "0 name NVIDIA A100-SXM4-40GB\n0 energy_mj {a}\n0 power_mw 250000\n\
             1 name NVIDIA A100-SXM4-40GB\n1 energy_mj {b}\n"
        )
    };
    let fake = FakeNvml::new(&state(u64::MAX - 1, 5_000));
    let mut found = detect(&fake, CONTAINER);
    assert_eq!(names(&found), ["gpu0", "gpu1"]);
    for channel in channels(&found) {
        assert_eq!((channel.quality, channel.resolution_uj), (Quality::Measured, 1_000));
        assert!(channel.method.contains("energy counter of the NVIDIA A100"));
        assert!(channel.range_ppm.0 < 1_000_000 && channel.range_ppm.1 > 1_000_000);
    }
    assert_eq!(counters(read_at(&mut found, 0)), [Some(u64::MAX - 1), Some(5_000)]);
    // The driver was loaded anew: what a fall means is the meter's to say.
    fake.set(&state(3, 5_100));
    assert_eq!(counters(read_at(&mut found, 1)), [Some(3), Some(5_100)]);
}

#[test]
fn gpu_without_counter_is_polled() {
    let fake = FakeNvml::new("0 name Tesla P100-PCIE-16GB\n0 power_mw 31250\n");
    let mut found = detect(&fake, CONTAINER);
    assert_eq!(channels(&found)[0].kind, ReadingKind::Power);
    let reading = read_at(&mut found, 0).remove(0).ok();
    assert_eq!(reading, Some(Reading::Power(Power::from_uw(31_250_000))));
}

#[test]
fn lost_gpu_ends_for_good_and_leaves_the_other() {
    let two = "0 name T4\n0 energy_mj 1000\n1 name T4\n1 energy_mj 2000\n";
    let fake = FakeNvml::new(two);
    let mut found = detect(&fake, CONTAINER);
    assert_eq!(found.sources.len(), 2, "a source that is gone takes all its channels with it");
    assert_eq!(counters(read_at(&mut found, 0)), [Some(1_000), Some(2_000)]);

    // A busy driver (NVML_ERROR_UNKNOWN) costs one reading.
    fake.set(&format!("{two}0 fail energy_mj 999\n"));
    assert!(matches!(read_at(&mut found, 1)[0], Err(ReadError::Retry(_))));
    // NVML_ERROR_GPU_IS_LOST ends it, also when the driver should answer again.
    fake.set(&format!("{two}0 fail energy_mj 15\n"));
    let readings = read_at(&mut found, 2);
    let Err(ReadError::Gone(line)) = &readings[0] else { panic!("{readings:?}") };
    assert!(line.starts_with("gpu0: the driver lost the GPU"), "{line}");
    assert_eq!(counters(readings), [None, Some(2_000)]);
    fake.set(two);
    assert!(matches!(read_at(&mut found, 3)[0], Err(ReadError::Gone(_))));
}

#[test]
fn refused_slice_is_modelled_and_said_to_be() {
    let slice = "0 name NVIDIA A100-SXM4-40GB MIG 1g.5gb\n";
    let mut found = detect(&FakeNvml::new(&format!("{slice}0 limit_mw 300000\n")), MACHINE);
    let finding = &found.findings[0];
    assert!(!finding.available && finding.remedy.is_some());
    assert!(finding.detail.contains("(MIG); 300 W × time is assumed"), "{}", finding.detail);
    assert_eq!(channels(&found)[0].quality, Quality::Assumed);
    assert_eq!(counters(read_at(&mut found, 0)), [Some(0)]);
    assert_eq!(counters(read_at(&mut found, 2)), [Some(600_000_000)]);

    // Neither a limit nor a known name: nothing is made up.
    let found = detect(&FakeNvml::new("0 name GRID X9\n"), MACHINE);
    assert!(found.sources.is_empty());
    let [finding] = found.findings.as_slice() else { panic!("{:?}", found.findings) };
    assert!(finding.detail.contains("unknown GPU `GRID X9`"), "{}", finding.detail);
    assert!(finding.remedy.as_ref().is_some_and(|remedy| remedy.contains("--gpu")));
}

#[test]
fn counter_that_contradicts_the_power_is_told_once() {
    let state = |energy_mj: u64| format!("0 name T4\n0 energy_mj {energy_mj}\n0 power_mw 60000\n");
    for (milliwatts, warns) in [(58_000, false), (34_000, true)] {
        let fake = FakeNvml::new(&state(0));
        let mut found = detect(&fake, CONTAINER);
        let mut warnings = Vec::new();
        for second in 0..100 {
            fake.set(&state(second * milliwatts));
            assert_eq!(counters(read_at(&mut found, second)), [Some(second * milliwatts)]);
            warnings.extend(found.sources[0].take_warnings());
        }
        assert_eq!(warnings.len(), usize::from(warns), "{warnings:?}");
        assert!(warnings.iter().all(|line| line.contains("1020 J") && line.contains("1800 J")));
    }
}

#[test]
fn driver_that_does_not_start_names_its_remedy() {
    // NVML_ERROR_DRIVER_NOT_LOADED, NVML_ERROR_LIB_RM_VERSION_MISMATCH.
    for (code, remedy) in [(9, "sudo modprobe nvidia"), (18, "sudo reboot")] {
        let found = detect(&FakeNvml::new(&format!("init {code}\n0 name T4\n")), MACHINE);
        assert!(found.sources.is_empty());
        assert_eq!(found.findings[0].remedy.as_deref(), Some(remedy));
    }
    let nvml = Some("/nowhere/libnvidia-ml.so".into());
    let found = nvml::detect(&Roots { nvml, ..Roots::default() });
    assert!(found.sources.is_empty() && !found.findings[0].available);
}

/// A GPU on the machine itself, whose processes the driver names.
struct Shared {
    fake: FakeNvml,
    found: Detection,
    before: Option<(u64, u64)>,
    second: u64,
}

impl Shared {
    fn new() -> Self {
        let fake = FakeNvml::new("0 name T4\n0 energy_mj 0\n");
        let found = detect(&fake, MACHINE);
        Self { fake, found, before: None, second: 0 }
    }

    /// What the accounted processes and the rest took since the last call, in
    /// microjoules; negative where the counters fell.
    fn step(&mut self, energy_mj: u64, processes: &str, accounted: &[u32]) -> (i128, i128) {
        let gpu = format!("0 name T4\n0 energy_mj {energy_mj}\n");
        let lines = processes.split_terminator(',').map(|line| format!("0 process {line}\n"));
        self.fake.set(&lines.fold(gpu, |state, line| state + &line));
        self.found.sources[0].account(accounted);
        let readings = counters(read_at(&mut self.found, self.second));
        self.second += 2;
        let [Some(ours), Some(rest)] = readings[..] else { panic!("{readings:?}") };
        let (ours_before, rest_before) = self.before.replace((ours, rest)).unwrap_or((ours, rest));
        let change = |now, before| i128::from(now) - i128::from(before);
        (change(ours, ours_before), change(rest, rest_before))
    }
}

#[test]
fn energy_is_shared_by_what_each_process_used() {
    let mut gpu = Shared::new();
    assert_eq!(names(&gpu.found), ["gpu0", "gpu0-rest"]);
    let told: Vec<_> = channels(&gpu.found).iter().map(|c| (c.scope, c.counted)).collect();
    assert_eq!(told, [(Scope::Process, true), (Scope::Machine, false)]);

    gpu.step(1_000, "", &[7]);
    assert_eq!(gpu.step(5_000, "7 60,8 20", &[7]), (3_000_000, 1_000_000));
    assert_eq!(gpu.step(6_000, "7 60,8 20", &[9]), (750_000, 250_000), "7 ended just now");
    assert_eq!(gpu.step(7_000, "7 60,8 20", &[9]), (0, 1_000_000), "no longer ours");
    assert_eq!(gpu.step(8_000, "7 0,8 0", &[7]), (500_000, 500_000), "both hold a context");
    assert_eq!(gpu.step(9_000, "8 90,7 0", &[7]), (0, 1_000_000), "only theirs was busy");
    assert_eq!(gpu.step(10_000, "", &[7]), (0, 1_000_000), "idle");
    let (ours, rest) = gpu.step(4_000, "7 60", &[7]);
    assert!(ours < 0 && rest < 0, "a reset is seen in both: {ours}, {rest}");
    assert_eq!(gpu.step(5_000, "7 60", &[7]), (1_000_000, 0));
}

#[test]
fn without_accounted_processes_the_whole_gpu_counts() {
    let mut gpu = Shared::new();
    gpu.step(0, "7 60", &[]);
    assert_eq!(gpu.step(1_000, "7 60", &[]), (1_000_000, 0));
}

#[test]
fn processes_that_cannot_be_told_apart_leave_the_gpu_whole() {
    let gpu = "0 name T4\n0 energy_mj 0\n";
    let partitioned = format!("{gpu}0 mig 1\n");
    // NVML_ERROR_NOT_SUPPORTED, as a virtual GPU answers.
    let virtual_gpu = format!("{gpu}0 fail processes 3\n");
    for (state, namespace, mends) in
        [(gpu, CONTAINER, true), (&partitioned, MACHINE, false), (&virtual_gpu, MACHINE, false)]
    {
        let found = detect(&FakeNvml::new(state), namespace);
        assert_eq!(names(&found), ["gpu0"]);
        assert_eq!(channels(&found)[0].scope, Scope::Machine);
        assert!(found.findings[0].detail.contains("all its users counted"));
        assert_eq!(found.findings[0].remedy.is_some(), mends);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Ours and the rest are the whole, to the microjoule, at any shares.
    #[test]
    fn shares_sum_to_the_whole(
        steps in proptest::collection::vec((0_u64..100_000, 0_u32..=100, 0_u32..=100), 1..12),
    ) {
        let mut gpu = Shared::new();
        gpu.step(0, "", &[7]);
        let (mut energy_mj, mut sum) = (0, 0);
        for (advance, ours, theirs) in steps {
            energy_mj += advance;
            let (ours, rest) = gpu.step(energy_mj, &format!("7 {ours},8 {theirs}"), &[7]);
            prop_assert!(ours >= 0 && rest >= 0);
            sum += ours + rest;
        }
        prop_assert_eq!(sum, i128::from(energy_mj) * 1_000);
    }
}
