//! What a forecaster answers.

use core::fmt;

use crate::units::CarbonIntensity;

use super::{HORIZON, Simple};

/// What lies below the intensity of an hour in one, five and nine of ten
/// cases. They never cross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Quantiles {
    p10: CarbonIntensity,
    p50: CarbonIntensity,
    p90: CarbonIntensity,
}

impl Quantiles {
    /// None at all, to fill memory with before a forecast.
    pub const ZERO: Self =
        Self { p10: CarbonIntensity::ZERO, p50: CarbonIntensity::ZERO, p90: CarbonIntensity::ZERO };

    /// Around `p50`; an outer one on the wrong side of it is moved to it.
    #[must_use]
    pub fn new(p10: CarbonIntensity, p50: CarbonIntensity, p90: CarbonIntensity) -> Self {
        Self { p10: p10.min(p50), p50, p90: p90.max(p50) }
    }

    /// From milligrams per kilowatt-hour of any sign and size.
    pub(super) fn from_mg([p10, p50, p90]: [i64; 3]) -> Self {
        let bounded = |mg: i64| {
            CarbonIntensity::from_mg_per_kwh(u32::try_from(mg.max(0)).unwrap_or(u32::MAX))
        };
        Self::new(bounded(p10), bounded(p50), bounded(p90))
    }

    /// One case in ten lies below.
    #[must_use]
    pub const fn p10(self) -> CarbonIntensity {
        self.p10
    }

    /// The forecast itself: as often too high as too low.
    #[must_use]
    pub const fn p50(self) -> CarbonIntensity {
        self.p50
    }

    /// One case in ten lies above.
    #[must_use]
    pub const fn p90(self) -> CarbonIntensity {
        self.p90
    }

    /// What comes in the mean, by Swanson's rule: three tenths of each outer
    /// quantile and four of the middle one, to the nearest, halves up. Unlike
    /// the middle it weighs how far to either side the hour can turn out, so
    /// sums of it are what hours are expected to emit.
    ///
    /// ```
    /// use wattcast_core::forecast::Quantiles;
    /// use wattcast_core::units::CarbonIntensity;
    ///
    /// let [low, middle, high] = [90_000, 100_000, 200_000].map(CarbonIntensity::from_mg_per_kwh);
    /// let told = Quantiles::new(low, middle, high);
    /// assert_eq!(told.mean(), CarbonIntensity::from_mg_per_kwh(127_000));
    /// ```
    #[must_use]
    pub fn mean(self) -> CarbonIntensity {
        let [p10, p50, p90] =
            [self.p10, self.p50, self.p90].map(|value| u64::from(value.as_mg_per_kwh()));
        let tenths = 3 * p10 + 4 * p50 + 3 * p90;
        let mg = (tenths + 5) / 10;
        // Between the outer two, which fit.
        CarbonIntensity::from_mg_per_kwh(u32::try_from(mg).unwrap_or(u32::MAX))
    }

    /// So many thousandths of the way from the forecast to what one case in
    /// ten lies above, rounded down: what a cautious plan counts with.
    #[must_use]
    pub fn toward_p90(self, permille: u16) -> CarbonIntensity {
        let (from, to) = (self.p50.as_mg_per_kwh(), self.p90.as_mg_per_kwh());
        let step = u64::from(to - from.min(to)) * u64::from(permille.min(1_000)) / 1_000;
        let step = u32::try_from(step).unwrap_or(u32::MAX);
        CarbonIntensity::from_mg_per_kwh(from.saturating_add(step))
    }
}

/// What answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Method {
    /// The network, from the intensity and the calendar.
    Network,
    /// The network that is told the weather.
    WeatherNetwork,
    /// The network that is told the solar and wind which the operator expects.
    DayAheadNetwork,
    /// One simple forecaster throughout.
    Simple(Simple),
    /// For each forecast day the simple forecaster that did best of late.
    BestSimple([Simple; 4]),
    /// A typical day of the season.
    TypicalDay(Typical),
}

/// Whose typical day a forecast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Typical {
    /// The zone's own.
    OfZone,
    /// That of the country, or the mean of those parts of it that are known.
    OfCountry,
    /// Nothing is known of the zone's days: every hour has the yearly value.
    Flat,
}

/// What was found while forecasting. All zero and `None` is a full history of
/// a grid of which nobody said whether the model saw it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Notes {
    /// Hours from the first reading to the issue.
    pub history_hours: u32,
    /// Hours of the last week that were missing or not believed and took the
    /// value of the day before.
    pub filled_hours: u32,
    /// Hours between the newest reading that was believed and the issue.
    pub stale_hours: u32,
    /// The length of the run of equal readings with which the history ends,
    /// where it is so long that the sensor must stand still; else 0. All but
    /// the first of them were taken as missing.
    pub stuck_hours: u32,
    /// Whether the model was trained on this grid; `None` where no network
    /// answered or no grid was named.
    pub zone_seen: Option<bool>,
    /// How far the grid's own record moved the network's answer towards the
    /// weekly profile, per forecast day, in 1/4096.
    pub toward_profile: [u16; 4],
    /// Whether the weather went into the answer.
    pub weather: WeatherUse,
    /// Hours of the weather of the last week and of the four days to come that
    /// were missing and took the value of the day before.
    pub weather_filled_hours: u32,
    /// The days from which the grid's response to the weather was learned.
    pub response_days: u32,
}

/// Whether the weather went into an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WeatherUse {
    /// The forecaster was not lent any.
    #[default]
    NotAsked,
    /// It did.
    Used,
    /// Too much of it was missing: of the week before, or of the four days to
    /// come, more than two days; of the operator's solar and wind, all that is
    /// to come.
    Unknown,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forecast<'o> {
    /// The hours from the issue on.
    pub values: &'o [Quantiles],
    /// What answered.
    pub method: Method,
    /// What was found in the history.
    pub notes: Notes,
}

/// Why there is no forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ForecastError {
    /// No reading lies before the issue.
    NoHistory,
    /// More hours were asked for than are forecast.
    TooFarAhead {
        /// The hours asked for.
        hours: usize,
    },
    /// The scratch memory lent is too small.
    ScratchTooSmall {
        /// The 16-bit words that it must hold.
        words: usize,
    },
    /// What goes into a network or comes out of it is not as long as it must
    /// be.
    WrongLength {
        /// The 16-bit words lent.
        found: usize,
        /// The words that they must be.
        words: usize,
    },
    /// The model is of a kind that this forecaster cannot feed.
    WrongModel,
}

impl fmt::Display for ForecastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHistory => f.write_str("no reading of the carbon intensity before the issue"),
            Self::TooFarAhead { hours } => {
                write!(f, "{hours} hours asked for, at most {HORIZON} can be forecast")
            }
            Self::ScratchTooSmall { words } => {
                write!(f, "the scratch memory must hold {words} 16-bit words")
            }
            Self::WrongLength { found, words } => {
                write!(f, "{found} values where there must be {words}")
            }
            Self::WrongModel => f.write_str("the model takes other inputs than a history has"),
        }
    }
}

impl core::error::Error for ForecastError {}

/// # Errors
/// Where more than [`HORIZON`] hours are wanted.
pub(super) fn within_horizon(hours: usize) -> Result<(), ForecastError> {
    if hours > HORIZON { Err(ForecastError::TooFarAhead { hours }) } else { Ok(()) }
}
