//! Frames that wait to be written.

/// Most bytes that wait in memory while no file can be written.
const MOST_BYTES: usize = 1 << 20;

/// Frames in order, with their ends.
#[derive(Debug, Default)]
pub(super) struct Pending {
    bytes: Vec<u8>,
    ends: Vec<End>,
    dropped: u64,
}

#[derive(Clone, Copy, Debug)]
struct End {
    at: usize,
    /// Whether a later frame stands in for it.
    detail: bool,
}

impl Pending {
    pub(super) fn push(&mut self, frame: &[u8], detail: bool) {
        self.bytes.extend_from_slice(frame);
        self.ends.push(End { at: self.bytes.len(), detail });
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of memory for frames.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// How many frames wait.
    pub(super) fn frames(&self) -> u64 {
        u64::try_from(self.ends.len()).unwrap_or(u64::MAX)
    }

    /// How many frames were given up to bound the memory.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Forgets the frames that lie whole within the first `written` bytes and
    /// returns where they end.
    pub(super) fn drop_written(&mut self, written: usize) -> usize {
        let count = self.ends.partition_point(|end| end.at <= written);
        let Some(last) = count.checked_sub(1).and_then(|index| self.ends.get(index)) else {
            return 0;
        };
        let whole = last.at;
        self.bytes.drain(..whole);
        self.ends.drain(..count);
        for end in &mut self.ends {
            end.at -= whole;
        }
        whole
    }

    /// Gives up the older half of the details when too much waits. Their
    /// energy is not lost: later checkpoints are cumulative.
    pub(super) fn bound(&mut self) {
        if self.bytes.len() <= MOST_BYTES {
            return;
        }
        let old = std::mem::take(self);
        let details = old.ends.iter().filter(|end| end.detail).count();
        let mut give_up = details.div_ceil(2);
        self.dropped = old.dropped;
        let mut start = 0;
        for end in old.ends {
            if end.detail && give_up > 0 {
                give_up -= 1;
                self.dropped += 1;
            } else if let Some(frame) = old.bytes.get(start..end.at) {
                self.push(frame, end.detail);
            }
            start = end.at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_frames_count_as_written() {
        let mut pending = Pending::default();
        pending.push(b"abc", false);
        pending.push(b"defg", false);
        assert_eq!(pending.drop_written(5), 3);
        assert_eq!(pending.bytes(), b"defg");
        assert_eq!(pending.drop_written(3), 0);
        assert_eq!(pending.drop_written(4), 4);
        assert_eq!(pending.frames(), 0);
    }

    #[test]
    fn bounded_memory_keeps_descriptions_and_the_newest_details() {
        let mut pending = Pending::default();
        pending.push(b"boot", false);
        for number in 0..400_000_u32 {
            pending.push(&number.to_le_bytes(), true);
            pending.bound();
        }
        assert!(pending.bytes().len() <= MOST_BYTES);
        assert!(pending.bytes().starts_with(b"boot"));
        assert!(pending.bytes().ends_with(&399_999_u32.to_le_bytes()));
        assert_eq!(pending.frames() + pending.dropped(), 400_001);
    }
}
