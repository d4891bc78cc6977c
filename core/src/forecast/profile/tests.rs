extern crate std;

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::forecast::{HORIZON, Hour, Reading};

/// 2022-01-01T00:00Z, a Saturday.
const NEW_YEAR: u32 = 455_832;
const LEVEL: CarbonIntensity = CarbonIntensity::from_mg_per_kwh(400_000);

fn forecast(mut profile: Profile<'_>, readings: &[Reading], hour: u32) -> (Method, Vec<u32>) {
    let issue = Issue::new(Hour::from_hours(hour), 0).unwrap();
    let mut out = [Quantiles::default(); HORIZON];
    let history = History::new(issue.hour(), readings);
    let forecast = profile.forecast(&history, issue, &mut out).unwrap();
    let p50 = forecast.values.iter().map(|q| q.p50().as_mg_per_kwh());
    (forecast.method, p50.collect())
}

#[test]
fn the_rows_lie_in_order_and_their_year_has_its_mean() {
    assert!(table::ROWS.is_sorted_by(|(one, _), (other, _)| one < other));
    for (zone, _) in &table::ROWS {
        let year = (0..365 * 24).step_by(96);
        let hours: Vec<u32> = year
            .flat_map(|hour| forecast(Profile::of(zone, LEVEL), &[], NEW_YEAR + hour).1)
            .collect();
        let mean = hours.iter().map(|&mg| u64::from(mg)).sum::<u64>() / hours.len() as u64;
        assert!((385_000..415_000).contains(&mean), "{zone}: {mean}");
    }
}

#[test]
fn knows_a_zone_its_country_or_nothing() {
    let method = |zone| forecast(Profile::of(zone, LEVEL), &[], NEW_YEAR).0;
    assert_eq!(method("DE"), Method::TypicalDay(Typical::OfZone));
    assert_eq!(method("US-SW-AZPS"), Method::TypicalDay(Typical::OfCountry));
    assert_eq!(method("XX"), Method::TypicalDay(Typical::Flat));
    let (_, flat) = forecast(Profile::of("XX", LEVEL), &[], NEW_YEAR);
    assert!(flat.iter().all(|&mg| mg == 400_000));
}

#[test]
fn a_summer_noon_in_germany_is_cleaner_than_its_evening() {
    // Wednesday, 2022-06-01.
    let (_, hours) = forecast(Profile::of("DE", LEVEL), &[], NEW_YEAR + 151 * 24);
    assert!(hours[11] * 5 < hours[19] * 4, "{} {}", hours[11], hours[19]);
    // Saturday and Sunday are not among the first three days; Saturday is the
    // fourth.
    assert_eq!(hours[11], hours[11 + 48]);
    assert!(hours[11 + 72] < hours[11]);
}

#[test]
fn takes_its_level_from_a_day_of_history() {
    let (_, usual) = forecast(Profile::of("DE", LEVEL), &[], NEW_YEAR + 24);
    let double = |hours: usize| -> Vec<Reading> {
        let (_, before) = forecast(Profile::of("DE", LEVEL), &[], NEW_YEAR);
        let known = before.iter().take(24).map(|mg| CarbonIntensity::from_mg_per_kwh(2 * mg));
        known.skip(24 - hours).map(Reading::from).collect()
    };
    let (_, scaled) = forecast(Profile::of("DE", LEVEL), &double(24), NEW_YEAR + 24);
    for (usual, scaled) in usual.iter().zip(scaled) {
        assert!((2 * usual).abs_diff(scaled) < 2 + usual / 500, "{usual} {scaled}");
    }
    assert_eq!(forecast(Profile::of("DE", LEVEL), &double(23), NEW_YEAR + 24).1, usual);
}

#[test]
fn tells_months_on_both_sides_of_a_leap_day() {
    let month = |hour: i32| Issue::new(Hour::from_hours(0), 0).unwrap().local(hour).month();
    for (date, expected) in
        [(0, 0), (30, 0), (31, 1), (789, 1), (790, 2), (11_016, 1), (11_017, 2), (-1, 11)]
    {
        assert_eq!(month(24 * date + 23), expected, "day {date}");
    }
}

proptest! {
    /// Any bytes are a row.
    #[test]
    fn quantiles_never_cross(
        row in prop::collection::vec(any::<u8>(), PROFILE_BYTES), hour: u32, level in 0_u32..4_000_000,
    ) {
        let row: [u8; PROFILE_BYTES] = row.try_into().unwrap();
        let level = CarbonIntensity::from_mg_per_kwh(level);
        let issue = Issue::new(Hour::from_hours(hour), 0).unwrap();
        let mut out = [Quantiles::default(); HORIZON];
        let mut profile = Profile::from_row(&row, Typical::OfZone, level);
        profile.forecast(&History::new(issue.hour(), &[]), issue, &mut out).unwrap();
        for q in out {
            prop_assert!(q.p10() <= q.p50() && q.p50() <= q.p90());
        }
    }
}
