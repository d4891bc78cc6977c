//! Records, and the frames that carry them.

#[cfg(test)]
mod arbitrary;
mod cobs;
mod crc;
mod decoder;
mod frame;
pub mod record;
mod samples;
mod sequence;
mod tag;

pub use decoder::{Decoder, Frame, FrameError, RecordError, Tally};
pub use frame::{
    DELIMITER, EncodeError, Encoder, HEADER_LEN, Header, MAX_FRAME, MAX_RECORD, TAG_LEN, VERSION,
};
pub use record::Record;
pub use samples::{MAX_DELTAS, Pack, SampleIter, SamplesError, SamplesPacker};
pub use sequence::Order;
pub use tag::{DeviceKey, Ratchet, Seal, Tag, Untagged, Verdict, Verifier};
