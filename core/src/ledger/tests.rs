extern crate std;

use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::meter::Flow;
use crate::units::{
    Anchor, Basis, CarbonIntensity, CarbonMass, Energy, Interval, Money, Price, Pue, TotalEnergy,
    US_PER_HOUR, Uptime, Utc,
};

/// 2026-11-20T00:00:00Z.
const MIDNIGHT_US: u64 = 1_795_132_800_000_000;

fn us(at: u64) -> Uptime {
    Uptime::from_us(at)
}

fn flow(from_us: u64, to_us: u64, uj: i64) -> Flow {
    let interval = Interval::new(us(from_us), us(to_us)).unwrap();
    Flow::from_net(interval, Energy::from_uj(uj)).unwrap()
}

/// An uptime of zero is `utc_us`.
fn booted_at(utc_us: u64) -> Anchor {
    Anchor { uptime: Uptime::ZERO, utc: Utc::from_us(utc_us), uncertainty_us: 0 }
}

fn mg(mg: u32) -> CarbonIntensity {
    CarbonIntensity::from_mg_per_kwh(mg)
}

fn micro(micro: i64) -> Price {
    Price::from_micro_per_kwh(micro)
}

fn hours_from(utc_us: u64, values: &[u32]) -> Vec<(Utc, CarbonIntensity)> {
    let starts = (0..).map(|hour| Utc::from_us(utc_us + hour * US_PER_HOUR));
    starts.zip(values.iter().copied().map(mg)).collect()
}

fn pue() -> impl Strategy<Value = Pue> {
    (1_000_000_u32..=10_000_000).prop_map(|ppm| Pue::from_millionths(ppm).unwrap())
}

/// Rates that cover the day once, in any order.
fn daily_rates() -> impl Strategy<Value = Vec<Rate>> {
    (prop::collection::btree_set(0_u16..1_440, 1..8), any::<u64>()).prop_map(|(starts, turn)| {
        let starts: Vec<u16> = starts.into_iter().collect();
        let ends = starts.iter().cycle().skip(1);
        let mut rates: Vec<Rate> = starts
            .iter()
            .zip(ends)
            .zip(1_i64..)
            .map(|((from, to), n)| Rate {
                from_min: *from,
                to_min: if *to == 0 { 1_440 } else { *to },
                price: micro(n * 70_001 - 150_000),
            })
            .collect();
        let turn = usize::try_from(turn).unwrap_or(0) % rates.len();
        rates.rotate_left(turn);
        rates
    })
}

proptest! {
    /// The pieces are the whole, and each is the same however else it is cut.
    #[test]
    fn pieces_are_the_whole(
        start in any::<u64>(),
        length in any::<u64>(),
        uj in any::<i64>(),
        mut cuts in prop::collection::vec(any::<u64>(), 0..10),
        one in any::<u64>(),
    ) {
        let interval = Interval::new(us(start), us(start.saturating_add(length))).unwrap();
        let energy = Energy::from_uj(uj);
        let before = |moment| Splitter::new(interval, energy).take_until(us(moment)).as_uj();
        cuts.sort_unstable();
        let mut pieces = Splitter::new(interval, energy);
        let mut sum = 0_i64;
        for cut in cuts {
            sum += pieces.take_until(us(cut)).as_uj();
            prop_assert_eq!(sum, before(cut));
            // A cut behind the last one takes nothing.
            if one < cut {
                prop_assert_eq!(pieces.take_until(us(one)), Energy::ZERO);
            }
        }
        prop_assert_eq!(sum + pieces.rest().as_uj(), uj);
    }

    /// A run over midnight under hourly intensity and a daily tariff: cut at
    /// the hours or not, it gives the exact sum of its hours, floored once.
    #[test]
    fn a_run_is_the_sum_of_its_hours(
        pue in pue(),
        start_us in 0..3 * US_PER_HOUR,
        lengths in prop::collection::vec((0..2 * US_PER_HOUR, 0_i64..1 << 42), 1..12),
        intensities in prop::collection::vec(any::<u32>(), 48),
        rates in daily_rates(),
        offset_min in -720_i16..840,
    ) {
        // Boot late in the evening of the day before.
        let boot_us = MIDNIGHT_US - 3 * US_PER_HOUR;
        let hours = hours_from(boot_us, &intensities);
        let intensity = IntensitySeries::new(&hours, None).unwrap();
        let tariff = DailyTariff::new(&rates, offset_min).unwrap();
        let pricing = Pricing::new(pue)
            .with_anchor(booted_at(boot_us))
            .with_intensity(Basis::LifeCycle, &intensity)
            .with_tariff(&tariff);

        let (mut whole, mut in_minutes) = (Account::new(), Account::new());
        let (mut carbon, mut cost) = (0_i128, 0_i128);
        let mut now = start_us;
        for (length, uj) in lengths {
            let end = now + length;
            let entry = whole.add(flow(now, end, uj), &pricing).unwrap();
            prop_assert_eq!(entry.without_carbon, Energy::ZERO);
            // Minutes are finer than all steps, each within one step.
            let mut pieces = Splitter::new(flow(now, end, uj).interval(), Energy::from_uj(uj));
            while now < end {
                let cut = end.min((now / 60_000_000 + 1) * 60_000_000);
                let piece = pieces.take_until(us(cut));
                in_minutes.add(flow(now, cut, piece.as_uj()), &pricing).unwrap();
                let at = boot_us + now;
                let hour = usize::try_from((at - boot_us) / US_PER_HOUR).unwrap();
                let minute = (at / 60_000_000).checked_add_signed(offset_min.into()).unwrap() % 1_440;
                let rate = rates.iter().find(|rate| {
                    let (from, to) = (u64::from(rate.from_min), u64::from(rate.to_min));
                    if from < to { from <= minute && minute < to } else { minute >= from || minute < to }
                });
                let energy = i128::from(piece.as_uj());
                carbon += energy * i128::from(intensities[hour]) * i128::from(pue.as_millionths());
                cost += energy * i128::from(rate.unwrap().price.as_micro_per_kwh());
                now = cut;
            }
            if length == 0 {
                in_minutes.add(flow(now, end, uj), &pricing).unwrap();
                let hour = usize::try_from(now / US_PER_HOUR).unwrap();
                carbon += i128::from(uj) * i128::from(intensities[hour]) * i128::from(pue.as_millionths());
                let price = tariff.step_at(Utc::from_us(boot_us + now)).value.unwrap();
                cost += i128::from(uj) * i128::from(price.as_micro_per_kwh());
            }
        }
        prop_assert_eq!(whole, in_minutes);
        let ug = u64::try_from(carbon / 3_600_000_000_000_000).unwrap();
        prop_assert_eq!(whole.carbon(), Some(CarbonMass::from_ug(ug)));
        let money = i64::try_from(cost.div_euclid(3_600_000_000_000)).unwrap();
        prop_assert_eq!(whole.cost(), Some(Money::from_micro(money)));
    }

    /// At each minute the tariff gives the one rate that holds, and its step
    /// ends with that rate.
    #[test]
    fn tariff_holds_each_minute_once(rates in daily_rates(), offset_min in -720_i16..840) {
        let tariff = DailyTariff::new(&rates, offset_min).unwrap();
        let price_at = |us: u64| tariff.step_at(Utc::from_us(us)).value.unwrap();
        for minute in 0..1_440_u64 {
            let at = MIDNIGHT_US + minute * 60_000_000 + 59_999_999;
            let until = tariff.step_at(Utc::from_us(at)).until.unwrap().as_us();
            prop_assert!(until > at && until <= at + 86_400_000_000);
            prop_assert_eq!(price_at(until - 1), price_at(at));
            if rates.len() > 1 {
                prop_assert_ne!(price_at(until), price_at(at));
            }
        }
        // Any rate less leaves a hole, any rate more overlaps.
        let less = &rates[1..];
        let is_hole = matches!(DailyTariff::new(less, 0), Err(TariffError::Hole { .. }));
        prop_assert!(is_hole);
        let mut more = rates.clone();
        more.push(rates[0]);
        let index = rates.len();
        prop_assert_eq!(
            DailyTariff::new(&more, 0).map(|_| ()),
            Err(TariffError::Overlap { index, other: 0 })
        );
    }

    /// A full backlog loses no energy, keeps its order, and once there is an
    /// anchor gives what would have been priced at once.
    #[test]
    fn backlog_is_settled_in_full(
        flows in prop::collection::vec((0_u64..10_000_000, 0_i64..1 << 40), 1..60),
        dirty_mg in 1_u32..1_000_000,
    ) {
        let boot_us = MIDNIGHT_US;
        let steps = hours_from(boot_us, &[dirty_mg]);
        let intensity = IntensitySeries::new(&steps, None).unwrap();
        let unanchored = Pricing::new(Pue::ONE).with_intensity(Basis::Direct, &intensity);
        let anchored = unanchored.with_anchor(booted_at(boot_us));
        let (mut late, mut at_once) = (Account::new(), Account::new());
        let mut one = Backlog::<1>::new();
        let mut backlog = Backlog::<7>::new();
        let mut now = 0;
        for (length, uj) in flows {
            let flow = flow(now, now + length, uj);
            now += length;
            let entry = late.add(flow, &unanchored).unwrap();
            prop_assert_eq!(entry.without_carbon, flow.import());
            backlog.push(flow).unwrap();
            one.push(flow).unwrap();
            at_once.add(flow, &anchored).unwrap();
        }
        let mut ends = backlog.flows().iter().map(|flow| flow.interval().end());
        let is_in_order = ends.clone().is_sorted() && ends.next_back() == Some(us(now));
        prop_assert!(is_in_order);
        prop_assert_eq!(late.carbon(), None);
        let mut later = late;
        backlog.settle(&mut late, &unanchored).unwrap();
        prop_assert!(!backlog.is_empty());
        backlog.settle(&mut late, &anchored).unwrap();
        prop_assert!(backlog.is_empty());
        prop_assert_eq!(late, at_once);
        one.settle(&mut later, &anchored).unwrap();
        prop_assert_eq!(later, at_once);
    }

    /// No input panics; an error leaves the account as it was, and energy is
    /// never lost between what is priced and what is not.
    #[test]
    fn account_takes_any_input(
        pue in pue(),
        anchor in any::<Option<(u64, u64)>>(),
        steps in prop::collection::btree_map(any::<u64>(), any::<(u32, i64)>(), 0..6),
        flows in prop::collection::vec((any::<u64>(), any::<u64>(), any::<i64>()), 1..10),
    ) {
        let intensities: Vec<_> = steps.iter().map(|(at, v)| (Utc::from_us(*at), mg(v.0))).collect();
        let prices: Vec<_> = steps.iter().map(|(at, v)| (Utc::from_us(*at), micro(v.1))).collect();
        let intensity = Series::new(&intensities, None).unwrap();
        let tariff = Series::new(&prices, None).unwrap();
        let mut pricing = Pricing::new(pue)
            .with_intensity(Basis::LifeCycle, &intensity)
            .with_tariff(&tariff);
        if let Some((uptime, utc)) = anchor {
            let (uptime, utc) = (us(uptime), Utc::from_us(utc));
            pricing = pricing.with_anchor(Anchor { uptime, utc, uncertainty_us: 0 });
        }
        let mut account = Account::new();
        let mut import = 0_u128;
        for (one, other, uj) in flows {
            let interval = Interval::new(us(one.min(other)), us(one.max(other))).unwrap();
            let Some(flow) = Flow::from_net(interval, Energy::from_uj(uj)) else { continue };
            let before = account;
            match account.add(flow, &pricing) {
                Ok(entry) => {
                    import += u128::try_from(flow.import().as_uj()).unwrap();
                    prop_assert!(entry.without_carbon <= flow.import());
                    prop_assert!(account.without_carbon() <= account.import());
                }
                Err(error) => {
                    prop_assert_eq!(error, LedgerError::Overflow);
                    prop_assert_eq!(account, before);
                }
            }
        }
        prop_assert_eq!(account.import(), TotalEnergy::from_uj(import));
    }

    /// The overhead of the site scales the carbon and not the cost.
    #[test]
    fn pue_scales_the_carbon(tenths in 10_u32..100, grams in 0_u32..2_000, uj in 0_i64..1 << 50) {
        let pue = Pue::from_millionths(tenths * 100_000).unwrap();
        let (with, without) = (Constant(mg(grams * 100)), Constant(mg(grams * 10 * tenths)));
        let price = Constant(micro(250_000));
        let add = |pue, factor: &Constant<CarbonIntensity>| {
            let pricing = Pricing::new(pue)
                .with_intensity(Basis::LifeCycle, factor)
                .with_tariff(&price);
            let mut account = Account::new();
            account.add(flow(0, 1, uj), &pricing).unwrap();
            account
        };
        let (scaled, given) = (add(pue, &with), add(Pue::ONE, &without));
        prop_assert_eq!(scaled.carbon(), given.carbon());
        prop_assert_eq!(scaled.cost(), given.cost());
    }
}

#[test]
fn bases_are_never_mixed() {
    let factor = Constant(mg(400_000));
    let life_cycle = Pricing::new(Pue::ONE).with_intensity(Basis::LifeCycle, &factor);
    let direct = Pricing::new(Pue::ONE).with_intensity(Basis::Direct, &factor);
    let (mut one, mut other) = (Account::new(), Account::new());
    one.add(flow(0, 1, 10), &life_cycle).unwrap();
    let before = one;
    let mixed = LedgerError::MixedBasis { held: Basis::LifeCycle, given: Basis::Direct };
    assert_eq!(one.add(flow(1, 2, 10), &direct), Err(mixed));
    assert_eq!(one, before);

    other.add(flow(0, 1, 10), &direct).unwrap();
    let lines =
        |counted| [Line { account: &one, counted: true }, Line { account: &other, counted }];
    assert_eq!(total(lines(true)), Err(mixed));
    assert_eq!(total(lines(false)).map(|sum| sum.basis), Ok(Some(Basis::LifeCycle)));
}

#[test]
fn total_counts_disjoint_channels_and_knows_what_it_lacks() {
    let factor = Constant(mg(3_600_000));
    let price = Constant(micro(-3_600_000));
    let pricing =
        Pricing::new(Pue::ONE).with_intensity(Basis::LifeCycle, &factor).with_tariff(&price);
    let unpriced = Pricing::new(Pue::ONE);
    let (mut package, mut cores, mut gpu) = (Account::new(), Account::new(), Account::new());
    let idle = Account::new();
    package.add(flow(0, 1, 3_000_000), &pricing).unwrap();
    package.add(flow(1, 2, -4), &pricing).unwrap();
    cores.add(flow(0, 1, 2_000_000), &unpriced).unwrap();
    gpu.add(flow(0, 1, 1_000_000), &pricing).unwrap();
    let sum = |cores_counted| {
        let line = |account, counted| Line { account, counted };
        let cores = line(&cores, cores_counted);
        total([line(&package, true), cores, line(&gpu, true), line(&idle, true)]).unwrap()
    };
    let expected = Total {
        import: TotalEnergy::from_uj(4_000_000),
        export: TotalEnergy::from_uj(4),
        basis: Some(Basis::LifeCycle),
        carbon: Some(CarbonMass::from_ug(4_000)),
        cost: Some(Money::from_micro(-4)),
    };
    assert_eq!(sum(false), expected);
    assert_eq!((sum(true).carbon, sum(true).cost), (None, None));
    assert_eq!(sum(true).import, TotalEnergy::from_uj(6_000_000));
}

#[test]
fn a_hole_in_the_series_stays_unpriced_and_told() {
    let steps = [(Utc::from_us(MIDNIGHT_US + 40), mg(u32::MAX))];
    let intensity = Series::new(&steps, Some(Utc::from_us(MIDNIGHT_US + 70))).unwrap();
    let pricing = Pricing::new(Pue::ONE)
        .with_anchor(booted_at(MIDNIGHT_US))
        .with_intensity(Basis::LifeCycle, &intensity);
    let mut account = Account::new();
    let entry = account.add(flow(0, 100, 1_000_000), &pricing).unwrap();
    assert_eq!(entry.without_carbon, Energy::from_uj(700_000));
    assert_eq!(entry.without_cost, Energy::from_uj(1_000_000));
    assert_eq!(account.carbon(), None);
    assert_eq!(account.priced_carbon(), CarbonMass::from_ug(357_913));
    // The same flow cannot be priced twice over.
    account.price(flow(40, 70, 300_000), &pricing).unwrap();
    account.price(flow(40, 70, 300_000), &pricing).unwrap();
    let again = account.price(flow(40, 70, 300_000), &pricing);
    assert_eq!(again, Err(LedgerError::AlreadyPriced));
}

/// A series that never moves forward.
struct Stuck;

impl StepSeries<CarbonIntensity> for Stuck {
    fn step_at(&self, at: Utc) -> Step<CarbonIntensity> {
        Step { value: Some(mg(1)), until: Some(at) }
    }
}

#[test]
fn a_stuck_series_ends_in_an_error() {
    let pricing = Pricing::new(Pue::ONE)
        .with_anchor(booted_at(MIDNIGHT_US))
        .with_intensity(Basis::LifeCycle, &Stuck);
    let mut account = Account::new();
    let added = account.add(flow(0, 100, 1_000_000), &pricing);
    assert_eq!(added, Err(LedgerError::TooManyPieces));
    assert_eq!(account, Account::new());
}

#[test]
fn unsorted_series_and_odd_tariffs_are_refused() {
    let (early, late) = (Utc::from_us(1), Utc::from_us(2));
    let series =
        |steps: &[(Utc, ())], end| Series::new(steps, end).map(|_| ()).map_err(|e| e.index);
    assert_eq!(series(&[(early, ()), (late, ()), (late, ())], None), Err(2));
    assert_eq!(series(&[(early, ()), (late, ())], Some(late)), Err(2));
    let refused = |rates: &[Rate], offset| DailyTariff::new(rates, offset).map(|_| ()).unwrap_err();
    let day = Rate { from_min: 0, to_min: 1_440, price: Price::ZERO };
    assert_eq!(refused(&[], 0), TariffError::Hole { minute: 0 });
    assert_eq!(refused(&[day], 1_081), TariffError::Offset);
    let late = Rate { to_min: 1_441, ..day };
    assert_eq!(refused(&[late], 0), TariffError::TimeOfDay { index: 0 });
    let morning = Rate { to_min: 720, ..day };
    assert_eq!(refused(&[morning], i16::MIN), TariffError::Offset);
    assert_eq!(refused(&[morning], 0), TariffError::Hole { minute: 720 });
}
