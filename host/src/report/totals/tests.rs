use proptest::prelude::*;
use wattcast_core::units::{CarbonMass, Quality, TotalEnergy, Uptime, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::record::{
    Attribute, Boot, BootCause, Channel, Checkpoint, Component, Counts, Event, EventKind,
    Intensity, IntensitySource,
};

use super::*;
use crate::report::ReportBuilder;

/// A run from `start_s` to `end_s` on a machine that idles at 10 W, whose own
/// work takes 1 W, in samples of `step_s`.
fn run(id: &str, host: &str, parent: &str, start_s: u64, end_s: u64, step_s: usize) -> RunReport {
    let mut builder = ReportBuilder::new();
    builder.push(&Record::Boot(Boot {
        device: host,
        firmware: "",
        version: "",
        cause: BootCause::Requested,
    }));
    builder.push(&Record::Anchor(wattcast_core::units::Anchor {
        uptime: Uptime::ZERO,
        utc: Utc::from_us(start_s * 1_000_000),
        uncertainty_us: 0,
    }));
    for (key, value) in [("run", id), ("parent", parent)] {
        builder.push(&Record::Attribute(Attribute { key, value, part: 0 }));
    }
    for (number, name, scope) in [(0, "cpu", Scope::Process), (1, "idle", Scope::Machine)] {
        builder.push(&Record::Channel(Channel {
            id: number,
            name,
            component: Component::Cpu,
            scope,
            quality: Quality::Modelled,
            method: "",
            resolution_uj: 1,
            low_ppm: 1_000_000,
            high_ppm: 1_000_000,
            counted: true,
        }));
    }
    builder.push(&Record::Intensity(Intensity {
        from: Utc::ZERO,
        zone: "",
        intensity: wattcast_core::units::CarbonIntensity::from_mg_per_kwh(1),
        basis: Basis::Direct,
        source: IntensitySource::Given,
        year: 0,
        name: "",
    }));
    let length = end_s - start_s;
    for at in (1..length).step_by(step_s).chain([length]) {
        for (channel, watts) in [(0, 1), (1, 10)] {
            let joules = at * watts;
            builder.push(&Record::Checkpoint(Checkpoint {
                channel,
                uptime: Uptime::from_us(at * 1_000_000),
                import: TotalEnergy::from_uj(u128::from(joules) * 1_000_000),
                export: TotalEnergy::ZERO,
                carbon: Some(CarbonMass::from_ug(joules * 100)),
                cost: None,
                counts: Counts::default(),
            }));
        }
    }
    builder.push(&Record::Event(Event {
        uptime: Uptime::from_us(length * 1_000_000),
        kind: EventKind::Finished,
        channel: None,
        value: 0,
        text: "",
    }));
    builder.report()
}

fn joules(totals: &Totals) -> u128 {
    totals.energy_uj / 1_000_000
}

#[test]
fn a_machine_idles_once_for_all_its_runs() {
    let runs = [
        run("a", "host", "", 100, 200, 7),
        run("b", "host", "", 150, 250, 1),
        run("c", "other", "", 150, 250, 1),
    ];
    let totals = Totals::of(&runs);
    // 3 × 100 s of work at 1 W; 150 s of one machine and 100 s of the other.
    assert_eq!(joules(&totals), 300 + 1500 + 1000);
    assert_eq!(totals.overlap_uj, 500_000_000);
    assert_eq!((totals.overlapping_runs, totals.nested_runs), (1, 0));
    assert_eq!(totals.carbon[0].carbon_ug, joules(&totals) * 100);
}

#[test]
fn a_run_within_a_run_adds_nothing() {
    let outer = run("a", "host", "", 100, 200, 10);
    let inner = run("b", "host", "a", 120, 180, 10);
    let totals = Totals::of(&[inner.clone(), outer.clone()]);
    assert_eq!(totals.energy_uj, outer.energy_uj);
    assert_eq!((totals.nested_runs, totals.cpu_time_us), (1, outer.cpu_time_us));
    // Alone it counts in full.
    assert_eq!(Totals::of(std::slice::from_ref(&inner)).energy_uj, inner.energy_uj);
}

proptest! {
    #[test]
    fn any_order_and_any_overlap_count_each_second_of_the_machine_once(
        spans in proptest::collection::vec((0..2000_u64, 1..1500_u64, 1..600_usize), 1..8),
    ) {
        let runs: Vec<RunReport> = spans
            .iter()
            .map(|(start, length, step)| run("", "host", "", *start, start + length, *step))
            .collect();
        let busy: u64 = spans.iter().map(|span| span.1).sum();
        let seconds: BTreeSet<u64> =
            spans.iter().flat_map(|span| span.0..span.0 + span.1).collect();
        let totals = Totals::of(&runs);
        prop_assert_eq!(joules(&totals), u128::from(busy) + 10 * seconds.len() as u128);
        let reversed: Vec<RunReport> = runs.iter().rev().cloned().collect();
        prop_assert_eq!(joules(&Totals::of(&reversed)), joules(&totals));
        let reported: u128 = runs.iter().map(|run| run.energy_uj).sum();
        prop_assert_eq!(totals.energy_uj + totals.overlap_uj, reported);
    }
}
