//! An I2C bus on two pins (Arm SBCon), driven bit by bit.

use embedded_hal::i2c::{
    Error, ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation, SevenBitAddress,
};

/// The bus of the second shield, on which QEMU puts devices.
pub const SHIELD_1: usize = 0x4002_A000;

const SCL: u32 = 1;
const SDA: u32 = 2;

/// A bus of one master.
#[derive(Debug)]
pub struct TwoPins {
    base: usize,
}

/// Nothing answered, to its address or to what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

impl Error for NoAnswer {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown)
    }
}

impl TwoPins {
    /// With both lines free.
    #[must_use]
    pub fn open(base: usize) -> Self {
        let bus = Self { base };
        bus.set(SCL | SDA);
        bus
    }

    fn register(&self, offset: usize) -> *mut u32 {
        core::ptr::with_exposed_provenance_mut(self.base + offset)
    }

    fn set(&self, lines: u32) {
        // SAFETY: the register of this bus that lets lines go.
        unsafe { self.register(0).write_volatile(lines) }
    }

    fn clear(&self, lines: u32) {
        // SAFETY: the register of this bus that pulls lines down.
        unsafe { self.register(4).write_volatile(lines) }
    }

    fn data(&self) -> bool {
        // SAFETY: the register that tells the state of the lines.
        unsafe { self.register(0).read_volatile() & SDA != 0 }
    }

    fn begin(&self) {
        self.set(SDA);
        self.set(SCL);
        self.clear(SDA);
        self.clear(SCL);
    }

    fn end(&self) {
        self.clear(SDA);
        self.set(SCL);
        self.set(SDA);
    }

    fn bit(&self, one: bool) -> bool {
        if one {
            self.set(SDA)
        } else {
            self.clear(SDA)
        }
        self.set(SCL);
        let read = self.data();
        self.clear(SCL);
        read
    }

    fn put(&self, byte: u8) -> Result<(), NoAnswer> {
        for shift in (0..8).rev() {
            self.bit(byte >> shift & 1 != 0);
        }
        // A line that nobody pulls down is not an acknowledgement.
        if self.bit(true) { Err(NoAnswer) } else { Ok(()) }
    }

    fn take(&self, is_last: bool) -> u8 {
        let byte = (0..8).fold(0, |byte, _| byte << 1 | u8::from(self.bit(true)));
        self.bit(is_last);
        byte
    }

    fn run(&self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), NoAnswer> {
        let mut reading = None;
        for operation in operations {
            let read = matches!(operation, Operation::Read(_));
            if reading != Some(read) {
                self.begin();
                self.put(address << 1 | u8::from(read))?;
                reading = Some(read);
            }
            match operation {
                Operation::Write(bytes) => bytes.iter().try_for_each(|byte| self.put(*byte))?,
                Operation::Read(bytes) => {
                    let last = bytes.len().saturating_sub(1);
                    for (at, byte) in bytes.iter_mut().enumerate() {
                        *byte = self.take(at == last);
                    }
                }
            }
        }
        Ok(())
    }
}

impl ErrorType for TwoPins {
    type Error = NoAnswer;
}

impl I2c<SevenBitAddress> for TwoPins {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), NoAnswer> {
        let outcome = self.run(address, operations);
        self.end();
        outcome
    }
}
