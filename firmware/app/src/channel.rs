//! A power channel: a sensor, the meter behind it, its account, its health.

use embedded_io::Write;
use wattcast_core::ledger::{Account, Backlog};
use wattcast_core::meter::{CounterMeter, Counts, Flow, Outcome, Overflow, PowerMeter};
use wattcast_core::units::{CarbonMass, Money, Quality, TotalEnergy, Uptime};
use wattcast_core::wire::record::{
    Channel as Description, ChannelId, Checkpoint, Component, Event, EventKind, Kept, Scope,
};
use wattcast_core::wire::{Pack, Record, SamplesPacker};

use crate::log::Log;
use crate::sensor::{Reading, Sensor};
use crate::site::Prices;

/// Bytes of differences kept until they are sent: two minutes at 1 Hz.
pub const BATCH: usize = 128;
/// Flows that wait for the time or the zone to become known.
const WAITING: usize = 4;

/// What a channel measures.
#[derive(Clone, Copy, Debug)]
pub struct ChannelInfo {
    /// Its name.
    pub name: &'static str,
    /// What it measures.
    pub component: Component,
    /// Whether it belongs in the sum: false where another channel holds it.
    pub counted: bool,
    /// After how many readings that are equal to the bit, and not zero, the
    /// sensor counts as stuck; 0 for never. A real current is never so still.
    pub stuck_after: u32,
}

#[derive(Clone, Copy, Debug)]
enum Meter {
    Power(PowerMeter),
    Counter(CounterMeter),
}

/// What a channel's sensor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Good,
    Silent,
    Stuck,
    Saturated,
}

/// A channel.
pub struct Channel<'a> {
    id: ChannelId,
    info: ChannelInfo,
    sensor: &'a mut dyn Sensor,
    meter: Meter,
    account: Account,
    waiting: Backlog<WAITING>,
    batch: Option<SamplesPacker<BATCH>>,
    kept: Kept,
    health: Health,
    needs_start: bool,
    last_raw: u32,
    repeats: u32,
    saturated: u32,
}

impl<'a> Channel<'a> {
    /// A channel that has seen no reading. `period_us` is the time between two
    /// samples; three of them without a reading are a gap.
    pub fn new(
        id: ChannelId,
        info: ChannelInfo,
        sensor: &'a mut dyn Sensor,
        period_us: u32,
    ) -> Self {
        let about = sensor.about();
        let max_gap_us = 3 * u64::from(period_us);
        let meter = match about.counter {
            Some((spec, limits)) => Meter::Counter(CounterMeter::new(spec, limits)),
            None => Meter::Power(PowerMeter::new(max_gap_us)),
        };
        Self {
            id,
            info,
            sensor,
            meter,
            account: Account::new(),
            waiting: Backlog::new(),
            batch: SamplesPacker::new(id, period_us, about.step),
            kept: Kept { channel: id, ..Kept::default() },
            health: Health::Good,
            needs_start: true,
            last_raw: 0,
            repeats: 0,
            saturated: 0,
        }
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> ChannelId {
        self.id
    }

    /// Its account since the boot.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// Whether its last reading was good.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.health == Health::Good
    }

    /// Takes over what was counted before this boot.
    pub fn restore(&mut self, kept: Kept) {
        self.kept = Kept { channel: self.id, ..kept };
    }

    /// What was counted before this boot.
    #[must_use]
    pub const fn before(&self) -> Kept {
        self.kept
    }

    /// What was counted before this boot and since; a sum that does not fit
    /// stops at its end.
    #[must_use]
    pub fn total(&self) -> Kept {
        let (kept, now) = (&self.kept, &self.account);
        let sum = |a: TotalEnergy, b| a.checked_add(b).unwrap_or(TotalEnergy::MAX);
        Kept {
            channel: self.id,
            import: sum(kept.import, now.import()),
            export: sum(kept.export, now.export()),
            carbon: kept.carbon.checked_add(now.priced_carbon()).unwrap_or(CarbonMass::MAX),
            cost: kept.cost.checked_add(now.priced_cost()).unwrap_or(Money::MAX),
            without_carbon: sum(kept.without_carbon, now.without_carbon()),
        }
    }

    /// What it is, as a record.
    #[must_use]
    pub fn description(&self) -> Description<'static> {
        let about = self.sensor.about();
        let resolution = about.step.as_uw().unsigned_abs();
        Description {
            id: self.id,
            name: self.info.name,
            component: self.info.component,
            scope: Scope::Machine,
            quality: Quality::Measured,
            method: about.method,
            resolution_uj: resolution,
            low_ppm: about.low_ppm,
            high_ppm: about.high_ppm,
            counted: self.info.counted,
        }
    }

    /// What it has counted since the boot, as a record.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint::new(self.id, &self.account, self.counts())
    }

    fn counts(&self) -> Counts {
        let counts = match &self.meter {
            Meter::Power(meter) => meter.counts(),
            Meter::Counter(meter) => meter.counts(),
        };
        Counts { saturated: self.saturated, ..counts }
    }

    /// Takes a reading and logs what it came to.
    pub fn sample(
        &mut self,
        now: Uptime,
        prices: &Prices<'_>,
        log: &mut Log,
        line: &mut impl Write,
    ) {
        let reading = match self.reading(now) {
            Ok(reading) => {
                self.note(Health::Good, now, "", log, line);
                reading
            }
            Err((health, text)) => {
                let _ = match &mut self.meter {
                    Meter::Power(meter) => meter.read_failed(),
                    Meter::Counter(meter) => meter.read_failed(),
                };
                self.note(health, now, text, log, line);
                return;
            }
        };
        let outcome = match (&mut self.meter, reading.counter) {
            (Meter::Counter(meter), Some(counter)) => meter.read(now, counter),
            (Meter::Counter(meter), None) => Ok(meter.read_failed()),
            (Meter::Power(meter), _) => meter.read(now, reading.power),
        };
        self.enter(now, outcome, prices, log, line);
        self.pack(now, reading, log, line);
    }

    fn reading(&mut self, now: Uptime) -> Result<Reading, (Health, &'static str)> {
        let silent = |fault: crate::sensor::Fault| (Health::Silent, fault.text());
        if self.needs_start {
            self.sensor.start().map_err(silent)?;
            self.needs_start = false;
        }
        let reading = self.sensor.read(now).map_err(|fault| {
            self.needs_start = true;
            silent(fault)
        })?;
        let repeats = reading.raw == self.last_raw && reading.raw != 0;
        self.repeats = if repeats { self.repeats.saturating_add(1) } else { 0 };
        self.last_raw = reading.raw;
        if self.info.stuck_after > 0 && self.repeats >= self.info.stuck_after {
            return Err((Health::Stuck, "the sensor repeats itself to the bit"));
        }
        // A counter goes on where the power of the moment leaves the scale.
        if reading.saturated && reading.counter.is_none() {
            self.saturated = self.saturated.saturating_add(1);
            return Err((Health::Saturated, "the sensor is at the end of its scale"));
        }
        Ok(reading)
    }

    /// Logs the first of a kind of fault.
    fn note(
        &mut self,
        health: Health,
        now: Uptime,
        text: &str,
        log: &mut Log,
        line: &mut impl Write,
    ) {
        if health != self.health && health != Health::Good {
            self.event(EventKind::SensorFault, now, 0, text, log, line);
        }
        self.health = health;
    }

    fn enter(
        &mut self,
        now: Uptime,
        outcome: Result<Outcome, Overflow>,
        prices: &Prices<'_>,
        log: &mut Log,
        line: &mut impl Write,
    ) {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(Overflow) => {
                self.event(EventKind::Warning, now, 0, "energy does not fit", log, line);
                return;
            }
        };
        if let Some(unknown) = outcome.unknown() {
            let length = i64::try_from(unknown.duration_us()).unwrap_or(i64::MAX);
            self.event(EventKind::Gap, now, length, "no readings", log, line);
        }
        if let Some(flow) = outcome.flow()
            && self.book(flow, prices).is_none()
        {
            self.event(EventKind::Warning, now, 0, "a total does not fit", log, line);
        }
    }

    /// Adds energy to the account, priced where it can be.
    fn book(&mut self, flow: Flow, prices: &Prices<'_>) -> Option<()> {
        if prices.is_complete() {
            self.account.add(flow, &prices.pricing()).ok()?;
        } else {
            self.account.add(flow, &prices.none()).ok()?;
            self.waiting.push(flow).ok()?;
        }
        Some(())
    }

    /// Prices what waited for the zone or the time.
    pub fn settle(&mut self, prices: &Prices<'_>) {
        if prices.is_complete() && !self.waiting.is_empty() {
            // Where it fails the energy stays counted as without a price.
            let _ = self.waiting.settle(&mut self.account, &prices.pricing());
        }
    }

    fn pack(&mut self, now: Uptime, reading: Reading, log: &mut Log, line: &mut impl Write) {
        let Some(batch) = &mut self.batch else { return };
        if batch.push(now, reading.power) == Pack::Full {
            Self::send(batch, log, line);
            // An empty batch takes any sample.
            let _ = batch.push(now, reading.power);
        }
    }

    /// Sends the samples that are packed.
    pub fn flush(&mut self, log: &mut Log, line: &mut impl Write) {
        if let Some(batch) = &mut self.batch {
            Self::send(batch, log, line);
        }
    }

    fn send(batch: &mut SamplesPacker<BATCH>, log: &mut Log, line: &mut impl Write) {
        if let Some(samples) = batch.record() {
            log.write(&Record::Samples(samples), line);
        }
        batch.clear();
    }

    fn event(
        &self,
        kind: EventKind,
        uptime: Uptime,
        value: i64,
        text: &str,
        log: &mut Log,
        line: &mut impl Write,
    ) {
        let event = Event { uptime, kind, channel: Some(self.id), value, text };
        log.write(&Record::Event(event), line);
    }

    /// Tests the sensor: sets it up and reads it once.
    pub fn test(&mut self, now: Uptime) -> Result<(), &'static str> {
        let started = self.sensor.start().and_then(|()| self.sensor.read(now).map(|_| ()));
        started.map_err(crate::sensor::Fault::text)
    }
}
