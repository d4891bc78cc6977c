//! What a host asks of a board: one [`Command`] per frame, in the same frames
//! as records but marked, so that neither side takes its own echo for the
//! other. A board answers each with an event and, where it was asked
//! something, with records.
//!
//! As with records, what is new comes at the end of an enumeration, and an
//! older board refuses it by name.

use serde::{Deserialize, Serialize};

use super::cobs::Unstuffer;
use super::decoder::{FrameError, RecordError, decode, read_record, unseal};
use super::frame::{COMMAND, HEADER_LEN, Header, MAX_COMMAND_FRAME, VERSION};
use crate::ledger::Rate;
use crate::units::{Basis, CarbonIntensity, Power, Price, Pue, Utc};

/// One command. Text is borrowed from the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Command<'a> {
    /// Where the board stands.
    #[serde(borrow)]
    Zone(SetZone<'a>),
    /// What time it is.
    Time(SetTime),
    /// The carbon intensity of hours gone by.
    #[serde(borrow)]
    History(SetHistory<'a>),
    /// What energy costs.
    #[serde(borrow)]
    Tariff(SetTariff<'a>),
    /// What the deferrable load is to do.
    Job(SetJob),
    /// A question.
    Ask(Ask),
}

impl<'a> Command<'a> {
    /// Reads a command that was kept as [`Received::encoded`].
    ///
    /// # Errors
    ///
    /// [`RecordError`], where the bytes are not a command that is known here.
    pub fn from_bytes(encoded: &'a [u8]) -> Result<Self, RecordError> {
        decode(encoded)
    }
}

/// Where the board stands. Another zone than before empties its history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SetZone<'a> {
    /// Code of the zone: `DE`, `US-CAL-CISO`.
    pub zone: &'a str,
    /// Standard time of the zone less UTC, in minutes, -720 to 840.
    pub offset_min: i16,
    /// Its emission factor, for the hours of which nothing better is known;
    /// `None` for the one in the board's own table.
    pub factor: Option<GivenFactor>,
    /// The overhead of the site.
    pub pue: Pue,
}

/// An emission factor with what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct GivenFactor {
    /// The value.
    pub intensity: CarbonIntensity,
    /// What it counts.
    pub basis: Basis,
}

/// What time it is when the frame has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SetTime {
    /// The moment.
    pub utc: Utc,
    /// How far off it may be, in microseconds.
    pub uncertainty_us: u32,
}

/// Carbon intensity of consecutive hours, each value little-endian `u32` in
/// mgCO2e/kWh, `FFFFFFFF` where it is not known. Several commands give a long
/// history; hours given again are replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SetHistory<'a> {
    /// Start of the first hour; a whole hour.
    pub from: Utc,
    /// The packed values; see [`MAX_HOURS`].
    #[serde(borrow)]
    pub values: &'a [u8],
}

/// Most hours of one [`SetHistory`].
pub const MAX_HOURS: usize = 48;

impl<'a> SetHistory<'a> {
    /// Packs hours into `buffer`.
    ///
    /// ```
    /// use wattcast_core::units::{CarbonIntensity, Utc};
    /// use wattcast_core::wire::command::{MAX_HOURS, SetHistory};
    ///
    /// let hours = [Some(CarbonIntensity::from_mg_per_kwh(321_000)), None];
    /// let mut buffer = [0; 4 * MAX_HOURS];
    /// let history = SetHistory::pack(Utc::from_us(0), hours, &mut buffer).unwrap();
    /// assert!(history.hours().eq(hours));
    /// ```
    ///
    /// `None` where they do not fit.
    #[must_use]
    pub fn pack(
        from: Utc,
        hours: impl IntoIterator<Item = Option<CarbonIntensity>>,
        buffer: &'a mut [u8],
    ) -> Option<Self> {
        let mut len = 0;
        for hour in hours {
            let mg = hour.map_or(u32::MAX, CarbonIntensity::as_mg_per_kwh);
            buffer.get_mut(len..len + 4)?.copy_from_slice(&mg.to_le_bytes());
            len += 4;
        }
        Some(Self { from, values: buffer.get(..len)? })
    }

    /// The values, hour by hour. Bytes left over at the end are ignored.
    pub fn hours(&self) -> impl Iterator<Item = Option<CarbonIntensity>> + use<'a> {
        let (values, _) = self.values.as_chunks();
        values.iter().map(|value| match u32::from_le_bytes(*value) {
            u32::MAX => None,
            mg => Some(CarbonIntensity::from_mg_per_kwh(mg)),
        })
    }
}

/// Prices that repeat each day of local time, each rate twelve bytes: from and
/// to in minutes of the day (`u16`), price in millionths a kilowatt-hour
/// (`i64`), little-endian. Without rates there is no tariff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SetTariff<'a> {
    /// Currency code (ISO 4217).
    pub currency: &'a str,
    /// The packed rates; see [`MAX_RATES`].
    #[serde(borrow)]
    pub rates: &'a [u8],
}

/// Most rates of one [`SetTariff`].
pub const MAX_RATES: usize = 8;
/// Bytes of a packed rate.
const RATE_LEN: usize = 12;

impl<'a> SetTariff<'a> {
    /// Packs rates into `buffer`.
    ///
    /// ```
    /// use wattcast_core::ledger::Rate;
    /// use wattcast_core::units::Price;
    /// use wattcast_core::wire::command::{MAX_RATES, SetTariff};
    ///
    /// let flat = Rate { from_min: 0, to_min: 0, price: Price::from_micro_per_kwh(300_000) };
    /// let mut buffer = [0; 12 * MAX_RATES];
    /// let tariff = SetTariff::pack("EUR", &[flat], &mut buffer).unwrap();
    /// assert!(tariff.rates().eq([flat]));
    /// ```
    ///
    /// `None` where they do not fit.
    #[must_use]
    pub fn pack(currency: &'a str, rates: &[Rate], buffer: &'a mut [u8]) -> Option<Self> {
        let (room, _) = buffer.as_chunks_mut::<RATE_LEN>();
        let packed = room.get_mut(..rates.len())?;
        for (bytes, rate) in packed.iter_mut().zip(rates) {
            let (from, rest) = bytes.split_first_chunk_mut()?;
            let (to, price) = rest.split_first_chunk_mut()?;
            *from = rate.from_min.to_le_bytes();
            *to = rate.to_min.to_le_bytes();
            *price.first_chunk_mut()? = rate.price.as_micro_per_kwh().to_le_bytes();
        }
        Some(Self { currency, rates: packed.as_flattened() })
    }

    /// The rates. Bytes left over at the end are ignored; what the rates say
    /// is for [`DailyTariff`](crate::ledger::DailyTariff) to check.
    pub fn rates(&self) -> impl Iterator<Item = Rate> + use<'a> {
        let (rates, _) = self.rates.as_chunks::<RATE_LEN>();
        rates.iter().map(|&[f0, f1, t0, t1, p0, p1, p2, p3, p4, p5, p6, p7]| Rate {
            from_min: u16::from_le_bytes([f0, f1]),
            to_min: u16::from_le_bytes([t0, t1]),
            price: Price::from_micro_per_kwh(i64::from_le_bytes([p0, p1, p2, p3, p4, p5, p6, p7])),
        })
    }
}

/// What the deferrable load is to do. It replaces the job before; `run_s` of 0
/// takes it away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SetJob {
    /// The work in seconds of running.
    pub run_s: u32,
    /// What it draws while it runs.
    pub power: Power,
    /// It does not start before, where given.
    pub not_before: Option<Utc>,
    /// It ends by then, where given.
    pub deadline: Option<Utc>,
    /// How long each stay lasts at least, in seconds.
    pub min_run_s: u32,
    /// How often it may resume after a pause.
    pub max_pauses: Option<u16>,
    /// It does not run in hours of a higher intensity, where given.
    pub max_intensity: Option<CarbonIntensity>,
    /// How far to plan with the upper quantile, 0 to 1000.
    pub caution_permille: u16,
}

/// A question to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Ask {
    /// Who it is: boot and channel records.
    Identity,
    /// What it has counted: kept and checkpoint records.
    Totals,
    /// What it plans: forecast and plan records.
    Plan,
    /// Whether it works: a self-test event.
    SelfTest,
}

/// A command that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received<'a> {
    /// For whom it is (stream) and its number (sequence).
    pub header: Header,
    /// What is asked.
    pub command: Command<'a>,
    /// The same as its bytes, for a board that keeps it; see
    /// [`Command::from_bytes`].
    pub encoded: &'a [u8],
}

/// Why bytes gave no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CommandError {
    /// No frame of a command; [`FrameError::Version`] of this crate's own
    /// version is a record of another board on the line.
    Frame(FrameError),
    /// A whole frame of a command that is not known here.
    Content(Header, RecordError),
}

/// Takes the bytes that reach a board, in any pieces, and gives the commands
/// in them.
///
/// ```
/// use wattcast_core::wire::command::{Ask, Command};
/// use wattcast_core::wire::{CommandReader, Header, MAX_COMMAND_FRAME, encode_command};
///
/// let header = Header { stream: 0, boot: 0, sequence: 7 };
/// let mut buffer = [0; MAX_COMMAND_FRAME];
/// let mut bytes = encode_command(header, &Command::Ask(Ask::Totals), &mut buffer)?;
///
/// let mut reader = CommandReader::new();
/// let received = reader.read(&mut bytes).unwrap().unwrap();
/// assert_eq!((received.header.sequence, received.command), (7, Command::Ask(Ask::Totals)));
/// assert_eq!(Command::from_bytes(received.encoded), Ok(Command::Ask(Ask::Totals)));
/// # Ok::<(), wattcast_core::wire::EncodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CommandReader {
    stuffed: Unstuffer<{ MAX_COMMAND_FRAME - 1 }>,
}

impl Default for CommandReader {
    fn default() -> Self {
        Self::new()
    }
}

impl CommandReader {
    /// A reader that has seen no byte.
    #[must_use]
    pub const fn new() -> Self {
        Self { stuffed: Unstuffer::new() }
    }

    /// Takes bytes from the front of `bytes` up to and with the next end of a
    /// frame; `None` when all are taken. Zero bytes between frames are skipped.
    ///
    /// # Errors
    ///
    /// [`CommandError`]; the next call goes on behind that frame.
    pub fn read(&mut self, bytes: &mut &[u8]) -> Option<Result<Received<'_>, CommandError>> {
        if !self.stuffed.fill(bytes) {
            return None;
        }
        Some(match self.stuffed.finish() {
            Ok(plain) => open(plain),
            Err(broken) => Err(CommandError::Frame(broken.into())),
        })
    }
}

fn open(plain: &[u8]) -> Result<Received<'_>, CommandError> {
    let body = unseal(plain).map_err(CommandError::Frame)?;
    let header =
        body.first_chunk::<HEADER_LEN>().ok_or(CommandError::Frame(FrameError::Malformed))?;
    match *header {
        [version, ..] if version == VERSION | COMMAND => {}
        [version, ..] => return Err(CommandError::Frame(FrameError::Version(version))),
    }
    let header = Header::from_bytes(header);
    let command = read_record(body).map_err(|error| CommandError::Content(header, error))?;
    Ok(Received { header, command, encoded: body.get(HEADER_LEN..).unwrap_or_default() })
}

#[cfg(test)]
mod tests;
