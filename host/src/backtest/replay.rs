//! All forecasters over all grids, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use wattcast_core::forecast::{ForecastError, Hour, Quantiles};
use wattcast_core::units::CarbonIntensity;

use super::{Candidate, Grid, Scores, Windows};

/// What one forecaster said of one grid.
#[derive(Clone, Debug)]
pub struct Replay<'g> {
    grid: &'g Grid,
    windows: Windows,
    told: Vec<Quantiles>,
}

impl<'g> Replay<'g> {
    /// Window by window: the first hour, and for each hour what was told and
    /// what came.
    pub fn windows(
        &self,
    ) -> impl Iterator<Item = (Hour, Vec<(Quantiles, Option<CarbonIntensity>)>)> + use<'_, 'g> {
        let told = self.told.chunks(self.windows.horizon().max(1));
        self.windows.issues().zip(told).map(|(issue, told)| {
            let hours = (0..).zip(told);
            let pair = |(ahead, told): (u32, &Quantiles)| {
                (*told, self.grid.series().value(issue.later(ahead)))
            };
            (issue, hours.map(pair).collect())
        })
    }

    /// How well it did, on the first `horizon` hours of each window.
    #[must_use]
    pub fn scores(&self, horizon: usize) -> Scores {
        let mut scores = super::score::Sums::new(horizon.min(self.windows.horizon()));
        for (_, window) in self.windows() {
            scores.add(&window);
        }
        scores.finish()
    }
}

/// Lets every candidate forecast all windows of every grid: by grid, then by
/// candidate. `done` is told, from any thread, of each forecast that is made.
///
/// # Errors
/// [`ForecastError::NoHistory`] where a grid's first window has no reading
/// before it.
pub fn run<'g>(
    grids: &'g [Grid],
    candidates: &[Candidate<'_>],
    windows: Windows,
    done: &(dyn Fn(u64) + Sync),
) -> Result<Vec<Vec<Replay<'g>>>, ForecastError> {
    let tasks: Vec<(&Grid, &Candidate<'_>)> =
        grids.iter().flat_map(|grid| candidates.iter().map(move |c| (grid, c))).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = vec![];
        while let Some((at, (grid, candidate))) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, tasks.get(at)?)))
        {
            let told = candidate.replay(grid, windows, done);
            made.push((at, told.map(|told| Replay { grid, windows, told })));
        }
        made
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(tasks.len());
    let mut made = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut made = work();
        for other in others {
            match other.join() {
                Ok(more) => made.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    });
    made.sort_by_key(|(at, _)| *at);
    let replays = made.into_iter().map(|(_, replay)| replay).collect::<Result<Vec<_>, _>>()?;
    let by_grid = replays.chunks(candidates.len().max(1));
    Ok(by_grid.map(<[_]>::to_vec).collect())
}
