//! The carbon intensity of the next days.

use wattcast_core::forecast::{
    BestSimple, ForecastError, Forecaster, HORIZON, History, Hour, Issue, Model, ModelKind,
    NetworkForecaster, Quantiles, Reading,
};

use crate::memory::{array, array_mut, object, put};
use crate::status::told;
use crate::wc_status;

/// Words of eight bytes in a `wc_model`.
pub const WC_MODEL_WORDS: usize = 256;

/// A forecasting network, read where it lies.
#[repr(C, align(16))]
pub struct wc_model {
    mark: u64,
    reserved: u64,
    memory: [u64; WC_MODEL_WORDS],
}

object!(wc_model, WC_MODEL_WORDS, b"wc-model", Model<'static>);

/// Most hours ahead that are forecast.
pub const WC_HORIZON: usize = 96;
const _: () = assert!(WC_HORIZON == HORIZON);

/// Stands for an hour of a history that is not known.
pub const WC_MISSING: u32 = 0xFFFF_FFFF;

/// The expected intensity of an hour, in milligrams of CO2e per kilowatt-hour.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct wc_hour {
    /// One case in ten lies below.
    pub p10: u32,
    /// As often too high as too low.
    pub p50: u32,
    /// One case in ten lies above.
    pub p90: u32,
}

/// Checks a model and makes it ready. The bytes stay where they are, in flash for
/// example, for as long as it is used.
///
/// # Safety
///
/// `model` is null or points to memory for one; `bytes` is null or points to
/// `length` bytes that do not change while the model is used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_model_init(
    model: *mut wc_model,
    bytes: *const u8,
    length: usize,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let bytes: &'static [u8] = unsafe { array(bytes, length) }?;
        let loaded = Model::load(bytes).map_err(|_| wc_status::BadModel)?;
        if loaded.kind() != ModelKind::History {
            return Err(wc_status::BadModel);
        }
        // SAFETY: as the caller vouches.
        unsafe { wc_model::make(model, loaded) }
    })())
}

/// How many words of scratch memory a forecast with this model takes.
///
/// # Safety
///
/// `model` and `words` are null or point to one each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_model_scratch_words(
    model: *const wc_model,
    words: *mut usize,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        unsafe { put(words, wc_model::look(model)?.scratch_words()) }
    })())
}

/// Forecasts `hours` hours, at most `WC_HORIZON`, from the intensities of the
/// `known` hours before, oldest first; `WC_MISSING` where one is not known. The
/// first hour to come is `end_hour`, in hours since 1970; the standard time of the
/// grid is `offset_hours` ahead of UTC.
///
/// Without a model, and where the history is too poor for one, simple rules answer.
///
/// # Safety
///
/// `model` is null or points to one; the arrays are null or as long as is said,
/// and apart from each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_forecast(
    model: *const wc_model,
    history_mg_per_kwh: *const u32,
    known: usize,
    end_hour: u32,
    offset_hours: i8,
    scratch: *mut i16,
    scratch_words: usize,
    out: *mut wc_hour,
    hours: usize,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let (history, scratch, out) = unsafe {
            let history = array(history_mg_per_kwh.cast::<Reading>(), known)?;
            (history, array_mut(scratch, scratch_words)?, array_mut(out, hours)?)
        };
        let mut values = [Quantiles::default(); HORIZON];
        let values = values.get_mut(..hours).ok_or(wc_status::Argument)?;
        let issue = Issue::new(Hour::from_hours(end_hour), offset_hours);
        let issue = issue.ok_or(wc_status::Argument)?;
        let history = History::new(issue.hour(), history);
        if model.is_null() {
            BestSimple.forecast(&history, issue, values).map_err(status)?;
        } else {
            // SAFETY: as the caller vouches.
            let model = unsafe { wc_model::look(model) }?;
            let mut network = NetworkForecaster::new(model, scratch).map_err(status)?;
            network.forecast(&history, issue, values).map_err(status)?;
        }
        for (slot, value) in out.iter_mut().zip(values) {
            let mg = |intensity: wattcast_core::units::CarbonIntensity| intensity.as_mg_per_kwh();
            *slot = wc_hour { p10: mg(value.p10()), p50: mg(value.p50()), p90: mg(value.p90()) };
        }
        Ok(())
    })())
}

fn status(error: ForecastError) -> wc_status {
    match error {
        ForecastError::NoHistory => wc_status::NoHistory,
        ForecastError::TooFarAhead { .. } | ForecastError::WrongLength { .. } => {
            wc_status::Argument
        }
        ForecastError::ScratchTooSmall { .. } => wc_status::Memory,
        ForecastError::WrongModel => wc_status::BadModel,
    }
}
