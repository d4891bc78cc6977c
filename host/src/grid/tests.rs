use proptest::prelude::*;
use wattcast_core::grid::FactorSource;
use wattcast_core::units::Basis;

use super::{find, intensity_from_grams, names, places};

/// Lines of a list that the generator of the factors wrote, without the head.
fn listed(name: &str) -> impl Iterator<Item = csv::StringRecord> {
    let path = format!("{}/../fixtures/factors/{name}", env!("CARGO_MANIFEST_DIR"));
    csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap)
}

#[test]
fn every_territory_of_eco2ai_answers_under_its_name_and_keeps_its_value() {
    let mut territories = 0;
    for row in listed("eco2ai.csv") {
        let (country, region, code) = (&row[0], &row[1], &row[2]);
        let stated: u32 = row[3].parse().unwrap();
        let place = find(code).unwrap();
        let kept = place.factors().find(|factor| factor.source == FactorSource::Eco2Ai).unwrap();
        // Two of its places stand there twice, a hundredth of a gram apart.
        assert!(kept.intensity.as_mg_per_kwh().abs_diff(stated) <= 10, "{country}, {region}");
        let name = if region == "Whole country" {
            country.to_owned()
        } else {
            format!("{country}/{region}")
        };
        let named = find(&name).unwrap();
        // Its Krasnoyarskiy is Krasnodar by its place in the table and its value.
        let expected = if region == "Krasnoyarskiy" { "RU-KYA" } else { code };
        assert_eq!(named.code(), expected, "{name}");
        territories += 1;
    }
    assert_eq!(territories, 365);
}

#[test]
fn every_country_of_ember_answers_with_its_newest_year() {
    let mut countries = 0;
    for row in listed("ember.csv") {
        let place = find(&row[1]).unwrap();
        let ember = place.factors().find(|factor| factor.source == FactorSource::Ember).unwrap();
        assert_eq!(ember.year.to_string(), row[2], "{place:?}");
        assert_eq!(ember.intensity.as_mg_per_kwh().to_string(), row[3], "{place:?}");
        assert_eq!(ember.basis, Basis::LifeCycle);
        if row[0].len() == 3 {
            assert_eq!(find(&row[0]).unwrap(), place);
        }
        countries += 1;
    }
    assert_eq!(countries, 222);
}

#[test]
fn every_place_and_every_name_leads_to_a_factor() {
    for place in places() {
        assert_eq!(find(place.code()).as_ref(), Ok(&place));
        assert!(place.best().intensity.as_mg_per_kwh() > 0, "{place:?}");
        let has_life_cycle = place.factor(Basis::LifeCycle).is_some();
        assert_eq!(place.best().basis == Basis::LifeCycle, has_life_cycle, "{place:?}");
    }
    for (name, code) in &names::NAMES {
        if cfg!(feature = "electricity-maps") || wattcast_core::grid::lookup(code).is_ok() {
            find(name).unwrap();
        }
    }
    assert!(names::NAMES.is_sorted());
}

#[cfg(feature = "electricity-maps")]
#[test]
fn a_cloud_region_leads_to_the_grid_that_feeds_it() {
    for (provider, region, zone) in wattcast_core::grid::cloud_regions() {
        let place = find(&format!("{provider}:{region}")).unwrap();
        assert_eq!(place, find(region).unwrap());
        assert_eq!(place.code().get(..2), zone.get(..2), "{region}");
        assert_eq!(place.best().basis, Basis::LifeCycle, "{region}");
    }
    assert_eq!(find("GCP:us-central1").unwrap().code(), "US-MIDW-MISO");
}

#[test]
fn an_unknown_place_names_what_was_likely_meant() {
    for (text, meant) in [
        ("Frnace", "FR (France)"),
        ("US-ZZ", "US (United States)"),
        ("DE-BY", "DE (Germany)"),
        ("westeurop", "azure:westeurope (Netherlands)"),
        ("aws:eu-west-9", "aws:eu-west-1"),
        ("Califronia", "US-CA (California)"),
    ] {
        let said = find(text).unwrap_err().to_string();
        assert!(said.contains(meant), "{said}");
        assert!(!said.contains('\n'));
    }
    assert!(!find("F\u{7}R\n").unwrap_err().to_string().contains(char::is_control));
}

#[test]
fn an_intensity_by_hand_is_exact() {
    for (text, milligrams) in [("250", 250_000), ("43.257", 43_257), (" 0.001 ", 1), ("0", 0)] {
        assert_eq!(intensity_from_grams(text).unwrap().as_mg_per_kwh(), milligrams);
    }
    for text in
        ["", "x", "-1", "NaN", "inf", "0.0001", "4294967.296", "99999999999999999999999999999"]
    {
        assert!(intensity_from_grams(text).is_err(), "{text}");
    }
}

proptest! {
    // Each unknown text is compared with two thousand known ones.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_finds_a_place_or_names_some(text in ".{0,80}") {
        if let Err(unknown) = find(&text) {
            prop_assert_eq!(unknown.nearest.len(), 3);
            prop_assert!(unknown.nearest.iter().all(|(code, _)| find(code).is_ok()));
        }
    }
}
