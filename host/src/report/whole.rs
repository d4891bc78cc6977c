//! The sum of disjoint parts.

use super::run::Part;
use super::share;

/// Sums over parts. A sum that does not fit is left at the last that did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) energy_uj: u128,
    pub(super) low_uj: u128,
    pub(super) high_uj: u128,
    pub(super) export_uj: u128,
    pub(super) carbon_ug: Option<u128>,
    pub(super) carbon_low_ug: Option<u128>,
    pub(super) carbon_high_ug: Option<u128>,
    pub(super) cost_micro: Option<i128>,
    pub(super) overflowed: bool,
}

impl Whole {
    pub(super) fn of<'a>(parts: impl Iterator<Item = &'a Part>) -> Self {
        let mut whole = Self {
            carbon_ug: Some(0),
            carbon_low_ug: Some(0),
            carbon_high_ug: Some(0),
            ..Self::default()
        };
        for part in parts {
            whole.add(part);
        }
        whole
    }

    fn add(&mut self, part: &Part) {
        let mut overflowed = false;
        let mut add = |sum: &mut u128, more: u128| match sum.checked_add(more) {
            Some(total) => *sum = total,
            None => overflowed = true,
        };
        add(&mut self.energy_uj, part.energy_uj);
        add(&mut self.low_uj, part.energy_low_uj);
        add(&mut self.high_uj, part.energy_high_uj);
        add(&mut self.export_uj, part.export_uj);
        self.overflowed |= overflowed;

        // The range of the carbon is that of the energy, in proportion.
        let bound = |energy_uj| share::of(part.carbon_ug?, energy_uj, part.energy_uj);
        let (low, high) = (bound(part.energy_low_uj), bound(part.energy_high_uj));
        // A part that drew nothing needs no price.
        let priced = |carbon: Option<u128>| carbon.or((part.energy_uj == 0).then_some(0));
        for (sum, more) in [
            (&mut self.carbon_ug, part.carbon_ug),
            (&mut self.carbon_low_ug, low),
            (&mut self.carbon_high_ug, high),
        ] {
            *sum = sum.and_then(|sum| sum.checked_add(priced(more)?));
        }
        if let Some(cost) = part.cost_micro {
            self.cost_micro = self.cost_micro.unwrap_or(0).checked_add(cost);
        }
    }
}
