use proptest::prelude::*;

use super::{Factor, FactorSource, WORLD, cloud_regions, lookup, named, zones};
use crate::units::Basis;

#[test]
fn every_zone_is_found_by_its_code_in_any_case() {
    for zone in zones() {
        assert_eq!(lookup(zone.code()), Ok(zone));
        let mut lower = [0; 16];
        let lower = &mut lower[..zone.code().len()];
        lower.copy_from_slice(zone.code().as_bytes());
        lower.make_ascii_lowercase();
        assert_eq!(lookup(core::str::from_utf8(lower).unwrap()), Ok(zone));
        assert_eq!(named(zone.code()), Some(zone.best()));
    }
}

#[test]
fn every_factor_is_whole_and_the_best_of_a_zone_is_life_cycle_where_one_is_known() {
    for zone in zones() {
        let mut life_cycle_ended = false;
        for factor in zone.factors() {
            assert!(factor.year == 0 || (1990..=2052).contains(&factor.year), "{factor:?}");
            assert!(factor.intensity.as_mg_per_kwh() <= 1_500_000, "{factor:?}");
            let direct = factor.basis == Basis::Direct;
            assert!(direct || !life_cycle_ended, "{zone:?}: direct before life-cycle");
            life_cycle_ended |= direct;
            let stack_only = matches!(factor.source, FactorSource::Egrid | FactorSource::ChinaMee);
            assert!(direct || !stack_only, "{factor:?}");
            assert_eq!(zone.factor_of(factor.source), Some(factor), "one row a source");
        }
        assert!(zone.best().intensity.as_mg_per_kwh() > 0, "{zone:?}");
    }
}

#[test]
fn every_code_of_a_country_leads_to_it() {
    for (codes, name) in [
        (["DE", "DEU", "276"], "Germany"),
        (["AF", "AFG", "4"], "Afghanistan"),
        (["al", "Alb", "008"], "Albania"),
        (["NA", "NAM", "516"], "Namibia"),
    ] {
        for code in codes {
            assert_eq!(lookup(code).unwrap().name(), name);
        }
    }
    assert!(lookup("0").is_err(), "Kosovo has no numeric code, and 0 is nobody's");
    assert!(lookup("+4").is_err());
}

#[test]
fn every_cloud_region_leads_to_its_zone_with_and_without_its_provider() {
    let mut regions = 0;
    for (provider, region, zone) in cloud_regions() {
        let zone = lookup(zone).unwrap();
        assert_eq!(lookup(region), Ok(zone));
        let mut full = heapless::String::<64>::new();
        core::fmt::write(&mut full, format_args!("{provider}:{region}")).unwrap();
        assert_eq!(lookup(&full), Ok(zone));
        regions += 1;
    }
    assert!(regions > 150);
    assert!(lookup("gcp:eu-west-1").is_err(), "that is a region of AWS");
}

#[test]
fn the_world_is_a_named_year() {
    assert_eq!((WORLD.zone, WORLD.year, WORLD.basis), ("WORLD", 2024, Basis::LifeCycle));
    const HOME: Factor = crate::factor!("ru-mow");
    assert_eq!((HOME.name, HOME.basis), ("Moscow", Basis::Direct));
}

proptest! {
    #[test]
    fn any_text_is_looked_up_without_a_panic(code in ".{0,20}") {
        if let Ok(zone) = lookup(&code) {
            prop_assert!(zone.factors().count() > 0);
        }
    }

    #[test]
    fn a_mix_lies_between_its_sources(shares in proptest::array::uniform9(0_u32..1_000_000)) {
        let total: u64 = shares.iter().map(|share| u64::from(*share)).sum();
        prop_assume!(total > 0);
        let scaled = shares.map(|share| u32::try_from(u64::from(share) * 1_000_000 / total).unwrap());
        let mut parts = [(super::Generation::Coal, 0); 9];
        for (part, (kind, share)) in parts.iter_mut().zip(super::Generation::ALL.into_iter().zip(scaled)) {
            *part = (kind, share);
        }
        let factor = super::mix(&parts).unwrap();
        let used = || parts.iter().filter(|(_, share)| *share > 0).map(|(kind, _)| kind.life_cycle());
        prop_assert!(factor >= used().min().unwrap() && factor <= used().max().unwrap());
    }
}
