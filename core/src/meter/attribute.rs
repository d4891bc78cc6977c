//! Whose energy it was: a machine's interval split by shares of CPU time.

use super::carry::Carry;
use crate::units::{Energy, Interval, Power};

/// Picojoules (µW × µs) in one microjoule.
const PJ_PER_UJ: u64 = 1_000_000;

/// The parts of a machine's energy; together they are the whole, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// What the machine would have drawn doing nothing.
    pub idle: Energy,
    /// What the accounted processes drew beyond that.
    pub ours: Energy,
    /// What all other processes drew beyond that.
    pub others: Energy,
}

/// Splits the energy of a whole machine: first the idle part (idle power ×
/// time, at most the whole), then the rest by the share of busy CPU time.
///
/// The remainders are carried, that of the share in 2^-64 µJ, so many small
/// intervals give what one large one of the same share does.
///
/// ```
/// use wattcast_core::meter::Attributor;
/// use wattcast_core::units::{Energy, Interval, Power, Uptime};
///
/// let mut attributor = Attributor::new(Power::from_uw(10_000_000)).unwrap();
/// let second = Interval::new(Uptime::ZERO, Uptime::from_us(1_000_000)).unwrap();
/// let parts = attributor.split(second, Energy::from_uj(40_000_000), 500_000, 2_000_000);
/// assert_eq!(parts.idle, Energy::from_uj(10_000_000));
/// assert_eq!(parts.ours, Energy::from_uj(7_500_000));
/// assert_eq!(parts.others, Energy::from_uj(22_500_000));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Attributor {
    idle_power: Power,
    idle: Carry,
    /// Of `ours`, in 2^-64 µJ.
    share: u64,
}

impl Attributor {
    /// A machine that draws `idle_power` when it does nothing, zero where that
    /// is not to be told apart. `None` where it is negative.
    #[must_use]
    pub const fn new(idle_power: Power) -> Option<Self> {
        if idle_power.as_uw() < 0 {
            return None;
        }
        Some(Self { idle_power, idle: Carry::over(PJ_PER_UJ), share: 0 })
    }

    /// Splits `whole`, used during `interval`, in which the accounted
    /// processes ran for `ours_us` of the `busy_us` of CPU time in which the
    /// machine was busy.
    ///
    /// The two clocks may differ: `ours_us` above `busy_us` takes all. Where
    /// neither ran, what is not idle is others'.
    #[must_use]
    pub fn split(
        &mut self,
        interval: Interval,
        whole: Energy,
        ours_us: u64,
        busy_us: u64,
    ) -> Attribution {
        let idle = self.idle_part(interval, whole);
        let active = i128::from(whole.as_uj()) - i128::from(idle.as_uj());
        let ours = self.share_of(active, ours_us, busy_us.max(ours_us));
        // Each lies between zero and `whole`, so all of them fit.
        let fits = |uj: i128| i64::try_from(uj).map_or(Energy::ZERO, Energy::from_uj);
        Attribution { idle, ours: fits(ours), others: fits(active - ours) }
    }

    fn idle_part(&mut self, interval: Interval, whole: Energy) -> Energy {
        let pj = i128::from(self.idle_power.as_uw()) * i128::from(interval.duration_us());
        let divided = self.idle.divide(pj).and_then(|(uj, carry)| {
            let idle = Energy::from_uj(i64::try_from(uj).ok()?);
            (idle <= whole).then_some((idle, carry))
        });
        // What the machine did not draw is not owed to the next interval.
        let (idle, carry) = divided.unwrap_or((whole.max(Energy::ZERO), Carry::over(PJ_PER_UJ)));
        self.idle = carry;
        idle
    }

    fn share_of(&mut self, active_uj: i128, ours_us: u64, busy_us: u64) -> i128 {
        let product = active_uj * i128::from(ours_us);
        let busy = i128::from(busy_us);
        let (Some(quotient), Some(rest)) =
            (product.checked_div_euclid(busy), product.checked_rem_euclid(busy))
        else {
            return 0;
        };
        let fraction = (rest.unsigned_abs() << 64) / busy.unsigned_abs();
        let sum = fraction + u128::from(self.share);
        self.share = u64::try_from(sum & u128::from(u64::MAX)).unwrap_or(0);
        quotient + i128::from(sum > u128::from(u64::MAX))
    }
}
