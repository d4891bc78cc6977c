use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use proptest::prelude::*;

use super::*;
use crate::source::ReadingKind;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/cpu")
}

/// Every key must be what its own name normalises to, or it is never found.
#[test]
fn the_table_is_sorted_and_each_of_its_keys_is_found() {
    let keys: Vec<&str> = table::keys().collect();
    assert!(keys.len() >= 5_000, "{} processors", keys.len());
    assert!(keys.is_sorted_by(|a, b| a < b));
    for key in keys {
        assert_eq!(normalise(key), key);
        let found = lookup(key).unwrap();
        assert_eq!((found.key, found.kind), (key, MatchKind::Exact));
        assert!(
            found.low.as_uw() > 0 && found.low <= found.tdp && found.tdp <= found.high,
            "{key}"
        );
    }
}

#[test]
fn names_of_real_machines_find_their_tdp() {
    let mut table = String::new();
    for name in fs::read_to_string(fixtures().join("names.txt")).unwrap().lines() {
        let _ = match lookup(name) {
            None => writeln!(table, "{name}: -"),
            Some(found) => writeln!(
                table,
                "{name}: {:?} {:?}, {} W ({} to {}), threads {:?}",
                found.kind,
                found.key,
                watts(found.tdp),
                watts(found.low),
                watts(found.high),
                found.threads
            ),
        };
    }
    expect_file![fixtures().join("names.expected")].assert_eq(&table);
}

#[test]
fn machines_draw_what_their_processors_can() {
    let mut machines: Vec<PathBuf> = fs::read_dir(fixtures().join("machines"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    machines.sort();
    let mut table = String::new();
    for root in machines {
        let roots = Roots { sys: root.join("sys"), proc: root.join("proc"), ..Roots::default() };
        let model = CpuModel::detect(&roots);
        let _ = writeln!(
            table,
            "{}: {:?}, {} CPUs, {} to {} W, {:?}, {}\n    active {:?} ppm, idle {:?} ppm",
            root.file_name().unwrap().display(),
            model.name,
            model.logical_cpus,
            watts(model.idle_power),
            watts(model.full_power),
            model.quality,
            model.method,
            model.active_range_ppm,
            model.idle_range_ppm,
        );
    }
    expect_file![fixtures().join("machines.expected")].assert_eq(&table);
}

fn any_probe() -> impl Strategy<Value = Probe> {
    let known = prop::sample::select(table::keys().collect::<Vec<_>>()).prop_map(str::to_owned);
    let name =
        prop_oneof![known, any::<String>(), "(Intel|AMD) [A-Za-z]{0,9} [a-z0-9-]{0,9}.{0,20}"];
    let threads = prop::option::of(1..2048_u32);
    (name, 1..8192_u32, threads, any::<bool>(), any::<bool>()).prop_map(
        |(name, logical_cpus, threads, is_virtual, is_x86)| Probe {
            name,
            logical_cpus,
            threads,
            is_virtual,
            is_x86,
            ..Probe::default()
        },
    )
}

proptest! {
    /// Also: no name and no topology panics.
    #[test]
    fn the_estimate_lies_inside_its_range(probe in any_probe()) {
        let model = CpuModel::new(&probe);
        prop_assert!(model.active_power_per_cpu().as_uw() > 0);
        prop_assert!(model.idle_power < model.full_power);
        for (low, high) in [model.active_range_ppm, model.idle_range_ppm] {
            prop_assert!(low < 1_000_000 && 1_000_000 < high, "{low} {high}");
        }
        let channels = model.channels();
        prop_assert!(channels.iter().all(|channel| channel.kind != ReadingKind::Power));
    }
}
