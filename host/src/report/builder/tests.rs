use proptest::prelude::*;
use wattcast_core::units::{
    Basis, CarbonIntensity, CarbonMass, Pue, Quality, TotalEnergy, Uptime, Utc,
};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::{
    Anchor, Channel, Checkpoint, Component, Counts, Event, EventKind, Intensity, IntensitySource,
    Pricing, Scope,
};

use super::*;
use crate::pricing::Intensity as SiteIntensity;

fn channel(id: u8, counted: bool) -> Record<'static> {
    Record::Channel(Channel {
        id,
        name: if id == 0 { "cpu" } else { "ram" },
        component: if id == 0 { Component::Cpu } else { Component::Ram },
        scope: Scope::Process,
        quality: Quality::Modelled,
        method: "a formula",
        resolution_uj: 1,
        low_ppm: 700_000,
        high_ppm: 1_400_001,
        counted,
    })
}

fn checkpoint(id: u8, at_us: u64, energy_uj: u128, carbon_ug: Option<u64>) -> Record<'static> {
    Record::Checkpoint(Checkpoint {
        channel: id,
        uptime: Uptime::from_us(at_us),
        import: TotalEnergy::from_uj(energy_uj),
        export: TotalEnergy::ZERO,
        carbon: carbon_ug.map(CarbonMass::from_ug),
        cost: None,
        counts: Counts { advanced: 1, ..Counts::default() },
    })
}

fn event(kind: EventKind, at_us: u64, value: i64, text: &'static str) -> Record<'static> {
    Record::Event(Event { uptime: Uptime::from_us(at_us), kind, channel: None, value, text })
}

fn france(mg_per_kwh: u32) -> Reprice {
    Reprice {
        intensity: SiteIntensity {
            zone: "FR".into(),
            basis: Basis::LifeCycle,
            name: "Ember".into(),
            year: 2024,
            source: IntensitySource::Yearly,
            value: CarbonIntensity::from_mg_per_kwh(mg_per_kwh),
            fallback: IntensitySource::Yearly,
            series: Vec::new(),
            series_end: None,
        },
        pue: Pue::from_millionths(1_540_000),
    }
}

fn report_of(mut builder: ReportBuilder, records: &[Record<'_>]) -> RunReport {
    for record in records {
        builder.push(record);
    }
    builder.report()
}

#[test]
fn a_run_is_told_from_its_records() {
    let report = report_of(
        ReportBuilder::new(),
        &[
            Record::Anchor(Anchor {
                uptime: Uptime::from_us(0),
                utc: Utc::from_us(1_700_000_000_000_000),
                uncertainty_us: 0,
            }),
            channel(0, true),
            channel(1, false),
            Record::Pricing(Pricing {
                from: Uptime::ZERO,
                pue: Pue::from_millionths(1_200_000).unwrap(),
                currency: "",
            }),
            Record::Intensity(Intensity {
                from: Utc::from_us(1_700_000_000_000_000),
                zone: "DE",
                intensity: CarbonIntensity::from_mg_per_kwh(400_000),
                basis: Basis::LifeCycle,
                source: IntensitySource::Yearly,
                year: 2024,
                name: "Ember",
            }),
            event(EventKind::Started, 500, 42, ""),
            checkpoint(0, 1_000_500, 3_600_000, Some(480)),
            checkpoint(1, 1_000_500, 9_000_000, Some(1200)),
            event(EventKind::Mark, 1_000_500, 0, "epoch 1"),
            // The clock steps back an hour: nothing moves.
            Record::Anchor(Anchor {
                uptime: Uptime::from_us(1_000_600),
                utc: Utc::from_us(1_699_996_400_000_000),
                uncertainty_us: 0,
            }),
            event(EventKind::Gap, 1_500_500, 400_000, ""),
            checkpoint(0, 2_000_500, 7_200_000, Some(960)),
            event(EventKind::Signalled, 2_000_500, 15, ""),
            event(EventKind::LeftBehind, 2_000_600, 3, ""),
            event(EventKind::Finished, 2_000_700, 0, ""),
        ],
    );
    assert_eq!(report.state, State::Finished);
    assert_eq!(report.start_utc_us, Some(1_700_000_000_000_500));
    assert_eq!((report.duration_us, report.exit_code), (2_000_000, Some(143)));
    assert_eq!((report.energy_uj, report.carbon_ug), (7_200_000, Some(960)));
    assert_eq!((report.energy_low_uj, report.energy_high_uj), (5_040_000, 10_080_008));
    assert_eq!((report.carbon_low_ug, report.carbon_high_ug), (Some(672), Some(1344)));
    assert_eq!((report.pue_millionths, report.zone.as_str()), (1_200_000, "DE"));
    assert_eq!(report.factor.as_ref().unwrap().value, 400_000);
    assert_eq!((report.parts.len(), report.details.len()), (1, 1));
    assert_eq!((report.marks[0].at_us, report.marks[0].energy_uj), (1_000_000, 3_600_000));
    assert_eq!((report.gaps[0].duration_us, report.left_behind), (400_000, 3));
}

#[test]
fn energy_without_a_price_leaves_the_carbon_open() {
    let records = [channel(0, true), checkpoint(0, 1, 5, None)];
    assert_eq!(report_of(ReportBuilder::new(), &records).carbon_ug, None);
    let repriced = report_of(ReportBuilder::repriced(france(2_000_000_000)), &records);
    assert_eq!(repriced.carbon_ug, Some(4));
}

#[test]
fn a_mean_intensity_is_weighted_by_energy() {
    let at = |mg| {
        Record::Intensity(Intensity {
            from: Utc::ZERO,
            zone: "DE",
            intensity: CarbonIntensity::from_mg_per_kwh(mg),
            basis: Basis::LifeCycle,
            source: IntensitySource::Measured,
            year: 0,
            name: "series",
        })
    };
    let records = [
        channel(0, true),
        at(100),
        checkpoint(0, 1, 1000, Some(0)),
        at(400),
        checkpoint(0, 2, 1500, Some(0)),
    ];
    let factor = report_of(ReportBuilder::new(), &records).factor.unwrap();
    assert_eq!((factor.value, factor.least, factor.most), (200, 100, 400));
}

#[test]
fn a_series_prices_each_hour_anew() {
    let hour = 3_600_000_000;
    let mut reprice = france(300_000);
    reprice.pue = None;
    let at = |hours: u64, g: u32| {
        (Utc::from_us(hours * hour), CarbonIntensity::from_mg_per_kwh(g * 1000))
    };
    reprice.intensity.series = vec![at(10, 100), at(11, 500)];
    reprice.intensity.series_end = Some(Utc::from_us(12 * hour));
    let records = [
        channel(0, true),
        Record::Anchor(Anchor {
            uptime: Uptime::ZERO,
            utc: Utc::from_us(10 * hour + hour / 2),
            uncertainty_us: 0,
        }),
        Record::Pricing(Pricing {
            from: Uptime::ZERO,
            pue: Pue::from_millionths(2_000_000).unwrap(),
            currency: "",
        }),
        // 1 Wh before 11:00, 2 Wh up to 12:00, 1 Wh after the series.
        checkpoint(0, hour, 7_200_000_000, Some(0)),
        checkpoint(0, 2 * hour, 14_400_000_000, Some(0)),
    ];
    let report = report_of(ReportBuilder::repriced(reprice.clone()), &records);
    assert_eq!(report.carbon_ug, Some(2 * (100_000 + 2 * 500_000 + 300_000)));
    assert_eq!((report.pue_millionths, report.energy_uj), (2_000_000, 14_400_000_000));

    // Without a clock nobody knows the hour.
    let without = [&records[..1], &records[2..]].concat();
    assert_eq!(report_of(ReportBuilder::repriced(reprice), &without).carbon_ug, None);
    assert!(report_of(ReportBuilder::repriced(france(1)), &without).carbon_ug.is_some());
}

proptest! {
    #[test]
    fn parts_add_up_and_repricing_is_the_same_for_any_slicing(
        steps in proptest::collection::vec((0..2_u8, 0..10_u128.pow(15)), 0..40),
        mg in any::<u32>(),
    ) {
        let build = |every_step: bool| {
            let mut builder = ReportBuilder::repriced(france(mg));
            builder.push(&channel(0, true));
            builder.push(&channel(1, true));
            let mut sums = [0_u128; 2];
            for (at, (id, energy)) in (0..).zip(&steps) {
                sums[usize::from(*id)] += energy;
                if every_step {
                    builder.push(&checkpoint(*id, at, sums[usize::from(*id)], None));
                }
            }
            for (id, sum) in (0..).zip(sums) {
                builder.push(&checkpoint(id, 1000, sum, None));
            }
            builder.report()
        };
        let report = build(true);
        let sum = |of: fn(&Part) -> u128| report.parts.iter().map(of).sum::<u128>();
        prop_assert_eq!(report.energy_uj, sum(|part| part.energy_uj));
        prop_assert_eq!(report.energy_low_uj, sum(|part| part.energy_low_uj));
        prop_assert_eq!(report.energy_high_uj, sum(|part| part.energy_high_uj));
        prop_assert_eq!(report.carbon_ug, Some(sum(|part| part.carbon_ug.unwrap())));
        prop_assert!(report.energy_low_uj <= report.energy_uj);
        prop_assert!(report.energy_uj <= report.energy_high_uj);
        prop_assert_eq!(build(false).carbon_ug, report.carbon_ug);
        for part in &report.parts {
            let exact = part.energy_uj * u128::from(mg) * 1_540_000 / 3_600_000_000_000_000;
            prop_assert_eq!(part.carbon_ug, Some(exact));
        }
    }
}
