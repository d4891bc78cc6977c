//! When to run a job.

use wattcast_core::plan::{
    Job, Limits, Load, Outlook, Overhead, PlanError, Proof, Schedule, Scratch, ZoneOutlook, optimal,
};
use wattcast_core::units::{CarbonIntensity, Energy, Power, Utc};

use crate::forecast::WC_MISSING;
use crate::memory::{array, array_mut, put, read};
use crate::status::told;
use crate::{WC_HORIZON, wc_status};

/// Most slots of an outlook.
pub const WC_MAX_SLOTS: usize = WC_HORIZON;

/// A job to be planned. A field that is 0 asks for nothing, but for `run_s`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_job {
    /// What it draws while it runs, in µW.
    pub power_uw: i64,
    /// It does not start before, in µs since 1970.
    pub not_before_us: u64,
    /// It ends by then, in µs since 1970.
    pub deadline_us: u64,
    /// What a pause costs in energy, when the job resumes, in µJ.
    pub pause_uj: i64,
    /// What a pause costs in time, in seconds.
    pub pause_s: u32,
    /// The work in seconds of running.
    pub run_s: u32,
    /// How long each stay lasts at least, in seconds.
    pub min_run_s: u32,
    /// No slot of a higher intensity is used, in mg/kWh.
    pub max_mg_per_kwh: u32,
    /// How often it may resume after a pause; below 0 as often as it likes.
    pub max_pauses: i32,
    /// How far to plan with the upper quantile, 0 to 1000.
    pub caution_permille: u16,
}

/// A stretch in which the job runs.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct wc_stay {
    /// When it begins, in µs since 1970.
    pub start_us: u64,
    /// When it ends.
    pub end_us: u64,
    /// Its energy in µJ, that of the pause before it included.
    pub energy_uj: i64,
    /// Its expected carbon in µg CO2e.
    pub carbon_ug: u64,
    /// The mean intensity in mg/kWh.
    pub mg_per_kwh: u32,
}

/// A plan in sum.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct wc_plan_result {
    /// How many stays were written.
    pub stays: usize,
    /// The energy in µJ.
    pub energy_uj: i64,
    /// The expected carbon in µg CO2e.
    pub carbon_ug: u64,
    /// A better plan may exist, by so many µg at most; 0 where none can.
    pub off_by_ug: u64,
    /// How often the job resumes.
    pub pauses: u16,
}

/// The best plan for a job that has not started. `expected_mg_per_kwh` and, for
/// caution, `high_mg_per_kwh` hold `slots` values, one for each `slot_s` seconds from
/// `start_us` on; the second may be null. `values` and `choices` are scratch memory;
/// about 1,024 and 8,192 are enough for four days of hours and two pauses.
///
/// # Safety
///
/// `job` and `result` are null or point to one each; the arrays are null or as long
/// as is said, and apart from each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_plan(
    expected_mg_per_kwh: *const u32,
    high_mg_per_kwh: *const u32,
    slots: usize,
    start_us: u64,
    slot_s: u32,
    job: *const wc_job,
    now_us: u64,
    values: *mut i64,
    value_count: usize,
    choices: *mut u8,
    choice_count: usize,
    stays: *mut wc_stay,
    stay_room: usize,
    result: *mut wc_plan_result,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let (expected, high, job) = unsafe {
            let high = if high_mg_per_kwh.is_null() { &[] } else { array(high_mg_per_kwh, slots)? };
            (array(expected_mg_per_kwh, slots)?, high, read(job)?)
        };
        // SAFETY: as the caller vouches.
        let (values, choices, stays) = unsafe {
            let values = array_mut(values, value_count)?;
            (values, array_mut(choices, choice_count)?, array_mut(stays, stay_room)?)
        };
        let (expected, high) = (intensities(expected)?, intensities(high)?);
        let expected = expected.get(..slots).ok_or(wc_status::Argument)?;
        let high = if high_mg_per_kwh.is_null() { &[] } else { high.get(..slots).unwrap_or(&[]) };
        let zones = [ZoneOutlook { high, ..ZoneOutlook::new(expected) }];
        let outlook = Outlook { start: Utc::from_us(start_us), slot_s, zones: &zones };
        let scratch = Scratch { values, choices, labels: &mut [] };
        let now = Utc::from_us(now_us);
        let plan: Schedule<WC_MAX_SLOTS> =
            optimal(&outlook, &job.planned(), now, scratch).map_err(status)?;
        let room = stays.get_mut(..plan.intervals.len()).ok_or(wc_status::Memory)?;
        let sum = wc_plan_result {
            stays: plan.intervals.len(),
            energy_uj: plan.energy.as_uj(),
            carbon_ug: plan.expected.as_ug(),
            off_by_ug: match plan.proof {
                Proof::NotProven { off_by } => off_by,
                Proof::Proven | Proof::Rule => 0,
            },
            pauses: plan.pauses,
        };
        // SAFETY: as the caller vouches.
        unsafe { put(result, sum) }?;
        for (slot, stay) in room.iter_mut().zip(&plan.intervals) {
            *slot = wc_stay {
                start_us: stay.start.as_us(),
                end_us: stay.end.as_us(),
                energy_uj: stay.energy.as_uj(),
                carbon_ug: stay.carbon.as_ug(),
                mg_per_kwh: stay.intensity.as_mg_per_kwh(),
            };
        }
        Ok(())
    })())
}

impl wc_job {
    fn planned(&self) -> Job<'static> {
        let moment = |us: u64| (us != 0).then(|| Utc::from_us(us));
        let most = self.max_mg_per_kwh;
        Job {
            not_before: moment(self.not_before_us),
            deadline: moment(self.deadline_us),
            limits: Limits {
                max_intensity: (most != 0).then(|| CarbonIntensity::from_mg_per_kwh(most)),
                min_run_s: self.min_run_s,
                max_pauses: match u16::try_from(self.max_pauses) {
                    Ok(most) => Some(most),
                    Err(_) if self.max_pauses < 0 => None,
                    Err(_) => Some(u16::MAX),
                },
                ..Limits::NONE
            },
            pause: Overhead { seconds: self.pause_s, energy: Energy::from_uj(self.pause_uj) },
            caution_permille: self.caution_permille,
            ..Job::new(self.run_s, Load::Constant(Power::from_uw(self.power_uw)))
        }
    }
}

fn intensities(mg: &[u32]) -> Result<[Option<CarbonIntensity>; WC_MAX_SLOTS], wc_status> {
    let mut slots = [None; WC_MAX_SLOTS];
    if mg.len() > slots.len() {
        return Err(wc_status::Argument);
    }
    for (slot, mg) in slots.iter_mut().zip(mg) {
        *slot = (*mg != WC_MISSING).then(|| CarbonIntensity::from_mg_per_kwh(*mg));
    }
    Ok(slots)
}

fn status(error: PlanError) -> wc_status {
    match error {
        PlanError::Flaw(_) => wc_status::Argument,
        PlanError::Conflict(_) => wc_status::NoPlan,
        PlanError::Memory(_) => wc_status::Memory,
    }
}
