//! What the reference forecast, and of what.

use super::Vec;

use serde_json::Value;

use crate::forecast::{DayAhead, HORIZON, History, Hour, Issue, Reading, Weather, WeatherSeries};
use crate::units::CarbonIntensity;

/// A made-up series, and what the reference forecast of it.
pub(super) struct Golden {
    pub(super) document: Value,
    pub(super) start: Hour,
    pub(super) readings: Vec<Reading>,
    pub(super) weather: Vec<Weather>,
    /// In place of the weather, in the golden file of it.
    pub(super) day_ahead: Vec<DayAhead>,
}

pub(super) fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

impl Golden {
    pub(super) fn read() -> Self {
        Self::parse(super::GOLDEN)
    }

    pub(super) fn parse(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).unwrap();
        let reading = |v: &Value| {
            let mg = (!v.is_null()).then(|| CarbonIntensity::from_mg_per_kwh(number(v)));
            Reading::from(mg)
        };
        let readings = document["values"].as_array().unwrap().iter().map(reading).collect();
        let hour = |row: &Value| {
            let [wind, temperature, dew_point, irradiance, rain] =
                [0, 1, 2, 3, 4].map(|i: usize| u16::try_from(number(&row[i])).unwrap());
            Weather {
                wind_cm_per_s: wind,
                temperature_ck: temperature,
                dew_point_ck: dew_point,
                irradiance_dw_per_m2: irradiance,
                rain_um_per_3h: rain,
            }
        };
        let rows = |name: &str| document[name].as_array().into_iter().flatten();
        let weather = rows("weather").map(hour).collect();
        let expected = |v: &Value| DayAhead { solar_kw: number(&v[0]), wind_kw: number(&v[1]) };
        let day_ahead = rows("day_ahead").map(expected).collect();
        let start = Hour::from_hours(number(&document["start"]));
        Self { start, readings, weather, day_ahead, document }
    }

    pub(super) fn issue(&self, hour: &Value) -> Issue {
        let offset = self.document["offset"].as_i64().unwrap();
        Issue::new(Hour::from_hours(number(hour)), i8::try_from(offset).unwrap()).unwrap()
    }

    pub(super) fn history(&self, issue: Issue) -> History<'_> {
        let held = issue.hour().as_hours() - self.start.as_hours();
        History::new(issue.hour(), &self.readings[..held as usize])
    }

    /// What the operator has told at an issue, of the file of it.
    pub(super) fn told(&self, issue: Issue) -> &[DayAhead] {
        let rows = |name: &str| self.document[name].as_array().unwrap();
        let odd = rows("alone").iter().map(|case| number(&case["issue"]));
        let issues = rows("midnights").iter().map(number).chain(odd);
        let mut until = issues.zip(rows("told_until").iter().map(number));
        let until = until.find(|pair| pair.0 == issue.hour().as_hours()).unwrap().1;
        let told = (until - self.start.as_hours()) as usize;
        &self.day_ahead[..told.min(self.day_ahead.len())]
    }

    /// Past and future in two parts; the run of the weather began at 00 UTC.
    pub(super) fn weather(&self, issue: Issue) -> WeatherSeries<'_> {
        let held = (issue.hour().as_hours() - self.start.as_hours()) as usize;
        if !self.day_ahead.is_empty() {
            let (past, ahead) = self.told(issue).split_at(held);
            let unit_kw = number(&self.document["unit_kw"]);
            return WeatherSeries::day_ahead_from_parts(self.start, past, ahead, unit_kw);
        }
        let (past, rest) = self.weather.split_at(held);
        let ahead = &rest[..rest.len().min(HORIZON)];
        let run = Hour::from_hours(issue.hour().as_hours() / 24 * 24);
        WeatherSeries::from_parts(self.start, past, ahead, run)
    }
}
