//! What was planned, what came of it, and what foresight would have done.

use serde_json::{Value, json};
use wattcast_core::units::{Power, Utc};

use super::planner::Hindsight;
use crate::intensity::timestamp;
use crate::report::RunReport;

/// Version of the names of a report's `plan`.
const SCHEMA: &str = "wattcast-planned-run-1";

/// A stretch in which the command ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) zone: String,
    pub(super) start: Utc,
    pub(super) end: Utc,
}

/// Sums over the runs of a plan that were cut short before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    pub(super) running_us: u64,
    pub(super) energy_uj: u128,
    pub(super) carbon_ug: u128,
    pub(super) cost_micro: i128,
}

/// All that a report tells of a plan.
pub(super) struct Outcome<'a> {
    pub(super) started: Utc,
    pub(super) planned: &'a Value,
    pub(super) plans: u64,
    pub(super) ran: &'a [Ran],
    pub(super) earlier_runs: &'a [String],
    pub(super) before: Before,
    pub(super) clock_speed: u32,
    pub(super) hindsight: Option<Hindsight>,
}

impl Outcome<'_> {
    /// As JSON, beside the report of the last run.
    pub(super) fn to_json(&self, report: &RunReport) -> Value {
        let interval = |ran: &Ran| json!({"zone": ran.zone, "start": timestamp(ran.start), "end": timestamp(ran.end)});
        let energy_uj = report.energy_uj.saturating_add(self.before.energy_uj);
        let carbon_ug = report.carbon_ug.map(|ug| ug.saturating_add(self.before.carbon_ug));
        let running_us = report.running_us.saturating_add(self.before.running_us);
        json!({
            "schema": SCHEMA,
            "started": timestamp(self.started),
            "clock_speed": self.clock_speed,
            "plans": self.plans,
            "planned": self.planned,
            "achieved": {
                "intervals": self.ran.iter().map(interval).collect::<Vec<_>>(),
                "running_us": running_us,
                "energy_uj": number(energy_uj),
                "carbon_ug": carbon_ug.map(number),
                "earlier_runs": self.earlier_runs,
            },
            "hindsight": self.hindsight,
        })
    }
}

/// Numbers that fit are numbers; JSON readers lose digits of larger ones.
fn number(value: u128) -> Value {
    u64::try_from(value).map_or_else(|_| json!(value.to_string()), |value| json!(value))
}

/// The mean power over some running time.
pub(super) fn mean_power(energy_uj: u128, running_us: u64) -> Option<Power> {
    let picowatts = energy_uj.checked_mul(1_000_000)?;
    let power = picowatts.checked_div(u128::from(running_us))?;
    i64::try_from(power).ok().filter(|power| *power > 0).map(Power::from_uw)
}
