//! The totals of one channel.

use super::{LedgerError, Pricing};
use crate::meter::{Carry, Flow};
use crate::units::{Basis, CarbonMass, Energy, Money, TotalEnergy, Uptime};

/// µJ × mg/kWh × millionths of PUE in one microgram.
const PER_UG: u64 = 3_600_000_000_000_000;
/// µJ × millionths/kWh in one millionth of a currency unit.
const PER_MICRO: u64 = 3_600_000_000_000;

/// Energy, carbon and cost of one channel since boot or start. Import and
/// export are never netted; carbon and cost are those of the import.
///
/// ```
/// use wattcast_core::ledger::{Account, Constant, Pricing};
/// use wattcast_core::meter::Flow;
/// use wattcast_core::units::{
///     Basis, CarbonIntensity, CarbonMass, Energy, Interval, Pue, Uptime,
/// };
///
/// let factor = Constant(CarbonIntensity::from_mg_per_kwh(250_000));
/// let pricing = Pricing::new(Pue::from_millionths(1_200_000).unwrap())
///     .with_intensity(Basis::LifeCycle, &factor);
/// let hour = Interval::new(Uptime::ZERO, Uptime::from_us(3_600_000_000)).unwrap();
/// let watt_hour = Flow::from_net(hour, Energy::from_uj(3_600_000_000)).unwrap();
///
/// let mut account = Account::new();
/// account.add(watt_hour, &pricing).unwrap();
/// assert_eq!(account.carbon(), Some(CarbonMass::from_ug(300_000)));
/// assert_eq!(account.cost(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    until: Uptime,
    import: TotalEnergy,
    export: TotalEnergy,
    basis: Option<Basis>,
    carbon: CarbonMass,
    carbon_carry: Carry,
    without_carbon: TotalEnergy,
    is_costed: bool,
    cost: Money,
    cost_carry: Carry,
    without_cost: TotalEnergy,
}

/// What one flow added to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its carbon, as far as it was priced.
    pub carbon: CarbonMass,
    /// Its cost, as far as it was priced.
    pub cost: Money,
    /// The import for which no intensity was known.
    pub without_carbon: Energy,
    /// The import for which no price was known.
    pub without_cost: Energy,
}

impl Default for Account {
    fn default() -> Self {
        Self::new()
    }
}

impl Account {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            until: Uptime::ZERO,
            import: TotalEnergy::ZERO,
            export: TotalEnergy::ZERO,
            basis: None,
            carbon: CarbonMass::ZERO,
            carbon_carry: Carry::over(PER_UG),
            without_carbon: TotalEnergy::ZERO,
            is_costed: false,
            cost: Money::ZERO,
            cost_carry: Carry::over(PER_MICRO),
            without_cost: TotalEnergy::ZERO,
        }
    }

    /// Adds a flow and prices it as far as `pricing` can. What it cannot, for
    /// want of an anchor or of a value, stays unpriced: see [`Account::price`].
    ///
    /// # Errors
    ///
    /// [`LedgerError`]; the account is then unchanged.
    pub fn add(&mut self, flow: Flow, pricing: &Pricing<'_>) -> Result<Entry, LedgerError> {
        let mut next = *self;
        next.take(flow).ok_or(LedgerError::Overflow)?;
        let entry = next.price_all(flow, pricing)?;
        *self = next;
        Ok(entry)
    }

    /// Prices a flow that was added before and of which nothing could be
    /// priced then, because there was no anchor yet.
    ///
    /// # Errors
    ///
    /// [`LedgerError`]; the account is then unchanged.
    pub fn price(&mut self, flow: Flow, pricing: &Pricing<'_>) -> Result<Entry, LedgerError> {
        let mut next = *self;
        let entry = next.price_all(flow, pricing)?;
        *self = next;
        Ok(entry)
    }

    /// The same; after an error the account is of no use.
    fn price_all(&mut self, flow: Flow, pricing: &Pricing<'_>) -> Result<Entry, LedgerError> {
        let (carbon, cost) = (self.carbon, self.cost);
        let without_carbon = self.price_carbon(flow, pricing)?;
        let without_cost = self.price_cost(flow, pricing)?;
        let overflow = LedgerError::Overflow;
        Ok(Entry {
            carbon: self.carbon.checked_sub(carbon).ok_or(overflow)?,
            cost: self.cost.checked_sub(cost).ok_or(overflow)?,
            without_carbon,
            without_cost,
        })
    }

    /// The end of the last flow.
    #[must_use]
    pub const fn until(&self) -> Uptime {
        self.until
    }

    /// Energy taken in.
    #[must_use]
    pub const fn import(&self) -> TotalEnergy {
        self.import
    }

    /// Energy given out.
    #[must_use]
    pub const fn export(&self) -> TotalEnergy {
        self.export
    }

    /// What the carbon counts; `None` before the first that was priced.
    #[must_use]
    pub const fn basis(&self) -> Option<Basis> {
        self.basis
    }

    /// The carbon of the import; `None` as long as a part of it is unpriced.
    #[must_use]
    pub fn carbon(&self) -> Option<CarbonMass> {
        (self.basis.is_some() && self.without_carbon == TotalEnergy::ZERO).then_some(self.carbon)
    }

    /// The cost of the import; `None` as long as a part of it is unpriced.
    #[must_use]
    pub fn cost(&self) -> Option<Money> {
        (self.is_costed && self.without_cost == TotalEnergy::ZERO).then_some(self.cost)
    }

    /// The carbon of the part that is priced.
    #[must_use]
    pub const fn priced_carbon(&self) -> CarbonMass {
        self.carbon
    }

    /// The cost of the part that is priced.
    #[must_use]
    pub const fn priced_cost(&self) -> Money {
        self.cost
    }

    /// The import whose carbon is not known.
    #[must_use]
    pub const fn without_carbon(&self) -> TotalEnergy {
        self.without_carbon
    }

    /// The import whose cost is not known.
    #[must_use]
    pub const fn without_cost(&self) -> TotalEnergy {
        self.without_cost
    }

    fn take(&mut self, flow: Flow) -> Option<()> {
        self.import = self.import.checked_add_energy(flow.import())?;
        self.export = self.export.checked_add_energy(flow.export())?;
        self.without_carbon = self.without_carbon.checked_add_energy(flow.import())?;
        self.without_cost = self.without_cost.checked_add_energy(flow.import())?;
        self.until = self.until.max(flow.interval().end());
        Some(())
    }

    fn price_carbon(&mut self, flow: Flow, pricing: &Pricing<'_>) -> Result<Energy, LedgerError> {
        let Some((given, intensity)) = pricing.intensity() else { return Ok(flow.import()) };
        if let Some(held) = self.basis.filter(|held| *held != given) {
            return Err(LedgerError::MixedBasis { held, given });
        }
        // Below 2^57, as a PUE is at most 10.
        let pue = i64::from(pricing.pue().as_millionths());
        let weighed = pricing.weigh(flow, intensity, |intensity| {
            i64::from(intensity.as_mg_per_kwh()).saturating_mul(pue)
        })?;
        if weighed.is_known {
            self.basis = Some(given);
        }
        let added = self.carbon_carry.divide(weighed.amount).and_then(|(ug, carry)| {
            self.carbon_carry = carry;
            self.carbon.checked_add(CarbonMass::from_ug(u64::try_from(ug).ok()?))
        });
        self.carbon = added.ok_or(LedgerError::Overflow)?;
        self.without_carbon = less_priced(self.without_carbon, flow.import(), weighed.without)?;
        Ok(weighed.without)
    }

    fn price_cost(&mut self, flow: Flow, pricing: &Pricing<'_>) -> Result<Energy, LedgerError> {
        let Some(tariff) = pricing.tariff() else { return Ok(flow.import()) };
        let weighed = pricing.weigh(flow, tariff, |price| price.as_micro_per_kwh())?;
        self.is_costed |= weighed.is_known;
        let added = self.cost_carry.divide(weighed.amount).and_then(|(micro, carry)| {
            self.cost_carry = carry;
            self.cost.checked_add(Money::from_micro(i64::try_from(micro).ok()?))
        });
        self.cost = added.ok_or(LedgerError::Overflow)?;
        self.without_cost = less_priced(self.without_cost, flow.import(), weighed.without)?;
        Ok(weighed.without)
    }
}

/// What is left without a price after all of `import` but `without` got one.
fn less_priced(
    left: TotalEnergy,
    import: Energy,
    without: Energy,
) -> Result<TotalEnergy, LedgerError> {
    let priced = import.checked_sub(without).ok_or(LedgerError::Overflow)?;
    let priced = TotalEnergy::ZERO.checked_add_energy(priced).ok_or(LedgerError::Overflow)?;
    left.checked_sub(priced).ok_or(LedgerError::AlreadyPriced)
}
