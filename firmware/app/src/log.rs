//! Records, framed onto the line.

use embedded_io::Write;
use wattcast_core::wire::{DELIMITER, Encoder, MAX_FRAME, Record};

/// Frames records and writes them. A frame that the line does not take is
/// counted; its number is used up, so the host sees the hole.
#[derive(Debug)]
pub struct Log {
    encoder: Encoder,
    failed: u32,
}

impl Log {
    /// A log whose frames carry this stream and boot.
    #[must_use]
    pub const fn new(stream: u16, boot: u32) -> Self {
        Self { encoder: Encoder::new(stream, boot), failed: 0 }
    }

    /// Ends whatever stands on the line before the first frame.
    pub fn open(&mut self, line: &mut impl Write) {
        self.count(line.write_all(&[DELIMITER]));
    }

    /// Writes a record.
    // Its frame is on the stack for as long as it takes, and no longer.
    #[inline(never)]
    pub fn write(&mut self, record: &Record<'_>, line: &mut impl Write) {
        let mut frame = [0; MAX_FRAME];
        match self.encoder.encode(record, &mut frame) {
            Ok(frame) => {
                let written = line.write_all(frame);
                self.count(written);
            }
            Err(_) => self.failed = self.failed.saturating_add(1),
        }
    }

    /// How many records could not be written.
    #[must_use]
    pub const fn failed(&self) -> u32 {
        self.failed
    }

    fn count<E>(&mut self, written: Result<(), E>) {
        if written.is_err() {
            self.failed = self.failed.saturating_add(1);
        }
    }
}
