use std::time::Duration;

use proptest::prelude::*;
use wattcast_core::ledger::Rate;
use wattcast_core::units::{Basis, Price, Pue, Utc};

use super::{Candidates, Estimate, Job, Load, elsewhere};
use crate::pricing::{Intensity, Pricer, Tariff};
use crate::source::cpu_model::CpuModel;
use crate::source::gpu_model;

fn in_zone(code: &str) -> Pricer {
    let intensity = Intensity::of_zone(code, Basis::LifeCycle).unwrap();
    Pricer { intensity, pue: Pue::ONE, tariff: None }
}

fn job(hours: u64, load: u32) -> Job {
    let cpu = CpuModel::of_share("AMD EPYC 7763", 64, 128).unwrap();
    let load = Load::from_millionths(load).unwrap();
    Job::new(Duration::from_secs(hours * 3600))
        .with_cpus(&cpu, 64, load)
        .with_memory_mib(64 * 1024)
        .with_gpus(&gpu_model::parse("2x A100").unwrap(), load)
}

#[test]
fn each_part_follows_its_formula() {
    let estimate = Estimate::of(&job(10, 500_000), &in_zone("FR"), Utc::from_us(0)).unwrap();
    let watt_hours =
        estimate.parts.iter().map(|part| (part.name.as_str(), part.energy_uj / 3_600_000));
    assert_eq!(
        watt_hours.collect::<Vec<_>>(),
        [
            ("cpu", 630_000),      // 280 W / 2 × 0.90 × 0.5 × 10 h, in mWh
            ("idle", 168_000),     // 280 W / 2 × 0.12 × 10 h
            ("ram", 238_400),      // 64 GiB × 0.3725 W × 10 h
            ("gpu0-1", 4_200_000), // 2 × 400 W × (0.05 + 0.95 × 0.5) × 10 h
        ]
    );
    // µJ × mg/kWh / 3.6e9 is µg.
    let expected = u128::from(estimate.energy_uj) * 44_180 / 3_600_000_000;
    assert_eq!(u128::from(estimate.carbon_ug), expected);
}

#[test]
fn a_tariff_by_time_of_day_prices_the_hours_it_covers() {
    let rate = |from: u16, to: u16, cents: i64| Rate {
        from_min: from * 60,
        to_min: to * 60,
        price: Price::from_micro_per_kwh(cents * 10_000),
    };
    let tariff = Tariff {
        rates: vec![rate(6, 18, 40), rate(18, 6, 20)],
        time_zone: jiff::tz::TimeZone::UTC,
        currency: "EUR".to_owned(),
    };
    let pricer = Pricer { tariff: Some(tariff), ..in_zone("FR") };
    let day = Estimate::of(&job(24, 1_000_000), &pricer, Utc::from_us(0)).unwrap();
    let mean = i64::try_from(u128::from(day.energy_uj) * 300_000 / 3_600_000_000_000).unwrap();
    assert!(day.cost_micro.unwrap().abs_diff(mean) <= 1);
}

#[test]
fn a_named_place_is_compared_however_clean_but_never_by_another_basis() {
    let estimate = Estimate::of(&job(1, 1_000_000), &in_zone("SE"), Utc::from_us(0)).unwrap();
    let names = ["PL".to_owned(), "RU-MOW".to_owned(), "France".to_owned()];
    let found = elsewhere(&estimate, Candidates::Named(&names)).unwrap();
    let places: Vec<_> = found.iter().map(|job| (job.zone, job.saved_ppm < 0)).collect();
    assert_eq!(places, [("FR", true), ("PL", true)]);
}

#[test]
fn more_than_can_be_reckoned_with_is_an_error() {
    let gpus = gpu_model::parse("60000W x60000").unwrap();
    let job = Job::new(Duration::from_secs(u64::MAX >> 22)).with_gpus(&gpus, Load::FULL);
    assert!(Estimate::of(&job, &in_zone("FR"), Utc::from_us(0)).is_err());
}

proptest! {
    #[test]
    fn an_estimate_lies_in_its_range_and_grows_with_load(
        hours in 1_u64..10_000,
        load in 0_u32..=1_000_000,
        more in 0_u32..=1_000_000,
    ) {
        let of = |load| Estimate::of(&job(hours, load), &in_zone("DE"), Utc::from_us(0)).unwrap();
        let (one, other) = (of(load.min(more)), of(load.max(more)));
        prop_assert!(one.energy_uj <= other.energy_uj && one.carbon_ug <= other.carbon_ug);
        for estimate in [&one, &other] {
            prop_assert!(estimate.energy_low_uj < estimate.energy_uj);
            prop_assert!(estimate.energy_uj < estimate.energy_high_uj);
            prop_assert!(estimate.carbon_low_ug < estimate.carbon_ug);
            prop_assert!(estimate.carbon_ug < estimate.carbon_high_ug);
            let parts: u64 = estimate.parts.iter().map(|part| part.energy_uj).sum();
            prop_assert_eq!(parts, estimate.energy_uj);
        }
    }

    #[test]
    fn every_place_offered_is_cleaner_and_of_the_provider(top in 0_usize..40) {
        let estimate = Estimate::of(&job(1, 1_000_000), &in_zone("aws:eu-central-1"), Utc::from_us(0)).unwrap();
        let found = elsewhere(&estimate, Candidates::CleanerThan { from: "eu-central-1", top }).unwrap();
        prop_assert!(found.len() <= top);
        prop_assert!(found.is_sorted_by_key(|job| job.carbon_ug));
        prop_assert!(found.iter().all(|job| job.carbon_ug < estimate.carbon_ug && job.place.starts_with("aws:")));
    }
}
