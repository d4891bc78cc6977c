//! Tags: who holds the key can tell that a frame was written by the device
//! and has not been changed, moved or left out since.
//!
//! The key of a boot is derived from the device's key, and moves one step
//! forward, not to be undone, after each checkpoint. So whoever takes a device
//! apart finds a key that cannot rewrite what was recorded before the last
//! checkpoint, and a lost frame leaves one hole after which the rest can still
//! be proven.
//!
//! What it does not tell: frames cut off at the end. A log that stops is no
//! proof that nothing followed, until a record says that it is complete
//! ([`EventKind::Finished`](super::record::EventKind::Finished)).

use blake2::Blake2sMac;
use blake2::digest::consts::{U16, U32};
use blake2::digest::{FixedOutput, KeyInit, Mac, Update, common::KeySizeUser};

use super::decoder::Frame;
use super::frame::TAG_LEN;
use super::record::Record;

/// The tag of one frame.
pub type Tag = [u8; TAG_LEN];

/// The secret of a device, known to it and to whoever checks its records.
#[derive(Clone)]
pub struct DeviceKey([u8; 32]);

impl DeviceKey {
    /// From 32 bytes of a good random source.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl core::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("DeviceKey(secret)")
    }
}

/// The key of the frames being written now.
#[derive(Clone)]
pub struct Ratchet([u8; 32]);

impl Ratchet {
    /// The first key of a boot.
    #[must_use]
    pub fn new(key: &DeviceKey, stream: u16, boot: u32) -> Self {
        let mut mac: Blake2sMac<U32> = keyed(&key.0);
        Update::update(&mut mac, b"boot");
        Update::update(&mut mac, &stream.to_le_bytes());
        Update::update(&mut mac, &boot.to_le_bytes());
        Self(mac.finalize_fixed().into())
    }

    /// Moves on to the next key; the old one cannot be had from it.
    fn step(&mut self) {
        let mut mac: Blake2sMac<U32> = keyed(&self.0);
        Update::update(&mut mac, b"next");
        self.0 = mac.finalize_fixed().into();
    }

    fn mac(&self, body: &[u8]) -> Blake2sMac<U16> {
        let mut mac = keyed(&self.0);
        Update::update(&mut mac, body);
        mac
    }
}

impl core::fmt::Debug for Ratchet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Ratchet(secret)")
    }
}

fn keyed<M: KeyInit + KeySizeUser<KeySize = U32>>(key: &[u8; 32]) -> M {
    M::new(key.into())
}

/// How an [`Encoder`](super::Encoder) seals its frames: [`Untagged`] or a
/// [`Ratchet`].
pub trait Seal: sealed::Sealed {
    /// Whether frames carry a tag.
    #[doc(hidden)]
    const TAGGED: bool;

    /// Computes the tag over header and record.
    #[doc(hidden)]
    fn seal(&mut self, body: &[u8], checkpoint: bool, tag: &mut Tag);
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Untagged {}
    impl Sealed for super::Ratchet {}
}

/// Frames without a tag. A program that uses no other seal links no hash.
#[derive(Clone, Copy, Debug, Default)]
pub struct Untagged;

impl Seal for Untagged {
    const TAGGED: bool = false;

    fn seal(&mut self, _: &[u8], _: bool, _: &mut Tag) {}
}

impl Seal for Ratchet {
    const TAGGED: bool = true;

    fn seal(&mut self, body: &[u8], checkpoint: bool, tag: &mut Tag) {
        *tag = self.mac(body).finalize_fixed().into();
        if checkpoint {
            self.step();
        }
    }
}

/// What a key proves about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// Written by the device, unchanged, and the next one in turn.
    Verified,
    /// Written by the device and unchanged; `missing` frames before it are
    /// lost or were taken out.
    AfterHole {
        /// Frames missing between the last verified one and this one.
        missing: u32,
    },
    /// It carries no tag, and proves nothing.
    Untagged,
    /// It was not written by the device, or it was changed.
    Forged,
    /// Not newer than a frame already verified: sent twice, or replayed.
    Repeated,
    /// Of another stream or boot than this verifier follows.
    Foreign,
}

/// Checks the tags of the frames of one boot, in order, from its first frame.
///
/// ```
/// use wattcast_core::wire::record::{Attribute, Record};
/// use wattcast_core::wire::{Decoder, DeviceKey, Encoder, MAX_FRAME, Verdict, Verifier};
///
/// let key = DeviceKey::from_bytes([7; 32]);
/// let mut encoder = Encoder::tagged(&key, 0, 1);
/// let mut buffer = [0; MAX_FRAME];
/// let project = Record::Attribute(Attribute { key: "project", value: "demo", part: 0 });
/// let mut bytes = encoder.encode(&project, &mut buffer)?;
///
/// let mut decoder = Decoder::new();
/// let frame = decoder.decode(&mut bytes).unwrap().unwrap();
/// assert_eq!(Verifier::new(&key, 0, 1).check(&frame), Verdict::Verified);
/// let wrong = DeviceKey::from_bytes([8; 32]);
/// assert_eq!(Verifier::new(&wrong, 0, 1).check(&frame), Verdict::Forged);
/// # Ok::<(), wattcast_core::wire::EncodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    ratchet: Ratchet,
    stream: u16,
    boot: u32,
    /// Number of the frame after the last verified one.
    next: u64,
    look_ahead: u32,
}

impl Verifier {
    /// Checkpoints that may be missing in one hole: a day of one each second.
    pub const LOOK_AHEAD: u32 = 86_400;

    /// A verifier for the frames of one boot.
    #[must_use]
    pub fn new(key: &DeviceKey, stream: u16, boot: u32) -> Self {
        let ratchet = Ratchet::new(key, stream, boot);
        Self { ratchet, stream, boot, next: 0, look_ahead: Self::LOOK_AHEAD }
    }

    /// Follows the key over at most `checkpoints` missing in one hole. Each
    /// costs one hash for a genuine frame after the hole, and for a forged
    /// frame that claims to stand after it.
    #[must_use]
    pub const fn with_look_ahead(mut self, checkpoints: u32) -> Self {
        self.look_ahead = checkpoints;
        self
    }

    /// Checks the next frame. Only a frame that proves genuine moves the
    /// verifier on.
    pub fn check(&mut self, frame: &Frame<'_>) -> Verdict {
        if (frame.header.stream, frame.header.boot) != (self.stream, self.boot) {
            return Verdict::Foreign;
        }
        let Some(tag) = frame.tag else { return Verdict::Untagged };
        let missing = u64::from(frame.header.sequence).checked_sub(self.next);
        let Some(missing) = missing.and_then(|missing| u32::try_from(missing).ok()) else {
            return Verdict::Repeated;
        };
        // No more checkpoints can be missing than frames: a frame that skips
        // none must fit the present key, so a shortened log cannot be
        // continued with a later one.
        let mut ratchet = self.ratchet.clone();
        let mut steps_left = missing.min(self.look_ahead);
        while ratchet.mac(frame.body).verify(tag.into()).is_err() {
            if steps_left == 0 {
                return Verdict::Forged;
            }
            steps_left -= 1;
            ratchet.step();
        }
        if matches!(frame.record, Ok(Record::Checkpoint(_))) {
            ratchet.step();
        }
        self.ratchet = ratchet;
        self.next = u64::from(frame.header.sequence) + 1;
        if missing == 0 { Verdict::Verified } else { Verdict::AfterHole { missing } }
    }
}

#[cfg(test)]
mod tests;
