//! NVIDIA GPUs, through the real NVML calls of a fake library.

#![cfg(target_os = "linux")]
#![allow(clippy::panic, reason = "a test fails by panicking")]

#[path = "fake-nvml/mod.rs"]
mod fake_nvml;

use fake_nvml::FakeNvml;
use wattcast::source::{Detection, ReadError, Reading, ReadingKind, Roots, Source, Usage, nvml};
use wattcast_core::units::{Power, Quality, Uptime};

fn detect(fake: &FakeNvml) -> Detection {
    nvml::detect(&Roots { nvml: Some(fake.library()), ..Roots::default() })
}

/// The only source of a detection.
fn only(found: Detection) -> Box<dyn Source> {
    let mut sources = found.sources;
    assert_eq!(sources.len(), 1, "{:?}", found.findings);
    sources.remove(0)
}

fn read_at(source: &mut dyn Source, seconds: u64) -> Vec<Result<Reading, ReadError>> {
    let uptime = Uptime::from_us(seconds * 1_000_000);
    let mut readings = Vec::new();
    source.read(&Usage { uptime, ..Usage::default() }, &mut readings);
    assert_eq!(readings.len(), source.channels().len());
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
    let mut source = only(detect(&fake));
    let names: Vec<_> = source.channels().iter().map(|channel| channel.name.as_str()).collect();
    assert_eq!(names, ["gpu0", "gpu1"]);
    for channel in source.channels() {
        assert_eq!((channel.quality, channel.resolution_uj), (Quality::Measured, 1_000));
        assert!(channel.method.contains("energy counter of the NVIDIA A100"));
        assert!(channel.range_ppm.0 < 1_000_000 && channel.range_ppm.1 > 1_000_000);
    }
    assert_eq!(counters(read_at(&mut *source, 0)), [Some(u64::MAX - 1), Some(5_000)]);
    // The driver was loaded anew: what a fall means is the meter's to say.
    fake.set(&state(3, 5_100));
    assert_eq!(counters(read_at(&mut *source, 1)), [Some(3), Some(5_100)]);
}

#[test]
fn gpu_without_counter_is_polled() {
    let fake = FakeNvml::new("0 name Tesla P100-PCIE-16GB\n0 power_mw 31250\n");
    let mut source = only(detect(&fake));
    assert_eq!(source.channels()[0].kind, ReadingKind::Power);
    let reading = read_at(&mut *source, 0).remove(0).unwrap();
    assert_eq!(reading, Reading::Power(Power::from_uw(31_250_000)));
}

#[test]
fn lost_gpu_ends_for_good_and_leaves_the_other() {
    let two = "0 name T4\n0 energy_mj 1000\n1 name T4\n1 energy_mj 2000\n";
    let fake = FakeNvml::new(two);
    let mut source = only(detect(&fake));
    assert_eq!(counters(read_at(&mut *source, 0)), [Some(1_000), Some(2_000)]);

    // A busy driver (NVML_ERROR_UNKNOWN) costs one reading.
    fake.set(&format!("{two}0 fail energy_mj 999\n"));
    assert!(matches!(read_at(&mut *source, 1)[0], Err(ReadError::Retry(_))));
    // NVML_ERROR_GPU_IS_LOST ends it, also when the driver should answer again.
    fake.set(&format!("{two}0 fail energy_mj 15\n"));
    let readings = read_at(&mut *source, 2);
    let Err(ReadError::Gone(line)) = &readings[0] else { panic!("{readings:?}") };
    assert!(line.starts_with("gpu0: the driver lost the GPU"), "{line}");
    assert_eq!(counters(readings), [None, Some(2_000)]);
    fake.set(two);
    assert!(matches!(read_at(&mut *source, 3)[0], Err(ReadError::Gone(_))));
}

#[test]
fn refused_slice_is_modelled_and_said_to_be() {
    let slice = "0 name NVIDIA A100-SXM4-40GB MIG 1g.5gb\n";
    let found = detect(&FakeNvml::new(&format!("{slice}0 limit_mw 300000\n")));
    let finding = &found.findings[0];
    assert!(!finding.available && finding.remedy.is_some());
    assert!(finding.detail.contains("(MIG); 300 W × time is assumed"), "{}", finding.detail);
    let mut source = only(found);
    assert_eq!(source.channels()[0].quality, Quality::Assumed);
    assert_eq!(counters(read_at(&mut *source, 0)), [Some(0)]);
    assert_eq!(counters(read_at(&mut *source, 2)), [Some(600_000_000)]);

    // Neither a limit nor a known name: nothing is made up.
    let found = detect(&FakeNvml::new("0 name GRID X9\n"));
    assert!(found.sources.is_empty());
    assert!(found.findings[0].detail.contains("unknown GPU `GRID X9`"), "{:?}", found.findings);
    assert!(found.findings[0].remedy.as_deref().unwrap().contains("--gpu"));
}

#[test]
fn counter_that_contradicts_the_power_is_told_once() {
    let state = |energy_mj: u64| format!("0 name T4\n0 energy_mj {energy_mj}\n0 power_mw 60000\n");
    for (milliwatts, warns) in [(58_000, false), (34_000, true)] {
        let fake = FakeNvml::new(&state(0));
        let mut source = only(detect(&fake));
        let mut warnings = Vec::new();
        for second in 0..100 {
            fake.set(&state(second * milliwatts));
            assert_eq!(counters(read_at(&mut *source, second)), [Some(second * milliwatts)]);
            warnings.extend(source.take_warnings());
        }
        assert_eq!(warnings.len(), usize::from(warns), "{warnings:?}");
        assert!(warnings.iter().all(|line| line.contains("1020 J") && line.contains("1800 J")));
    }
}

#[test]
fn driver_that_does_not_start_names_its_remedy() {
    // NVML_ERROR_DRIVER_NOT_LOADED, NVML_ERROR_LIB_RM_VERSION_MISMATCH.
    for (code, remedy) in [(9, "sudo modprobe nvidia"), (18, "sudo reboot")] {
        let found = detect(&FakeNvml::new(&format!("init {code}\n0 name T4\n")));
        assert!(found.sources.is_empty());
        assert_eq!(found.findings[0].remedy.as_deref(), Some(remedy));
    }
    let found =
        nvml::detect(&Roots { nvml: Some("/nowhere/libnvidia-ml.so".into()), ..Roots::default() });
    assert!(found.sources.is_empty() && !found.findings[0].available);
}
