//! What a forecaster would have said in the past, held against what came.
//!
//! Every forecast is made from the hours before its issue alone, by the same
//! code as a live one; what the network learns about a grid on the way comes
//! from days that had ended by then.
//!
//! ```
//! use wattcast::backtest::{Candidate, Grid, Windows, run};
//! use wattcast::forecast::Series;
//! use wattcast::intensity::{History, ReadOptions};
//! use wattcast_core::forecast::Simple;
//!
//! let mut csv = String::new();
//! for hour in 0..240 {
//!     let gram = if hour % 24 < 6 { 120 } else { 300 };
//!     csv += &format!("2024-01-{:02}T{:02}:00Z,{gram}\n", 1 + hour / 24, hour % 24);
//! }
//! let history = History::parse("example.csv", &csv, &ReadOptions::default())?;
//! let grids = [Grid::new("DE", Series::of(&history))];
//! let end = grids[0].series().end();
//! let windows = Windows::new(end.earlier(48), end, 24, 24).unwrap();
//! let replayed = run(&grids, &[Candidate::Simple(Simple::Yesterday)], windows, &|_| ())?;
//! assert_eq!(replayed[0][0].scores(24).mae, 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod candidate;
mod grid;
mod replay;
mod score;
#[cfg(test)]
mod tests;
mod windows;

pub use candidate::Candidate;
#[cfg(feature = "cli")]
pub(crate) use candidate::rule_name;
pub use grid::Grid;
pub use replay::{Replay, run};
pub use score::Scores;
pub use windows::Windows;
