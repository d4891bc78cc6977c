//! The clock of a run: how long it has gone on, and what time it is.
//!
//! A plain run counts the time in which the machine was awake. A planned run
//! counts sleep too, so that hours stay hours, and asks the system for the time
//! of day again and again, since that can be set. A test clock runs faster than
//! the machine's, from any moment on:
//!
//! ```
//! use wattcast::metering::Clock;
//!
//! let clock = Clock::parse("2024-05-01T00:00Z,x3600")?;
//! assert_eq!(clock.speed(), 3_600);
//! // An hour of the plan takes a second, which has begun to pass.
//! assert!(clock.until_us(clock.utc_us() + 3_600_000_000).as_millis() <= 1_000);
//! # Ok::<(), wattcast::metering::ClockError>(())
//! ```
//!
//! It can be set while it runs, or the machine can seem to sleep: after
//! `,set:4h@30min` the time of day is four hours on (`set:-4h` back) once it has
//! run for half an hour, and after `,sleep:4h@30min` those hours have passed as
//! well.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wattcast_core::units::Utc;

/// The variable that sets a test clock.
const VARIABLE: &str = "WATTCAST_CLOCK";

/// The fastest test clock: a year in about nine hours' worth of milliseconds.
const FASTEST: u32 = 1_000_000;

/// What tells the time of a run.
#[derive(Clone, Debug)]
pub struct Clock {
    steady: Steady,
    test: Option<Running>,
}

/// A test clock: it showed `utc` when the system's clock showed `began`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TestClock {
    utc_us: u64,
    began_us: u64,
    speed: u32,
    #[serde(default)]
    jump: Option<Jump>,
}

/// What happens to a test clock once it has run for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Jump {
    /// When, in its own time since it was started.
    at_us: u64,
    by_us: i64,
    /// The machine seems to sleep; otherwise the clock is set.
    is_sleep: bool,
}

/// A test clock in this process, tied to its steady clock once.
#[derive(Clone, Copy, Debug)]
struct Running {
    test: TestClock,
    steady_us: u64,
    utc_us: u64,
}

#[derive(Clone, Copy, Debug)]
enum Steady {
    /// Stands still while the machine sleeps.
    Awake(Instant),
    /// Goes on while it sleeps.
    #[cfg(target_os = "linux")]
    Boot,
}

/// A test clock that makes no sense.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "WATTCAST_CLOCK `{0}` is no test clock; write x3600 for an hour a second, or 2024-05-01T00:00Z,x3600, and set:2h@30min or sleep:2h@30min after it"
)]
pub struct ClockError(String);

impl Clock {
    /// For a run without a plan.
    #[must_use]
    pub fn awake() -> Self {
        Self { steady: Steady::Awake(Instant::now()), test: None }
    }

    /// For a plan: the system's clock, or the test clock in `WATTCAST_CLOCK`.
    ///
    /// # Errors
    /// [`ClockError`] where that variable cannot be understood.
    pub fn of_plan() -> Result<Self, ClockError> {
        match std::env::var(VARIABLE) {
            Ok(text) if !text.is_empty() => Self::parse(&text),
            _ => Ok(Self { steady: steady(), test: None }),
        }
    }

    /// A test clock: `x3600`, or `2024-05-01T00:00Z,x3600` to start then.
    ///
    /// # Errors
    /// [`ClockError`] where it cannot be understood.
    pub fn parse(text: &str) -> Result<Self, ClockError> {
        let bad = || ClockError(text.to_owned());
        let (text, jump) = match text.rsplit_once(',') {
            Some((before, jump)) if jump.contains('@') => {
                (before, Some(Jump::parse(jump.trim()).ok_or_else(bad)?))
            }
            _ => (text, None),
        };
        let (start, speed) = match text.rsplit_once(',') {
            Some((start, speed)) => (Some(start), speed),
            None => (None, text),
        };
        let speed = speed.trim().trim_start_matches(['x', '×']).parse().map_err(|_| bad())?;
        if !(1..=FASTEST).contains(&speed) {
            return Err(bad());
        }
        let began_us = system_us();
        let utc_us = match start {
            Some(start) => {
                let start: jiff::Timestamp = start.trim().parse().map_err(|_| bad())?;
                u64::try_from(start.as_microsecond()).map_err(|_| bad())?
            }
            None => began_us,
        };
        Ok(Self::tested(TestClock { utc_us, began_us, speed, jump }))
    }

    /// A test clock that goes on since it was started, in another process too.
    #[must_use]
    pub fn tested(test: TestClock) -> Self {
        let steady = steady();
        let elapsed_us = system_us().saturating_sub(test.began_us);
        let utc_us = test.utc_us.saturating_add(elapsed_us.saturating_mul(test.speed.into()));
        let steady_us = micros(steady.elapsed());
        Self { steady, test: Some(Running { test, steady_us, utc_us }) }
    }

    /// The test clock, to go on with it in another process.
    #[must_use]
    pub fn test(&self) -> Option<TestClock> {
        self.test.map(|running| running.test)
    }

    /// How much faster it runs than the machine's.
    #[must_use]
    pub fn speed(&self) -> u32 {
        self.test.map_or(1, |running| running.test.speed)
    }

    /// Time in microseconds that never steps, from some moment in the past.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        let Some(running) = self.test else { return micros(self.steady.elapsed()) };
        let run_us = self.run_us(running);
        match running.jumped(run_us) {
            Some(Jump { by_us, is_sleep: true, .. }) => run_us.saturating_add_signed(by_us),
            _ => run_us,
        }
    }

    /// How long a test clock has run in this process.
    fn run_us(&self, running: Running) -> u64 {
        let elapsed_us = micros(self.steady.elapsed()).saturating_sub(running.steady_us);
        elapsed_us.saturating_mul(running.test.speed.into())
    }

    /// The time of day at a moment of [`Clock::now_us`] not long ago.
    #[must_use]
    pub fn utc_at(&self, now_us: u64) -> Utc {
        let since = self.now_us().saturating_sub(now_us);
        Utc::from_us(self.utc_us().saturating_sub(since))
    }

    /// The time of day in microseconds since 1970 (UTC).
    #[must_use]
    pub fn utc_us(&self) -> u64 {
        match self.test {
            Some(running) => {
                let run_us = self.run_us(running);
                let by_us = running.jumped(run_us).map_or(0, |jump| jump.by_us);
                running.utc_us.saturating_add(run_us).saturating_add_signed(by_us)
            }
            None => system_us(),
        }
    }

    /// The time of day.
    #[must_use]
    pub fn utc(&self) -> Utc {
        Utc::from_us(self.utc_us())
    }

    /// How long to wait until a time of day, if nobody sets the clock.
    #[must_use]
    pub fn until_us(&self, utc_us: u64) -> Duration {
        let left_us = utc_us.saturating_sub(self.utc_us());
        let left_us = left_us.min(self.until_jump_us().unwrap_or(u64::MAX));
        Duration::from_micros(left_us.div_ceil(u64::from(self.speed())))
    }

    /// The time of a test clock until it is set or sleeps, where that is to come.
    fn until_jump_us(&self) -> Option<u64> {
        let running = self.test?;
        let jump_us = running.test.jump?.at_us.saturating_add(running.test.utc_us);
        let now_us = running.utc_us.saturating_add(self.run_us(running));
        jump_us.checked_sub(now_us).filter(|left_us| *left_us > 0)
    }

    /// How long the machine has slept since it was booted.
    #[must_use]
    pub fn slept(&self) -> Duration {
        if let Some(running) = self.test
            && let Some(Jump { by_us, is_sleep: true, .. }) = running.jumped(self.run_us(running))
        {
            return Duration::from_micros(by_us.unsigned_abs());
        }
        #[cfg(target_os = "linux")]
        {
            use nix::time::ClockId;
            // In this order a moment between the two never looks like sleep.
            let boot = ClockId::CLOCK_BOOTTIME.now();
            let awake = ClockId::CLOCK_MONOTONIC.now();
            boot.and_then(|boot| Ok(Duration::from(boot).saturating_sub(Duration::from(awake?))))
                .unwrap_or_default()
        }
        #[cfg(not(target_os = "linux"))]
        Duration::ZERO
    }
}

impl Running {
    /// What has happened to it when it has run for so long in this process.
    fn jumped(&self, run_us: u64) -> Option<Jump> {
        let since_us = self.utc_us.saturating_add(run_us).saturating_sub(self.test.utc_us);
        self.test.jump.filter(|jump| since_us >= jump.at_us)
    }
}

impl Jump {
    /// `set:4h@30min`, `set:-4h@30min` or `sleep:4h@30min`.
    fn parse(text: &str) -> Option<Self> {
        let (what, at) = text.split_once('@')?;
        let (kind, by) = what.split_once(':')?;
        let micros = |text: &str| {
            let length: jiff::SignedDuration = text.trim().parse().ok()?;
            i64::try_from(length.as_micros()).ok()
        };
        let by_us = micros(by)?;
        let is_sleep = match kind {
            "sleep" if by_us > 0 => true,
            "set" => false,
            _ => return None,
        };
        Some(Self { at_us: u64::try_from(micros(at)?).ok()?, by_us, is_sleep })
    }
}

impl Steady {
    fn elapsed(self) -> Duration {
        match self {
            Self::Awake(since) => since.elapsed(),
            #[cfg(target_os = "linux")]
            Self::Boot => {
                nix::time::ClockId::CLOCK_BOOTTIME.now().map_or(Duration::ZERO, Duration::from)
            }
        }
    }
}

fn steady() -> Steady {
    #[cfg(target_os = "linux")]
    {
        Steady::Boot
    }
    #[cfg(not(target_os = "linux"))]
    Steady::Awake(Instant::now())
}

fn system_us() -> u64 {
    micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
