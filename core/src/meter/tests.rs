extern crate std;

use proptest::prelude::*;

use super::*;
use crate::units::{Energy, Interval, Power, Uptime};

fn us(at: u64) -> Uptime {
    Uptime::from_us(at)
}

fn watts(watts: i64) -> Power {
    Power::from_uw(watts * 1_000_000)
}

/// What a counter of `range` values shows after `count`.
fn shown(count: u64, range: Option<u64>) -> u64 {
    range.map_or(count, |range| count % range)
}

/// A counter that updates without lag on hardware of at most 1 W, so that a
/// second is at most 1,000,000 µJ.
fn prompt_limits() -> CounterLimits {
    CounterLimits::new(watts(1)).unwrap().with_lag_us(0)
}

/// What may happen between two good readings.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    None,
    Failed,
    Duplicate,
    Backward,
    BeyondRange,
}

fn disturbance() -> impl Strategy<Value = Disturbance> {
    prop_oneof![
        4 => Just(Disturbance::None),
        1 => Just(Disturbance::Failed),
        1 => Just(Disturbance::Duplicate),
        1 => Just(Disturbance::Backward),
        1 => Just(Disturbance::BeyondRange),
    ]
}

proptest! {
    /// Whatever the unit, the range, the slicing and the disturbances, the
    /// flows add up to the floor of what the counter advanced by.
    #[test]
    fn counter_flows_add_up_to_the_advance(
        (numerator, denominator) in prop_oneof![
            Just((1_000_000_u32, 1_u64 << 32)),
            (1_u32..2_000_000, 1_u64..1 << 20),
        ],
        start in any::<u32>(),
        range in prop::option::of(1_u64 << 32..1 << 34),
        steps in prop::collection::vec((0_u64..1 << 28, 1_u64..60_000_000, disturbance()), 1..40),
    ) {
        let spec = CounterSpec::new(numerator, denominator, range).unwrap();
        // What a step is at most, in the second by which the counter may lag.
        let most_uw = i64::try_from(spec.whole_uj(1 << 28) + 1).unwrap();
        let limits = CounterLimits::new(Power::from_uw(most_uw)).unwrap();
        let mut meter = CounterMeter::new(spec, limits);
        let (mut now, mut count) = (0, u64::from(start));
        prop_assert_eq!(meter.read(us(now), shown(count, range)), Ok(Outcome::First));
        let mut sum = 0_i128;
        for (step, elapsed, disturbance) in steps {
            // Longer ones could pass the range unseen.
            let elapsed = if range.is_some() { elapsed % 9_000_000 + 1 } else { elapsed };
            match disturbance {
                Disturbance::None => {}
                Disturbance::Failed => {
                    prop_assert_eq!(meter.read_failed(), Outcome::Unavailable);
                }
                Disturbance::Duplicate => {
                    prop_assert_eq!(meter.read(us(now), 3), Ok(Outcome::Duplicate));
                }
                Disturbance::Backward => if let Some(earlier) = now.checked_sub(1) {
                    prop_assert_eq!(meter.read(us(earlier), 3), Ok(Outcome::Backward));
                },
                Disturbance::BeyondRange => if let Some(range) = range {
                    prop_assert_eq!(meter.read(us(now + 1), range), Ok(Outcome::Unavailable));
                },
            }
            let before = shown(count, range);
            (now, count) = (now + elapsed, count + step);
            let outcome = meter.read(us(now), shown(count, range)).unwrap();
            let is_wrap = shown(count, range) < before;
            prop_assert_eq!(matches!(outcome, Outcome::Wrapped(_)), is_wrap, "{:?}", outcome);
            let flow = outcome.flow().unwrap();
            prop_assert_eq!(flow.interval().end(), us(now));
            sum += i128::from(flow.import().as_uj());
        }
        let whole = i128::from(count - u64::from(start)) * i128::from(numerator);
        prop_assert_eq!(sum, whole / i128::from(denominator));
    }

    /// No input panics, and nothing is invented: the flows never exceed what
    /// the largest plausible power gives in their time.
    #[test]
    fn counter_never_invents_energy(
        numerator in 1_u32..,
        denominator in 1_u64..,
        range in prop::option::of(1_u64..),
        max_uw in 1_i64..,
        lag in any::<u64>(),
        max_gap in any::<u64>(),
        readings in prop::collection::vec((any::<u64>(), any::<u64>()), 1..20),
    ) {
        let spec = CounterSpec::new(numerator, denominator, range).unwrap();
        let limits = CounterLimits::new(Power::from_uw(max_uw)).unwrap()
            .with_lag_us(lag)
            .with_max_gap_us(max_gap);
        let mut meter = CounterMeter::new(spec, limits);
        for (at, value) in readings {
            let Ok(outcome) = meter.read(us(at), value) else { continue };
            if let Some(flow) = outcome.flow() {
                let most = limits.most_uj(flow.interval().duration_us());
                // One more, as a carried fraction may fill up.
                prop_assert!(i128::from(flow.import().as_uj()) <= most.saturating_add(1));
                prop_assert_eq!(flow.export(), Energy::ZERO);
            }
        }
    }

    /// Samples on one straight line give the same energy however many of them
    /// are taken.
    #[test]
    fn power_is_the_same_at_any_sampling(
        first_uw in 0_i64..1 << 40,
        slope in -1_000_i64..1_000,
        mut moments in prop::collection::btree_set(1_u64..30_000_000, 0..40),
    ) {
        let end = 30_000_000_u64;
        let uw_at = |at: u64| first_uw + slope * i64::try_from(at).unwrap();
        prop_assume!(uw_at(end) >= 0);
        moments.extend([0, end]);
        let mut meter = PowerMeter::new(u64::MAX);
        let mut sum = 0_i128;
        for at in moments {
            let outcome = meter.read(us(at), Power::from_uw(uw_at(at))).unwrap();
            sum += outcome.flow().map_or(0, |flow| i128::from(flow.import().as_uj()));
        }
        let doubled = (i128::from(uw_at(0)) + i128::from(uw_at(end))) * i128::from(end);
        prop_assert_eq!(sum, doubled / 2_000_000);
    }

    /// Streaming equals batch, import and export apart: the sums are the
    /// floors of the areas above and below zero.
    #[test]
    fn power_streams_as_in_one_batch(
        samples in prop::collection::vec((1_u64..10_000_000, -1_000_000_000_i64..1_000_000_000), 2..60),
    ) {
        let mut meter = PowerMeter::new(10_000_000);
        let (mut import, mut export) = (0_i128, 0_i128);
        let (mut above, mut below) = (0_i128, 0_i128);
        let (mut now, mut before) = (0, None);
        for (elapsed, uw) in samples {
            now += elapsed;
            if let Some(flow) = meter.read(us(now), Power::from_uw(uw)).unwrap().flow() {
                import += i128::from(flow.import().as_uj());
                export += i128::from(flow.export().as_uj());
            }
            if let Some(before) = before.replace(i128::from(uw)) {
                let (low, high) = (before.min(uw.into()), before.max(uw.into()));
                let net = (low + high) * i128::from(elapsed);
                let taken = match (low < 0, high > 0) {
                    (true, true) => high * high * i128::from(elapsed) / (high - low),
                    (false, _) => net,
                    (true, false) => 0,
                };
                above += taken;
                below += taken - net;
            }
        }
        prop_assert_eq!(import, above / 2_000_000);
        prop_assert_eq!(export, below / 2_000_000);
    }

    /// No sample panics; each is answered and counted.
    #[test]
    fn power_takes_any_input(
        max_gap in any::<u64>(),
        scale in any::<Option<i64>>(),
        samples in prop::collection::vec((any::<u64>(), any::<i64>()), 1..30),
    ) {
        let mut meter = PowerMeter::new(max_gap);
        if let Some(scale) = scale {
            meter = meter.with_full_scale(Power::from_uw(scale));
        }
        let mut overflows = 0;
        let total = samples.len();
        for (at, uw) in samples {
            overflows += u32::from(meter.read(us(at), Power::from_uw(uw)).is_err());
        }
        let counts = meter.counts();
        let told = counts.advanced + counts.gaps + counts.duplicates + counts.backward;
        prop_assert_eq!(told + overflows + 1, u32::try_from(total).unwrap());
    }

    /// The parts are the whole, none has the wrong sign, and slicing the
    /// intervals moves no part by more than the one carried microjoule.
    #[test]
    fn attribution_is_exact_in_any_slicing(
        idle_uw in 0_i64..100_000_000,
        ours in any::<u32>(),
        busy in any::<u32>(),
        slices in prop::collection::vec((1_u64..5_000_000, 0_i64..1_000_000_000), 1..60),
    ) {
        let (ours, busy) = (u64::from(ours), u64::from(busy));
        let mut attributor = Attributor::new(Power::from_uw(idle_uw)).unwrap();
        let (mut now, mut got, mut active) = (0, 0_i128, 0_i128);
        for (elapsed, uj) in slices {
            let interval = Interval::new(us(now), us(now + elapsed)).unwrap();
            now += elapsed;
            let parts = attributor.split(interval, Energy::from_uj(uj), ours, busy);
            let (idle, mine, others) = (parts.idle.as_uj(), parts.ours.as_uj(), parts.others.as_uj());
            prop_assert_eq!(idle + mine + others, uj);
            prop_assert!(idle >= 0 && mine >= 0 && others >= 0);
            let idle_most = i128::from(idle_uw) * i128::from(elapsed) / 1_000_000 + 1;
            prop_assert!(i128::from(idle) <= idle_most);
            got += i128::from(mine);
            active += i128::from(uj - idle);
        }
        let all = i128::from(busy.max(ours).max(1));
        let fair = active * i128::from(ours) / all;
        prop_assert!(got == fair || got == fair - 1, "{} of {}", got, fair);
    }

    /// Any energy, any clock: the parts are still the whole.
    #[test]
    fn attribution_takes_any_input(
        idle_uw in 0_i64..,
        elapsed in any::<u64>(),
        calls in prop::collection::vec((any::<i64>(), any::<u64>(), any::<u64>()), 1..10),
    ) {
        let mut attributor = Attributor::new(Power::from_uw(idle_uw)).unwrap();
        let interval = Interval::new(us(0), us(elapsed)).unwrap();
        for (uj, ours, busy) in calls {
            let parts = attributor.split(interval, Energy::from_uj(uj), ours, busy);
            let sum = [parts.idle, parts.ours, parts.others]
                .iter()
                .map(|part| i128::from(part.as_uj()))
                .sum::<i128>();
            prop_assert_eq!(sum, i128::from(uj));
        }
    }
}

/// A small counter from each of its values by each possible step.
#[test]
fn counter_wraps_at_every_position() {
    let range = 97;
    let spec = CounterSpec::new(1, 1, Some(range)).unwrap();
    let limits = CounterLimits::new(Power::from_uw(96)).unwrap().with_lag_us(0);
    for start in 0..range {
        for step in 0..range {
            let mut meter = CounterMeter::new(spec, limits);
            meter.read(us(0), start).unwrap();
            let outcome = meter.read(us(1_000_000), (start + step) % range).unwrap();
            let expected = Energy::from_uj(i64::try_from(step).unwrap());
            assert_eq!(outcome.flow().map(Flow::import), Some(expected), "{start} + {step}");
            assert_eq!(matches!(outcome, Outcome::Wrapped(_)), start + step >= range);
        }
    }
}

/// A counter that falls from each value to each lower one is a wrap where the
/// time was enough for it, and a reset where it was not.
#[test]
fn reset_is_told_from_wrap_by_the_largest_power() {
    let range = 3_000_000;
    let spec = CounterSpec::new(1, 1, Some(range)).unwrap();
    for before in (1..range).step_by(70_001) {
        for after in (0..before).step_by(50_021) {
            let mut meter = CounterMeter::new(spec, prompt_limits());
            meter.read(us(0), before).unwrap();
            let outcome = meter.read(us(1_000_000), after).unwrap();
            let could_wrap = range - before + after <= 1_000_000;
            assert_eq!(matches!(outcome, Outcome::Wrapped(_)), could_wrap);
            assert_eq!(matches!(outcome, Outcome::Reset(_)), !could_wrap);
            // Either way the next interval counts from here.
            let next = meter.read(us(2_000_000), after + 7).unwrap();
            assert_eq!(next.flow().map(Flow::import), Some(Energy::from_uj(7)));
        }
    }
}

#[test]
fn counter_without_a_range_resets_when_it_falls_or_jumps() {
    let mut meter = CounterMeter::new(CounterSpec::microjoules(), prompt_limits());
    meter.read(us(0), 500_000).unwrap();
    assert!(matches!(meter.read(us(1_000_000), 499_999), Ok(Outcome::Reset(_))));
    assert!(matches!(meter.read(us(2_000_000), u64::MAX), Ok(Outcome::Reset(_))));
    assert!(matches!(meter.read(us(3_000_000), 40), Ok(Outcome::Reset(_))));
    assert!(matches!(meter.read(us(4_000_000), 50), Ok(Outcome::Advanced(_))));
    assert_eq!(meter.counts(), Counts { advanced: 1, reset: 3, ..Counts::NONE });
}

#[test]
fn counter_bridges_a_gap_only_where_it_cannot_have_wrapped_unseen() {
    let limits = prompt_limits().with_max_gap_us(10_000_000);
    let ranged = CounterSpec::new(1, 1, Some(20_000_000)).unwrap();
    let mut meter = CounterMeter::new(ranged, limits);
    meter.read(us(0), 19_000_000).unwrap();
    // 19 s at 1 W are less than the range of 20 J; 20 s are not.
    let bridged = meter.read(us(19_000_000), 500_000).unwrap();
    assert!(matches!(bridged, Outcome::Bridged(_)));
    assert_eq!(bridged.flow().map(Flow::import), Some(Energy::from_uj(1_500_000)));
    let gap = meter.read(us(39_000_000), 600_000).unwrap();
    assert_eq!(gap, Outcome::Gap(Interval::new(us(19_000_000), us(39_000_000)).unwrap()));
    let counts = Counts { advanced: 1, wrapped: 1, gaps: 2, ..Counts::NONE };
    assert_eq!(meter.counts(), counts);

    let mut endless = CounterMeter::new(CounterSpec::microjoules(), limits);
    endless.read(us(0), 0).unwrap();
    assert!(matches!(endless.read(us(10_000_000), 0), Ok(Outcome::Advanced(_))));
    let bridged = endless.read(us(86_400_000_000), 5_000_000).unwrap();
    assert_eq!(bridged.flow().map(Flow::import), Some(Energy::from_uj(5_000_000)));
}

#[test]
fn counter_overflow_is_an_error_and_the_next_interval_counts() {
    let mut meter = CounterMeter::new(CounterSpec::microjoules(), CounterLimits::unlimited());
    meter.read(us(0), 0).unwrap();
    assert_eq!(meter.read(us(30_000_000), u64::MAX - 5), Err(Overflow));
    let next = meter.read(us(31_000_000), u64::MAX).unwrap();
    assert_eq!(next.flow().map(Flow::import), Some(Energy::from_uj(5)));
}

/// One stream of power with everything that can happen to it.
#[test]
fn power_outcomes_are_named_and_counted() {
    let mut meter = PowerMeter::new(2_000_000).with_full_scale(watts(10));
    let seen = [
        meter.read(us(0), watts(4)).unwrap(),
        meter.read(us(1_000_000), watts(6)).unwrap(),
        meter.read_failed(),
        meter.read(us(1_000_000), watts(9)).unwrap(),
        meter.read(us(900_000), watts(9)).unwrap(),
        // Over the failed sample the line goes on from the last good one.
        meter.read(us(3_000_000), watts(10)).unwrap(),
        meter.read(us(4_000_000), watts(8)).unwrap(),
        meter.read(us(6_000_001), watts(8)).unwrap(),
        meter.read(us(7_000_001), watts(-10)).unwrap(),
    ];
    let span = |from, to| Interval::new(us(from), us(to)).unwrap();
    let flow = |from, to, import, export| {
        let (import, export) = (Energy::from_uj(import), Energy::from_uj(export));
        Flow::new(span(from, to), import, export).unwrap()
    };
    let expected = [
        Outcome::First,
        Outcome::Advanced(flow(0, 1_000_000, 5_000_000, 0)),
        Outcome::Unavailable,
        Outcome::Duplicate,
        Outcome::Backward,
        Outcome::Saturated(flow(1_000_000, 3_000_000, 16_000_000, 0)),
        Outcome::Saturated(flow(3_000_000, 4_000_000, 9_000_000, 0)),
        Outcome::Gap(span(4_000_000, 6_000_001)),
        Outcome::Saturated(flow(6_000_001, 7_000_001, 1_777_777, 2_777_777)),
    ];
    assert_eq!(seen, expected);
    let counts = Counts {
        advanced: 4,
        unavailable: 1,
        gaps: 1,
        duplicates: 1,
        backward: 1,
        saturated: 2,
        ..Counts::NONE
    };
    assert_eq!(meter.counts(), counts);
}

#[test]
fn power_overflow_is_an_error_and_the_next_interval_counts() {
    let mut meter = PowerMeter::new(u64::MAX);
    meter.read(us(0), Power::MAX).unwrap();
    assert_eq!(meter.read(us(10_000_000), Power::MAX), Err(Overflow));
    assert_eq!(meter.read(us(u64::MAX), Power::MAX), Err(Overflow));
    let mut next = PowerMeter::new(u64::MAX);
    next.read(us(0), Power::MAX).unwrap();
    assert_eq!(next.read(us(10_000_000), watts(2)), Err(Overflow));
    let flow = next.read(us(11_000_000), watts(2)).unwrap().flow().unwrap();
    assert_eq!(flow.import(), Energy::from_uj(2_000_000));
}
