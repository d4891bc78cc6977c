//! One line of the result: its description, its account, its counts.

use wattcast_core::ledger::Account;
use wattcast_core::meter::Counts;
use wattcast_core::units::Uptime;
use wattcast_core::wire::record::{self, ChannelId, Checkpoint};

use crate::source::Channel;

/// A part and its totals.
pub(super) struct Part {
    pub(super) id: ChannelId,
    pub(super) channel: Channel,
    pub(super) account: Account,
    /// Counts of each channel that feeds this part.
    counts: Vec<Counts>,
    changed: bool,
}

impl Part {
    pub(super) fn new(id: ChannelId, channel: Channel) -> Self {
        Self { id, channel, account: Account::new(), counts: Vec::new(), changed: false }
    }

    /// Reserves room for the counts of one more channel.
    pub(super) fn add_feeder(&mut self) -> usize {
        self.counts.push(Counts::NONE);
        self.counts.len() - 1
    }

    /// Takes the counts of the feeding channel so far.
    pub(super) fn note(&mut self, feeder: usize, counts: Counts) {
        if let Some(held) = self.counts.get_mut(feeder) {
            self.changed |= *held != counts;
            *held = counts;
        }
    }

    /// Marks the account as changed.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }

    /// The totals, where something changed since the last call.
    pub(super) fn take_changed(&mut self) -> Option<Checkpoint> {
        let changed = std::mem::take(&mut self.changed);
        changed.then(|| Checkpoint::new(self.id, &self.account, sum(&self.counts)))
    }

    /// The totals as those of a moment up to which nothing was added.
    pub(super) fn checkpoint(&self, uptime: Uptime) -> Checkpoint {
        Checkpoint { uptime, ..Checkpoint::new(self.id, &self.account, sum(&self.counts)) }
    }

    /// The description of this part as a record.
    pub(super) fn describe(&self) -> record::Channel<'_> {
        let Channel { name, component, scope, quality, method, .. } = &self.channel;
        record::Channel {
            id: self.id,
            name,
            component: *component,
            scope: *scope,
            quality: *quality,
            method,
            resolution_uj: self.channel.resolution_uj,
            low_ppm: self.channel.range_ppm.0,
            high_ppm: self.channel.range_ppm.1,
            counted: self.channel.counted,
        }
    }
}

fn sum(counts: &[Counts]) -> Counts {
    counts.iter().fold(Counts::NONE, |a, b| Counts {
        advanced: a.advanced.saturating_add(b.advanced),
        wrapped: a.wrapped.saturating_add(b.wrapped),
        reset: a.reset.saturating_add(b.reset),
        unavailable: a.unavailable.saturating_add(b.unavailable),
        gaps: a.gaps.saturating_add(b.gaps),
        duplicates: a.duplicates.saturating_add(b.duplicates),
        backward: a.backward.saturating_add(b.backward),
        saturated: a.saturated.saturating_add(b.saturated),
    })
}
