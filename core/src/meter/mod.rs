//! From readings to energy: power samples and wrapping counters in, exact
//! microjoules and a named outcome out.
//!
//! A [`CounterMeter`] takes the values of a cumulative counter, a
//! [`PowerMeter`] momentary power. Both answer every reading with an
//! [`Outcome`] and count it in [`Counts`]. An [`Attributor`] splits the energy
//! of a whole machine into an idle part, ours and others'.
//!
//! Each division hands its remainder on, so the sum over any slicing of the
//! same readings is the same integer. A meter does not know the time and does
//! not interpolate over what it has not seen.

mod attribute;
mod carry;
mod counter;
mod flow;
mod outcome;
mod power;
mod spec;

pub use attribute::{Attribution, Attributor};
pub(crate) use carry::Carry;
pub use counter::CounterMeter;
pub use flow::Flow;
pub use outcome::{Counts, Outcome, Overflow};
pub use power::PowerMeter;
pub use spec::{CounterLimits, CounterSpec};

#[cfg(test)]
mod tests;
