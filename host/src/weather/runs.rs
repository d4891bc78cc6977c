//! Runs of a weather forecast.

use std::collections::BTreeMap;

use wattcast_core::forecast::{Hour, Weather};

use super::columns::Runs;
use super::{Source, Values, WeatherFile, cover, whole};

/// In archives of GFS the lead of 81 h repeats irradiance and rain of that of
/// 78 h; means and sums of the lead of 84 h cover its hours as well.
const REPEATING: (u32, u32, u32) = (78, 81, 84);

pub(super) fn assemble(mut runs: Runs) -> Option<WeatherFile> {
    complete_first_leads(&mut runs);
    if repeats(&runs) {
        let (_, repeating, covering) = REPEATING;
        for leads in runs.values_mut() {
            if let Some(by) = leads.get(&covering).copied() {
                leads.entry(repeating).and_modify(|values| cover(values, by));
            }
        }
    }
    let mut before = BTreeMap::new();
    for leads in runs.values_mut() {
        complete(leads, &before);
        before.clone_from(leads);
    }
    let runs: Vec<(Hour, Vec<Weather>)> =
        runs.into_iter().map(|(run, leads)| (run, by_hour(&leads))).collect();
    let start = runs.first()?.0;
    let mut told: Vec<Weather> = vec![];
    for (run, hours) in &runs {
        let place = usize::try_from(run.as_hours() - start.as_hours()).unwrap_or(usize::MAX);
        told.resize(place, Weather::MISSING);
        told.extend(hours);
    }
    Some(WeatherFile { start, told, source: Source::Runs(runs) })
}

/// Means and sums over the hours before a run's start are known only to the
/// run before.
fn complete_first_leads(runs: &mut Runs) {
    let mut known: Vec<(Hour, Values)> = vec![];
    for (before, run) in runs.keys().zip(runs.keys().skip(1)) {
        let lead = run.as_hours() - before.as_hours();
        let found = runs.get(before).and_then(|leads| leads.get(&lead));
        known.extend(found.map(|values| (*run, *values)));
    }
    for (run, before) in known {
        let first = runs.get_mut(&run).map(|leads| leads.entry(0).or_default());
        for (value, before) in first.into_iter().flatten().zip(before) {
            *value = value.or(before);
        }
    }
}

fn repeats(runs: &Runs) -> bool {
    let (usual, repeating, covering) = REPEATING;
    let same = |first: u32, second: u32| {
        let pairs =
            runs.values().filter_map(|leads| Some((leads.get(&first)?, leads.get(&second)?)));
        let same = pairs.map(|([.., sun, rain], [.., sun2, rain2])| (sun, rain) == (sun2, rain2));
        same.fold((0, 0), |(same, all), is_same| (same + usize::from(is_same), all + 1))
    };
    let (broken, all) = same(usual, repeating);
    let (whole, _) = same(repeating, covering);
    all >= 30 && broken * 100 >= all * 99 && whole * 2 < all
}

/// A missing value takes that of the lead before, else that of the same lead
/// of the run before; so does a lead that this run does not have.
fn complete(leads: &mut BTreeMap<u32, Values>, before: &BTreeMap<u32, Values>) {
    for lead in before.keys() {
        leads.entry(*lead).or_default();
    }
    let mut last = Values::default();
    for (lead, values) in leads.iter_mut() {
        let same = before.get(lead).copied().unwrap_or_default();
        for ((value, last), same) in values.iter_mut().zip(last).zip(same) {
            *value = value.or(last).or(same);
        }
        last = *values;
    }
}

/// The value at a lead holds for the hours up to it.
fn by_hour(leads: &BTreeMap<u32, Values>) -> Vec<Weather> {
    let end = leads.last_key_value().map_or(0, |(lead, _)| *lead);
    let at = |hour: u32| leads.range(hour..).next().map_or(Weather::MISSING, |(_, v)| whole(*v));
    (0..end.max(1)).map(at).collect()
}
