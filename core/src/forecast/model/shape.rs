//! The widths and number formats of a network.

use super::bytes::Reader;
use super::{BLOCKS, ModelError};
use crate::forecast::features::Counts;

/// Fraction bits that a 16-bit activation may have.
const MAX_BITS: u8 = 15;
/// Rows and widths up to here keep every proof and every product in range.
const MAX_ROW: u16 = 256;

/// How wide the parts of a network are and how many fraction bits its
/// activations have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Shape {
    past: u16,
    context: u16,
    bases: u16,
    hours: u16,
    width: u16,
    decoder: u16,
    block_bits: [[u8; 2]; BLOCKS],
    lifted_bits: u8,
    decoder_bits: u8,
}

macro_rules! widths {
    ($($(#[$doc:meta])* $name:ident),*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> usize {
            usize::from(self.$name)
        })*
    };
}

impl Shape {
    widths! {
        /// Values per past hour.
        past,
        /// Values once per forecast.
        context,
        /// Simple forecasts that are blended.
        bases,
        /// Values per hour to come, the simple forecasts included.
        hours,
        /// Channels of the encoder.
        width,
        /// Channels of the decoder.
        decoder
    }

    /// Fraction bits of the hidden rows and of the output of each block.
    pub(in crate::forecast) const fn block_bits(&self) -> [[u8; 2]; BLOCKS] {
        self.block_bits
    }

    /// Fraction bits of the decoder's first rows.
    pub(in crate::forecast) const fn lifted_bits(&self) -> u8 {
        self.lifted_bits
    }

    /// Fraction bits of the decoder's second rows.
    pub(in crate::forecast) const fn decoder_bits(&self) -> u8 {
        self.decoder_bits
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let mut count = |field: &'static str| {
            let found = reader.u16()?;
            if found == 0 || found > MAX_ROW {
                return Err(ModelError::Shape { field, found });
            }
            Ok(found)
        };
        let [past, context] = [count("values per past hour")?, count("values of context")?];
        let [bases, hours] = [count("simple forecasts")?, count("values per hour to come")?];
        let [width, decoder] = [count("channels")?, count("decoder channels")?];
        let mut block_bits = [[0; 2]; BLOCKS];
        for bits in &mut block_bits {
            *bits = reader.array()?;
        }
        let [lifted_bits, decoder_bits] = reader.array()?;
        let all = block_bits.as_flattened().iter().chain([&lifted_bits, &decoder_bits]);
        if let Some(&found) = all.into_iter().find(|&&bits| bits > MAX_BITS) {
            return Err(ModelError::Shape { field: "fraction bits", found: found.into() });
        }
        Ok(Self {
            past,
            context,
            bases,
            hours,
            width,
            decoder,
            block_bits,
            lifted_bits,
            decoder_bits,
        })
    }

    /// Compares with what the features give.
    pub(super) fn expect(&self, counts: Counts) -> Result<(), ModelError> {
        let Counts { past, context, bases, hours, .. } = counts;
        let rows = [
            ("values per past hour", self.past, past),
            ("values of context", self.context, context),
            ("simple forecasts", self.bases, bases),
            ("values per hour to come", self.hours, hours),
        ];
        match rows.into_iter().find(|&(_, found, wanted)| usize::from(found) != wanted) {
            Some((field, found, _)) => Err(ModelError::Shape { field, found }),
            None => Ok(()),
        }
    }
}
