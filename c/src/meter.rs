//! Readings to energy.

use wattcast_core::meter::{CounterLimits, CounterMeter, CounterSpec, Flow, Outcome, PowerMeter};
use wattcast_core::units::{Energy, Interval, Power, Uptime};

use crate::memory::{object, put};
use crate::status::told;
use crate::wc_status;

/// Words of eight bytes in a `wc_power_meter`.
pub const WC_POWER_METER_WORDS: usize = 32;

/// Integrates samples of power by trapezoids, with nothing lost in rounding.
#[repr(C, align(16))]
pub struct wc_power_meter {
    mark: u64,
    reserved: u64,
    memory: [u64; WC_POWER_METER_WORDS],
}

object!(wc_power_meter, WC_POWER_METER_WORDS, b"wc-power", PowerMeter);

/// Words of eight bytes in a `wc_counter_meter`.
pub const WC_COUNTER_METER_WORDS: usize = 40;

/// Reads a cumulative counter that may wrap or start anew.
#[repr(C, align(16))]
pub struct wc_counter_meter {
    mark: u64,
    reserved: u64,
    memory: [u64; WC_COUNTER_METER_WORDS],
}

object!(wc_counter_meter, WC_COUNTER_METER_WORDS, b"wc-count", CounterMeter);

/// What a reading came to.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum wc_outcome {
    /// The first one: no energy yet.
    First = 0,
    /// Energy since the one before.
    Advanced = 1,
    /// The counter wrapped; the energy is right.
    Wrapped = 2,
    /// The counter began anew; the energy since is not known.
    Reset = 3,
    /// The reading failed.
    Unavailable = 4,
    /// Energy over readings that failed.
    Bridged = 5,
    /// Too long since the one before; the energy is not known.
    Gap = 6,
    /// The same moment as the one before: left out.
    Duplicate = 7,
    /// Before the one before: left out.
    Backward = 8,
    /// The sensor is at the end of its scale: the energy is at least this.
    Saturated = 9,
}

/// A reading and its energy.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_reading {
    /// Start of its interval, in µs since boot.
    pub start_us: u64,
    /// End of its interval.
    pub end_us: u64,
    /// Energy taken in, in µJ.
    pub import_uj: i64,
    /// Energy given out.
    pub export_uj: i64,
    /// What it came to.
    pub outcome: wc_outcome,
}

impl wc_reading {
    pub(crate) fn of(outcome: Outcome) -> Self {
        let (kind, interval) = match outcome {
            Outcome::First => (wc_outcome::First, None),
            Outcome::Advanced(flow) => (wc_outcome::Advanced, Some(flow.interval())),
            Outcome::Wrapped(flow) => (wc_outcome::Wrapped, Some(flow.interval())),
            Outcome::Bridged(flow) => (wc_outcome::Bridged, Some(flow.interval())),
            Outcome::Saturated(flow) => (wc_outcome::Saturated, Some(flow.interval())),
            Outcome::Reset(interval) => (wc_outcome::Reset, Some(interval)),
            Outcome::Gap(interval) => (wc_outcome::Gap, Some(interval)),
            Outcome::Unavailable => (wc_outcome::Unavailable, None),
            Outcome::Duplicate => (wc_outcome::Duplicate, None),
            Outcome::Backward => (wc_outcome::Backward, None),
        };
        let flow = outcome.flow();
        Self {
            start_us: interval.map_or(0, |it| it.start().as_us()),
            end_us: interval.map_or(0, |it| it.end().as_us()),
            import_uj: flow.map_or(0, |it| it.import().as_uj()),
            export_uj: flow.map_or(0, |it| it.export().as_uj()),
            outcome: kind,
        }
    }

    /// The energy, where the reading has any.
    pub(crate) fn flow(&self) -> Result<Option<Flow>, wc_status> {
        if self.import_uj == 0 && self.export_uj == 0 && self.start_us == self.end_us {
            return Ok(None);
        }
        let (start, end) = (Uptime::from_us(self.start_us), Uptime::from_us(self.end_us));
        let interval = Interval::new(start, end).ok_or(wc_status::Argument)?;
        let (import, export) = (Energy::from_uj(self.import_uj), Energy::from_uj(self.export_uj));
        Flow::new(interval, import, export).map(Some).ok_or(wc_status::Argument)
    }
}

/// Makes a meter ready. A time between two samples above `max_gap_us` is a gap.
/// At `full_scale_uw` and above a sample counts as saturated; 0 where the sensor
/// has no such end.
///
/// # Safety
///
/// `meter` is null or points to memory for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_power_meter_init(
    meter: *mut wc_power_meter,
    max_gap_us: u64,
    full_scale_uw: i64,
) -> wc_status {
    let mut inner = PowerMeter::new(max_gap_us);
    if full_scale_uw != 0 {
        inner = inner.with_full_scale(Power::from_uw(full_scale_uw));
    }
    // SAFETY: as the caller vouches.
    told(unsafe { wc_power_meter::make(meter, inner) })
}

/// Takes a sample of power in µW at a moment in µs since boot.
///
/// # Safety
///
/// `meter` and `reading` are null or point to one each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_power_meter_read(
    meter: *mut wc_power_meter,
    at_us: u64,
    power_uw: i64,
    reading: *mut wc_reading,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let meter = unsafe { wc_power_meter::open(meter) }?;
        let mut trial = *meter;
        let outcome = trial.read(Uptime::from_us(at_us), Power::from_uw(power_uw));
        let outcome = outcome.map_err(|_| wc_status::Overflow)?;
        // SAFETY: as the caller vouches.
        unsafe { put(reading, wc_reading::of(outcome)) }?;
        *meter = trial;
        Ok(())
    })())
}

/// Notes that the sensor did not answer. The next sample goes on from the last
/// one that did.
///
/// # Safety
///
/// `meter` is null or points to one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_power_meter_read_failed(meter: *mut wc_power_meter) -> wc_status {
    // SAFETY: as the caller vouches.
    told(unsafe { wc_power_meter::open(meter) }.map(|meter| {
        let _: Outcome = meter.read_failed();
    }))
}

/// Makes a meter ready. A count is worth `uj_numerator / uj_denominator` µJ. The
/// counter starts anew after `range` counts; 0 where it never does. Nothing on
/// this device draws more than `max_power_uw`; 0 where that is not known.
///
/// # Safety
///
/// `meter` is null or points to memory for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_counter_meter_init(
    meter: *mut wc_counter_meter,
    uj_numerator: u32,
    uj_denominator: u64,
    range: u64,
    max_power_uw: i64,
) -> wc_status {
    told((|| {
        let range = (range != 0).then_some(range);
        let spec = CounterSpec::new(uj_numerator, uj_denominator, range);
        let limits = match max_power_uw {
            0 => Some(CounterLimits::unlimited()),
            most => CounterLimits::new(Power::from_uw(most)),
        };
        let (spec, limits) = spec.zip(limits).ok_or(wc_status::Argument)?;
        // SAFETY: as the caller vouches.
        unsafe { wc_counter_meter::make(meter, CounterMeter::new(spec, limits)) }
    })())
}

/// Takes the raw value of the counter at a moment in µs since boot.
///
/// # Safety
///
/// `meter` and `reading` are null or point to one each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_counter_meter_read(
    meter: *mut wc_counter_meter,
    at_us: u64,
    value: u64,
    reading: *mut wc_reading,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let meter = unsafe { wc_counter_meter::open(meter) }?;
        let mut trial = *meter;
        let outcome = trial.read(Uptime::from_us(at_us), value);
        let outcome = outcome.map_err(|_| wc_status::Overflow)?;
        // SAFETY: as the caller vouches.
        unsafe { put(reading, wc_reading::of(outcome)) }?;
        *meter = trial;
        Ok(())
    })())
}
