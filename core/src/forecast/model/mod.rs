//! A network in a file that is read where it lies: in flash, in a mapped
//! file, in a static. `FORMAT.md` beside this folder specifies every byte.

mod bytes;
mod error;
mod layer;
mod shape;
pub(super) mod tcn;
#[cfg(test)]
pub(in crate::forecast) mod tests;

use super::Hour;
use super::features;
use super::kernel::MAX_ACTIVATION;

use bytes::Reader;
pub use error::ModelError;
pub(super) use layer::{Layer, rescale};
pub use shape::Shape;

/// The hours of history that the encoder sees.
pub(super) const WINDOW: usize = 168;
/// Residual blocks of the encoder.
pub(super) const BLOCKS: usize = 3;
/// Rows of a block's input under each row of its output.
pub(super) const STRIDE: usize = 5;
/// Forecast days, each with gates and widths of its own.
pub(super) const DAYS: usize = 4;

const MAGIC: &[u8; 4] = b"WCFM";
const VERSION: u16 = 3;
/// Where the checksum stands; all other bytes go into it.
const CHECKSUM_AT: usize = 12;
const BLEND: u8 = 1;
const HISTORY: u8 = 1;
const WEATHER: u8 = 2;
const DAY_AHEAD: u8 = 3;
const TCN: u8 = 2;

/// What a network is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ModelKind {
    /// The past intensity and the calendar.
    History,
    /// The weather, past and to come, as well.
    Weather,
    /// The solar and wind that the grid's operator expects of each day.
    DayAhead,
}

/// A checked network: every length, shape and scale is as the format says, and
/// no input can overflow an accumulator.
///
/// ```
/// use wattcast_core::forecast::{Model, ModelError};
///
/// assert_eq!(Model::load(b"not a model").err(), Some(ModelError::NotAModel));
/// ```
#[derive(Clone, Debug)]
pub struct Model<'a> {
    about: About<'a>,
    pub(super) blocks: [Block<'a>; BLOCKS],
    pub(super) head: Layer<'a>,
    pub(super) gate: Layer<'a>,
    pub(super) spread: Layer<'a>,
    pub(super) modulate: Layer<'a>,
    pub(super) shift: Layer<'a>,
    pub(super) lift: Layer<'a>,
    pub(super) mix: Layer<'a>,
    pub(super) out: Layer<'a>,
    /// i16 by simple forecast, then by hour to come.
    pub(super) blend: &'a [[u8; 2]],
}

/// What stands before the layers.
#[derive(Clone, Copy, Debug)]
struct About<'a> {
    kind: ModelKind,
    size_bytes: usize,
    trained_until: Hour,
    text: &'a str,
    shape: Shape,
}

/// One residual block: two convolutions over three rows each, and the way
/// around them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) first: Layer<'a>,
    pub(super) second: Layer<'a>,
    /// `None` where the input is as wide as the output and is added as it is.
    pub(super) skip: Option<Layer<'a>>,
    pub(super) bits_in: u8,
    pub(super) bits_out: u8,
}

/// What every file begins with.
struct Head {
    /// Architecture and inputs.
    kind: [u8; 2],
    trained_until: Hour,
    text_bytes: usize,
}

/// Checks the beginning of a file and its checksum; what follows the length of
/// the description is left.
fn open(file: &[u8]) -> Result<(Head, Reader<'_>), ModelError> {
    let mut reader = Reader::new(file);
    if reader.take(4).ok() != Some(MAGIC.as_slice()) {
        return Err(ModelError::NotAModel);
    }
    let version = reader.u16()?;
    if version != VERSION {
        return Err(ModelError::Version { found: version });
    }
    let kind = reader.array()?;
    let length = reader.u32()?;
    if usize::try_from(length) != Ok(file.len()) {
        return Err(ModelError::Length { stated: length, found: file.len() });
    }
    let checksum = reader.u32()?;
    let (before, after) = file.split_at_checked(CHECKSUM_AT).unwrap_or_default();
    let after = after.get(4..).unwrap_or_default();
    if crate::crc::checksum_of([before, after]) != checksum {
        return Err(ModelError::Checksum);
    }
    let trained_until = Hour::from_hours(reader.u32()?);
    let text_bytes = usize::from(reader.u16()?);
    reader.zeros(2)?;
    Ok((Head { kind, trained_until, text_bytes }, reader))
}

impl Head {
    /// The description, where the reader has come to it.
    fn text<'a>(&self, reader: &mut Reader<'a>) -> Result<&'a str, ModelError> {
        let bytes = reader.take(self.text_bytes)?;
        reader.align()?;
        core::str::from_utf8(bytes).map_err(|_| ModelError::Text)
    }
}

impl<'a> Model<'a> {
    /// Checks a file and opens it in place. The time goes into the checksum
    /// and the proof: each byte is read twice.
    ///
    /// # Errors
    /// [`ModelError`] names what is wrong. Any bytes may be given.
    pub fn load(file: &'a [u8]) -> Result<Self, ModelError> {
        let (head, mut reader) = open(file)?;
        let kind = match head.kind {
            [BLEND, HISTORY] => ModelKind::History,
            [BLEND, WEATHER] => ModelKind::Weather,
            [BLEND, DAY_AHEAD] => ModelKind::DayAhead,
            [architecture, inputs] => return Err(ModelError::Kind { architecture, inputs }),
        };
        let shape = Shape::read(&mut reader)?;
        shape.expect(features::Counts::of(kind))?;
        let text = head.text(&mut reader)?;
        let trained_until = head.trained_until;
        let about = About { kind, size_bytes: file.len(), trained_until, text, shape };
        let model = Self::read(&mut reader, about)?;
        reader.end()?;
        Ok(model)
    }

    fn read(reader: &mut Reader<'a>, about: About<'a>) -> Result<Self, ModelError> {
        let shape = &about.shape;
        let width = shape.width();
        let mut blocks = [Block::default(); BLOCKS];
        let mut inputs = shape.past();
        let mut bits_in = features::BITS;
        for (block, [_, bits_out]) in blocks.iter_mut().zip(shape.block_bits()) {
            let first =
                Layer::read(reader, "first convolution", 3 * inputs, width, true, MAX_ACTIVATION)?;
            let second =
                Layer::read(reader, "second convolution", 3 * width, width, true, MAX_ACTIVATION)?;
            let skip = if inputs == width {
                None
            } else {
                Some(Layer::read(reader, "skip", inputs, width, true, MAX_ACTIVATION)?)
            };
            *block = Block { first, second, skip, bits_in, bits_out };
            (inputs, bits_in) = (width, bits_out);
        }
        let (state, decoder) = (width + shape.context(), shape.decoder());
        let mut layer = |part, inputs, outputs, bias| {
            Layer::read(reader, part, inputs, outputs, bias, MAX_ACTIVATION)
        };
        Ok(Self {
            blocks,
            head: layer("head", state, super::HORIZON, true)?,
            gate: layer("gate", state, DAYS * shape.bases(), false)?,
            spread: layer("spread", state, DAYS * 2, true)?,
            modulate: layer("modulate", state, decoder, true)?,
            shift: layer("shift", state, decoder, true)?,
            lift: layer("lift", shape.hours(), decoder, false)?,
            mix: layer("mix", 3 * decoder, decoder, true)?,
            out: layer("out", decoder, 3, false)?,
            blend: reader.pairs(shape.bases() * super::HORIZON)?,
            about,
        })
    }

    /// What it is told.
    #[must_use]
    pub const fn kind(&self) -> ModelKind {
        self.about.kind
    }

    /// The size of the file.
    #[must_use]
    pub const fn size_bytes(&self) -> usize {
        self.about.size_bytes
    }

    /// The first hour of which its training saw nothing.
    #[must_use]
    pub const fn trained_until(&self) -> Hour {
        self.about.trained_until
    }

    /// Its widths and number formats.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        &self.about.shape
    }

    /// What the file says of itself: lines of `key=value`, among them `name`,
    /// `sources` and `grids`.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.about.text
    }

    /// One of the values of [`Model::text`].
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&'a str> {
        self.about.text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    }

    /// Whether it was trained on a grid; `None` where the file does not say.
    #[must_use]
    pub fn has_seen(&self, zone: &str) -> Option<bool> {
        let mut grids = self.value("grids")?.split(' ');
        Some(grids.any(|grid| grid.eq_ignore_ascii_case(zone)))
    }

    /// The scratch memory that a forecast needs, in 16-bit words.
    #[must_use]
    pub fn scratch_words(&self) -> usize {
        features::Counts::of(self.kind()).scratch + super::net::scratch_words(self.shape())
    }

    /// The multiplications with a weight that one forecast of 96 hours takes.
    #[must_use]
    pub fn multiply_accumulates(&self) -> usize {
        super::net::multiply_accumulates(self)
    }

    /// The same, were every hour of the window computed in every block, as a
    /// program does that follows the network's graph.
    #[must_use]
    pub fn full_window_multiply_accumulates(&self) -> usize {
        super::net::full_window_multiply_accumulates(self)
    }
}
