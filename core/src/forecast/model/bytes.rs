//! Reads little-endian numbers one after the other.

use super::ModelError;

/// What is left of a file.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    taken: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(file: &'a [u8]) -> Self {
        Self { rest: file, taken: 0 }
    }

    /// All that is not taken yet.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(ModelError::Truncated)?;
        self.rest = rest;
        self.taken += count;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        self.take(N)?.try_into().map_err(|_| ModelError::Truncated)
    }

    pub(super) fn u16(&mut self) -> Result<u16, ModelError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ModelError> {
        self.array().map(u32::from_le_bytes)
    }

    /// `count` numbers of two bytes, left where they lie.
    pub(super) fn pairs(&mut self, count: usize) -> Result<&'a [[u8; 2]], ModelError> {
        let found = self.take(2 * count)?.as_chunks().0;
        self.align()?;
        Ok(found)
    }

    /// `count` numbers of four bytes, left where they lie.
    pub(super) fn quads(&mut self, count: usize) -> Result<&'a [[u8; 4]], ModelError> {
        Ok(self.take(4 * count)?.as_chunks().0)
    }

    pub(super) fn zeros(&mut self, count: usize) -> Result<(), ModelError> {
        if self.take(count)?.iter().any(|&byte| byte != 0) {
            return Err(ModelError::Padding);
        }
        Ok(())
    }

    /// Skips the zeros up to the next multiple of four bytes.
    pub(super) fn align(&mut self) -> Result<(), ModelError> {
        self.zeros(self.taken.next_multiple_of(4) - self.taken)
    }

    pub(super) fn end(&self) -> Result<(), ModelError> {
        if self.rest.is_empty() { Ok(()) } else { Err(ModelError::TooLong) }
    }
}
