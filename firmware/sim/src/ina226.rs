//! An INA226 as its driver sees it: registers behind an I2C bus (datasheet
//! SBOS547A, section 7.6).

use embedded_hal::i2c::{
    Error, ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation, SevenBitAddress,
};

use crate::clock::World;
use crate::day;

/// Its address.
pub const ADDRESS: u8 = 0x40;

/// The sensor on its bus.
#[derive(Debug)]
pub struct Bus<'a> {
    world: &'a World,
    pointer: u8,
    configuration: u16,
}

/// Nothing answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

impl Error for NoAnswer {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address)
    }
}

impl<'a> Bus<'a> {
    /// With the sensor as it is after its reset.
    #[must_use]
    pub const fn new(world: &'a World) -> Self {
        Self { world, pointer: 0, configuration: 0x4127 }
    }

    fn register(&self) -> Result<u16, NoAnswer> {
        let measured = day::registers(self.world.now_us(), self.world.load());
        let (shunt, bus) = measured.ok_or(NoAnswer)?;
        Ok(match self.pointer {
            0x00 => self.configuration,
            0x01 => shunt.cast_unsigned(),
            0x02 => bus,
            0xFE => 0x5449,
            0xFF => 0x2260,
            _ => 0,
        })
    }
}

impl ErrorType for Bus<'_> {
    type Error = NoAnswer;
}

impl I2c<SevenBitAddress> for Bus<'_> {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), NoAnswer> {
        if address != ADDRESS {
            return Err(NoAnswer);
        }
        self.register()?;
        for operation in operations {
            match operation {
                Operation::Write([pointer]) => self.pointer = *pointer,
                Operation::Write([pointer, high, low]) => {
                    self.pointer = *pointer;
                    if *pointer == 0 {
                        self.configuration = u16::from_be_bytes([*high, *low]);
                    }
                }
                Operation::Write(_) => return Err(NoAnswer),
                Operation::Read(bytes) => {
                    let register = self.register()?.to_be_bytes();
                    for (byte, value) in bytes.iter_mut().zip(register) {
                        *byte = value;
                    }
                }
            }
        }
        Ok(())
    }
}
