//! Energy that waits for its time to be known.

use heapless::Vec;

use super::{Account, LedgerError, Pricing};
use crate::meter::Flow;

/// Flows that could not be priced for want of an anchor, at most `N` of them.
/// When it is full, neighbours are merged two by two: the energy stays exact,
/// and only its course in time becomes coarser.
///
/// ```
/// use wattcast_core::ledger::{Account, Backlog, Constant, Pricing};
/// use wattcast_core::meter::Flow;
/// use wattcast_core::units::{Anchor, Energy, Interval, Pue, Uptime, Utc};
///
/// let mut account = Account::new();
/// let mut backlog = Backlog::<16>::new();
/// let second = Interval::new(Uptime::ZERO, Uptime::from_us(1_000_000)).unwrap();
/// let flow = Flow::from_net(second, Energy::from_uj(1_000)).unwrap();
///
/// account.add(flow, &Pricing::new(Pue::ONE)).unwrap();
/// backlog.push(flow).unwrap();
/// // Later the board learns the time:
/// let now = Utc::from_us(1_790_000_000_000_000);
/// let anchor = Anchor { uptime: Uptime::from_us(1_000_000), utc: now, uncertainty_us: 0 };
/// backlog.settle(&mut account, &Pricing::new(Pue::ONE).with_anchor(anchor)).unwrap();
/// assert!(backlog.is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Backlog<const N: usize> {
    flows: Vec<Flow, N>,
}

impl<const N: usize> Backlog<N> {
    /// Nothing waits.
    #[must_use]
    pub const fn new() -> Self {
        Self { flows: Vec::new() }
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    /// The flows that wait, oldest first.
    #[must_use]
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// Keeps a flow, later than those kept before.
    ///
    /// # Errors
    ///
    /// Gives the flow back where it cannot be kept: `N` is zero, or the energy
    /// of merged flows would not fit.
    pub fn push(&mut self, flow: Flow) -> Result<(), Flow> {
        if self.flows.is_full() {
            self.merge_neighbours().ok_or(flow)?;
        }
        let Err(flow) = self.flows.push(flow) else { return Ok(()) };
        let last = self.flows.last_mut().ok_or(flow)?;
        *last = last.merge(flow).ok_or(flow)?;
        Ok(())
    }

    /// Prices all that waits, once `pricing` has an anchor; without one
    /// nothing changes.
    ///
    /// # Errors
    ///
    /// [`LedgerError`]; account and backlog are then unchanged.
    pub fn settle(
        &mut self,
        account: &mut Account,
        pricing: &Pricing<'_>,
    ) -> Result<(), LedgerError> {
        if pricing.anchor().is_none() {
            return Ok(());
        }
        let mut next = *account;
        for flow in &self.flows {
            next.price(*flow, pricing)?;
        }
        *account = next;
        self.flows.clear();
        Ok(())
    }

    fn merge_neighbours(&mut self) -> Option<()> {
        let mut merged = Vec::new();
        for pair in self.flows.chunks(2) {
            let flow = match *pair {
                [one, next] => one.merge(next)?,
                [one] => one,
                _ => continue,
            };
            merged.push(flow).ok()?;
        }
        self.flows = merged;
        Some(())
    }
}
