use std::fs;

use proptest::prelude::*;
use wattcast_core::units::Uptime;

use super::*;

const GIB: u64 = 1 << 30;
const HOUR_US: u64 = 3_600_000_000;

fn ram(limit_bytes: u64) -> Ram {
    Ram { channels: [channel()], limit_bytes, last: None, byte_microseconds: 0 }
}

/// The energy after readings of (time, resident bytes).
fn energy(mut ram: Ram, readings: &[(u64, u64)]) -> u64 {
    let mut results = Vec::new();
    for (uptime, bytes) in readings {
        let uptime = Uptime::from_us(*uptime);
        ram.read(&Usage { uptime, process_rss_bytes: *bytes, ..Usage::default() }, &mut results);
    }
    match results.pop() {
        Some(Ok(Reading::Counter(energy))) => energy,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_gibibyte_for_an_hour_is_its_constant() {
    assert_eq!(energy(ram(u64::MAX), &[(0, 0), (HOUR_US, GIB)]), 372_500 * 3_600);
    assert_eq!(energy(ram(GIB / 2), &[(0, 0), (HOUR_US, GIB)]), 372_500 * 1_800);
}

#[test]
fn more_than_a_counter_holds_is_an_error() {
    let mut ram = ram(u64::MAX);
    let mut results = Vec::new();
    for uptime in [0, u64::MAX] {
        let uptime = Uptime::from_us(uptime);
        ram.read(&Usage { uptime, process_rss_bytes: u64::MAX, ..Usage::default() }, &mut results);
    }
    assert!(matches!(results.pop(), Some(Err(ReadError::Gone(_)))));
}

#[test]
fn the_narrowest_limit_above_the_process_counts() {
    let folder = tempfile::tempdir().unwrap();
    let roots = Roots {
        sys: folder.path().join("sys"),
        proc: folder.path().join("proc"),
        ..Roots::default()
    };
    let write = |path: std::path::PathBuf, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    assert_eq!(limit(&roots), None);
    write(roots.proc.join("meminfo"), "MemTotal:       1048576 kB\nMemFree:  5 kB\n");
    assert_eq!(limit(&roots), Some(GIB));
    let version_2 = roots.sys.join("fs/cgroup");
    write(roots.proc.join("self/cgroup"), "0::/pod/box\n");
    write(version_2.join("pod/box/memory.max"), "max\n");
    assert_eq!(limit(&roots), Some(GIB));
    write(version_2.join("pod/memory.max"), "500000000\n");
    assert_eq!(limit(&roots), Some(500_000_000));
    write(roots.proc.join("self/cgroup"), "4:cpu,memory:/box\n0::/\n");
    write(roots.sys.join("fs/cgroup/memory/box/memory.limit_in_bytes"), "300000000\n");
    assert_eq!(limit(&roots), Some(300_000_000));
}

proptest! {
    /// Memory that is held all along costs the same however it is sampled,
    /// also where the readings at both ends no longer see it.
    #[test]
    fn the_sampling_does_not_matter(
        bytes in 0..1_u64 << 40,
        mut times in prop::collection::vec(1..HOUR_US, 1..40),
    ) {
        times.sort_unstable();
        times.dedup();
        let mut readings = vec![(0, 0)];
        readings.extend(times.iter().map(|time| (*time, bytes)));
        readings.push((HOUR_US, 0));
        let once = [(0, 0), (HOUR_US / 2, bytes), (HOUR_US, 0)];
        prop_assert_eq!(energy(ram(u64::MAX), &readings), energy(ram(u64::MAX), &once));
    }
}
