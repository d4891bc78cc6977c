//! A stretch of days in which a job runs a share of the time.

use wattcast_core::forecast::Hour;

use super::field::{Day, Field, Issue, SimulateError};
use super::one_zone::play;
use super::saved::Saved;

/// What a job emits that runs a share of a stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Where it may run; the first is where it would run at once.
    pub zones: Vec<String>,
    /// The share of the hours of each day that it runs, in percent.
    pub share_pct: u32,
    /// The seconds that it runs.
    pub seconds: u64,
    /// Planned at the start of each day by what was told, against the same time
    /// run at once.
    pub told: Saved,
    /// Planned anew with each forecast.
    pub anew: Saved,
    /// Planned by what came.
    pub foreseen: Saved,
}

/// Plays a stretch of `hours` from `from` on: of each day the share, in its
/// best hours and zones, with free pauses and moves.
///
/// # Errors
/// [`SimulateError::Stretch`] where a zone or a day is missing.
pub fn stretch(
    field: &Field,
    zones: &[String],
    from: Hour,
    hours: u32,
    share_pct: u32,
) -> Result<Stretch, SimulateError> {
    let place = |name: &String| {
        let known = || field.zones().join(", ");
        let found = field.zones().iter().position(|zone| zone.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            SimulateError::Stretch(format!("no grid `{name}`; there are {}", known()))
        })
    };
    let places = zones.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let home = places.first().copied().unwrap_or(0);
    let mut left = usize::try_from(hours).unwrap_or(0);
    let (mut told, mut anew, mut foreseen, mut seconds) = (0, 0, 0, 0_u64);
    let mut at_home: Vec<u32> = Vec::new();
    let days = field.days.iter().skip_while(|day| day.start < from);
    for (day, start) in days.zip((from.as_hours()..).step_by(24)) {
        if left == 0 || day.start.as_hours() != start {
            break;
        }
        let day = cut(day, left);
        let length = u32::try_from(day.hours()).unwrap_or(0);
        let work_s = length * 36 * share_pct;
        told += play(&day, &places, work_s, day.first())?;
        anew += play(&day, &places, work_s, &day.issues)?;
        foreseen += play(&day, &places, work_s, &[day.foreseen()])?;
        seconds += u64::from(work_s);
        at_home.extend(day.came.get(home).into_iter().flatten());
        left -= day.hours();
    }
    if left > 0 {
        return Err(SimulateError::Stretch(format!(
            "{left} of the {hours} h of a case lie outside the days that are played; begin a case at the start of a day"
        )));
    }
    let against = at_once(&at_home, seconds);
    Ok(Stretch {
        zones: zones.to_vec(),
        share_pct,
        seconds,
        told: Saved { planned: told, against },
        anew: Saved { planned: anew, against },
        foreseen: Saved { planned: foreseen, against },
    })
}

/// The first hours of a day.
fn cut(day: &Day, hours: usize) -> Day {
    let first = |values: &Vec<Vec<u32>>, hours: usize| -> Vec<Vec<u32>> {
        values.iter().map(|zone| zone.iter().take(hours).copied().collect()).collect()
    };
    let issues = day
        .issues
        .iter()
        .filter(|issue| issue.at < hours)
        .map(|issue| Issue { at: issue.at, told: first(&issue.told, hours - issue.at) });
    Day {
        start: day.start,
        issues: issues.collect(),
        came: first(&day.came, hours),
        before: day.before.clone(),
    }
}

/// The first seconds of some hours.
fn at_once(hours: &[u32], seconds: u64) -> u128 {
    let mut left = seconds;
    let mut sum = 0;
    for mg in hours {
        let run = left.min(3_600);
        sum += u128::from(*mg) * u128::from(run);
        left -= run;
    }
    sum
}
