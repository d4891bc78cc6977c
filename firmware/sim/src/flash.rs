//! A flash whose power can go at any write.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

/// Bytes of a page; small, so that few writes fill it.
pub const PAGE: usize = 256;
const HALF: u32 = 128;
/// Bytes of a word.
pub const WORD: usize = 4;

/// `BYTES` of flash, in pages of [`PAGE`].
#[derive(Clone, Debug)]
pub struct Flash<const BYTES: usize> {
    cells: [u8; BYTES],
    /// Words that can still be written or pages half erased before the power
    /// goes.
    left: Option<u32>,
    /// Words written and pages erased, two halves each.
    pub steps: u32,
}

/// Why a flash did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashError {
    /// The power is gone.
    Dead,
    /// Outside, or not in whole words or pages.
    Misuse,
}

impl NorFlashError for FlashError {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::Dead => NorFlashErrorKind::Other,
            Self::Misuse => NorFlashErrorKind::NotAligned,
        }
    }
}

impl<const BYTES: usize> Default for Flash<BYTES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const BYTES: usize> Flash<BYTES> {
    /// Erased.
    #[must_use]
    pub const fn new() -> Self {
        Self { cells: [0xFF; BYTES], left: None, steps: 0 }
    }

    /// Lets the power go after so many steps more.
    pub const fn cut_after(&mut self, steps: u32) {
        self.left = Some(steps);
    }

    /// The power is back.
    pub const fn power_on(&mut self) {
        self.left = None;
    }

    fn step(&mut self) -> Result<(), FlashError> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1).ok_or(FlashError::Dead)?;
        }
        self.steps += 1;
        Ok(())
    }

    fn cells(&mut self, from: u32, to: u32, unit: usize) -> Result<&mut [u8], FlashError> {
        let (from, to) = (usize::try_from(from), usize::try_from(to));
        let (Ok(from), Ok(to)) = (from, to) else { return Err(FlashError::Misuse) };
        if !from.is_multiple_of(unit) || !to.is_multiple_of(unit) {
            return Err(FlashError::Misuse);
        }
        self.cells.get_mut(from..to).ok_or(FlashError::Misuse)
    }
}

impl<const BYTES: usize> ErrorType for Flash<BYTES> {
    type Error = FlashError;
}

impl<const BYTES: usize> ReadNorFlash for Flash<BYTES> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), FlashError> {
        if self.left == Some(0) {
            return Err(FlashError::Dead);
        }
        let len = u32::try_from(bytes.len()).map_err(|_| FlashError::Misuse)?;
        let end = offset.checked_add(len).ok_or(FlashError::Misuse)?;
        bytes.copy_from_slice(self.cells(offset, end, 1)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        BYTES
    }
}

impl<const BYTES: usize> NorFlash for Flash<BYTES> {
    const WRITE_SIZE: usize = WORD;
    const ERASE_SIZE: usize = PAGE;

    /// In two steps: power that goes between them leaves a page half erased.
    fn erase(&mut self, from: u32, to: u32) -> Result<(), FlashError> {
        self.cells(from, to, PAGE)?;
        let pages = (from..to).step_by(PAGE);
        for page in pages {
            let half = page + HALF;
            for (from, to) in [(page, half), (half, half + HALF)] {
                self.step()?;
                self.cells(from, to, 1)?.fill(0xFF);
            }
        }
        Ok(())
    }

    /// Word by word; bits only ever fall.
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        if !bytes.len().is_multiple_of(WORD) {
            return Err(FlashError::Misuse);
        }
        for (at, word) in (offset..).step_by(WORD).zip(bytes.chunks(WORD)) {
            self.cells(at, at + 4, WORD)?;
            self.step()?;
            let cells = self.cells(at, at + 4, WORD)?;
            for (cell, byte) in cells.iter_mut().zip(word) {
                *cell &= byte;
            }
        }
        Ok(())
    }
}
