//! The machine `virt` of QEMU with one 32-bit RISC-V core: a UART (NS16550A),
//! and a register that ends it.
#![no_std]

use core::convert::Infallible;
use core::panic::PanicInfo;

use embedded_io::{ErrorType, Write};

const UART: usize = 0x1000_0000;
const LINE_STATUS: usize = 5;
const TX_EMPTY: u8 = 0x20;
const FINISHER: usize = 0x0010_0000;
const PASS: u32 = 0x5555;
const FAIL: u32 = 0x3333;

/// The only UART.
#[derive(Debug)]
pub struct Uart;

impl ErrorType for Uart {
    type Error = Infallible;
}

impl Write for Uart {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        for byte in bytes {
            let register = core::ptr::with_exposed_provenance_mut::<u8>(UART);
            // SAFETY: registers of the UART, which nothing else uses.
            unsafe {
                while register.add(LINE_STATUS).read_volatile() & TX_EMPTY == 0 {}
                register.write_volatile(*byte);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn finish(how: u32) -> ! {
    // SAFETY: the register that ends QEMU.
    unsafe { core::ptr::with_exposed_provenance_mut::<u32>(FINISHER).write_volatile(how) };
    loop {
        riscv::asm::wfi();
    }
}

/// Ends QEMU with exit code 0.
pub fn success() -> ! {
    finish(PASS)
}

/// Ends QEMU with exit code 1.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    wattcast_board::fault::remember(info);
    finish(FAIL | 1 << 16)
}
