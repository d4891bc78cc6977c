//! From readings to energy: power samples and wrapping counters in, exact
//! microjoules and a named outcome out.

mod counter;

pub use counter::CounterSpec;
