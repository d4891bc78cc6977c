//! What a run cost, told from its records: [`ReportBuilder`] takes records
//! live or from a ledger and gives a [`RunReport`].
//!
//! Energies stay integers in µJ until they are printed. The report adds the
//! disjoint parts of one run; it does not convert currencies, and it does not
//! add carbon of two bases.

mod builder;
mod channel;
mod csv;
mod equivalents;
mod factor;
mod number;
mod recorder;
mod run;
mod scan;
mod share;
mod terminal;
mod timeline;
mod totals;
mod whole;

pub use builder::{ReportBuilder, Reprice};
pub use csv::{CsvShape, to_csv};
pub use equivalents::{EVERYDAY, Equivalent, Everyday, equivalents};
pub use number::{carbon, cost, duration, energy};
pub use recorder::Recorder;
pub use run::{Factor, Gap, Integrity, Mark, Overlap, Part, RunReport, SCHEMA, State, Tags};
pub use scan::read_runs;
pub use terminal::{energy_range, local_time, state, terminal, terminal_totals};
pub use timeline::Timeline;
pub use totals::{BasisTotal, Totals};
