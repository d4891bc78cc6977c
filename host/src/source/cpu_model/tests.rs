use std::fmt::Write;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use proptest::prelude::*;
use wattcast_core::meter::{CounterLimits, CounterMeter};
use wattcast_core::units::Uptime;

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
        let finding = detect(&roots).findings.remove(0);
        let _ = writeln!(
            table,
            "{}: {}\n    {:?}, active {:?} ppm, idle {:?} ppm",
            root.file_name().unwrap().display(),
            finding.detail,
            model.quality,
            model.active_range_ppm,
            model.idle_range_ppm,
        );
    }
    expect_file![fixtures().join("machines.expected")].assert_eq(&table);
}

fn any_probe(most_cpus: u32) -> impl Strategy<Value = Probe> {
    let known = prop::sample::select(table::keys().collect::<Vec<_>>()).prop_map(str::to_owned);
    let name =
        prop_oneof![known, any::<String>(), "(Intel|AMD) [A-Za-z]{0,9} [a-z0-9-]{0,9}.{0,20}"];
    let threads = prop::option::of(1..2048_u32);
    (name, 1..=most_cpus, threads, any::<bool>(), any::<bool>()).prop_map(
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
    fn the_estimate_lies_inside_its_range(probe in any_probe(8_192)) {
        let model = CpuModel::new(&probe);
        prop_assert!(model.active_power_per_cpu().as_uw() > 0);
        prop_assert!(model.idle_power < model.full_power);
        for (low, high) in [model.active_range_ppm, model.idle_range_ppm] {
            prop_assert!(low < 1_000_000 && 1_000_000 < high, "{low} {high}");
        }
        let channels = model.channels();
        prop_assert!(channels.iter().all(|channel| channel.kind != ReadingKind::Power));
    }

    /// However a run is sampled, its energy is CPU time × power, to the
    /// microjoule that one division rounds away.
    #[test]
    fn energy_is_linear_in_cpu_time(
        probe in any_probe(64),
        times in prop::collection::vec((1..30_000_000_u64, 0..60_000_000_u64), 1..40),
    ) {
        let model = CpuModel::new(&probe);
        let mut source = CpuModelSource { channels: model.channels() };
        let meter = |channel: &Channel| {
            let ReadingKind::Counter(spec) = channel.kind else { panic!("a power channel") };
            CounterMeter::new(spec, CounterLimits::unlimited())
        };
        let mut meters: Vec<CounterMeter> = source.channels().iter().map(meter).collect();
        let mut energy = [0; 2];
        let (mut usage, mut readings) = (Usage::default(), Vec::new());
        for (uptime, cpu) in iter::once((0, 0)).chain(times) {
            usage.uptime = Uptime::from_us(usage.uptime.as_us() + uptime);
            usage.process_cpu_us += cpu;
            readings.clear();
            source.read(&usage, &mut readings);
            for ((meter, reading), energy) in meters.iter_mut().zip(&readings).zip(&mut energy) {
                let Ok(Reading::Counter(value)) = reading else { panic!("no counter") };
                let outcome = meter.read(usage.uptime, *value).unwrap();
                *energy += outcome.flow().map_or(0, |flow| flow.import().as_uj());
            }
        }
        let expected = |power: Power, us: u64| i128::from(power.as_uw()) * i128::from(us) / 1_000_000;
        let cpu = expected(model.active_power_per_cpu(), usage.process_cpu_us);
        let idle = expected(model.idle_power, usage.uptime.as_us());
        prop_assert_eq!(energy.map(i128::from), [cpu, idle]);
    }
}
