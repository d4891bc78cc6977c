//! Energy to carbon and cost.

use wattcast_core::ledger::{Account, Constant, LedgerError, Pricing};
use wattcast_core::units::{Basis, CarbonIntensity, Price, Pue};

use crate::memory::{object, put, read};
use crate::status::told;
use crate::{wc_reading, wc_status};

/// Words of eight bytes in a `wc_account`.
pub const WC_ACCOUNT_WORDS: usize = 32;

/// Energy, carbon and cost since boot, exact.
#[repr(C, align(16))]
pub struct wc_account {
    mark: u64,
    reserved: u64,
    memory: [u64; WC_ACCOUNT_WORDS],
}

object!(wc_account, WC_ACCOUNT_WORDS, b"wc-accnt", Account);

/// What an intensity counts: the whole life of the plants and their fuel.
pub const WC_BASIS_LIFE_CYCLE: u8 = 0;
/// What an intensity counts: only what leaves the chimney.
pub const WC_BASIS_DIRECT: u8 = 1;
/// What an intensity counts: what one more kilowatt-hour causes.
pub const WC_BASIS_MARGINAL: u8 = 2;

/// A number of 128 bits.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct wc_u128 {
    /// The lower half.
    pub low: u64,
    /// The upper half.
    pub high: u64,
}

impl wc_u128 {
    pub(crate) fn of(value: u128) -> Self {
        let [high, low] = [value >> 64, value & u128::from(u64::MAX)];
        let half = |half| u64::try_from(half).unwrap_or(u64::MAX);
        Self { low: half(low), high: half(high) }
    }
}

/// What a kilowatt-hour emits and costs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_pricing {
    /// Price in millionths of a unit of the currency.
    pub price_micro_per_kwh: i64,
    /// Carbon intensity in milligrams of CO2e.
    pub mg_per_kwh: u32,
    /// Overhead of the site in millionths: 1000000 to 10000000.
    pub pue_millionths: u32,
    /// `WC_BASIS_LIFE_CYCLE` or another.
    pub basis: u8,
    /// Not 0 where the intensity is known.
    pub has_intensity: u8,
    /// Not 0 where the price is known.
    pub has_price: u8,
}

/// What was counted since boot.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_totals {
    /// Energy taken in, in µJ.
    pub import_uj: wc_u128,
    /// Energy given out; never netted with `import_uj`.
    pub export_uj: wc_u128,
    /// End of the last interval, in µs since boot.
    pub until_us: u64,
    /// Carbon of the import in µg CO2e, where `has_carbon`.
    pub carbon_ug: u64,
    /// Cost of the import in millionths, where `has_cost`.
    pub cost_micro: i64,
    /// Not 0 where the carbon is known.
    pub has_carbon: u8,
    /// Not 0 where the cost is known.
    pub has_cost: u8,
}

pub(crate) fn basis(code: u8) -> Result<Basis, wc_status> {
    match code {
        WC_BASIS_LIFE_CYCLE => Ok(Basis::LifeCycle),
        WC_BASIS_DIRECT => Ok(Basis::Direct),
        WC_BASIS_MARGINAL => Ok(Basis::Marginal),
        _ => Err(wc_status::Argument),
    }
}

pub(crate) const fn basis_code(basis: Basis) -> u8 {
    match basis {
        Basis::LifeCycle => WC_BASIS_LIFE_CYCLE,
        Basis::Direct => WC_BASIS_DIRECT,
        Basis::Marginal => WC_BASIS_MARGINAL,
    }
}

/// Makes an account ready, empty.
///
/// # Safety
///
/// `account` is null or points to memory for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_account_init(account: *mut wc_account) -> wc_status {
    // SAFETY: as the caller vouches.
    told(unsafe { wc_account::make(account, Account::new()) })
}

/// Adds the energy of a reading, if it has any, at a price.
///
/// # Safety
///
/// `account`, `reading` and `pricing` are null or point to one each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_account_add(
    account: *mut wc_account,
    reading: *const wc_reading,
    pricing: *const wc_pricing,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let (account, reading, given) =
            unsafe { (wc_account::open(account)?, read(reading)?, read(pricing)?) };
        let pue = Pue::from_millionths(given.pue_millionths).ok_or(wc_status::Argument)?;
        let intensity = Constant(CarbonIntensity::from_mg_per_kwh(given.mg_per_kwh));
        let price = Constant(Price::from_micro_per_kwh(given.price_micro_per_kwh));
        let mut pricing = Pricing::new(pue);
        if given.has_intensity != 0 {
            pricing = pricing.with_intensity(basis(given.basis)?, &intensity);
        }
        if given.has_price != 0 {
            pricing = pricing.with_tariff(&price);
        }
        let Some(flow) = reading.flow()? else { return Ok(()) };
        account.add(flow, &pricing).map(|_| ()).map_err(|error| match error {
            LedgerError::MixedBasis { .. } => wc_status::MixedBasis,
            _ => wc_status::Overflow,
        })
    })())
}

/// What was counted so far.
///
/// # Safety
///
/// `account` and `totals` are null or point to one each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_account_totals(
    account: *const wc_account,
    totals: *mut wc_totals,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let account = unsafe { wc_account::look(account) }?;
        let (carbon, cost) = (account.carbon(), account.cost());
        let value = wc_totals {
            import_uj: wc_u128::of(account.import().as_uj()),
            export_uj: wc_u128::of(account.export().as_uj()),
            until_us: account.until().as_us(),
            carbon_ug: carbon.map_or(0, |mass| mass.as_ug()),
            cost_micro: cost.map_or(0, |cost| cost.as_micro()),
            has_carbon: u8::from(carbon.is_some()),
            has_cost: u8::from(cost.is_some()),
        };
        // SAFETY: as the caller vouches.
        unsafe { put(totals, value) }
    })())
}

/// The account within, for records.
///
/// # Safety
///
/// `account` is null or points to one.
pub(crate) unsafe fn look<'a>(account: *const wc_account) -> Result<&'a Account, wc_status> {
    // SAFETY: as the caller vouches.
    unsafe { wc_account::look(account) }
}
