//! What the records say of one channel.

use wattcast_core::ledger::{Account, LedgerError, Pricing};
use wattcast_core::meter::Flow;
use wattcast_core::units::{Energy, Interval, Quality, Uptime};
use wattcast_core::wire::record::{Channel, ChannelId, Checkpoint, Component, Scope};

use super::run::Part;
use super::share;
use super::timeline::Timeline;

/// A channel's description and totals so far.
#[derive(Clone, Debug, Default)]
pub(super) struct ChannelState {
    description: Option<Description>,
    last: Option<Checkpoint>,
    repriced: Account,
    timeline: Timeline,
}

#[derive(Clone, Debug)]
struct Description {
    name: String,
    component: Component,
    scope: Scope,
    quality: Quality,
    method: String,
    resolution_uj: u64,
    low_ppm: u32,
    high_ppm: u32,
    counted: bool,
}

impl ChannelState {
    /// Takes a description; a later one replaces it.
    pub(super) fn describe(&mut self, channel: &Channel<'_>) {
        self.description = Some(Description {
            name: channel.name.to_owned(),
            component: channel.component,
            scope: channel.scope,
            quality: channel.quality,
            method: channel.method.to_owned(),
            resolution_uj: channel.resolution_uj,
            low_ppm: channel.low_ppm,
            high_ppm: channel.high_ppm,
            counted: channel.counted,
        });
    }

    /// Takes the next totals and returns what they add, in µJ, and since when.
    /// Totals never step back: one that does is damage and is left out.
    pub(super) fn advance(&mut self, checkpoint: &Checkpoint) -> (Uptime, u128) {
        let since = self.last.map_or(Uptime::ZERO, |last| last.uptime);
        let before = self.import_uj();
        let Some(added) = checkpoint.import.as_uj().checked_sub(before) else { return (since, 0) };
        self.last = Some(*checkpoint);
        if self.description.as_ref().is_some_and(|it| it.counted && it.scope == Scope::Machine) {
            self.timeline.push(checkpoint.uptime.as_us(), before + added);
        }
        (since, added)
    }

    /// Prices added energy anew.
    pub(super) fn reprice(
        &mut self,
        since: Uptime,
        until: Uptime,
        added_uj: u128,
        pricing: &Pricing<'_>,
    ) -> Result<(), LedgerError> {
        let energy = i64::try_from(added_uj).map_err(|_| LedgerError::Overflow)?;
        let interval = Interval::new(since.min(until), until).ok_or(LedgerError::Overflow)?;
        let flow = Flow::new(interval, Energy::from_uj(energy), Energy::ZERO);
        self.repriced.add(flow.ok_or(LedgerError::Overflow)?, pricing).map(|_| ())
    }

    pub(super) fn counted(&self) -> bool {
        self.description.as_ref().is_some_and(|it| it.counted)
    }

    pub(super) fn is_nameless(&self) -> bool {
        self.description.is_none()
    }

    pub(super) fn name(&self) -> &str {
        self.description.as_ref().map_or("", |it| it.name.as_str())
    }

    pub(super) fn import_uj(&self) -> u128 {
        self.last.map_or(0, |it| it.import.as_uj())
    }

    /// Name and course of a counted channel of the whole machine.
    pub(super) fn timeline(&self) -> Option<(String, Timeline)> {
        (!self.timeline.is_empty()).then(|| (self.name().to_owned(), self.timeline.clone()))
    }

    /// Its part of the report.
    pub(super) fn part(&self, id: ChannelId, repriced: bool) -> Part {
        let nameless = || Description {
            name: format!("channel-{id}"),
            component: Component::Load,
            scope: Scope::Machine,
            quality: Quality::Assumed,
            method: "its description is lost".into(),
            resolution_uj: 0,
            low_ppm: 0,
            high_ppm: 1_000_000,
            counted: false,
        };
        let it = self.description.clone().unwrap_or_else(nameless);
        let energy_uj = self.import_uj();
        let recorded = self.last.and_then(|last| last.carbon).map(|mass| mass.as_ug().into());
        let anew = self.repriced.carbon().map(|mass| mass.as_ug().into());
        Part {
            channel: id,
            name: it.name,
            component: it.component,
            scope: it.scope,
            quality: it.quality,
            method: it.method,
            energy_uj,
            energy_low_uj: share::ppm_down(energy_uj, it.low_ppm),
            energy_high_uj: share::ppm_up(energy_uj, it.high_ppm),
            export_uj: self.last.map_or(0, |last| last.export.as_uj()),
            resolution_uj: it.resolution_uj,
            carbon_ug: if repriced { anew } else { recorded },
            cost_micro: self.last.and_then(|last| last.cost).map(|cost| cost.as_micro().into()),
            readings: self.last.map(|last| last.counts).unwrap_or_default(),
        }
    }
}
