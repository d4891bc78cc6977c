//! What a board or a host run tells: one [`Record`] per frame, encoded with
//! postcard. Once released, a variant keeps its number and its fields: what is
//! new comes as a new variant at the end, or a new value at the end of an
//! enumeration, which older readers count as unknown.

use serde::{Deserialize, Serialize};

pub use super::kept::Kept;
use crate::ledger::Account;
pub use crate::meter::Counts;
pub use crate::units::Anchor;
use crate::units::{
    Basis, CarbonIntensity, CarbonMass, Money, Power, Pue, Quality, TotalEnergy, Uptime, Utc,
};

/// Number of a channel within one boot or run.
pub type ChannelId = u8;

/// One message. Text is borrowed from the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Record<'a> {
    /// A boot of a board or the start of a run; the first of its frames.
    #[serde(borrow)]
    Boot(Boot<'a>),
    /// Ties uptime to UTC, for earlier records too.
    Anchor(Anchor),
    /// Describes a channel; stands before the first use of its id.
    #[serde(borrow)]
    Channel(Channel<'a>),
    /// Power samples of one channel, packed as differences.
    #[serde(borrow)]
    Samples(Samples<'a>),
    /// Cumulative energy of one channel.
    Checkpoint(Checkpoint),
    /// The carbon intensity that prices energy from a moment on.
    #[serde(borrow)]
    Intensity(Intensity<'a>),
    /// Expected carbon intensity.
    #[serde(borrow)]
    Forecast(Forecast<'a>),
    /// An interval in which a job is to run.
    #[serde(borrow)]
    Plan(Plan<'a>),
    /// Something that happened.
    #[serde(borrow)]
    Event(Event<'a>),
    /// A named fact about the boot or run: project, command, CPU name.
    #[serde(borrow)]
    Attribute(Attribute<'a>),
    /// How the energy from a moment on is priced.
    #[serde(borrow)]
    Pricing(Pricing<'a>),
    /// What the accounted processes have used so far.
    Usage(Usage),
    /// What a channel had counted before this boot.
    Kept(Kept),
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Boot<'a> {
    /// Name of the device or host.
    pub device: &'a str,
    /// Name of the program: a firmware or `wattcast`.
    pub firmware: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Why it started.
    pub cause: BootCause,
}

/// Why a board or run started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum BootCause {
    /// Not told by the hardware.
    Unknown,
    /// Power came on.
    PowerOn,
    /// Supply voltage had sagged.
    BrownOut,
    /// The watchdog expired.
    Watchdog,
    /// Asked for by software, or a user who started a run.
    Requested,
    /// A panic handler reset the board.
    Fault,
}

/// What part of a machine a channel belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(rename_all = "lowercase")]
pub enum Component {
    /// Processor.
    Cpu,
    /// What the machine draws when it does nothing.
    Idle,
    /// Memory.
    Ram,
    /// Graphics processor or other accelerator.
    Gpu,
    /// A whole machine or board.
    Board,
    /// A battery.
    Battery,
    /// Any other load.
    Load,
}

/// Whose energy a channel counts, so that sums over runs count it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The accounted processes alone.
    Process,
    /// The whole machine, others' work included.
    Machine,
}

/// Description of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Channel<'a> {
    /// Its number.
    pub id: ChannelId,
    /// Its name: `cpu`, `idle`, `ram`, `gpu0`.
    pub name: &'a str,
    /// What it belongs to.
    pub component: Component,
    /// Whose energy it counts.
    pub scope: Scope,
    /// How its numbers come about.
    pub quality: Quality,
    /// The source and its formula, in words.
    pub method: &'a str,
    /// Smallest step of the source, in microjoules.
    pub resolution_uj: u64,
    /// The true energy is at least this share of the stated, in millionths.
    pub low_ppm: u32,
    /// The true energy is at most this share of the stated, in millionths.
    pub high_ppm: u32,
    /// Whether it belongs in the sum: false where another channel holds it.
    pub counted: bool,
}

/// Power samples at a fixed period. `deltas` holds `count - 1` zigzag varints,
/// each the difference to the sample before, in `step` of power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Samples<'a> {
    /// Its channel.
    pub channel: ChannelId,
    /// When the first sample was taken.
    pub start: Uptime,
    /// Time from one sample to the next, in microseconds.
    pub period_us: u32,
    /// Number of samples.
    pub count: u16,
    /// The first sample.
    pub first: Power,
    /// What one step of a difference is worth.
    pub step: Power,
    /// The packed differences.
    #[serde(borrow)]
    pub deltas: &'a [u8],
}

/// Cumulative energy, so that a lost frame costs resolution and never energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Checkpoint {
    /// Its channel.
    pub channel: ChannelId,
    /// The moment up to which it counts.
    pub uptime: Uptime,
    /// Energy taken in since boot.
    pub import: TotalEnergy,
    /// Energy given out since boot; never netted with `import`.
    pub export: TotalEnergy,
    /// Carbon of `import`, where it could be priced.
    pub carbon: Option<CarbonMass>,
    /// Cost of `import`, where there is a tariff.
    pub cost: Option<Money>,
    /// What the readings went through.
    pub counts: Counts,
}

impl Checkpoint {
    /// The totals of a channel's account, up to its last flow.
    ///
    /// ```
    /// use wattcast_core::ledger::Account;
    /// use wattcast_core::meter::Counts;
    /// use wattcast_core::wire::record::Checkpoint;
    ///
    /// let checkpoint = Checkpoint::new(3, &Account::new(), Counts::NONE);
    /// assert_eq!(checkpoint.carbon, None);
    /// ```
    #[must_use]
    pub fn new(channel: ChannelId, account: &Account, counts: Counts) -> Self {
        Self {
            channel,
            uptime: account.until(),
            import: account.import(),
            export: account.export(),
            carbon: account.carbon(),
            cost: account.cost(),
            counts,
        }
    }
}

/// Where an intensity came from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(rename_all = "kebab-case")]
pub enum IntensitySource {
    /// A measured series.
    Measured,
    /// A live provider.
    Live,
    /// A forecast.
    Forecast,
    /// The typical day of the zone and month.
    TypicalDay,
    /// The yearly factor of the zone.
    Yearly,
    /// Given by the user.
    Given,
    /// The world's average, because no zone was given.
    World,
}

/// The carbon intensity from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Intensity<'a> {
    /// The moment.
    pub from: Utc,
    /// The zone.
    pub zone: &'a str,
    /// The intensity.
    pub intensity: CarbonIntensity,
    /// What it counts.
    pub basis: Basis,
    /// Where it came from.
    pub source: IntensitySource,
    /// Year of a yearly factor, or 0.
    pub year: u16,
    /// Name of the table, series or provider.
    pub name: &'a str,
}

/// Expected intensity of consecutive slots, each value little-endian `u32` in
/// mgCO2e/kWh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Forecast<'a> {
    /// The zone.
    pub zone: &'a str,
    /// Start of the first slot.
    pub from: Utc,
    /// Length of a slot in seconds.
    pub slot_s: u32,
    /// The quantile in millionths (500 000 is the median).
    pub quantile_ppm: u32,
    /// Name of the forecaster that answered.
    pub method: &'a str,
    /// The packed values.
    #[serde(borrow)]
    pub values: &'a [u8],
}

/// One interval of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Plan<'a> {
    /// The zone in which to run.
    pub zone: &'a str,
    /// From when.
    pub start: Utc,
    /// Until when.
    pub end: Utc,
    /// The intensity expected there.
    pub expected: CarbonIntensity,
    /// Which of the plan's intervals this is, from 0.
    pub index: u16,
    /// How many intervals the plan has.
    pub of: u16,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event<'a> {
    /// When.
    pub uptime: Uptime,
    /// What.
    pub kind: EventKind,
    /// Which channel it concerns.
    pub channel: Option<ChannelId>,
    /// A number that belongs to the kind: exit code, signal, process id,
    /// length of a gap in microseconds.
    pub value: i64,
    /// Words for people.
    pub text: &'a str,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The command was started; value: process id.
    Started,
    /// The command ended; value: exit code.
    Exited,
    /// The command was ended by a signal; value: its number.
    Signalled,
    /// The run is complete: what follows belongs to nobody.
    Finished,
    /// A mark set by the user, such as an epoch.
    Mark,
    /// A stretch without readings; value: microseconds.
    Gap,
    /// A source stopped for good.
    SourceLost,
    /// A sensor that repeats itself or leaves its scale.
    SensorFault,
    /// Another wattcast run overlaps; value: its process id.
    Overlap,
    /// The job was paused.
    Paused,
    /// The job was resumed.
    Resumed,
    /// A budget was reached.
    Budget,
    /// A command was received.
    Command,
    /// Processes were still running when the command ended; value: how many.
    LeftBehind,
    /// Anything a person should know.
    Warning,
    /// A board did what a command asked; value: the command's sequence number.
    Accepted,
    /// A board did not do what a command asked, the text says why; value: the
    /// command's sequence number, -1 where its frame arrived damaged.
    Refused,
    /// A load was switched; value: 1 on, 0 off.
    Switched,
    /// A board has tested itself; value: the number of faults.
    SelfTest,
}

/// A named fact. A value longer than a frame comes in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attribute<'a> {
    /// Its name: `project`, `command`, `cpu`, `gpu`, `os`, `run`.
    pub key: &'a str,
    /// Its value, or a part of it.
    pub value: &'a str,
    /// Which part, from 0; parts are joined in order.
    pub part: u8,
}

/// How energy is priced from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pricing<'a> {
    /// From when.
    pub from: Uptime,
    /// The overhead of the site.
    pub pue: Pue,
    /// Currency code of the tariff (ISO 4217), empty where there is none.
    pub currency: &'a str,
}

/// What the accounted processes have used since the run began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Usage {
    /// The moment up to which it counts.
    pub uptime: Uptime,
    /// Their CPU time in microseconds, ended processes included.
    pub cpu_time_us: u64,
    /// Their resident memory now, in bytes.
    pub rss_bytes: u64,
}
