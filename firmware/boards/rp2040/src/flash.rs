//! The flash that the program runs from, for its last two sectors.

use core::ops::Range;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};
use rp2040_hal::pac::XIP_SSI;
use rp2040_hal::rom_data;

use crate::BOOT2_FIRMWARE;

/// Where the flash stands in memory while a program runs from it.
const MAPPED_AT: usize = 0x1000_0000;
const BYTES: usize = 2_048 * 1_024;
const SECTOR: usize = 4_096;
/// Most bytes that are programmed at a time.
const PAGE: usize = 256;
/// A block that can be erased at once, and the flash's command for it.
const BLOCK: (u32, u8) = (65_536, 0xD8);

/// The sectors that the memory map leaves free.
pub const KEPT: Range<u32> = 0x1F_E000..0x20_0000;

/// What changes the flash, none of it in the flash: routines of the ROM, and the
/// second stage of the boot loader, which makes it readable again, in memory.
/// (The crate rp2040-flash does the same on another version of the HAL; two of
/// them do not link.)
struct Routines {
    connect: unsafe extern "C" fn(),
    leave: unsafe extern "C" fn(),
    erase: unsafe extern "C" fn(u32, usize, u32, u8),
    program: unsafe extern "C" fn(u32, *const u8, usize),
    flush: unsafe extern "C" fn(),
    resume: Boot2,
}

#[repr(align(4))]
struct Boot2([u8; 256]);

impl Routines {
    /// Looked up while the flash can be read.
    fn find() -> Self {
        Self {
            connect: rom_data::connect_internal_flash::ptr(),
            leave: rom_data::flash_exit_xip::ptr(),
            erase: rom_data::flash_range_erase::ptr(),
            program: rom_data::flash_range_program::ptr(),
            flush: rom_data::flash_flush_cache::ptr(),
            resume: Boot2(BOOT2_FIRMWARE),
        }
    }
}

/// Erases `len` bytes, or programs them from `bytes` where that is not null.
///
/// # Safety
/// Whole sectors or pages within the flash; nothing else runs meanwhile, and
/// `routines` and `bytes` lie in memory.
#[inline(never)]
#[unsafe(link_section = ".data.flash")]
unsafe fn change(routines: &Routines, at: u32, len: usize, bytes: *const u8) {
    // SAFETY: the order that the datasheet of the RP2040 gives (2.8.3.1.3); the
    // copy of the boot loader is code for Thumb, which returns to its caller.
    unsafe {
        (routines.connect)();
        (routines.leave)();
        if bytes.is_null() {
            (routines.erase)(at, len, BLOCK.0, BLOCK.1);
        } else {
            (routines.program)(at, bytes, len);
        }
        (routines.flush)();
        let resume = routines.resume.0.as_ptr().wrapping_add(1);
        core::mem::transmute::<*const u8, unsafe extern "C" fn()>(resume)();
    }
}

/// The flash of a Pico (W25Q16JV). What is programmed twice keeps each zero
/// bit of both.
pub struct Flash {
    _controller: XIP_SSI,
}

impl Flash {
    /// Takes the controller, so that there is one at most.
    pub fn new(controller: XIP_SSI) -> Self {
        Self { _controller: controller }
    }

    /// Programs bytes within a page; the others of the page stay as they are.
    fn program(&mut self, page: u32, at: usize, bytes: &[u8]) {
        let mut whole = [0xFF; PAGE];
        if let Some(place) = whole.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        let routines = Routines::find();
        // SAFETY: a whole page within the flash; interrupts are off, the second
        // core sleeps in its ROM, and no DMA is used.
        cortex_m::interrupt::free(|_| unsafe { change(&routines, page, PAGE, whole.as_ptr()) });
    }
}

impl ErrorType for Flash {
    type Error = NorFlashErrorKind;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), NorFlashErrorKind> {
        check_read(self, offset, bytes.len())?;
        for (byte, at) in bytes.iter_mut().zip(MAPPED_AT + offset as usize..) {
            let place = core::ptr::with_exposed_provenance::<u8>(at);
            // SAFETY: within the mapped flash; volatile, as it changes by
            // programming.
            *byte = unsafe { place.read_volatile() };
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        BYTES
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = SECTOR;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), NorFlashErrorKind> {
        check_erase(self, from, to)?;
        let (routines, len) = (Routines::find(), (to - from) as usize);
        // SAFETY: whole sectors within the flash; as for programming.
        cortex_m::interrupt::free(|_| unsafe { change(&routines, from, len, core::ptr::null()) });
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorFlashErrorKind> {
        check_write(self, offset, bytes.len())?;
        let mut at = offset as usize;
        let mut rest = bytes;
        while !rest.is_empty() {
            let within = at % PAGE;
            let (piece, later) = rest.split_at(rest.len().min(PAGE - within));
            self.program((at - within) as u32, within, piece);
            (at, rest) = (at + piece.len(), later);
        }
        Ok(())
    }
}
