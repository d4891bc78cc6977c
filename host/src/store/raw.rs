//! Frames with the bytes in which they came.

use wattcast_core::wire::{DELIMITER, Decoder, Frame, FrameError, MAX_FRAME, Tally};

/// A decoder that also gives the bytes of each frame, so that they can be kept
/// with the tag that their sender put on them.
///
/// ```
/// use wattcast::store::RawDecoder;
/// use wattcast_core::wire::record::Attribute;
/// use wattcast_core::wire::{Encoder, MAX_FRAME, Record};
///
/// let record = Record::Attribute(Attribute { key: "site", value: "roof", part: 0 });
/// let mut buffer = [0; MAX_FRAME];
/// let sent = Encoder::new(0, 7).encode(&record, &mut buffer)?;
///
/// let (mut decoder, mut pieces) = (RawDecoder::new(), sent.chunks(5));
/// let heard = pieces.find_map(|mut piece| {
///     let (frame, bytes) = decoder.decode(&mut piece)?;
///     Some((frame.is_ok(), bytes.to_vec()))
/// });
/// assert_eq!(heard, Some((true, sent.to_vec())));
/// # Ok::<(), wattcast_core::wire::EncodeError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RawDecoder {
    decoder: Decoder,
    /// The bytes since the last delimiter.
    raw: Vec<u8>,
    /// Whether `raw` was given and is to make room.
    given: bool,
}

impl RawDecoder {
    /// A decoder that has seen no byte.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`Decoder::decode`], with the bytes of the frame up to its delimiter,
    /// without delimiters before it. Of bytes that are no frame at most
    /// [`MAX_FRAME`] are given.
    pub fn decode(&mut self, bytes: &mut &[u8]) -> Option<(Result<Frame<'_>, FrameError>, &[u8])> {
        if std::mem::take(&mut self.given) {
            self.raw.clear();
        }
        if self.raw.is_empty() {
            let start = bytes.iter().position(|byte| *byte != DELIMITER).unwrap_or(bytes.len());
            *bytes = bytes.get(start..).unwrap_or_default();
        }
        let before = *bytes;
        let outcome = self.decoder.decode(bytes);
        let taken = before.len().saturating_sub(bytes.len());
        let room = MAX_FRAME.saturating_sub(self.raw.len());
        self.raw.extend_from_slice(before.get(..taken.min(room)).unwrap_or_default());
        let outcome = outcome?;
        self.given = true;
        Some((outcome, &self.raw))
    }

    /// Ends the bytes, see [`Decoder::finish`].
    pub fn finish(&mut self) -> Option<FrameError> {
        self.raw.clear();
        self.decoder.finish()
    }

    /// What was seen and lost so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        self.decoder.tally()
    }
}
