//! What a run cost, told from its records: [`ReportBuilder`] takes records
//! live or from a ledger and gives a [`RunReport`].
//!
//! Energies stay integers in µJ until they are printed. The report adds the
//! disjoint parts of one run; it does not convert currencies, and it does not
//! add carbon of two bases.
//!
//! Named facts that a run may record and that are read here; any other is
//! passed on as it is:
//!
//! | fact | holds |
//! | --- | --- |
//! | `run`, `parent` | id of the run, and of the run around it |
//! | `project`, `experiment`, `command` | what the user called it |
//! | `os` | `Linux 6.8.0` |
//! | `cpu`, `cpu_count`, `cpu_tdp_mw` | name, logical CPUs, their design power together |
//! | `gpu` | names of the accelerators, one a line |
//! | `ram_bytes` | memory of the machine |
//! | `firmware`, `kept_uj` | of a board: program and version; energy of all channels in earlier boots |
//! | `cloud_provider`, `cloud_region` | `gcp`, `europe-west1` |
//! | `plan` | JSON: what a planned run was to do and did |
//!
//! Each stream and boot is a [`Sender`], be it a run of a host or a boot of a
//! board; [`once`] counts what several ledgers tell of one a single time.

mod builder;
mod channel;
mod csv;
mod equivalents;
mod factor;
mod number;
mod once;
mod planned;
mod recorder;
mod run;
mod scan;
mod sender;
mod share;
mod tags;
mod terminal;
mod timeline;
mod totals;
mod whole;

pub use builder::{ReportBuilder, Reprice};
pub use csv::{CsvShape, to_csv};
pub use equivalents::{EVERYDAY, Equivalent, Everyday, equivalents};
pub use number::{carbon, cost, duration, energy};
pub use once::once;
pub use recorder::Recorder;
pub use run::{Factor, Gap, Integrity, Mark, Overlap, Part, Pause, RunReport, SCHEMA, State, Tags};
pub use scan::{Reading, read_runs};
pub use sender::{Identity, Keys, Planned, Sender};
pub use terminal::{energy_range, local_time, state, terminal, terminal_totals};
pub use timeline::Timeline;
pub use totals::{BasisTotal, Totals};
