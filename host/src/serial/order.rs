//! Commands to boards, ready to be sent at any time.

use wattcast_core::ledger::Rate;
use wattcast_core::units::{CarbonIntensity, Pue, US_PER_HOUR, Utc};
use wattcast_core::wire::command::{
    Ask, Command, GivenFactor, MAX_HOURS, MAX_RATES, SetHistory, SetJob, SetTariff, SetTime,
    SetZone,
};
use wattcast_core::wire::{DELIMITER, EncodeError, Header, MAX_COMMAND_FRAME, encode_command};

/// How far off the clock of this machine may be, in µs, as a board is told:
/// that of a machine that asks a time server.
const CLOCK_UNCERTAINTY_US: u32 = 50_000;

/// What a board is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Where it stands.
    Zone {
        /// The zone.
        zone: String,
        /// Its standard time less UTC.
        offset_min: i16,
        /// Its factor.
        factor: Option<GivenFactor>,
        /// The overhead of the site.
        pue: Pue,
    },
    /// What time it is when it is sent.
    TimeNow,
    /// What time it is.
    Time(Utc),
    /// The intensity of past hours.
    History {
        /// Start of the first.
        from: Utc,
        /// One after another.
        hours: Vec<Option<CarbonIntensity>>,
    },
    /// What energy costs.
    Tariff {
        /// Currency code.
        currency: String,
        /// Prices by time of day.
        rates: Vec<Rate>,
    },
    /// What its load is to do.
    Job(SetJob),
    /// A question.
    Ask(Ask),
}

impl Order {
    /// Its frames for the board of a stream, the first with the number
    /// `sequence`, at the moment `now`. Each begins with a zero byte, which ends
    /// whatever noise the board has heard before.
    ///
    /// # Errors
    ///
    /// A text or a list is longer than a frame holds.
    pub fn frames(
        &self,
        stream: u16,
        sequence: u32,
        now: Utc,
    ) -> Result<Vec<Vec<u8>>, EncodeError> {
        let header = Header { stream, boot: 0, sequence };
        let one = |command: &Command<'_>| Ok(vec![frame(header, command)?]);
        match self {
            Self::Zone { zone, offset_min, factor, pue } => one(&Command::Zone(SetZone {
                zone,
                offset_min: *offset_min,
                factor: *factor,
                pue: *pue,
            })),
            Self::TimeNow => {
                one(&Command::Time(SetTime { utc: now, uncertainty_us: CLOCK_UNCERTAINTY_US }))
            }
            Self::Time(utc) => one(&Command::Time(SetTime { utc: *utc, uncertainty_us: 0 })),
            Self::History { from, hours } => history(header, *from, hours),
            Self::Tariff { currency, rates } => {
                let mut buffer = [0; 12 * MAX_RATES];
                let tariff = SetTariff::pack(currency, rates, &mut buffer);
                one(&Command::Tariff(tariff.ok_or(EncodeError::RecordTooLong)?))
            }
            Self::Job(job) => one(&Command::Job(*job)),
            Self::Ask(ask) => one(&Command::Ask(*ask)),
        }
    }

    /// How many frames it takes.
    #[must_use]
    pub fn frame_count(&self) -> u32 {
        match self {
            Self::History { hours, .. } => {
                u32::try_from(hours.len().div_ceil(MAX_HOURS)).unwrap_or(u32::MAX)
            }
            _ => 1,
        }
    }
}

fn history(
    header: Header,
    from: Utc,
    hours: &[Option<CarbonIntensity>],
) -> Result<Vec<Vec<u8>>, EncodeError> {
    let mut frames = Vec::new();
    let (mut header, mut from) = (header, from);
    for part in hours.chunks(MAX_HOURS) {
        let mut buffer = [0; 4 * MAX_HOURS];
        let packed = SetHistory::pack(from, part.iter().copied(), &mut buffer);
        let command = Command::History(packed.ok_or(EncodeError::RecordTooLong)?);
        frames.push(frame(header, &command)?);
        header.sequence = header.sequence.wrapping_add(1);
        let hours = u64::try_from(part.len()).unwrap_or(u64::MAX);
        from = Utc::from_us(from.as_us().saturating_add(hours.saturating_mul(US_PER_HOUR)));
    }
    Ok(frames)
}

fn frame(header: Header, command: &Command<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut buffer = [0; MAX_COMMAND_FRAME];
    let frame = encode_command(header, command, &mut buffer)?;
    Ok([&[DELIMITER], frame].concat())
}
