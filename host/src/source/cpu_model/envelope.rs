//! How far the named models of a processor's power lie apart.
//!
//! The estimate is that of Boavizta and Teads, 0.12 × TDP at rest and
//! 1.02 × TDP at full load, with a straight line between, so that energy is
//! linear in CPU time and no sampling period changes it. Per second of CPU
//! time that is 0.90 of a thread's TDP. The others, between half and full
//! load, in shares of the same TDP:
//!
//! | model | active | idle |
//! | --- | --- | --- |
//! | Boavizta's curve (0.75 at half load) | 0.90 to 1.26 | 0.12 |
//! | CodeCarbon, machine: 0.1 + 0.9 u³ | 0.225 to 0.90 | 0.10 |
//! | CodeCarbon, process; Green Algorithms; eco2AI: u | 1.00 | none |
//! | Cloud Carbon Footprint: 0.74 to 3.5 W per virtual CPU | 2.76 W | 0.74 W, 0.21 of its full load |

use wattcast_core::units::Power;

/// A least and a greatest factor, in millionths of the estimate.
pub(super) type Range = (u32, u32);

const ONE: u64 = 1_000_000;

/// 0.225 and 1.26 over 0.90.
const ACTIVE: Range = (250_000, 1_400_000);
/// 0.10 over 0.12, and 0.74 / 3.5 × 1.02 over 0.12.
const IDLE: Range = (833_333, 1_797_143);

/// Cloud Carbon Footprint's coefficients for a virtual CPU (mean of AWS).
const CCF_IDLE: Power = Power::from_uw(740_000);
const CCF_ACTIVE: Power = Power::from_uw(2_760_000);

/// The range of the active energy, given the TDP's own range and, for a
/// virtual CPU, the estimate of its active power.
pub(super) fn active(tdp: Range, virtual_cpu: Option<Power>) -> Range {
    widen(product(ACTIVE, tdp), CCF_ACTIVE, virtual_cpu)
}

/// The range of the idle energy, likewise.
pub(super) fn idle(tdp: Range, virtual_cpu: Option<Power>) -> Range {
    widen(product(IDLE, tdp), CCF_IDLE, virtual_cpu)
}

/// `part` over `whole` in millionths.
pub(super) fn ratio(part: Power, whole: Power) -> u32 {
    let part = u128::try_from(part.as_uw()).unwrap_or(0);
    let whole = u128::try_from(whole.as_uw()).unwrap_or(0).max(1);
    u32::try_from(part * u128::from(ONE) / whole).unwrap_or(u32::MAX)
}

fn product(a: Range, b: Range) -> Range {
    (times(a.0, b.0), times(a.1, b.1))
}

fn times(a: u32, b: u32) -> u32 {
    u32::try_from(u64::from(a) * u64::from(b) / ONE).unwrap_or(u32::MAX)
}

fn widen((low, high): Range, named: Power, estimate: Option<Power>) -> Range {
    match estimate.map(|estimate| ratio(named, estimate)) {
        Some(factor) => (low.min(factor), high.max(factor)),
        None => (low, high),
    }
}
