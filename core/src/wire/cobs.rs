//! Consistent Overhead Byte Stuffing: a frame without zero bytes inside.
//!
//! Source: S. Cheshire and M. Baker, "Consistent Overhead Byte Stuffing",
//! IEEE/ACM Transactions on Networking 7(2), 1999. Own code because the
//! encoder works inside one buffer and the decoder takes bytes in any pieces,
//! whole blocks at a time.

use super::frame::{MAX_BODY, MAX_FRAME};

/// Most plain bytes of one block.
const BLOCK: usize = 254;
/// How far the plain bytes lie behind the start of the buffer in
/// [`stuff_in_place`]: the most that stuffing adds to [`MAX_BODY`] bytes.
pub(super) const LEAD: usize = MAX_BODY.div_ceil(BLOCK);

/// Stuffs the `len` bytes that begin at [`LEAD`] towards the start of
/// `buffer` and ends them with a zero byte. Gives the length with that zero,
/// or `None` where `buffer` is too small.
pub(super) fn stuff_in_place(buffer: &mut [u8], len: usize) -> Option<usize> {
    let mut code_at = 0;
    let mut code = 1_u8;
    // Never passes the byte being read: it starts LEAD behind and gains one
    // byte with each block.
    let mut write = 1;
    for read in LEAD..LEAD.checked_add(len)? {
        let byte = *buffer.get(read)?;
        if code == u8::MAX {
            *buffer.get_mut(code_at)? = code;
            (code_at, code) = (write, 1);
            write += 1;
        }
        if byte == 0 {
            *buffer.get_mut(code_at)? = code;
            (code_at, code) = (write, 1);
        } else {
            *buffer.get_mut(write)? = byte;
            code += 1;
        }
        write += 1;
    }
    *buffer.get_mut(code_at)? = code;
    *buffer.get_mut(write)? = 0;
    Some(write + 1)
}

/// Why stuffed bytes give no plain ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// The last block ends before its length.
    Cut,
    /// More than a frame can hold.
    TooLong,
}

/// Takes the bytes between two zeros in any pieces and keeps them unstuffed.
#[derive(Clone, Debug)]
pub(super) struct Unstuffer {
    plain: [u8; MAX_BODY],
    len: usize,
    /// Stuffed bytes taken since the last zero.
    taken: u64,
    /// Bytes missing from the current block.
    block: u8,
    /// The current block stands for a zero after it, if another one follows.
    zero_due: bool,
    too_long: bool,
}

impl Unstuffer {
    pub(super) const fn new() -> Self {
        Self { plain: [0; MAX_BODY], len: 0, taken: 0, block: 0, zero_due: false, too_long: false }
    }

    /// Number of bytes taken since the last zero.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes bytes without a zero among them.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.taken = self.taken.saturating_add(widen(bytes.len()));
        self.too_long |= self.taken >= widen(MAX_FRAME);
        if !self.too_long {
            self.too_long = self.unstuff(bytes).is_none();
        }
    }

    fn unstuff(&mut self, mut bytes: &[u8]) -> Option<()> {
        loop {
            let run = usize::from(self.block).min(bytes.len());
            let (now, rest) = bytes.split_at_checked(run)?;
            let end = self.len.checked_add(run)?;
            self.plain.get_mut(self.len..end)?.copy_from_slice(now);
            self.len = end;
            self.block = self.block.saturating_sub(u8::try_from(run).unwrap_or(u8::MAX));
            let Some((&code, rest)) = rest.split_first() else { return Some(()) };
            if self.zero_due {
                *self.plain.get_mut(self.len)? = 0;
                self.len += 1;
            }
            self.zero_due = code != u8::MAX;
            self.block = code.saturating_sub(1);
            bytes = rest;
        }
    }

    /// Ends the frame at a zero byte, and is ready for the next one.
    pub(super) fn finish(&mut self) -> Result<&[u8], Broken> {
        let (len, cut, too_long) = (self.len, self.block != 0, self.too_long);
        (self.len, self.taken, self.block, self.zero_due, self.too_long) = (0, 0, 0, false, false);
        if too_long {
            return Err(Broken::TooLong);
        }
        if cut {
            return Err(Broken::Cut);
        }
        self.plain.get(..len).ok_or(Broken::TooLong)
    }
}

fn widen(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
