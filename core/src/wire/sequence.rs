//! Which frames are missing: the newest number of each sender and boot.

use super::frame::Header;

/// Where a frame stands after the ones before it of the same stream and boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Order {
    /// The first one heard; `before` earlier ones were not.
    First {
        /// Frames sent before it.
        before: u32,
    },
    /// Next in turn.
    Next,
    /// `missing` frames between the newest one and this one were not heard.
    AfterHole {
        /// Frames lost.
        missing: u32,
    },
    /// Not newer than the newest one: sent twice, or replayed.
    Repeated,
}

/// The newest number heard of up to `N` senders and boots. Where there are
/// more, the one entered first is forgotten and counts as new when heard again.
#[derive(Clone, Debug)]
pub(super) struct Sequences<const N: usize> {
    newest: [Option<Header>; N],
    oldest: usize,
}

impl<const N: usize> Sequences<N> {
    pub(super) const fn new() -> Self {
        Self { newest: [None; N], oldest: 0 }
    }

    /// Enters a frame and tells where it stands.
    pub(super) fn enter(&mut self, header: Header) -> Order {
        let same = |known: &&mut Header| known.boot == header.boot && known.stream == header.stream;
        if let Some(known) = self.newest.iter_mut().flatten().find(same) {
            let Some(ahead) = header.sequence.checked_sub(known.sequence).filter(|&n| n > 0) else {
                return Order::Repeated;
            };
            *known = header;
            return match ahead - 1 {
                0 => Order::Next,
                missing => Order::AfterHole { missing },
            };
        }
        if let Some(place) = self.newest.get_mut(self.oldest) {
            *place = Some(header);
            self.oldest = (self.oldest + 1) % N;
        }
        Order::First { before: header.sequence }
    }
}
