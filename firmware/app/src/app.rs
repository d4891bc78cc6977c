//! The application.

mod kept;

use core::num::NonZeroU64;

use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady};
use wattcast_core::grid::Factor;
use wattcast_core::units::Uptime;
use wattcast_core::wire::command::{Ask, Command, CommandError};
use wattcast_core::wire::record::{Boot, Event, EventKind};
use wattcast_core::wire::{CommandReader, FrameError, Received, Record, VERSION};

use crate::board::Board;
use crate::channel::Channel;
use crate::keep::Keep;
use crate::log::Log;
use crate::planning::Planning;
use crate::site::Site;

/// Bytes taken from the line at a time.
const PIECE: usize = 32;

/// How often what happens, in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// From one sample to the next.
    pub sample_us: u32,
    /// From one checkpoint on the line to the next.
    pub checkpoint_us: u32,
    /// From one checkpoint in flash to the next.
    pub keep_us: u32,
}

impl Default for Settings {
    /// A sample a second, a checkpoint a minute, flash each quarter of an hour.
    fn default() -> Self {
        Self { sample_us: 1_000_000, checkpoint_us: 60_000_000, keep_us: 900_000_000 }
    }
}

/// Something that is due at fixed times.
#[derive(Clone, Copy, Debug)]
struct Timer {
    next: Uptime,
    period_us: NonZeroU64,
}

impl Timer {
    fn every(period_us: u32, from: Uptime) -> Self {
        Self { next: from, period_us: NonZeroU64::new(period_us.into()).unwrap_or(NonZeroU64::MIN) }
    }

    /// Whether it is due; then it is due again at the next of its times that
    /// lies ahead.
    fn is_due(&mut self, now: Uptime) -> bool {
        let Some(late_us) = now.as_us().checked_sub(self.next.as_us()) else { return false };
        let periods = late_us / self.period_us + 1;
        let step = periods.saturating_mul(self.period_us.get());
        self.next = Uptime::from_us(self.next.as_us().saturating_add(step));
        true
    }
}

/// A metering board of `N` channels.
pub struct App<'a, B, K, P, const N: usize> {
    board: B,
    keep: K,
    planning: P,
    site: Site,
    channels: [Channel<'a>; N],
    log: Log,
    /// Out while a command is obeyed that borrows from it.
    commands: Option<CommandReader>,
    sample: Timer,
    checkpoint: Timer,
    save: Timer,
    load: Option<bool>,
    is_up: bool,
}

impl<'a, B: Board, K: Keep, P: Planning, const N: usize> App<'a, B, K, P, N> {
    /// With the first thing that it does it counts the boot, takes over what was
    /// kept and tells who is here. `factors` are the zones that the board knows
    /// by name.
    // Nothing else is done here, as what it is made of is on the stack twice.
    #[inline(never)]
    pub fn start(
        mut board: B,
        keep: K,
        planning: P,
        channels: [Channel<'a>; N],
        factors: &'static [Factor],
        settings: Settings,
    ) -> Self {
        let now = board.now();
        Self {
            log: Log::new(board.identity().stream, 0),
            board,
            keep,
            planning,
            site: Site::new(factors),
            channels,
            commands: Some(CommandReader::new()),
            sample: Timer::every(settings.sample_us, now),
            checkpoint: Timer::every(settings.checkpoint_us, now),
            save: Timer::every(settings.keep_us, now),
            load: None,
            is_up: false,
        }
    }

    /// Counts the boot, tells who is here and what was kept.
    #[inline(never)]
    fn greet(&mut self) {
        let boot = self.keep.boot();
        let mut is_lost = boot.is_err();
        self.log = Log::new(self.board.identity().stream, boot.unwrap_or(0));
        let now = self.board.now();
        // The first of these have nothing to tell yet.
        self.checkpoint.is_due(now);
        self.save.is_due(now);
        self.log.open(self.board.serial());
        self.identify();
        for channel in &mut self.channels {
            match self.keep.load(channel.id()) {
                Ok(kept) => channel.restore(kept.unwrap_or_default()),
                Err(_) => is_lost = true,
            }
            self.log.write(&Record::Kept(channel.before()), self.board.serial());
        }
        if is_lost {
            self.event(EventKind::Warning, 0, "the totals in flash cannot be read");
        }
        if let Some((file, line)) = self.board.identity().fault {
            self.event(EventKind::Warning, line.into(), file);
        }
        self.take_up();
    }

    /// Does what is due, and tells until when nothing is.
    pub fn run_due(&mut self) -> Uptime {
        if !self.is_up {
            self.is_up = true;
            self.greet();
        }
        self.listen();
        let now = self.board.now();
        if self.sample.is_due(now) {
            self.take_samples();
            self.advise();
            self.board.progress();
        }
        if self.checkpoint.is_due(now) {
            self.tell_totals();
        }
        if self.save.is_due(now) {
            self.save_totals();
        }
        self.sample.next.min(self.checkpoint.next).min(self.save.next)
    }

    /// Runs for ever.
    pub fn run(&mut self) -> ! {
        loop {
            let next = self.run_due();
            self.board.wait_until(next);
        }
    }

    /// Runs until a moment, as the programs that are tests do.
    pub fn run_until(&mut self, end: Uptime) {
        while self.board.now() < end {
            let next = self.run_due();
            self.board.wait_until(next.min(end));
        }
    }

    /// Sends what is packed and the totals, and says that all was sent.
    pub fn finish(&mut self) {
        self.tell_totals();
        self.event(EventKind::Finished, 0, "");
    }

    /// The board.
    pub const fn board(&mut self) -> &mut B {
        &mut self.board
    }

    /// Gives board and store back.
    pub fn into_parts(self) -> (B, K) {
        (self.board, self.keep)
    }

    fn take_samples(&mut self) {
        let prices = self.site.prices(self.planning.ahead());
        for channel in &mut self.channels {
            let now = self.board.now();
            channel.sample(now, &prices, &mut self.log, self.board.serial());
        }
    }

    /// Prices what waited, once more is known.
    fn settle(&mut self) {
        let prices = self.site.prices(self.planning.ahead());
        for channel in &mut self.channels {
            channel.settle(&prices);
        }
    }

    /// Forecasts, plans and switches the load.
    fn advise(&mut self) {
        let now = self.board.now();
        let Some(utc) = self.site.utc(now) else { return };
        let line = self.board.serial();
        let advice = self.planning.advise(utc, &self.site, &mut self.log, line);
        if advice.is_new {
            self.settle();
            self.tell_intensity();
        }
        if advice.load != self.load {
            let on = advice.load.unwrap_or(false);
            let pin = self.board.load();
            let switched = if on { pin.set_high() } else { pin.set_low() };
            if switched.is_err() {
                self.event(EventKind::Warning, 0, "the load cannot be switched");
            } else {
                self.load = advice.load;
                self.event(EventKind::Switched, on.into(), "deferrable load");
            }
        }
    }

    fn identify(&mut self) {
        let identity = self.board.identity();
        let boot = Boot {
            device: identity.device,
            firmware: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            cause: identity.cause,
        };
        self.log.write(&Record::Boot(boot), self.board.serial());
        for channel in &self.channels {
            self.log.write(&Record::Channel(channel.description()), self.board.serial());
        }
    }

    fn tell_totals(&mut self) {
        for channel in &mut self.channels {
            let line = self.board.serial();
            channel.flush(&mut self.log, line);
            self.log.write(&Record::Checkpoint(channel.checkpoint()), line);
        }
    }

    fn save_totals(&mut self) {
        let mut is_lost = false;
        for channel in &self.channels {
            is_lost |= self.keep.save(&channel.total()).is_err();
        }
        if is_lost {
            self.event(EventKind::Warning, 0, "the totals cannot be kept in flash");
        }
        self.keep_progress();
    }

    fn tell_intensity(&mut self) {
        let now = self.board.now();
        let utc = self.site.utc(now).unwrap_or_default();
        let expected = self.planning.expected(utc);
        if let Some(intensity) = self.site.intensity(utc, expected) {
            self.log.write(&Record::Intensity(intensity), self.board.serial());
        }
    }

    fn event(&mut self, kind: EventKind, value: i64, text: &str) {
        let uptime = self.board.now();
        let event = Event { uptime, kind, channel: None, value, text };
        self.log.write(&Record::Event(event), self.board.serial());
    }
}

/// Commands.
impl<B: Board, K: Keep, P: Planning, const N: usize> App<'_, B, K, P, N> {
    /// Takes what has arrived on the line.
    fn listen(&mut self) {
        while matches!(self.board.serial().read_ready(), Ok(true)) {
            let mut piece = [0; PIECE];
            let Ok(taken) = self.board.serial().read(&mut piece) else { return };
            let mut bytes = piece.get(..taken).unwrap_or_default();
            if bytes.is_empty() {
                return;
            }
            let Some(mut commands) = self.commands.take() else { return };
            while let Some(received) = commands.read(&mut bytes) {
                self.answer(received);
            }
            self.commands = Some(commands);
        }
    }

    fn answer(&mut self, received: Result<Received<'_>, CommandError>) {
        let stream = self.board.identity().stream;
        let (sequence, outcome) = match received {
            Ok(received) if received.header.stream != stream => return,
            Ok(received) => {
                let outcome = self.obey(&received.command);
                if outcome.is_ok() {
                    self.keep_setting(&received);
                }
                (i64::from(received.header.sequence), outcome)
            }
            Err(CommandError::Content(header, _)) if header.stream != stream => return,
            Err(CommandError::Content(header, _)) => {
                (header.sequence.into(), Err("this firmware does not know the command"))
            }
            // Another board's records on a shared line.
            Err(CommandError::Frame(FrameError::Version(version))) if version & 0x7F == VERSION => {
                return;
            }
            Err(CommandError::Frame(_)) => (-1, Err("a command arrived damaged")),
        };
        match outcome {
            Ok(()) => self.event(EventKind::Accepted, sequence, ""),
            Err(why) => self.event(EventKind::Refused, sequence, why),
        }
    }

    fn obey(&mut self, command: &Command<'_>) -> Result<(), &'static str> {
        match command {
            Command::Zone(zone) => {
                let held = self.channels.iter().find_map(|channel| channel.account().basis());
                if zone.factor.is_some_and(|given| held.is_some_and(|held| held != given.basis)) {
                    return Err("the totals count another basis; life-cycle and direct never mix");
                }
                if self.site.set_zone(zone)? {
                    self.planning.forget();
                }
                self.settle();
                let pricing = self.site.pricing(self.board.now());
                self.log.write(&Record::Pricing(pricing), self.board.serial());
                self.tell_intensity();
            }
            Command::Time(time) => {
                let now = self.board.now();
                let anchor = self.site.set_time(time, now);
                self.log.write(&Record::Anchor(anchor), self.board.serial());
                self.settle();
                self.advise();
            }
            Command::History(history) => self.planning.history(history)?,
            Command::Tariff(tariff) => {
                self.site.set_tariff(tariff)?;
                self.settle();
                let pricing = self.site.pricing(self.board.now());
                self.log.write(&Record::Pricing(pricing), self.board.serial());
            }
            Command::Job(job) => {
                self.planning.job(*job)?;
                self.advise();
            }
            Command::Ask(Ask::Identity) => self.identify(),
            Command::Ask(Ask::Totals) => {
                for channel in &self.channels {
                    self.log.write(&Record::Kept(channel.before()), self.board.serial());
                }
                self.tell_totals();
            }
            Command::Ask(Ask::Plan) => {
                self.planning.tell(&self.site, &mut self.log, self.board.serial());
            }
            Command::Ask(Ask::SelfTest) => self.test(),
        }
        Ok(())
    }

    /// Tests each sensor and the store.
    fn test(&mut self) {
        let now = self.board.now();
        let mut faults = 0;
        for channel in &mut self.channels {
            if let Err(text) = channel.test(now) {
                faults += 1;
                let kind = EventKind::SensorFault;
                let event =
                    Event { uptime: now, kind, channel: Some(channel.id()), value: 0, text };
                self.log.write(&Record::Event(event), self.board.serial());
            }
        }
        let stored = self.channels.first().is_none_or(|channel| {
            self.keep.save(&channel.total()).is_ok() && self.keep.load(channel.id()).is_ok()
        });
        if !stored {
            faults += 1;
            self.event(EventKind::Warning, 0, "the totals cannot be kept in flash");
        }
        if self.log.failed() > 0 {
            self.event(EventKind::Warning, self.log.failed().into(), "records were not sent");
        }
        self.event(EventKind::SelfTest, faults, if faults == 0 { "all is well" } else { "" });
    }
}
