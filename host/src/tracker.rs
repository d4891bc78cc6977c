//! Metering from inside a Rust program.

use std::fmt::Display;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use wattcast_core::units::{Basis, CarbonIntensity, Pue};
use wattcast_core::wire::record::EventKind;

use crate::metering::{Clock, Intensity, OpenError, PlaceError, Pricer, Session, Settings, Tariff};
use crate::process::Accounting;
use crate::report::RunReport;
use crate::source::detect::Wanted;
use crate::store::{LedgerOptions, StoreError};

/// Meters this process, its threads and its children, from
/// [`start`](TrackerBuilder::start) to [`stop`](Tracker::stop), with the same
/// sources and the same numbers as `wattcast run`.
///
/// A thread of its own samples. A tracker that is dropped ends its run, too.
///
/// ```
/// use wattcast::tracker::Tracker;
///
/// let tracker = Tracker::builder().project("mnist").zone("FR").no_ledger().start()?;
/// for epoch in 0..2 {
///     // … train …
///     tracker.mark("epoch", epoch);
/// }
/// let report = tracker.stop();
/// assert_eq!(report.zone, "FR");
/// assert_eq!(report.marks.len(), 2);
/// assert!(report.energy_low_uj < report.energy_high_uj);
/// # Ok::<(), wattcast::tracker::TrackerError>(())
/// ```
pub struct Tracker {
    run: Arc<Mutex<Run>>,
    stop: Option<Sender<()>>,
    sampler: Option<JoinHandle<()>>,
}

/// What the sampling thread and the program share.
struct Run {
    session: Option<Session>,
    accounting: Accounting,
}

/// Why metering could not start.
#[derive(Debug, thiserror::Error)]
pub enum TrackerError {
    /// The zone is not known; the message names the nearest.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// There is no place for the ledger.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system gave no thread to sample from.
    #[error("no thread to sample from: {0}")]
    Thread(std::io::Error),
}

/// How to meter; see [`Tracker::builder`].
#[derive(Clone, Debug)]
pub struct TrackerBuilder {
    project: String,
    experiment: String,
    period: Duration,
    zone: Option<String>,
    basis: Basis,
    intensity: Option<CarbonIntensity>,
    pue: Pue,
    tariff: Option<Tariff>,
    ledger: Ledger,
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Ledger {
    Default,
    At(LedgerOptions),
    Off,
}

impl Tracker {
    /// With a sample each second, the world's mean intensity, no PUE, no
    /// tariff, and the user's ledger.
    #[must_use]
    pub fn builder() -> TrackerBuilder {
        TrackerBuilder {
            project: String::new(),
            experiment: String::new(),
            period: Duration::from_secs(1),
            zone: None,
            basis: Basis::LifeCycle,
            intensity: None,
            pue: Pue::ONE,
            tariff: None,
            ledger: Ledger::Default,
            wanted: Wanted::default(),
        }
    }

    /// Marks this moment, such as the end of an epoch; the report tells the
    /// energy up to here.
    pub fn mark(&self, name: &str, value: impl Display) {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.sample();
        if let Some(session) = &mut run.session {
            session.event(EventKind::Mark, 0, &format!("{name} {value}"));
        }
    }

    /// The report so far.
    #[must_use]
    pub fn report(&self) -> RunReport {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.sample();
        run.session.as_ref().map(Session::report).unwrap_or_default()
    }

    /// Takes the last sample and ends the run.
    #[must_use = "the report is what the run was metered for"]
    pub fn stop(mut self) -> RunReport {
        self.end()
    }

    fn end(&mut self) -> RunReport {
        drop(self.stop.take());
        if let Some(sampler) = self.sampler.take() {
            // A sampler that panicked has told so; what it recorded stands.
            let _ = sampler.join();
        }
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.sample();
        let session = run.session.take();
        session.map(|session| session.finish().0).unwrap_or_default()
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        if self.sampler.is_some() {
            let _ = self.end();
        }
    }
}

impl Run {
    fn sample(&mut self) {
        let Self { session: Some(session), accounting } = self else { return };
        let usage = accounting.usage(session.now());
        // Warnings stand in the report.
        let _ = session.sample(&usage, accounting.pids());
    }
}

impl TrackerBuilder {
    /// Name under which runs are grouped.
    #[must_use]
    pub fn project(self, project: &str) -> Self {
        Self { project: project.to_owned(), ..self }
    }

    /// What is tried in this run.
    #[must_use]
    pub fn experiment(self, experiment: &str) -> Self {
        Self { experiment: experiment.to_owned(), ..self }
    }

    /// Time from one sample to the next.
    #[must_use]
    pub fn period(self, period: Duration) -> Self {
        Self { period, ..self }
    }

    /// Country, subdivision, grid zone or cloud region.
    #[must_use]
    pub fn zone(self, code: &str) -> Self {
        Self { zone: Some(code.to_owned()), ..self }
    }

    /// What the zone's factor is to count; life-cycle until changed.
    #[must_use]
    pub fn basis(self, basis: Basis) -> Self {
        Self { basis, ..self }
    }

    /// The carbon intensity, in place of the zone's factor.
    #[must_use]
    pub fn intensity(self, intensity: CarbonIntensity) -> Self {
        Self { intensity: Some(intensity), ..self }
    }

    /// The overhead of the site.
    #[must_use]
    pub fn pue(self, pue: Pue) -> Self {
        Self { pue, ..self }
    }

    /// The price of energy.
    #[must_use]
    pub fn tariff(self, tariff: Tariff) -> Self {
        Self { tariff: Some(tariff), ..self }
    }

    /// Keeps the ledger here: a directory, or a file for this run.
    ///
    /// # Errors
    /// [`StoreError`] where the path makes no sense.
    pub fn ledger(self, path: &Path) -> Result<Self, StoreError> {
        Ok(Self { ledger: Ledger::At(LedgerOptions::choose(Some(path))?), ..self })
    }

    /// Keeps no ledger.
    #[must_use]
    pub fn no_ledger(self) -> Self {
        Self { ledger: Ledger::Off, ..self }
    }

    /// Which sources to read.
    #[must_use]
    pub fn sources(self, wanted: Wanted) -> Self {
        Self { wanted, ..self }
    }

    /// Starts to meter.
    ///
    /// # Errors
    /// [`TrackerError`] where the zone is unknown or there is no place for the
    /// ledger. A source that cannot be read is no error: the report tells it.
    pub fn start(self) -> Result<Tracker, TrackerError> {
        let mut intensity = match &self.zone {
            Some(code) => Intensity::of_zone(code, self.basis)?,
            None => Intensity::world(),
        };
        if let Some(given) = self.intensity {
            intensity = intensity.given(given, self.basis);
        }
        let settings = Settings {
            project: self.project,
            experiment: self.experiment,
            command: std::env::args().collect::<Vec<_>>().join(" "),
            period: self.period,
            pricer: Pricer { intensity, pue: self.pue, tariff: self.tariff },
            ledger: match self.ledger {
                Ledger::Default => Some(LedgerOptions::choose(None)?),
                Ledger::At(options) => Some(options),
                Ledger::Off => None,
            },
            wanted: self.wanted,
            clock: Clock::awake(),
        };
        let session = Session::open(&settings)?;
        let tick = settings.tick();
        let mut accounting = Accounting::of_self();
        if !session.shares_machine() {
            accounting.leave_machine_out();
        }
        let run = Run { session: Some(session), accounting };
        let run = Arc::new(Mutex::new(run));
        let (stop, stopped) = channel();
        let sampled = Arc::clone(&run);
        let sampler = std::thread::Builder::new().name("wattcast".into()).spawn(move || {
            while stopped.recv_timeout(tick) == Err(RecvTimeoutError::Timeout) {
                sampled.lock().unwrap_or_else(PoisonError::into_inner).sample();
            }
        });
        let sampler = sampler.map_err(TrackerError::Thread)?;
        Ok(Tracker { run, stop: Some(stop), sampler: Some(sampler) })
    }
}
