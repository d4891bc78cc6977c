//! The line to the host: records go where they are told, commands come by a
//! script.

use embedded_io::{ErrorType, Read, ReadReady, Write};
use wattcast_core::wire::{Command, DELIMITER, Header, MAX_COMMAND_FRAME, encode_command};

use crate::clock::World;

/// What the host sends, one command after the other.
pub trait Script {
    /// The next command that is due, once; it may borrow from `buffer`.
    fn next<'b>(&mut self, now_us: u64, buffer: &'b mut [u8; 192]) -> Option<Command<'b>>;
}

/// A host that says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silence;

impl Script for Silence {
    fn next<'b>(&mut self, _: u64, _: &'b mut [u8; 192]) -> Option<Command<'b>> {
        None
    }
}

/// A line whose other end is a script.
#[derive(Debug)]
pub struct Line<'a, W, S> {
    world: &'a World,
    out: W,
    script: S,
    sequence: u32,
    frame: [u8; MAX_COMMAND_FRAME],
    len: usize,
    taken: usize,
}

impl<'a, W: Write, S: Script> Line<'a, W, S> {
    /// Writes to `out`.
    pub const fn new(world: &'a World, out: W, script: S) -> Self {
        Self { world, out, script, sequence: 0, frame: [DELIMITER; 256], len: 0, taken: 0 }
    }

    /// Makes the frame of the next command, if one is due.
    fn refill(&mut self) -> bool {
        if self.taken < self.len {
            return true;
        }
        let mut buffer = [0; 192];
        let Some(command) = self.script.next(self.world.now_us(), &mut buffer) else {
            return false;
        };
        let header = Header { stream: 0, boot: 0, sequence: self.sequence };
        let encoded = encode_command(header, &command, &mut self.frame);
        (self.len, self.taken) = (encoded.map_or(0, <[u8]>::len), 0);
        self.sequence = self.sequence.wrapping_add(1);
        self.len > 0
    }
}

impl<W: ErrorType, S> ErrorType for Line<'_, W, S> {
    type Error = W::Error;
}

impl<W: Write, S: Script> Read for Line<'_, W, S> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, W::Error> {
        if !self.refill() {
            return Ok(0);
        }
        let left = self.frame.get(self.taken..self.len).unwrap_or_default();
        let count = left.len().min(bytes.len());
        for (byte, sent) in bytes.iter_mut().zip(left) {
            *byte = *sent;
        }
        self.taken += count;
        Ok(count)
    }
}

impl<W: Write, S: Script> ReadReady for Line<'_, W, S> {
    fn read_ready(&mut self) -> Result<bool, W::Error> {
        Ok(self.refill())
    }
}

impl<W: Write, S> Write for Line<'_, W, S> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, W::Error> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> Result<(), W::Error> {
        self.out.flush()
    }
}
