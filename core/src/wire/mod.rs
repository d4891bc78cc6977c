//! Records, and the frames that carry them over a serial line or in a file.
//!
//! An [`Encoder`] turns each [`Record`] into a frame, a [`Decoder`] takes bytes
//! in any pieces and gives the frames in them, and a [`Verifier`] says what the
//! key of a device proves about each. A [`SamplesPacker`] collects power
//! samples into a record. The other way, [`encode_command`] makes the frame of
//! a [`Command`] to a board, and a [`CommandReader`] takes it there. None of
//! them allocates or waits; a hostile byte costs at most the frame that it
//! stands in.
//!
//! What they do not do: send a frame again, encrypt, or put frames in order.
//!
#![doc = include_str!("FORMAT.md")]

#[cfg(test)]
mod arbitrary;
mod cobs;
pub mod command;
mod decoder;
mod frame;
mod kept;
pub mod record;
mod samples;
mod sequence;
mod tag;

pub use command::{Command, CommandError, CommandReader, Received};
pub use decoder::{Decoder, Frame, FrameError, RecordError, Tally};
pub use frame::{
    DELIMITER, EncodeError, Encoder, HEADER_LEN, Header, MAX_COMMAND_FRAME, MAX_FRAME, MAX_RECORD,
    TAG_LEN, VERSION, encode_command,
};
pub use record::Record;
pub use samples::{MAX_DELTAS, Pack, SampleIter, SamplesError, SamplesPacker};
pub use sequence::Order;
pub use tag::{DeviceKey, Ratchet, Seal, Tag, Untagged, Verdict, Verifier};
