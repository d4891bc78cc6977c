//! From bytes to frames: any bytes, in any pieces.

use serde::Deserialize;

use super::cobs::{Broken, Unstuffer};
use super::frame::{CRC_LEN, HEADER_LEN, Header, TAG_LEN, TAGGED, VERSION};
use super::record::Record;
use super::sequence::{Order, Sequences};
use crate::crc::checksum;

/// One frame that arrived whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Who sent it and which of the sender's frames it is.
    pub header: Header,
    /// Where it stands after the frames before it.
    pub order: Order,
    /// What it tells, or why that cannot be read though the bytes are whole.
    pub record: Result<Record<'a>, RecordError>,
    /// Header and record as sent: what the tag covers.
    pub(super) body: &'a [u8],
    pub(super) tag: Option<&'a [u8; TAG_LEN]>,
}

impl Frame<'_> {
    /// Whether it carries a tag; only a [`Verifier`](super::Verifier) knows
    /// whether that is genuine.
    #[must_use]
    pub const fn is_tagged(&self) -> bool {
        self.tag.is_some()
    }
}

/// Why a whole frame gives no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RecordError {
    /// Its kind, or a value in it, is not known to this version.
    Unknown,
    /// Its bytes are not a record.
    Malformed,
}

impl core::fmt::Display for RecordError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "a record of a kind that this version does not know",
            Self::Malformed => "the frame is whole but holds no record",
        })
    }
}

impl core::error::Error for RecordError {}

/// Why the bytes before a delimiter are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FrameError {
    /// Too short, or its byte stuffing is broken: noise, or half a frame.
    Malformed,
    /// Longer than [`MAX_FRAME`](super::MAX_FRAME).
    Oversize,
    /// The checksum does not match.
    Checksum,
    /// Whole, but of a version of the format that is not known here.
    Version(u8),
    /// The bytes end before a delimiter.
    Cut,
}

impl core::fmt::Display for FrameError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Malformed => f.write_str("not a frame: noise, or a part of one"),
            Self::Oversize => f.write_str("longer than a frame may be"),
            Self::Checksum => f.write_str("the checksum does not match"),
            Self::Version(version) => write!(f, "a frame of unknown format version {version}"),
            Self::Cut => f.write_str("the last frame is cut short"),
        }
    }
}

impl core::error::Error for FrameError {}

/// What a decoder has seen and what it lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tally {
    /// Frames that arrived whole.
    pub frames: u64,
    /// Bytes that belonged to no whole frame, their delimiters included.
    pub lost_bytes: u64,
    /// Times that [`FrameError::Malformed`] was met.
    pub malformed: u64,
    /// Times that [`FrameError::Oversize`] was met.
    pub oversize: u64,
    /// Times that [`FrameError::Checksum`] was met.
    pub checksum: u64,
    /// Times that [`FrameError::Version`] was met.
    pub version: u64,
    /// Times that [`FrameError::Cut`] was met.
    pub cut: u64,
    /// Whole frames whose record is of an unknown kind.
    pub unknown_records: u64,
    /// Whole frames whose record is malformed.
    pub malformed_records: u64,
    /// Holes in the numbers of a stream and boot.
    pub holes: u64,
    /// Frames missing in these holes.
    pub missing: u64,
    /// Frames sent before the first one heard of their stream and boot.
    pub before_first: u64,
    /// Frames whose number was not newer than one already heard.
    pub repeated: u64,
}

impl Tally {
    const ZERO: Self = Self {
        frames: 0,
        lost_bytes: 0,
        malformed: 0,
        oversize: 0,
        checksum: 0,
        version: 0,
        cut: 0,
        unknown_records: 0,
        malformed_records: 0,
        holes: 0,
        missing: 0,
        before_first: 0,
        repeated: 0,
    };

    /// Whether every byte belonged to a frame and every frame was read, once.
    /// Frames before the first one heard do not count as lost: a listener may
    /// come late.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let clean = Self { frames: self.frames, before_first: self.before_first, ..Self::ZERO };
        *self == clean
    }

    fn enter(&mut self, order: Order, record: &Result<Record<'_>, RecordError>) {
        self.frames += 1;
        match order {
            Order::First { before } => self.before_first += u64::from(before),
            Order::Next => {}
            Order::AfterHole { missing } => {
                self.holes += 1;
                self.missing += u64::from(missing);
            }
            Order::Repeated => self.repeated += 1,
        }
        match record {
            Ok(_) => {}
            Err(RecordError::Unknown) => self.unknown_records += 1,
            Err(RecordError::Malformed) => self.malformed_records += 1,
        }
    }

    fn enter_loss(&mut self, error: FrameError, bytes: u64) {
        self.lost_bytes = self.lost_bytes.saturating_add(bytes);
        *match error {
            FrameError::Malformed => &mut self.malformed,
            FrameError::Oversize => &mut self.oversize,
            FrameError::Checksum => &mut self.checksum,
            FrameError::Version(_) => &mut self.version,
            FrameError::Cut => &mut self.cut,
        } += 1;
    }
}

/// Takes bytes as they come, from a serial line or a whole file, and gives the
/// frames in them. After anything that is not a frame it goes on at the next
/// zero byte. `SENDERS` is the number of streams and boots whose numbers it
/// follows at a time.
///
/// ```
/// use wattcast_core::wire::Decoder;
///
/// let mut decoder = Decoder::new();
/// let mut bytes: &[u8] = b"noise \x00 and half a fra";
/// while let Some(outcome) = decoder.decode(&mut bytes) {
///     match outcome {
///         Ok(frame) => println!("{:?}", frame.record),
///         Err(lost) => println!("{lost}"),
///     }
/// }
/// // More bytes may follow here. At the end of a file, ask for what is left.
/// assert!(decoder.finish().is_some());
/// assert_eq!(decoder.tally().lost_bytes, 22);
/// ```
#[derive(Clone, Debug)]
pub struct Decoder<const SENDERS: usize = 8> {
    stuffed: Unstuffer,
    sequences: Sequences<SENDERS>,
    tally: Tally,
}

impl Decoder {
    /// A decoder that follows eight streams and boots.
    #[must_use]
    pub const fn new() -> Self {
        Self::following()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl<const SENDERS: usize> Decoder<SENDERS> {
    /// A decoder that follows `SENDERS` streams and boots.
    #[must_use]
    pub const fn following() -> Self {
        Self { stuffed: Unstuffer::new(), sequences: Sequences::new(), tally: Tally::ZERO }
    }

    /// What was seen and lost so far.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes bytes from the front of `bytes` up to and with the next end of a
    /// frame, and gives that frame or what is wrong with it. `None` when all
    /// bytes are taken; call again with the next ones.
    ///
    /// Zero bytes between frames are skipped.
    ///
    /// # Errors
    ///
    /// The bytes up to a zero byte are no frame. They are counted and gone;
    /// the next call goes on behind them.
    pub fn decode(&mut self, bytes: &mut &[u8]) -> Option<Result<Frame<'_>, FrameError>> {
        if !self.stuffed.fill(bytes) {
            return None;
        }
        let on_wire = self.stuffed.taken().saturating_add(1);
        let opened = match self.stuffed.finish() {
            Ok(plain) => open(plain),
            Err(broken) => Err(broken.into()),
        };
        Some(match opened {
            Ok((header, body, tag)) => {
                let order = self.sequences.enter(header);
                let record = read_record(body);
                self.tally.enter(order, &record);
                Ok(Frame { header, order, record, body, tag })
            }
            Err(error) => {
                self.tally.enter_loss(error, on_wire);
                Err(error)
            }
        })
    }

    /// Ends the bytes: [`FrameError::Cut`] where some follow the last
    /// delimiter. They are counted and gone.
    pub fn finish(&mut self) -> Option<FrameError> {
        let left = self.stuffed.taken();
        if left == 0 {
            return None;
        }
        // What was unstuffed so far is dropped, whole or not.
        let _ = self.stuffed.finish();
        self.tally.enter_loss(FrameError::Cut, left);
        Some(FrameError::Cut)
    }
}

impl From<Broken> for FrameError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Cut => Self::Malformed,
            Broken::TooLong => Self::Oversize,
        }
    }
}

type Opened<'a> = (Header, &'a [u8], Option<&'a [u8; TAG_LEN]>);

/// What the checksum covers, where it matches. Its place is the same in every
/// version, so noise is not taken for a version.
pub(super) fn unseal(plain: &[u8]) -> Result<&[u8], FrameError> {
    let (sealed, crc) = plain.split_last_chunk::<CRC_LEN>().ok_or(FrameError::Malformed)?;
    if checksum(sealed) == u32::from_le_bytes(*crc) {
        Ok(sealed)
    } else {
        Err(FrameError::Checksum)
    }
}

/// Checks the parts of an unstuffed frame: header, body, tag.
fn open(plain: &[u8]) -> Result<Opened<'_>, FrameError> {
    let sealed = unseal(plain)?;
    let first = *sealed.first().ok_or(FrameError::Malformed)?;
    if first & !TAGGED != VERSION {
        return Err(FrameError::Version(first & !TAGGED));
    }
    let (body, tag) = if first & TAGGED == 0 {
        (sealed, None)
    } else {
        let (body, tag) = sealed.split_last_chunk().ok_or(FrameError::Malformed)?;
        (body, Some(tag))
    };
    let header = body.first_chunk::<HEADER_LEN>().ok_or(FrameError::Malformed)?;
    Ok((Header::from_bytes(header), body, tag))
}

/// The record, or the command, behind the header.
pub(super) fn read_record<'a, R: Deserialize<'a>>(body: &'a [u8]) -> Result<R, RecordError> {
    decode(body.get(HEADER_LEN..).unwrap_or_default())
}

/// A record or a command.
pub(super) fn decode<'a, R: Deserialize<'a>>(bytes: &'a [u8]) -> Result<R, RecordError> {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    match (R::deserialize(&mut deserializer), deserializer.finalize()) {
        (Ok(record), Ok([])) => Ok(record),
        // Enumerations tell an unknown number by a custom error.
        (Err(postcard::Error::SerdeDeCustom), _) => Err(RecordError::Unknown),
        _ => Err(RecordError::Malformed),
    }
}

#[cfg(test)]
mod tests;
