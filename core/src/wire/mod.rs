//! Records, and the frames that carry them.

pub mod record;

pub use record::Record;
