//! The file of a network of any size: residual dilated causal blocks and dense
//! layers.

use super::bytes::Reader;
use super::{Layer, ModelError, TCN, open};
use crate::forecast::Hour;
use crate::forecast::kernel::Limits;

/// The most blocks and dense layers that a file may have.
pub(in crate::forecast) const MOST_BLOCKS: usize = 12;
pub(in crate::forecast) const MOST_DENSE: usize = 4;
const MOST_CHANNELS: u16 = 4_096;
const MOST_ROWS: u16 = 1_024;
const MOST_TAPS: u8 = 15;
const MOST_BITS: u8 = 15;
const RECTIFIED: u8 = 1;

/// A checked network as its file describes it.
#[derive(Clone, Copy, Debug)]
pub(in crate::forecast) struct Network<'a> {
    pub(in crate::forecast) size_bytes: usize,
    pub(in crate::forecast) trained_until: Hour,
    pub(in crate::forecast) text: &'a str,
    pub(in crate::forecast) inputs: usize,
    pub(in crate::forecast) window: usize,
    pub(in crate::forecast) format: Format,
    blocks: [Block<'a>; MOST_BLOCKS],
    block_count: usize,
    dense: [Dense<'a>; MOST_DENSE],
    dense_count: usize,
}

/// Fraction bits and the largest magnitude of the values of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::forecast) struct Format {
    pub(in crate::forecast) bits: u8,
    pub(in crate::forecast) limit: i16,
}

impl Format {
    pub(in crate::forecast) const fn symmetric(self) -> Limits {
        Limits { low: -self.limit, high: self.limit }
    }

    pub(in crate::forecast) const fn rectified(self) -> Limits {
        Limits { low: 0, high: self.limit }
    }

    fn read(bits: u8, limit: u16) -> Result<Self, ModelError> {
        if bits > MOST_BITS {
            return Err(ModelError::Shape { field: "fraction bits", found: bits.into() });
        }
        match i16::try_from(limit) {
            Ok(limit) if limit > 0 => Ok(Self { bits, limit }),
            _ => Err(ModelError::Shape { field: "as the limit of a row", found: limit }),
        }
    }
}

/// Two convolutions with a rectifier between them, added to what goes around
/// them, and rectified.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::forecast) struct Block<'a> {
    pub(in crate::forecast) first: Layer<'a>,
    pub(in crate::forecast) second: Layer<'a>,
    pub(in crate::forecast) skip: Option<Layer<'a>>,
    pub(in crate::forecast) channels: usize,
    pub(in crate::forecast) taps: usize,
    pub(in crate::forecast) dilation: usize,
    /// Whether the second convolution is rectified before it is added.
    pub(in crate::forecast) rectified: bool,
    pub(in crate::forecast) hidden: Format,
    pub(in crate::forecast) out: Format,
}

/// A dense layer, rectified or not.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::forecast) struct Dense<'a> {
    pub(in crate::forecast) layer: Layer<'a>,
    pub(in crate::forecast) outputs: usize,
    pub(in crate::forecast) rectified: bool,
    pub(in crate::forecast) out: Format,
}

impl<'a> Network<'a> {
    pub(in crate::forecast) fn blocks(&self) -> &[Block<'a>] {
        self.blocks.get(..self.block_count).unwrap_or_default()
    }

    pub(in crate::forecast) fn dense(&self) -> &[Dense<'a>] {
        self.dense.get(..self.dense_count).unwrap_or_default()
    }

    pub(in crate::forecast) fn load(file: &'a [u8]) -> Result<Self, ModelError> {
        let (head, mut reader) = open(file)?;
        if head.kind != [TCN, 0] {
            let [architecture, inputs] = head.kind;
            return Err(ModelError::Kind { architecture, inputs });
        }
        let reader = &mut reader;
        let inputs = count(reader.u16()?, MOST_CHANNELS, "channels of the input")?;
        let window = count(reader.u16()?, MOST_ROWS, "rows of the window")?;
        let [block_count, dense_count, bits, zero] = reader.array()?;
        let block_count = count(block_count.into(), 12, "blocks")?;
        let dense_count = count(dense_count.into(), 4, "dense layers")?;
        let format = Format::read(bits, reader.u16()?)?;
        if reader.u16()? != 0 || zero != 0 {
            return Err(ModelError::Padding);
        }
        let mut blocks = [Block::default(); MOST_BLOCKS];
        let mut before = 1;
        for block in blocks.iter_mut().take(block_count) {
            *block = Block::head(reader, before)?;
            before = block.dilation;
        }
        let mut dense = [Dense::default(); MOST_DENSE];
        for dense in dense.iter_mut().take(dense_count) {
            *dense = Dense::head(reader)?;
        }
        let text = head.text(reader)?;
        let (mut width, mut from) = (inputs, format);
        for block in blocks.iter_mut().take(block_count) {
            block.read(reader, width, from)?;
            (width, from) = (block.channels, block.out);
        }
        for dense in dense.iter_mut().take(dense_count) {
            dense.layer =
                Layer::read(reader, "dense layer", width, dense.outputs, true, from.limit)?;
            (width, from) = (dense.outputs, dense.out);
        }
        reader.end()?;
        Ok(Self {
            size_bytes: file.len(),
            trained_until: head.trained_until,
            text,
            inputs,
            window,
            format,
            blocks,
            block_count,
            dense,
            dense_count,
        })
    }
}

impl<'a> Block<'a> {
    fn head(reader: &mut Reader<'a>, before: usize) -> Result<Self, ModelError> {
        let channels = count(reader.u16()?, MOST_CHANNELS, "channels of a block")?;
        let stated = reader.u16()?;
        let dilation = count(stated, MOST_ROWS, "as a dilation")?;
        if !dilation.is_multiple_of(before) {
            let field = "as a dilation after one that does not divide it";
            return Err(ModelError::Shape { field, found: stated });
        }
        let [taps, flags, hidden_bits, out_bits] = reader.array()?;
        let taps = count(taps.into(), MOST_TAPS.into(), "taps")?;
        let rectified = flag(flags)?;
        let hidden = Format::read(hidden_bits, reader.u16()?)?;
        let out = Format::read(out_bits, reader.u16()?)?;
        Ok(Self { channels, taps, dilation, rectified, hidden, out, ..Self::default() })
    }

    fn read(
        &mut self,
        reader: &mut Reader<'a>,
        width: usize,
        from: Format,
    ) -> Result<(), ModelError> {
        let (taps, channels) = (self.taps, self.channels);
        let (first, second) = ("first convolution", "second convolution");
        self.first = Layer::read(reader, first, taps * width, channels, true, from.limit)?;
        let hidden = self.hidden.limit;
        self.second = Layer::read(reader, second, taps * channels, channels, true, hidden)?;
        if width != channels {
            self.skip = Some(Layer::read(reader, "skip", width, channels, true, from.limit)?);
        }
        Ok(())
    }
}

impl Dense<'_> {
    fn head(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let outputs = count(reader.u16()?, MOST_CHANNELS, "outputs of a dense layer")?;
        let [flags, bits] = reader.array()?;
        let rectified = flag(flags)?;
        let out = Format::read(bits, reader.u16()?)?;
        reader.zeros(2)?;
        Ok(Self { outputs, rectified, out, ..Self::default() })
    }
}

fn count(found: u16, most: u16, field: &'static str) -> Result<usize, ModelError> {
    if found == 0 || found > most {
        return Err(ModelError::Shape { field, found });
    }
    Ok(found.into())
}

fn flag(flags: u8) -> Result<bool, ModelError> {
    match flags {
        0 => Ok(false),
        RECTIFIED => Ok(true),
        _ => Err(ModelError::Shape { field: "as flags", found: flags.into() }),
    }
}
