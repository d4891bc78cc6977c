//! A job in each day, in one zone.

use wattcast_core::plan::{
    Greedy, Job, Load, Outlook, Possible, Schedule, Workspace, ZoneOutlook, ZoneSet, optimal,
};
use wattcast_core::units::{CarbonIntensity, Power, Utc};

use super::field::{DAY, Day, Field, Issue, SimulateError};
use super::saved::Saved;

/// 1 kW: an hour at one mg/kWh is a thousand µg.
pub(super) const POWER: Power = Power::from_uw(1_000_000_000);

/// What plans come to in one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneZone {
    /// The zone.
    pub zone: String,
    /// Its mean intensity in mg/kWh.
    pub mean_mg: u64,
    /// One for each length of job.
    pub jobs: Vec<OneZoneJob>,
    /// By the rule of eco4cast with its own parameters, which runs as many
    /// hours as it finds clean: for the energy of those hours, against the mean
    /// of all days.
    pub greedy: Saved,
    /// The hours that it ran.
    pub greedy_hours: u64,
}

/// The best hours of each day for a job, which may be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneZoneJob {
    /// Its hours in each day.
    pub hours: u32,
    /// Planned by what was told at the start of the day, against the mean of
    /// the same days.
    pub told: Saved,
    /// Planned anew with each forecast, against the same.
    pub anew: Saved,
    /// Planned by what came, against the same.
    pub foreseen: Saved,
    /// What running the first hours of each day emits, against the same.
    pub at_once: Saved,
}

/// Plays jobs of so many hours in each whole day of one zone, planned by
/// [`optimal`].
///
/// # Errors
/// [`SimulateError::Plan`] for jobs of no or more than 24 hours.
pub fn one_zone(field: &Field, zone: usize, jobs: &[u32]) -> Result<OneZone, SimulateError> {
    let name = field.zones().get(zone).cloned().unwrap_or_default();
    let days = || field.days.iter().filter(|day| day.hours() == DAY);
    let mut played = Vec::new();
    for &hours in jobs {
        let none = Saved::default();
        let mut job = OneZoneJob { hours, told: none, anew: none, foreseen: none, at_once: none };
        for day in days() {
            let against = mean_of_day(day, zone, hours);
            let seconds = hours.saturating_mul(3_600);
            let set = [zone];
            let told = play(day, &set, seconds, day.first())?;
            let anew = play(day, &set, seconds, &day.issues)?;
            let foreseen = play(day, &set, seconds, &[day.foreseen()])?;
            let first = came(day, zone).iter().take(usize::try_from(hours).unwrap_or(DAY));
            let at_once = first.map(|mg| u128::from(*mg) * 3_600).sum();
            job.told.add(Saved { planned: told, against });
            job.anew.add(Saved { planned: anew, against });
            job.foreseen.add(Saved { planned: foreseen, against });
            job.at_once.add(Saved { planned: at_once, against });
        }
        played.push(job);
    }
    let (greedy, greedy_hours) = by_rule(field, zone)?;
    Ok(OneZone { zone: name, mean_mg: field.mean_mg(zone), jobs: played, greedy, greedy_hours })
}

/// The carbon of the mean hour of a day, as often as a job takes it.
fn mean_of_day(day: &Day, zone: usize, hours: u32) -> u128 {
    let sum: u128 = came(day, zone).iter().map(|mg| u128::from(*mg)).sum();
    // 24 divides 3 600.
    sum * 150 * u128::from(hours)
}

fn came(day: &Day, zone: usize) -> &[u32] {
    day.came.get(zone).map(Vec::as_slice).unwrap_or_default()
}

/// The intensities of some zones of a day.
pub(super) fn series(values: &[Vec<u32>], zones: &[usize]) -> Vec<Vec<Option<CarbonIntensity>>> {
    let of_zone = |zone: &usize| {
        let hours = values.get(*zone).map(Vec::as_slice).unwrap_or_default();
        hours.iter().map(|mg| Some(CarbonIntensity::from_mg_per_kwh(*mg))).collect()
    };
    zones.iter().map(of_zone).collect()
}

/// What so many seconds of work in a day emit in some zones, planned with the
/// first of some issues and anew with each later one: mg/kWh × seconds.
pub(super) fn play(
    day: &Day,
    zones: &[usize],
    seconds: u32,
    issues: &[Issue],
) -> Result<u128, SimulateError> {
    let (mut left, mut sum) = (u64::from(seconds), 0_u128);
    let ends = issues.iter().skip(1).map(|next| next.at).chain([day.hours()]);
    for (issue, end) in issues.iter().zip(ends) {
        let Some(run_s) = u32::try_from(left).ok().filter(|left| *left > 0) else { break };
        let told = series(&issue.told, zones);
        let views = views(&told);
        let hour = |hour: usize| day.start.later(u32::try_from(hour).unwrap_or(u32::MAX)).start();
        let start = hour(issue.at);
        let outlook = Outlook { start, slot_s: 3_600, zones: &views };
        let job = Job::new(run_s, Load::Constant(POWER));
        let mut workspace = Workspace::<{ 1 << 13 }, { 1 << 13 }, 0>::new();
        let plan: Schedule<DAY> = optimal(&outlook, &job, start, workspace.lend())?;
        for stay in &plan.intervals {
            let zone = zones.get(usize::from(stay.zone)).copied().unwrap_or(0);
            for (at, mg) in came(day, zone).iter().enumerate().take(end).skip(issue.at) {
                let from = stay.start.max(hour(at)).as_us();
                let run_us = stay.end.min(hour(at + 1)).as_us().saturating_sub(from);
                sum += u128::from(*mg) * u128::from(run_us / 1_000_000);
                left -= run_us / 1_000_000;
            }
        }
    }
    Ok(sum)
}

pub(super) fn views(series: &[Vec<Option<CarbonIntensity>>]) -> Vec<ZoneOutlook<'_>> {
    series.iter().map(|hours| ZoneOutlook::new(hours)).collect()
}

/// The hours that the rule leaves, day by day, whatever work there is.
fn by_rule(field: &Field, zone: usize) -> Result<(Saved, u64), SimulateError> {
    let rule = Greedy::default();
    let (mut sum, mut hours) = (0_u128, 0_u64);
    for day in &field.days {
        let told = day.first().first().map(|issue| series(&issue.told, &[zone]));
        let told = told.unwrap_or_default();
        let zones = views(&told);
        let start: Utc = day.start.start();
        let outlook = Outlook { start, slot_s: 3_600, zones: &zones };
        let job = Job::new(3_600, Load::Constant(POWER));
        let possible = Possible::<DAY>::new(&outlook, &job, start, &rule)?;
        let choice = possible.choose(ZoneSet::ALL);
        for (mg, _) in came(day, zone).iter().zip(choice).filter(|(_, zone)| zone.is_some()) {
            sum += u128::from(*mg) * 3_600;
            hours += 1;
        }
    }
    let against = u128::from(field.mean_mg(zone)) * 3_600 * u128::from(hours);
    Ok((Saved { planned: sum, against }, hours))
}
