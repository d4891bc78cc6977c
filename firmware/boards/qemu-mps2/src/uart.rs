//! CMSDK UARTs.

use core::convert::Infallible;

use embedded_io::{ErrorType, Read, ReadReady, Write};

/// Records and commands.
pub const FIRST: usize = 0x4000_4000;
/// Messages of defmt.
pub const SECOND: usize = 0x4000_5000;
/// What tests talk about.
pub const THIRD: usize = 0x4000_6000;

const STATE: usize = 4;
const CONTROL: usize = 8;
const BAUD_DIVISOR: usize = 16;
const TX_FULL: u32 = 1;
const RX_FULL: u32 = 2;

/// A UART that waits.
#[derive(Debug)]
pub struct Uart(usize);

impl Uart {
    /// Opens one of the three.
    #[must_use]
    pub fn open(base: usize) -> Self {
        let uart = Self(base);
        uart.write_register(BAUD_DIVISOR, 16);
        uart.write_register(CONTROL, 3);
        uart
    }

    fn register(&self, offset: usize) -> *mut u32 {
        core::ptr::with_exposed_provenance_mut(self.0 + offset)
    }

    fn read_register(&self, offset: usize) -> u32 {
        // SAFETY: a register of a UART of this board.
        unsafe { self.register(offset).read_volatile() }
    }

    fn write_register(&self, offset: usize, value: u32) {
        // SAFETY: a register of a UART of this board.
        unsafe { self.register(offset).write_volatile(value) }
    }

    /// Sends a byte.
    pub fn put(&mut self, byte: u8) {
        while self.read_register(STATE) & TX_FULL != 0 {}
        self.write_register(0, byte.into());
    }

    /// Takes a byte, if one has arrived.
    pub fn take(&mut self) -> Option<u8> {
        let is_ready = self.read_register(STATE) & RX_FULL != 0;
        is_ready.then(|| self.read_register(0).to_le_bytes()[0])
    }

    /// Sends text.
    pub fn text(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.put(byte));
    }

    /// Sends a space, a number and the end of a line.
    pub fn number(&mut self, mut number: u64) {
        let mut digits = [b'0'; 20];
        let mut first = digits.len() - 1;
        for (at, digit) in digits.iter_mut().enumerate().rev() {
            *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
            first = at;
            if number == 0 {
                break;
            }
        }
        self.put(b' ');
        digits.iter().skip(first).for_each(|digit| self.put(*digit));
        self.put(b'\n');
    }
}

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        bytes.iter().for_each(|byte| self.put(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Read for Uart {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Infallible> {
        let mut count = 0;
        for slot in bytes {
            let Some(byte) = self.take() else { break };
            *slot = byte;
            count += 1;
        }
        Ok(count)
    }
}

impl ReadReady for Uart {
    fn read_ready(&mut self) -> Result<bool, Infallible> {
        Ok(self.read_register(STATE) & RX_FULL != 0)
    }
}
