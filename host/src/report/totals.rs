//! Totals over runs, each watt-hour once.
//!
//! What a machine draws for all its runs, idle power above all, is in the
//! report of each of them. Where two runs of one host overlap, their total
//! counts that stretch once; a run within a run adds nothing of its own
//! processes, since the outer one has counted them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use wattcast_core::units::Basis;
use wattcast_core::wire::record::Scope;

use super::run::{Part, RunReport};
use super::share;
use super::whole::Whole;

/// Sums over runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How many runs.
    pub runs: u64,
    /// Their wall time.
    pub duration_us: u64,
    /// Their CPU time, that of nested runs once.
    pub cpu_time_us: u64,
    /// Their energy, each watt-hour once.
    pub energy_uj: u128,
    /// The true energy is at least this.
    pub energy_low_uj: u128,
    /// The true energy is at most this.
    pub energy_high_uj: u128,
    /// Their carbon; bases are never added.
    pub carbon: Vec<BasisTotal>,
    /// Runs of which a part could not be priced; their carbon is not in it.
    pub unpriced_runs: u64,
    /// Their cost by currency, in millionths.
    pub cost_micro: BTreeMap<String, i128>,
    /// Energy that several runs report and that is counted once here.
    pub overlap_uj: u128,
    /// Runs that overlap an earlier one on their host.
    pub overlapping_runs: u64,
    /// Runs within another run.
    pub nested_runs: u64,
}

/// Carbon of one basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct BasisTotal {
    /// What the intensities count.
    pub basis: Basis,
    /// The carbon.
    pub carbon_ug: u128,
    /// The true carbon is at least this, at these intensities.
    pub carbon_low_ug: u128,
    /// The true carbon is at most this, at these intensities.
    pub carbon_high_ug: u128,
}

/// Stretches of UTC in µs, in order, that do not touch.
#[derive(Clone, Debug, Default)]
struct Covered(Vec<(u64, u64)>);

impl Totals {
    /// Adds up runs, in any order.
    #[must_use]
    pub fn of(runs: &[RunReport]) -> Self {
        let mut totals = Self::default();
        let ids: BTreeSet<&str> = runs.iter().map(|run| run.run.as_str()).collect();
        let mut covered: BTreeMap<(&str, &str), Covered> = BTreeMap::new();
        let mut in_order: Vec<&RunReport> = runs.iter().collect();
        in_order.sort_by_key(|run| run.start_utc_us);
        for run in in_order {
            let parent = run.attributes.get("parent").map(String::as_str);
            let nested = parent.is_some_and(|parent| parent != run.run && ids.contains(parent));
            totals.add(run, nested, &mut covered);
        }
        totals
    }

    fn add<'a>(
        &mut self,
        run: &'a RunReport,
        nested: bool,
        covered: &mut BTreeMap<(&'a str, &'a str), Covered>,
    ) {
        let mut twice_uj = 0_u128;
        let parts: Vec<Part> = run
            .parts
            .iter()
            .map(|part| {
                let twice = if part.scope == Scope::Machine {
                    let covered = covered.entry((&run.host, &part.name)).or_default();
                    covered_before(run, &part.name, covered).min(part.energy_uj)
                } else if nested {
                    part.energy_uj
                } else {
                    0
                };
                twice_uj = twice_uj.saturating_add(twice);
                without(part, twice)
            })
            .collect();
        let whole = Whole::of(parts.iter());
        self.runs += 1;
        self.duration_us = self.duration_us.saturating_add(run.duration_us);
        self.energy_uj = self.energy_uj.saturating_add(whole.energy_uj);
        self.energy_low_uj = self.energy_low_uj.saturating_add(whole.low_uj);
        self.energy_high_uj = self.energy_high_uj.saturating_add(whole.high_uj);
        self.overlap_uj = self.overlap_uj.saturating_add(twice_uj);
        if nested {
            self.nested_runs += 1;
        } else {
            self.overlapping_runs += u64::from(twice_uj > 0);
            self.cpu_time_us = self.cpu_time_us.saturating_add(run.cpu_time_us);
        }
        self.add_carbon(run, &whole);
        if let (Some(currency), Some(cost)) = (&run.currency, whole.cost_micro) {
            let sum = self.cost_micro.entry(currency.clone()).or_default();
            *sum = sum.saturating_add(cost);
        }
    }

    fn add_carbon(&mut self, run: &RunReport, whole: &Whole) {
        let range = (whole.carbon_ug, whole.carbon_low_ug, whole.carbon_high_ug);
        let (Some(carbon), Some(low), Some(high)) = range else {
            self.unpriced_runs += 1;
            return;
        };
        let Some(basis) = run.factor.as_ref().map(|factor| factor.basis) else { return };
        let place = self.carbon.iter().position(|total| total.basis == basis);
        let place = place.unwrap_or_else(|| {
            let zero = BasisTotal { basis, carbon_ug: 0, carbon_low_ug: 0, carbon_high_ug: 0 };
            self.carbon.push(zero);
            self.carbon.len() - 1
        });
        if let Some(total) = self.carbon.get_mut(place) {
            total.carbon_ug = total.carbon_ug.saturating_add(carbon);
            total.carbon_low_ug = total.carbon_low_ug.saturating_add(low);
            total.carbon_high_ug = total.carbon_high_ug.saturating_add(high);
        }
    }
}

/// The energy of a machine's channel in a run that falls where earlier runs
/// have counted it; the run's own stretch is covered from then on.
fn covered_before(run: &RunReport, part: &str, covered: &mut Covered) -> u128 {
    let timeline = run.timelines.iter().find(|(name, _)| name == part).map(|it| &it.1);
    let (Some(boot), Some(timeline)) = (run.boot_utc_us, timeline) else { return 0 };
    let Some((from, to)) = timeline.span_us() else { return 0 };
    let (from, to) = (boot.saturating_add(from), boot.saturating_add(to));
    let energy = |utc: u64| timeline.energy_at_uj(utc.saturating_sub(boot));
    let overlap = covered.within(from, to);
    covered.add(from, to);
    overlap.map(|(start, end)| energy(end).saturating_sub(energy(start))).sum()
}

/// A part less the energy that is counted elsewhere.
fn without(part: &Part, twice_uj: u128) -> Part {
    let less = |amount: u128| {
        amount - share::of(amount, twice_uj, part.energy_uj).unwrap_or(0).min(amount)
    };
    let cost = |amount: i128| {
        let rest = i128::try_from(less(amount.unsigned_abs())).unwrap_or(i128::MAX);
        rest * amount.signum()
    };
    Part {
        energy_uj: part.energy_uj.saturating_sub(twice_uj),
        energy_low_uj: less(part.energy_low_uj),
        energy_high_uj: less(part.energy_high_uj),
        carbon_ug: part.carbon_ug.map(less),
        cost_micro: part.cost_micro.map(cost),
        ..part.clone()
    }
}

impl Covered {
    fn within(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> + use<> {
        let cut = self.0.iter().map(|(start, end)| (*start.max(&from), *end.min(&to)));
        cut.filter(|(start, end)| start < end).collect::<Vec<_>>().into_iter()
    }

    fn add(&mut self, from: u64, to: u64) {
        let (mut from, mut to) = (from, to);
        self.0.retain(|(start, end)| {
            let apart = *end < from || *start > to;
            if !apart {
                from = from.min(*start);
                to = to.max(*end);
            }
            apart
        });
        let place = self.0.partition_point(|(start, _)| *start < from);
        self.0.insert(place, (from, to));
    }
}

#[cfg(test)]
mod tests;
