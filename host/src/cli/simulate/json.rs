//! All of it for programs. Names are only ever added to.

use serde_json::{Value, json};

use super::Played;
use super::summary::{PLANS, Summary, mean, percent, saving_pct};
use crate::intensity::timestamp;
use crate::simulate::{OneZone, OneZoneJob, Saved, Set};

/// The whole document.
pub(super) fn document(played: &Played) -> Value {
    let (days, left_out) = played.field.days();
    json!({
        "schema": "wattcast-simulate-1",
        "zones": played.field.zones(),
        "from": timestamp(played.from.start()),
        "hours": played.field.hours(),
        "days": days,
        "days_left_out": left_out,
        "forecaster": played.forecaster,
        "day_ahead": played.told,
        "margin_mg_per_kwh": played.margin_mg,
        "replan_hours": played.field.every_hours(),
        "one_zone": played.zones.iter().map(zone).collect::<Vec<_>>(),
        "one_zone_mean": zones_mean(&played.zones, &|_| true),
        "one_zone_mean_day_ahead": zones_mean(&played.zones, &|zone| played.told.contains(&zone.zone)),
        "typical_day": played.typical.as_deref().map(|zones| json!({
            "one_zone": zones.iter().map(zone).collect::<Vec<_>>(),
            "one_zone_mean": zones_mean(zones, &|_| true),
        })),
        "sets": sets(played),
        "cases": cases(played),
    })
}

fn zone(zone: &OneZone) -> Value {
    let job = |job: &OneZoneJob| {
        let (told, foreseen) = (percent(job.told.saving_ppm()), percent(job.foreseen.saving_ppm()));
        let anew = percent(job.anew.saving_ppm());
        json!({
            "hours": job.hours,
            "told_pct": told,
            "foresight_pct": foreseen,
            "of_foresight_pct": told * 100.0 / foreseen,
            "anew_pct": anew,
            "anew_of_foresight_pct": anew * 100.0 / foreseen,
            "at_once_pct": percent(job.at_once.saving_ppm()),
        })
    };
    json!({
        "zone": zone.zone,
        "mean_mg_per_kwh": zone.mean_mg,
        "jobs": zone.jobs.iter().map(job).collect::<Vec<_>>(),
        "greedy": {
            "hours": zone.greedy_hours,
            "saving_pct": percent(zone.greedy.saving_ppm()),
        },
    })
}

/// For each job the means over the zones; the share of foresight is the mean
/// of the shares.
fn zones_mean(zones: &[OneZone], counts: &dyn Fn(&OneZone) -> bool) -> Vec<Value> {
    let zones: Vec<&OneZone> = zones.iter().filter(|zone| counts(zone)).collect();
    let lengths = zones.first().map(|zone| zone.jobs.len()).unwrap_or(0);
    let of_job = |at: usize| {
        let jobs = || zones.iter().filter_map(|zone| zone.jobs.get(at));
        let of_foresight = |of: fn(&OneZoneJob) -> Saved| {
            let known = jobs().filter(|job| job.foreseen.saving_ppm() > 0);
            mean(known.map(|job| {
                percent(of(job).saving_ppm()) * 100.0 / percent(job.foreseen.saving_ppm())
            }))
        };
        let saving =
            |of: fn(&OneZoneJob) -> Saved| mean(jobs().map(|job| percent(of(job).saving_ppm())));
        json!({
            "hours": jobs().next().map(|job| job.hours),
            "told_pct": saving(|job| job.told),
            "anew_pct": saving(|job| job.anew),
            "foresight_pct": saving(|job| job.foreseen),
            "of_foresight_pct": of_foresight(|job| job.told),
            "anew_of_foresight_pct": of_foresight(|job| job.anew),
        })
    };
    (0..lengths).map(of_job).collect()
}

fn sets(played: &Played) -> Value {
    let sweep = &played.sweep;
    let mut all = serde_json::Map::new();
    all.insert("count".to_owned(), json!(sweep.sets.len()));
    for (name, plan) in PLANS {
        let fixed: fn(&Set) -> u64 = |set| set.best_fixed;
        let below = sweep.sets.iter().filter(|set| plan(set) > set.best_fixed);
        let below = below.map(|set| {
            json!({
                "zones": members(set.zones, played.field.zones()),
                "saving_pct": saving_pct(plan(set), set.best_fixed),
            })
        });
        all.insert(
            name.to_owned(),
            json!({
                "against_best_fixed": Summary::of(sweep, plan, fixed),
                "against_mean": Summary::of(sweep, plan, |set| set.mean),
                "below_best_fixed": below.collect::<Vec<_>>(),
            }),
        );
    }
    Value::Object(all)
}

fn cases(played: &Played) -> Vec<Value> {
    let case = |case: &crate::simulate::Stretch| {
        json!({
            "zones": case.zones,
            "share_pct": case.share_pct,
            "seconds": case.seconds,
            "at_once_mg_per_kwh": mean_mg(case.told.against, case.seconds),
            "told_mg_per_kwh": mean_mg(case.told.planned, case.seconds),
            "foresight_mg_per_kwh": mean_mg(case.foreseen.planned, case.seconds),
            "anew_mg_per_kwh": mean_mg(case.anew.planned, case.seconds),
            "told_pct": percent(case.told.saving_ppm()),
            "anew_pct": percent(case.anew.saving_ppm()),
            "foresight_pct": percent(case.foreseen.saving_ppm()),
        })
    };
    played.cases.iter().map(case).collect()
}

/// A sum of mg/kWh × seconds as a mean.
pub(super) fn mean_mg(sum: u128, seconds: u64) -> u64 {
    let mean = sum.checked_div(u128::from(seconds)).unwrap_or(0);
    u64::try_from(mean).unwrap_or(u64::MAX)
}

/// The names of the zones of a set.
pub(super) fn members(bits: u16, zones: &[String]) -> Vec<&str> {
    let is_in = |(at, _): &(usize, &String)| bits >> at & 1 == 1;
    zones.iter().enumerate().filter(is_in).map(|(_, zone)| zone.as_str()).collect()
}
