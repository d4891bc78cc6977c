//! The report of one run. Its serialised names are a contract: they are only
//! ever added to.

use std::collections::BTreeMap;

use serde::Serialize;
use wattcast_core::units::{Basis, Quality};
use wattcast_core::wire::record::{ChannelId, Component, Counts, IntensitySource, Scope};

use super::timeline::Timeline;

/// Version of the names below.
pub const SCHEMA: &str = "wattcast-run-1";

/// What a run cost, and how well that is known. Energies are in microjoules
/// (µJ) at the machine, before the PUE, and so is the cost; carbon, in
/// micrograms of CO2e, includes the PUE.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Id of the run.
    pub run: String,
    /// Whether it came to its end.
    pub state: State,
    /// Name of the host or board.
    pub host: String,
    /// The project, empty where none was named.
    pub project: String,
    /// The command, empty for a tracked program or a board.
    pub command: String,
    /// Start in µs since 1970 (UTC), where the clock was known.
    pub start_utc_us: Option<u64>,
    /// Wall time from the start of the command to its end, or to the last
    /// record of a run that was cut short.
    pub duration_us: u64,
    /// CPU time of the accounted processes.
    pub cpu_time_us: u64,
    /// Largest resident memory that a sample saw, in bytes.
    pub peak_rss_bytes: u64,
    /// Exit code of the command, 128 + signal where one ended it; `None`
    /// while it runs and where it was not seen to end.
    pub exit_code: Option<i64>,
    /// Sum over `parts`.
    pub energy_uj: u128,
    /// The true energy is at least this.
    pub energy_low_uj: u128,
    /// The true energy is at most this.
    pub energy_high_uj: u128,
    /// Energy given out, never netted with `energy_uj`.
    pub export_uj: u128,
    /// Carbon of `energy_uj` × PUE; `None` where a part could not be priced.
    pub carbon_ug: Option<u128>,
    /// Carbon of `energy_low_uj`.
    pub carbon_low_ug: Option<u128>,
    /// Carbon of `energy_high_uj`.
    pub carbon_high_ug: Option<u128>,
    /// Grid zone, empty where the intensity was given by hand.
    pub zone: String,
    /// The carbon intensity that priced the energy.
    pub factor: Option<Factor>,
    /// Power usage effectiveness in millionths.
    pub pue_millionths: u32,
    /// Cost of `energy_uj` in millionths of `currency`, without the PUE.
    pub cost_micro: Option<i128>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// The disjoint parts that make up `energy_uj`.
    pub parts: Vec<Part>,
    /// Channels whose energy is within a part already, or was not attributed.
    pub details: Vec<Part>,
    /// Wall time in which the command ran and was metered: `duration_us` less
    /// the pauses.
    pub running_us: u64,
    /// Stretches in which the command was paused and nothing was metered.
    pub pauses: Vec<Pause>,
    /// What a planned run was to do and did, see `wattcast run --help`; `None`
    /// for a run without a plan.
    pub plan: Option<serde_json::Value>,
    /// Stretches without readings.
    pub gaps: Vec<Gap>,
    /// Marks that the user set, such as epochs.
    pub marks: Vec<Mark>,
    /// Other runs on this host at the same time.
    pub overlaps: Vec<Overlap>,
    /// Processes that outlived the command.
    pub left_behind: u64,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Every named fact: CPU, GPU, system, experiment.
    pub attributes: BTreeMap<String, String>,
    /// The ledger and what it lacks; `None` for a run that is told live.
    pub ledger: Option<Integrity>,
    /// Course of the counted channels of the whole machine, by name, so that
    /// runs at the same time are not added twice.
    #[serde(skip)]
    pub timelines: Vec<(String, Timeline)>,
    /// All that `energy_uj` adds up, over the time since the start, pauses
    /// included; empty where it was not recorded.
    #[serde(skip)]
    pub course: Timeline,
    /// UTC of uptime 0 in µs, where the clock was known.
    #[serde(skip)]
    pub boot_utc_us: Option<u64>,
    /// Stream and boot of its frames, where it was read from a ledger.
    #[serde(skip)]
    pub sender: Option<(u16, u32)>,
}

impl RunReport {
    /// What it drew while it ran, pauses left out: its running time in so many
    /// parts of equal length, the last one perhaps shorter, each with its length
    /// and energy in µs and µJ. Empty where its course is not known.
    #[must_use]
    pub fn drawn(&self, parts: u64) -> Vec<(u64, u128)> {
        let length = self.running_us.div_ceil(parts.max(1)).max(1);
        if self.course.is_empty() {
            return Vec::new();
        }
        let energy = |progress_us: u64| self.course.energy_at_uj(self.since_start_us(progress_us));
        let mut drawn = Vec::new();
        let mut from = 0;
        while from < self.running_us {
            let to = from.saturating_add(length).min(self.running_us);
            drawn.push((to - from, energy(to).saturating_sub(energy(from))));
            from = to;
        }
        drawn
    }

    /// When it had run for so long, in µs after its start.
    fn since_start_us(&self, progress_us: u64) -> u64 {
        self.pauses.iter().fold(progress_us, |at, pause| {
            if pause.at_us < at { at.saturating_add(pause.duration_us) } else { at }
        })
    }
}

/// How far a run came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It ended and was recorded to its end.
    Finished,
    /// Its writer holds the ledger now.
    Running,
    /// Its records stop before its end.
    #[default]
    CutShort,
    /// A board, which has no end: its records up to the last that was heard.
    Heard,
}

/// The carbon intensity that priced a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Factor {
    /// In mgCO2e/kWh; over a run with several, their mean by energy.
    pub value: u32,
    /// Its unit.
    pub unit: &'static str,
    /// The least that was used.
    pub least: u32,
    /// The most that was used.
    pub most: u32,
    /// Year of a yearly factor.
    pub year: Option<u16>,
    /// What it counts.
    pub basis: Basis,
    /// Name of the table, series or provider.
    pub source: String,
    /// What kind of source that is.
    pub kind: IntensitySource,
}

/// One channel of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// Its number within the run.
    #[serde(skip)]
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// What it belongs to.
    pub component: Component,
    /// Whose energy it counts.
    pub scope: Scope,
    /// How its numbers come about.
    pub quality: Quality,
    /// Source and formula in words.
    pub method: String,
    /// Its energy.
    pub energy_uj: u128,
    /// The true energy is at least this.
    pub energy_low_uj: u128,
    /// The true energy is at most this.
    pub energy_high_uj: u128,
    /// Energy given out.
    pub export_uj: u128,
    /// Smallest step of the source.
    pub resolution_uj: u64,
    /// Carbon of its energy × PUE.
    pub carbon_ug: Option<u128>,
    /// Cost of its energy.
    pub cost_micro: Option<i128>,
    /// What its readings went through.
    pub readings: Counts,
}

/// A stretch in which the command was paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// When it began, in µs after the start.
    pub at_us: u64,
    /// Its length; up to the last record where the command was not resumed.
    pub duration_us: u64,
    /// Why.
    pub reason: String,
}

/// A stretch without readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Name of the part, `None` where it concerns all.
    pub part: Option<String>,
    /// When it was noticed, in µs after the start.
    pub at_us: u64,
    /// Its length.
    pub duration_us: u64,
}

/// A mark, with the totals up to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Its words.
    pub text: String,
    /// In µs after the start.
    pub at_us: u64,
    /// Energy from the start to it.
    pub energy_uj: u128,
    /// Carbon from the start to it.
    pub carbon_ug: Option<u128>,
    /// Cost from the start to it.
    pub cost_micro: Option<i128>,
}

/// Another run on the same host at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// Its process.
    pub pid: i64,
    /// When it was noticed, in µs after the start.
    pub at_us: u64,
    /// What is known of it.
    pub text: String,
}

/// Where a run is kept and what its records lack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Integrity {
    /// The files, in order.
    pub files: Vec<String>,
    /// Whether the tags prove that nothing was changed.
    pub tags: Tags,
    /// Records read.
    pub records: u64,
    /// Records that are missing, by their sequence numbers.
    pub lost_records: u64,
    /// Bytes that belong to no whole frame.
    pub lost_bytes: u64,
    /// Places at which the bytes are torn or changed.
    pub damaged_places: u64,
}

/// What the tags of a ledger say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Tags {
    /// The records carry none.
    #[default]
    Untagged,
    /// They carry some, and this machine has no key to check them.
    NoKey,
    /// All fit.
    Verified,
    /// One does not fit: it was changed, or made without the key.
    Forged {
        /// Number of the first such record.
        sequence: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::Pause;
    use crate::report::ReportBuilder;

    #[test]
    fn what_was_drawn_leaves_pauses_out() {
        let mut run = ReportBuilder::default().report();
        assert!(run.drawn(4).is_empty());
        (run.duration_us, run.running_us) = (300, 200);
        run.pauses.push(Pause { at_us: 100, duration_us: 100, reason: String::new() });
        for (at_us, energy_uj) in [(100, 1_000), (200, 1_000), (300, 4_000)] {
            run.course.push(at_us, energy_uj);
        }
        assert_eq!(run.drawn(4), [(50, 500), (50, 500), (50, 1_500), (50, 1_500)]);
        assert_eq!(run.drawn(3), [(67, 670), (67, 1_350), (66, 1_980)]);
    }
}
