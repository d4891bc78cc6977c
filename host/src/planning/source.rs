//! Where forecasts come from.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use wattcast_core::forecast::{HORIZON, Hour, Method, Quantiles, Typical};
use wattcast_core::units::{Basis, CarbonIntensity, Utc};

use super::forecasts::{Origin, ZoneForecast};
use super::{Forecasts, PlanningError, SLOTS, file};
use crate::forecast::{Outlook, TypicalOutlook, grid_code, standard_offset_hours};
use crate::grid;
use crate::intensity::{History, HistoryError, ReadOptions};
use crate::weather::{DayAheadFile, DayAheadFiles};

const HOUR_US: u64 = 3_600_000_000;

/// Where the forecasts of a plan come from, to be asked anew at each planning.
#[derive(Clone, Debug)]
pub struct Source {
    /// The zones in which the job may run, as the user named them; none for
    /// all that a forecast file holds.
    pub zones: Vec<String>,
    /// Zones of the file that are left out.
    pub exclude: Vec<String>,
    /// A forecast that somebody else made.
    pub forecast: Option<PathBuf>,
    /// Histories to forecast from, each of one zone or, without one, of all.
    pub histories: Vec<(Option<String>, PathBuf)>,
    /// Day-ahead solar and wind of the zones, to forecast with: a file or a
    /// folder. Zones without are forecast from their history alone.
    pub day_ahead: Option<PathBuf>,
    /// One value for all zones and hours.
    pub given: Option<CarbonIntensity>,
    /// What the intensity is to count.
    pub basis: Basis,
    /// The zone of times that state none.
    pub time_zone: TimeZone,
    /// Read already, in place of `forecast`.
    text: Option<Vec<ZoneForecast>>,
}

impl Source {
    /// Zones by their codes, with nothing known but the built-in tables.
    #[must_use]
    pub fn zones(zones: &[&str]) -> Self {
        Self {
            zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
            exclude: Vec::new(),
            forecast: None,
            histories: Vec::new(),
            day_ahead: None,
            given: None,
            basis: Basis::LifeCycle,
            time_zone: TimeZone::UTC,
            text: None,
        }
    }

    /// A forecast from text in the shape of a forecast file; `file` is what
    /// errors call it.
    ///
    /// # Errors
    /// [`PlanningError::File`] names the line.
    pub fn forecast_text(file: &str, text: &str, zones: &[&str]) -> Result<Self, PlanningError> {
        let read = file::parse(file, text, &TimeZone::UTC, Basis::LifeCycle)?;
        Ok(Self { text: Some(read), ..Self::zones(zones) })
    }

    /// What is expected from `from` on, up to `until` or as far as is known.
    /// Of histories only what came before `from` is used.
    ///
    /// # Errors
    /// [`PlanningError`] names the file or zone.
    pub fn forecasts(&self, from: Utc, until: Option<Utc>) -> Result<Forecasts, PlanningError> {
        let read = match (&self.text, &self.forecast) {
            (Some(zones), _) => Some(zones.clone()),
            (None, Some(path)) => Some(file::read(path, &self.time_zone, self.basis)?),
            (None, None) => None,
        };
        let zones = match read {
            Some(zones) => self.chosen(zones)?,
            None => {
                let told = OnceCell::new();
                let one = |zone: &String| self.own(zone, from, until, &told);
                self.zones.iter().map(one).collect::<Result<_, _>>()?
            }
        };
        Forecasts::new(zones, from, until)
    }

    /// The zones of a file that were asked for.
    fn chosen(&self, mut known: Vec<ZoneForecast>) -> Result<Vec<ZoneForecast>, PlanningError> {
        let canonical = |zone: &String| {
            grid::find(zone).map_or_else(|_| zone.clone(), |place| place.code().to_owned())
        };
        known.retain(|zone| !self.exclude.iter().any(|out| out.eq_ignore_ascii_case(&zone.zone)));
        if self.zones.is_empty() {
            return Ok(known);
        }
        // A file of one zone need not name it.
        if let ([named], [only]) = (self.zones.as_slice(), known.as_mut_slice())
            && only.zone.is_empty()
        {
            only.zone = canonical(named);
            return Ok(known);
        }
        let pick = |zone: &String| {
            let code = canonical(zone);
            let is_it = |series: &&ZoneForecast| {
                series.zone.eq_ignore_ascii_case(zone) || series.zone.eq_ignore_ascii_case(&code)
            };
            known.iter().find(is_it).cloned().ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(|series| series.zone.as_str()).collect();
                let origin = known.first().map(|series| &series.origin);
                let file = match origin {
                    Some(Origin::File(file)) => file.clone(),
                    _ => String::from("the forecast"),
                };
                let names = if names.concat().is_empty() {
                    "has no column `zone`".to_owned()
                } else {
                    format!("holds {}", names.join(", "))
                };
                HistoryError::Shape { file, reason: format!("no zone `{zone}`: it {names}") }.into()
            })
        };
        self.zones.iter().map(pick).collect()
    }

    /// A zone by its history, a value, or its yearly factor.
    fn own(
        &self,
        zone: &str,
        from: Utc,
        until: Option<Utc>,
        told: &OnceCell<DayAheadFiles>,
    ) -> Result<ZoneForecast, PlanningError> {
        let of_zone = |named: &&(Option<String>, PathBuf)| {
            named.0.as_ref().is_some_and(|named| named.eq_ignore_ascii_case(zone))
        };
        let any = || self.histories.iter().find(|named| named.0.is_none());
        if let Some((_, path)) = self.histories.iter().find(of_zone).or_else(any) {
            return self.by_history(zone, path, from, told);
        }
        let start = Utc::from_us(from.as_us() / HOUR_US * HOUR_US);
        let hours = until.map_or(HORIZON, |until| {
            let us = until.as_us().saturating_sub(start.as_us());
            usize::try_from(us.div_ceil(HOUR_US)).unwrap_or(SLOTS)
        });
        let span = (start, hours.clamp(1, SLOTS));
        if let Some(value) = self.given {
            let what = (zone.to_owned(), self.basis, Origin::Given);
            return Ok(ZoneForecast::constant(what, value, span));
        }
        let place = grid::find(zone)?;
        let factor = place
            .factor(self.basis)
            .ok_or_else(|| PlanningError::NoFactor { zone: place.code().to_owned() })?;
        let origin = Origin::Yearly { source: factor.source.name(), year: factor.year };
        let what = (place.code().to_owned(), factor.basis, origin);
        typical(ZoneForecast::constant(what, factor.intensity, span), factor.intensity)
    }

    fn by_history(
        &self,
        zone: &str,
        path: &Path,
        from: Utc,
        told: &OnceCell<DayAheadFiles>,
    ) -> Result<ZoneForecast, PlanningError> {
        let code =
            grid::find(zone).map_or_else(|_| zone.to_owned(), |place| place.code().to_owned());
        let options = ReadOptions {
            zone: Some(zone.to_owned()),
            basis: self.basis,
            time_zone: self.time_zone.clone(),
        };
        let history = History::read(path, &options)?;
        let file = path.display().to_string();
        let known = history
            .known_at(from)
            .ok_or_else(|| PlanningError::TooYoung { file: file.clone(), before: from })?;
        let outlook = match self.expected(zone, &code, from, told)? {
            Some(told) => Outlook::with_day_ahead(&known, &told, &code, HORIZON),
            None => Outlook::of(&known, &code, HORIZON),
        };
        let outlook =
            outlook.map_err(|error| PlanningError::Outlook { zone: code.clone(), error })?;
        let network = match outlook.method {
            Method::Network => Some("history"),
            Method::DayAheadNetwork => Some("day-ahead"),
            _ => None,
        };
        let column = |of: fn(Quantiles) -> CarbonIntensity| {
            outlook.values.iter().map(|value| Some(of(*value))).collect()
        };
        Ok(ZoneForecast {
            zone: code,
            basis: known.basis(),
            origin: Origin::History { file, network },
            start: outlook.from.start(),
            slot_s: 3_600,
            expected: column(Quantiles::mean),
            low: column(Quantiles::p10),
            high: column(Quantiles::p90),
        })
    }

    /// What the operator of a zone had published by `from`. `opened`: the files,
    /// once a zone has asked for them.
    fn expected(
        &self,
        zone: &str,
        code: &str,
        from: Utc,
        opened: &OnceCell<DayAheadFiles>,
    ) -> Result<Option<DayAheadFile>, PlanningError> {
        let Some(path) = &self.day_ahead else { return Ok(None) };
        let files = match opened.get() {
            Some(files) => files,
            None => {
                let files = DayAheadFiles::open(path, &self.time_zone)?;
                opened.get_or_init(|| files)
            }
        };
        let found = files.of_either(code, zone)?;
        let offset_hours = standard_offset_hours(grid_code(code)).unwrap_or(0);
        Ok(found.map(|file| file.published_at(Hour::containing(from), offset_hours)))
    }
}

/// Typical days at the level of the yearly factor, where they are known.
fn typical(yearly: ZoneForecast, level: CarbonIntensity) -> Result<ZoneForecast, PlanningError> {
    // The tables tell life-cycle days; direct ones swing wider.
    if yearly.basis != Basis::LifeCycle {
        return Ok(yearly);
    }
    let mut values = Vec::new();
    let mut origin = None;
    while values.len() < yearly.expected.len() {
        let ahead = u32::try_from(values.len()).unwrap_or(u32::MAX);
        let from = Hour::containing(yearly.start).later(ahead);
        let hours = HORIZON.min(yearly.expected.len() - values.len());
        let told = TypicalOutlook::of(grid_code(&yearly.zone), level, from, hours)
            .map_err(|error| PlanningError::Outlook { zone: yearly.zone.clone(), error })?;
        let is_of_country = match told.typical {
            Typical::Flat => return Ok(yearly),
            Typical::OfCountry => true,
            Typical::OfZone => false,
        };
        origin = Some(Origin::Typical { is_of_country, sources: told.sources });
        values.extend(told.outlook.values);
    }
    let column = |of: fn(Quantiles) -> CarbonIntensity| {
        values.iter().map(|value| Some(of(*value))).collect()
    };
    Ok(ZoneForecast {
        origin: origin.unwrap_or(yearly.origin),
        expected: column(Quantiles::mean),
        low: column(Quantiles::p10),
        high: column(Quantiles::p90),
        ..yearly
    })
}
