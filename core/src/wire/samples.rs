//! Batches of power samples, packed as differences.

use heapless::Vec;

use super::frame::MAX_RECORD;
use super::record::{ChannelId, Samples};
use crate::units::{Power, Uptime};

/// Most bytes that a [`Samples`] record takes besides its differences: kind 1,
/// channel 1, start 10, period 5, count 3, first 10, step 10, length 2.
const MAX_BESIDES: usize = 42;
/// Most bytes of differences in one record.
pub const MAX_DELTAS: usize = MAX_RECORD - MAX_BESIDES;

/// What became of a sample offered to a [`SamplesPacker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
pub enum Pack {
    /// It is in the batch.
    Taken,
    /// It is not: there is no room, it is not the next in time, or its
    /// difference is beyond what the format holds. Send the batch, clear it,
    /// and offer the sample again, which then always fits.
    Full,
}

/// Collects the samples of one channel, taken at a fixed period, into a
/// [`Samples`] record with up to `N` bytes of differences.
///
/// Power is rounded to whole steps from the first sample of the batch, so each
/// sample is off by at most half a step and errors do not add up. Energy is
/// not computed from these samples but stands exact in the checkpoints.
///
/// ```
/// use wattcast_core::units::{Power, Uptime};
/// use wattcast_core::wire::{Pack, SamplesPacker};
///
/// let second = 1_000_000;
/// let mut packer = SamplesPacker::<64>::new(0, second, Power::from_uw(1_000)).unwrap();
/// for (at, uw) in [(0, 5_000_000), (second, 5_012_300), (2 * second, 4_990_000)] {
///     assert_eq!(packer.push(Uptime::from_us(at.into()), Power::from_uw(uw)), Pack::Taken);
/// }
/// let batch = packer.record().unwrap();
/// let powers: Vec<i64> = batch.iter().unwrap().map(|(_, power)| power.as_uw()).collect();
/// assert_eq!(powers, [5_000_000, 5_012_000, 4_990_000]);
/// ```
#[derive(Clone, Debug)]
pub struct SamplesPacker<const N: usize> {
    channel: ChannelId,
    period_us: u32,
    step: Power,
    start: Uptime,
    first: Power,
    /// The last sample as the reader will see it, in microwatts.
    last_uw: i64,
    count: u16,
    deltas: Vec<u8, N>,
}

impl<const N: usize> SamplesPacker<N> {
    const FITS: () = assert!(N <= MAX_DELTAS, "a batch must fit in one frame");

    /// An empty batch. `None` where `period_us` is 0 or `step` is not above 0.
    #[must_use]
    pub const fn new(channel: ChannelId, period_us: u32, step: Power) -> Option<Self> {
        const { Self::FITS }
        if period_us == 0 || step.as_uw() <= 0 {
            return None;
        }
        Some(Self {
            channel,
            period_us,
            step,
            start: Uptime::ZERO,
            first: Power::ZERO,
            last_uw: 0,
            count: 0,
            deltas: Vec::new(),
        })
    }

    /// Number of samples in the batch.
    #[must_use]
    pub const fn len(&self) -> u16 {
        self.count
    }

    /// Whether the batch holds no sample.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Offers the sample taken at `at`. A stamp up to half a period off its
    /// turn is taken for its turn.
    pub fn push(&mut self, at: Uptime, power: Power) -> Pack {
        if self.count == 0 {
            (self.start, self.first, self.last_uw) = (at, power, power.as_uw());
            self.count = 1;
            return Pack::Taken;
        }
        match self.append(at, power) {
            Some(()) => Pack::Taken,
            None => Pack::Full,
        }
    }

    fn append(&mut self, at: Uptime, power: Power) -> Option<()> {
        let turn_us = at_turn(self.start, self.period_us, self.count)?.as_us();
        if at.as_us().abs_diff(turn_us) > u64::from(self.period_us / 2) {
            return None;
        }
        let count = self.count.checked_add(1)?;
        let step = self.step.as_uw();
        let difference = power.as_uw().checked_sub(self.last_uw)?;
        let steps = difference.checked_add(step / 2)?.checked_div_euclid(step)?;
        let last_uw = add_steps(self.last_uw, steps, self.step)?;
        let (bytes, len) = varint(zigzag(steps));
        self.deltas.extend_from_slice(bytes.get(..len)?).ok()?;
        (self.count, self.last_uw) = (count, last_uw);
        Some(())
    }

    /// The batch as a record; `None` where it is empty.
    #[must_use]
    pub fn record(&self) -> Option<Samples<'_>> {
        (self.count > 0).then_some(Samples {
            channel: self.channel,
            start: self.start,
            period_us: self.period_us,
            count: self.count,
            first: self.first,
            step: self.step,
            deltas: &self.deltas,
        })
    }

    /// Empties the batch.
    pub fn clear(&mut self) {
        self.count = 0;
        self.deltas.clear();
    }
}

/// Why a [`Samples`] record cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SamplesError {
    /// The differences are not as many as the count says, one is not well
    /// formed, or period or step is not above 0.
    Malformed,
    /// A power or a time is beyond what its type holds.
    OutOfRange,
}

impl core::fmt::Display for SamplesError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the packed samples do not match their count",
            Self::OutOfRange => "a packed sample is out of range",
        })
    }
}

impl core::error::Error for SamplesError {}

impl<'a> Samples<'a> {
    /// Checks the batch and gives its samples with their times.
    ///
    /// # Errors
    ///
    /// See [`SamplesError`]. After a check without error each of `count`
    /// samples is given.
    pub fn iter(&self) -> Result<SampleIter<'a>, SamplesError> {
        if self.period_us == 0 || self.step.as_uw() <= 0 {
            return Err(SamplesError::Malformed);
        }
        let samples = SampleIter {
            start: self.start,
            period_us: self.period_us,
            step: self.step,
            next: (self.count > 0).then_some((self.start, self.first)),
            taken: 0,
            left: self.count,
            deltas: self.deltas,
        };
        let mut trial = samples.clone();
        while trial.left > 0 {
            trial.advance()?;
        }
        if trial.deltas.is_empty() { Ok(samples) } else { Err(SamplesError::Malformed) }
    }
}

/// The samples of a batch that was checked.
#[derive(Clone, Debug)]
pub struct SampleIter<'a> {
    start: Uptime,
    period_us: u32,
    step: Power,
    next: Option<(Uptime, Power)>,
    taken: u16,
    left: u16,
    deltas: &'a [u8],
}

impl SampleIter<'_> {
    /// Counts the present sample as given and makes the next one ready.
    fn advance(&mut self) -> Result<(), SamplesError> {
        self.left = self.left.saturating_sub(1);
        self.taken = self.taken.saturating_add(1);
        let Some((_, power)) = self.next.take().filter(|_| self.left > 0) else { return Ok(()) };
        let (steps, rest) = read_varint(self.deltas).ok_or(SamplesError::Malformed)?;
        self.deltas = rest;
        let uw =
            add_steps(power.as_uw(), unzigzag(steps), self.step).ok_or(SamplesError::OutOfRange)?;
        let at = at_turn(self.start, self.period_us, self.taken).ok_or(SamplesError::OutOfRange)?;
        self.next = Some((at, Power::from_uw(uw)));
        Ok(())
    }
}

impl Iterator for SampleIter<'_> {
    type Item = (Uptime, Power);

    fn next(&mut self) -> Option<Self::Item> {
        let sample = self.next?;
        self.advance().ok()?;
        Some(sample)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::from(self.left), Some(usize::from(self.left)))
    }
}

impl ExactSizeIterator for SampleIter<'_> {}

/// When sample number `turn` of a batch is due.
fn at_turn(start: Uptime, period_us: u32, turn: u16) -> Option<Uptime> {
    start.checked_add(Uptime::from_us(u64::from(period_us) * u64::from(turn)))
}

fn add_steps(uw: i64, steps: i64, step: Power) -> Option<i64> {
    uw.checked_add(steps.checked_mul(step.as_uw())?)
}

/// Small numbers of either sign to small ones without: 0, -1, 1, -2, …
const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// Seven bits a byte, lowest first; the top bit says that more follow.
fn varint(mut value: u64) -> ([u8; 10], usize) {
    let mut bytes = [0; 10];
    let mut len = 0;
    for byte in &mut bytes {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        len += 1;
        if value == 0 {
            *byte = low & 0x7F;
            break;
        }
        *byte = low | 0x80;
    }
    (bytes, len)
}

/// `None` where the bytes end early or the value takes more than 64 bits.
fn read_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut rest = bytes;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        let bits = u64::from(byte & 0x7F);
        if shift == 63 && bits > 1 {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
    }
    None
}

#[cfg(test)]
mod tests;
