//! Carbon beside what it is held against.

/// The carbon of a plan and of what it is held against, for the same energy at
/// one power: sums of mg/kWh × seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Of the plan.
    pub planned: u128,
    /// Of what it is held against.
    pub against: u128,
}

impl Saved {
    /// What the plan saves, in millionths of what it is held against; negative
    /// where it emits more.
    #[must_use]
    pub fn saving_ppm(self) -> i64 {
        let signed = |sum: u128| i128::try_from(sum).unwrap_or(i128::MAX);
        let saved = signed(self.against) - signed(self.planned);
        let ppm = saved.saturating_mul(1_000_000).checked_div(signed(self.against)).unwrap_or(0);
        i64::try_from(ppm).unwrap_or(i64::MIN)
    }

    /// Adds another stretch of time.
    pub(super) fn add(&mut self, other: Self) {
        self.planned += other.planned;
        self.against += other.against;
    }
}
