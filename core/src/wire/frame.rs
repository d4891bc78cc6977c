//! The layout of a frame, and its encoder.

use serde::Serialize;

use super::cobs::{LEAD, stuff_in_place};
use super::command::Command;
use super::record::Record;
use super::tag::{DeviceKey, Ratchet, Seal, Untagged};
use crate::crc::checksum;

/// Version of the format that this crate writes and reads.
pub const VERSION: u8 = 1;
/// Bit of the version byte that says that a tag is present.
pub(super) const TAGGED: u8 = 0x80;
/// Bit of the version byte that says that the frame is a command to a board,
/// so that neither side takes its own echo for the other.
pub(super) const COMMAND: u8 = 0x40;
/// The byte that ends a frame, and that no frame has inside. Written alone it
/// ends whatever stands before it: send one after opening a line or a file
/// whose end may be torn, so that the first frame is not taken for its rest.
pub const DELIMITER: u8 = 0;
/// Most bytes of a frame on the wire, delimiter included.
pub const MAX_FRAME: usize = 512;
/// Bytes before the record.
pub const HEADER_LEN: usize = 11;
/// Bytes of a tag.
pub const TAG_LEN: usize = 16;
/// Bytes of the checksum.
pub(super) const CRC_LEN: usize = 4;
/// Most bytes before stuffing: two whole blocks of it.
pub(super) const MAX_BODY: usize = 508;
/// Most bytes of an encoded record. The same with and without a tag, so that
/// giving a device a key never makes a record too long.
pub const MAX_RECORD: usize = MAX_BODY - HEADER_LEN - TAG_LEN - CRC_LEN;
/// Most bytes of a command's frame on the wire, delimiter included: half of
/// [`MAX_FRAME`], as a board keeps room for a whole one.
pub const MAX_COMMAND_FRAME: usize = 256;
/// Most bytes of an encoded command.
pub(super) const MAX_COMMAND: usize = MAX_COMMAND_FRAME - LEAD - 1 - HEADER_LEN - CRC_LEN;

/// Who sent a frame, and where it stands among the sender's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    /// Which of the senders whose frames come together: the address of a board
    /// on a shared line, the number of a run in a file; 0 where there is one.
    pub stream: u16,
    /// Which boot of a board or which run: a counter kept across boots, or a
    /// random number where none can be kept.
    pub boot: u32,
    /// Number of the frame within its boot, from 0.
    pub sequence: u32,
}

impl Header {
    fn to_bytes(self, version: u8) -> [u8; HEADER_LEN] {
        let [s0, s1] = self.stream.to_le_bytes();
        let [b0, b1, b2, b3] = self.boot.to_le_bytes();
        let [n0, n1, n2, n3] = self.sequence.to_le_bytes();
        [version, s0, s1, b0, b1, b2, b3, n0, n1, n2, n3]
    }

    /// The header after its version byte.
    pub(super) fn from_bytes(bytes: &[u8; HEADER_LEN]) -> Self {
        let &[_, s0, s1, b0, b1, b2, b3, n0, n1, n2, n3] = bytes;
        Self {
            stream: u16::from_le_bytes([s0, s1]),
            boot: u32::from_le_bytes([b0, b1, b2, b3]),
            sequence: u32::from_le_bytes([n0, n1, n2, n3]),
        }
    }
}

/// Turns the records of one boot or run into frames, numbered from 0.
///
/// ```
/// use wattcast_core::units::{Uptime, Utc};
/// use wattcast_core::wire::record::{Anchor, Record};
/// use wattcast_core::wire::{Decoder, Encoder, MAX_FRAME};
///
/// let anchor = Record::Anchor(Anchor {
///     uptime: Uptime::from_us(2_000_000),
///     utc: Utc::from_us(1_790_000_000_000_000),
///     uncertainty_us: 500,
/// });
/// let mut encoder = Encoder::new(0, 7);
/// let mut buffer = [0; MAX_FRAME];
/// let mut bytes: &[u8] = encoder.encode(&anchor, &mut buffer)?;
///
/// let mut decoder = Decoder::new();
/// let frame = decoder.decode(&mut bytes).unwrap().unwrap();
/// assert_eq!((frame.header.boot, frame.header.sequence), (7, 0));
/// assert_eq!(frame.record, Ok(anchor));
/// # Ok::<(), wattcast_core::wire::EncodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Encoder<S = Untagged> {
    stream: u16,
    boot: u32,
    next: Option<u32>,
    seal: S,
}

impl Encoder {
    /// An encoder without a key: its frames carry no tag.
    #[must_use]
    pub const fn new(stream: u16, boot: u32) -> Self {
        Self { stream, boot, next: Some(0), seal: Untagged }
    }
}

impl Encoder<Ratchet> {
    /// An encoder that tags each frame under a key derived from `key`.
    #[must_use]
    pub fn tagged(key: &DeviceKey, stream: u16, boot: u32) -> Self {
        Self { stream, boot, next: Some(0), seal: Ratchet::new(key, stream, boot) }
    }
}

impl<S: Seal> Encoder<S> {
    /// The number of the next frame; `None` after 2^32 frames.
    #[must_use]
    pub const fn next_sequence(&self) -> Option<u32> {
        self.next
    }

    /// Encodes `record` into `buffer` and gives the frame with its delimiter.
    /// [`MAX_FRAME`] bytes of buffer are always enough.
    ///
    /// A frame that was encoded has used up its number: one that is not sent
    /// shows as missing.
    ///
    /// # Errors
    ///
    /// No number is used up by an error.
    pub fn encode<'b>(
        &mut self,
        record: &Record<'_>,
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], EncodeError> {
        let sequence = self.next.ok_or(EncodeError::SequenceExhausted)?;
        let header = Header { stream: self.stream, boot: self.boot, sequence };
        let version = if S::TAGGED { VERSION | TAGGED } else { VERSION };
        let body_len = write_body(header.to_bytes(version), record, MAX_RECORD, buffer)?;

        let small = EncodeError::BufferTooSmall;
        let sealed_len = body_len + if S::TAGGED { TAG_LEN } else { 0 };
        let plain_len = sealed_len + CRC_LEN;
        // Room for the delimiter too, before the key may move on.
        let plain = buffer.get_mut(LEAD..LEAD + plain_len + 1).ok_or(small)?;
        let (body, rest) = plain.split_at_mut_checked(body_len).ok_or(small)?;
        if S::TAGGED
            && let Some(tag) = rest.first_chunk_mut()
        {
            self.seal.seal(body, matches!(record, Record::Checkpoint(_)), tag);
        }
        let frame = close(buffer, sealed_len)?;
        self.next = sequence.checked_add(1);
        Ok(frame)
    }
}

/// Encodes a command to a board into `buffer` and gives the frame with its
/// delimiter. [`MAX_COMMAND_FRAME`] bytes of buffer are always enough.
///
/// The header names the board by its stream, and the command by a sequence
/// number that comes back in the board's answer. See
/// [`CommandReader`](super::CommandReader) for an example.
///
/// # Errors
///
/// [`EncodeError::RecordTooLong`] where the command takes more than such a
/// frame holds: give an intensity history in parts.
pub fn encode_command<'b>(
    header: Header,
    command: &Command<'_>,
    buffer: &'b mut [u8],
) -> Result<&'b [u8], EncodeError> {
    let header = header.to_bytes(VERSION | COMMAND);
    let sealed_len = write_body(header, command, MAX_COMMAND, buffer)?;
    close(buffer, sealed_len)
}

/// Puts the checksum behind the `sealed_len` bytes that begin at [`LEAD`],
/// stuffs the whole and gives the frame.
fn close(buffer: &mut [u8], sealed_len: usize) -> Result<&[u8], EncodeError> {
    let small = EncodeError::BufferTooSmall;
    let plain_len = sealed_len + CRC_LEN;
    // Stuffing is at most LEAD bytes longer, and the delimiter one.
    let plain = buffer.get_mut(LEAD..LEAD + plain_len + 1).ok_or(small)?;
    let (sealed, rest) = plain.split_at_mut_checked(sealed_len).ok_or(small)?;
    if let Some(crc) = rest.first_chunk_mut() {
        *crc = checksum(sealed).to_le_bytes();
    }
    let len = stuff_in_place(buffer, plain_len).ok_or(small)?;
    buffer.get(..len).ok_or(small)
}

/// Writes header and record behind [`LEAD`]; gives their length.
fn write_body(
    header: [u8; HEADER_LEN],
    record: &impl Serialize,
    most: usize,
    buffer: &mut [u8],
) -> Result<usize, EncodeError> {
    let (_, plain) = buffer.split_at_mut_checked(LEAD).ok_or(EncodeError::BufferTooSmall)?;
    let (front, room) =
        plain.split_first_chunk_mut::<HEADER_LEN>().ok_or(EncodeError::BufferTooSmall)?;
    *front = header;
    let full =
        if room.len() < most { EncodeError::BufferTooSmall } else { EncodeError::RecordTooLong };
    let most = room.len().min(most);
    let room = room.get_mut(..most).ok_or(full)?;
    let written = postcard::to_slice(record, room).map_err(|_| full)?;
    Ok(HEADER_LEN + written.len())
}

/// Why a record could not be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum EncodeError {
    /// The record takes more than [`MAX_RECORD`] bytes, or the command more
    /// than its smaller frame holds: shorten its text, or give it in parts.
    RecordTooLong,
    /// The buffer is too small for this record; [`MAX_FRAME`] bytes never are.
    BufferTooSmall,
    /// All 2^32 numbers of this boot are used up.
    SequenceExhausted,
}

impl core::fmt::Display for EncodeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::RecordTooLong => f.write_str("the record takes more bytes than a frame holds"),
            Self::BufferTooSmall => write!(f, "the buffer has less than {MAX_FRAME} bytes"),
            Self::SequenceExhausted => f.write_str("this boot has used up its frame numbers"),
        }
    }
}

impl core::error::Error for EncodeError {}

#[cfg(test)]
mod tests;
