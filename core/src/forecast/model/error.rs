//! What is wrong with a model file.

use core::fmt;

/// Why a file is not a model that may run here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ModelError {
    /// It does not begin as a model does.
    NotAModel,
    /// It is of a version that this program does not read.
    Version {
        /// The version stated.
        found: u16,
    },
    /// Its architecture or its inputs are unknown here.
    Kind {
        /// The architecture stated.
        architecture: u8,
        /// The inputs stated.
        inputs: u8,
    },
    /// It is not as long as it says.
    Length {
        /// The length stated, in bytes.
        stated: u32,
        /// The length found, in bytes.
        found: usize,
    },
    /// A byte changed since it was written.
    Checksum,
    /// Its shape asks for more bytes than it has.
    Truncated,
    /// Bytes are left that its shape has no use for.
    TooLong,
    /// A byte that must be zero is not.
    Padding,
    /// What it says of itself is not UTF-8.
    Text,
    /// A number of its shape lies outside what is allowed, or does not go
    /// with its inputs.
    Shape {
        /// What the number counts.
        field: &'static str,
        /// The number stated.
        found: u16,
    },
    /// The multiplier of a channel is negative.
    Multiplier {
        /// The layer.
        layer: &'static str,
        /// The output channel.
        channel: usize,
    },
    /// There are inputs for which the accumulator of a channel overflows.
    Overflow {
        /// The layer.
        layer: &'static str,
        /// The output channel.
        channel: usize,
    },
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAModel => f.write_str("not a forecast model"),
            Self::Version { found } => {
                write!(f, "a forecast model of version {found}; this program reads version 3")
            }
            Self::Kind { architecture, inputs } => {
                write!(f, "architecture {architecture} with inputs {inputs} is unknown")
            }
            Self::Length { stated, found } => {
                write!(f, "the model says it has {stated} bytes and has {found}")
            }
            Self::Checksum => f.write_str("the checksum of the model is wrong"),
            Self::Truncated => f.write_str("the model ends before its last weight"),
            Self::TooLong => f.write_str("the model goes on after its last weight"),
            Self::Padding => f.write_str("a byte of the model that must be zero is not"),
            Self::Text => f.write_str("the description in the model is not UTF-8"),
            Self::Shape { field, found } => {
                write!(f, "the model has {found} {field}, which it may not")
            }
            Self::Multiplier { layer, channel } => {
                write!(f, "the multiplier of channel {channel} of a {layer} is negative")
            }
            Self::Overflow { layer, channel } => {
                write!(f, "channel {channel} of a {layer} can overflow 32 bits")
            }
        }
    }
}

impl core::error::Error for ModelError {}
