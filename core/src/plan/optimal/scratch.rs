//! The memory that a caller lends.

use super::labels::Label;

/// Memory for [`optimal`](super::optimal), lent by the caller. What is in it
/// does not matter.
#[derive(Debug)]
pub struct Scratch<'a> {
    /// For sums.
    pub values: &'a mut [i64],
    /// For the best choice in each state.
    pub choices: &'a mut [u8],
    /// For the search that closes the gap where a budget and a price meet.
    /// Without any, the answer may be not proven.
    pub labels: &'a mut [Label],
}

/// How much [`Scratch`] a plan takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// How many values.
    pub values: usize,
    /// How many choices.
    pub choices: usize,
}

/// [`Scratch`] of a size that is fixed at compile time.
///
/// ```
/// use wattcast_core::plan::Workspace;
///
/// // One zone, two days of hours, up to two pauses that take time.
/// static WORKSPACE: Workspace<1_024, 8_192, 0> = Workspace::new();
/// # let _ = &WORKSPACE;
/// ```
#[derive(Debug)]
pub struct Workspace<const VALUES: usize, const CHOICES: usize, const LABELS: usize> {
    values: [i64; VALUES],
    choices: [u8; CHOICES],
    labels: [Label; LABELS],
}

impl<const VALUES: usize, const CHOICES: usize, const LABELS: usize>
    Workspace<VALUES, CHOICES, LABELS>
{
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self { values: [0; VALUES], choices: [0; CHOICES], labels: [Label::EMPTY; LABELS] }
    }

    /// Lends it.
    pub fn lend(&mut self) -> Scratch<'_> {
        Scratch { values: &mut self.values, choices: &mut self.choices, labels: &mut self.labels }
    }
}

impl<const VALUES: usize, const CHOICES: usize, const LABELS: usize> Default
    for Workspace<VALUES, CHOICES, LABELS>
{
    fn default() -> Self {
        Self::new()
    }
}
