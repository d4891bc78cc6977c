use std::time::Duration;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use wattcast_core::ledger::Rate;
use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{
    Anchor, Basis, CarbonIntensity, Power, Price, Pue, Quality, Uptime, Utc,
};
use wattcast_core::wire::record::{Component, IntensitySource, Scope};

use super::{IdleModel, Intensity, Meter, Pricer, Tariff};
use crate::report::{Recorder, RunReport};
use crate::source::{Channel, ReadError, Reading, ReadingKind, Source, Usage};

/// Plays a list of readings, one row per sample.
struct Script {
    channels: Vec<Channel>,
    rows: std::vec::IntoIter<Vec<Result<Reading, ReadError>>>,
}

impl Source for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, _: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        readings.extend(self.rows.next().unwrap_or_default());
    }
}

fn package(name: &str) -> Channel {
    Channel {
        name: name.into(),
        component: Component::Cpu,
        scope: Scope::Machine,
        quality: Quality::Measured,
        method: "RAPL".into(),
        kind: ReadingKind::Counter(CounterSpec::new(1, 1, Some(262_143_328_851)).unwrap()),
        resolution_uj: 61,
        range_ppm: (950_000, 1_050_000),
        counted: true,
    }
}

fn pricer(intensity: Vec<(Utc, CarbonIntensity)>, rates: Option<Vec<Rate>>) -> Pricer {
    Pricer {
        intensity: Intensity {
            zone: "XX".into(),
            basis: Basis::LifeCycle,
            name: "test".into(),
            year: 0,
            source: IntensitySource::Given,
            value: CarbonIntensity::from_mg_per_kwh(100_000),
            fallback: IntensitySource::Given,
            series: intensity,
            series_end: None,
        },
        pue: Pue::ONE,
        tariff: rates.map(|rates| Tariff {
            rates,
            time_zone: TimeZone::UTC,
            currency: "EUR".into(),
        }),
    }
}

fn idle(watts: i64) -> IdleModel {
    let power = Power::from_uw(watts * 1_000_000);
    IdleModel { power, method: "12 % of TDP".into(), range_ppm: (500_000, 2_000_000) }
}

fn meter(
    channels: Vec<Channel>,
    rows: Vec<(Usage, Vec<Result<Reading, ReadError>>)>,
    idle: IdleModel,
    pricer: &Pricer,
    start: Utc,
) -> RunReport {
    let (usages, readings): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let source = Script { channels, rows: readings.into_iter() };
    let mut meter = Meter::new(vec![Box::new(source)], idle, Duration::from_secs(1));
    let mut recorder = Recorder::start(None, "host", start, 0).unwrap();
    meter.describe(&mut recorder);
    let anchor = Anchor { uptime: Uptime::ZERO, utc: start, uncertainty_us: 0 };
    for usage in usages {
        meter.sample(&usage, &[], pricer, anchor, &mut recorder);
    }
    recorder.report()
}

fn usage(second: u64, process_cpu_us: u64, machine_busy_us: u64) -> Usage {
    let uptime = Uptime::from_us(second * 1_000_000);
    Usage { uptime, process_cpu_us, machine_busy_us, process_rss_bytes: 0 }
}

fn energy(report: &RunReport, part: &str) -> u128 {
    report.parts.iter().filter(|p| p.name == part).map(|p| p.energy_uj).sum()
}

#[test]
fn a_package_is_idle_then_ours_by_cpu_time_and_strangers_work_is_not_ours() {
    // 40 J a second on each of two sockets, 10 W of it idle; we are a quarter
    // of the busy time.
    let rows = (0..=3u64).map(|second| {
        let counter = |start: u64| Ok(Reading::Counter(start + second * 40_000_000));
        (usage(second, second * 250_000, second * 1_000_000), vec![counter(7), counter(900)])
    });
    let channels = vec![package("package-0"), package("package-1")];
    let report =
        meter(channels, rows.collect(), idle(20), &pricer(Vec::new(), None), Utc::from_us(0));
    assert_eq!(energy(&report, "idle"), 2 * 3 * 10_000_000);
    assert_eq!(energy(&report, "cpu"), 2 * 3 * 30_000_000 / 4);
    assert_eq!(report.energy_uj, 60_000_000 + 45_000_000);
    let cpu = report.parts.iter().find(|p| p.name == "cpu").unwrap();
    assert!(cpu.method.contains("package-0") && cpu.method.contains("package-1"), "{}", cpu.method);
}

#[test]
fn a_failed_reading_loses_nothing_and_a_lost_source_is_told() {
    let rows = vec![
        (usage(0, 0, 0), vec![Ok(Reading::Counter(0))]),
        (usage(1, 500_000, 1_000_000), vec![Err(ReadError::Retry("busy".into()))]),
        (usage(2, 1_000_000, 2_000_000), vec![Ok(Reading::Counter(80_000_000))]),
        (usage(3, 1_500_000, 3_000_000), vec![Err(ReadError::Gone("unplugged".into()))]),
        (usage(4, 2_000_000, 4_000_000), vec![Ok(Reading::Counter(999))]),
    ];
    let pricer = pricer(Vec::new(), None);
    let report = meter(vec![package("package-0")], rows, idle(0), &pricer, Utc::from_us(0));
    assert_eq!(report.energy_uj, 40_000_000);
    assert_eq!(report.warnings, ["script: unplugged"]);
}

#[test]
fn a_wrap_is_energy_and_a_restart_is_a_gap() {
    let near_the_end = 262_143_328_851 - 1_000_000;
    let rows = vec![
        (usage(0, 0, 0), vec![Ok(Reading::Counter(near_the_end))]),
        (usage(1, 1, 1), vec![Ok(Reading::Counter(2_000_000))]),
        (usage(2, 2, 2), vec![Ok(Reading::Counter(1_000_000))]),
    ];
    let pricer = pricer(Vec::new(), None);
    let report = meter(vec![package("package-0")], rows, idle(0), &pricer, Utc::from_us(0));
    assert_eq!(report.energy_uj, 3_000_000);
    assert_eq!(report.gaps.len(), 1);
    assert_eq!(report.gaps[0].duration_us, 1_000_000);
}

proptest! {
    /// A run over midnight, its intensity changing each hour and its price
    /// twice a day, costs the same however often it is sampled.
    #[test]
    fn price_and_carbon_do_not_depend_on_the_samples(
        mut cuts in proptest::collection::vec(1u64..7200, 0..40),
        intensities in proptest::collection::vec(0u32..1_000_000, 4),
    ) {
        let hour = 3_600_000_000u64;
        let start = Utc::from_us(23 * hour);
        let series = (22..).zip(&intensities).map(|(h, mg)| {
            (Utc::from_us(h * hour), CarbonIntensity::from_mg_per_kwh(*mg))
        });
        let price = |micro| Price::from_micro_per_kwh(micro);
        let pricer = pricer(series.collect(), Some(vec![
            Rate { from_min: 30, to_min: 1410, price: price(310_000) },
            Rate { from_min: 1410, to_min: 30, price: price(-20_000) },
        ]));
        let mut channel = package("board");
        channel.component = Component::Board;
        channel.kind = ReadingKind::Counter(CounterSpec::microjoules());
        // A steady 3.6 W over two hours, cut anywhere.
        let run = |cuts: &[u64]| {
            let rows = cuts.iter().map(|&s| (usage(s, 0, 0), vec![Ok(Reading::Counter(s * 3_600_000))]));
            meter(vec![channel.clone()], rows.collect(), idle(0), &pricer, start)
        };
        cuts.extend([0, 7200]);
        cuts.sort_unstable();
        cuts.dedup();
        let (one, many) = (run(&[0, 7200]), run(&cuts));
        let expected_ug = u128::from(intensities[1]) * 3600 * 3_600_000 / 3_600_000_000
            + u128::from(intensities[2]) * 3600 * 3_600_000 / 3_600_000_000;
        prop_assert_eq!(one.energy_uj, many.energy_uj);
        prop_assert_eq!(one.carbon_ug, many.carbon_ug);
        prop_assert!(one.carbon_ug.unwrap().abs_diff(expected_ug) <= 1);
        prop_assert_eq!(one.cost_micro, many.cost_micro);
    }
}
