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

/// Takes the bytes between two zeros in any pieces, at most `N` of them, and
/// unstuffs them.
#[derive(Clone, Debug)]
pub(super) struct Unstuffer<const N: usize = { MAX_FRAME - 1 }> {
    stuffed: [u8; N],
    len: usize,
    /// Bytes that found no room.
    beyond: u64,
}

impl<const N: usize> Unstuffer<N> {
    pub(super) const fn new() -> Self {
        Self { stuffed: [0; N], len: 0, beyond: 0 }
    }

    /// Number of bytes taken since the last zero.
    pub(super) fn taken(&self) -> u64 {
        self.beyond.saturating_add(widen(self.len))
    }

    /// Takes bytes from the front of `bytes` up to and with the zero that ends
    /// a frame; false when all are taken and none did. Zeros between frames are
    /// skipped.
    pub(super) fn fill(&mut self, bytes: &mut &[u8]) -> bool {
        while let Some((piece, rest)) = split_at_delimiter(bytes) {
            self.push(piece);
            *bytes = rest;
            if self.taken() > 0 {
                return true;
            }
        }
        self.push(bytes);
        *bytes = &[];
        false
    }

    /// Takes bytes without a zero among them.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = self.stuffed.get_mut(self.len..).unwrap_or_default();
        match room.get_mut(..bytes.len()) {
            Some(room) if self.beyond == 0 => {
                for (slot, byte) in room.iter_mut().zip(bytes) {
                    *slot = *byte;
                }
                self.len += bytes.len();
            }
            _ => self.beyond = self.beyond.saturating_add(widen(bytes.len())),
        }
    }

    /// Ends the frame at a zero byte, and is ready for the next one.
    pub(super) fn finish(&mut self) -> Result<&[u8], Broken> {
        let len = core::mem::take(&mut self.len);
        if core::mem::take(&mut self.beyond) > 0 {
            return Err(Broken::TooLong);
        }
        unstuff_in_place(self.stuffed.get_mut(..len).unwrap_or_default()).ok_or(Broken::Cut)
    }
}

/// Cuts at the next delimiter, which is in neither part.
fn split_at_delimiter(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    // A board takes a few bytes at a time, and has no room for more code.
    #[cfg(target_pointer_width = "64")]
    let at = memchr::memchr(super::DELIMITER, bytes)?;
    #[cfg(not(target_pointer_width = "64"))]
    let at = bytes.iter().position(|byte| *byte == super::DELIMITER)?;
    let (piece, rest) = bytes.split_at_checked(at)?;
    Some((piece, rest.get(1..)?))
}

/// Turns each code into the zero that it stands for. Gives the plain bytes,
/// which begin behind the first code; `None` where the last block is cut.
fn unstuff_in_place(stuffed: &mut [u8]) -> Option<&[u8]> {
    let mut len = stuffed.len();
    let mut code = *stuffed.first()?;
    let mut next = usize::from(code);
    while next < len {
        let place = stuffed.get_mut(next)?;
        let following = core::mem::take(place);
        if code == u8::MAX {
            // A full block stands for no zero: close the gap.
            for at in next + 1..len {
                let byte = *stuffed.get(at)?;
                *stuffed.get_mut(at - 1)? = byte;
            }
            len -= 1;
            next -= 1;
        }
        code = following;
        next += usize::from(code);
    }
    if next == len { stuffed.get(1..len) } else { None }
}

fn widen(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
