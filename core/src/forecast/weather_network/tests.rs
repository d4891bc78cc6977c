extern crate std;

mod golden;

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::Value;

use self::golden::{Golden, number};
use super::*;
use crate::forecast::model::tests::{generated, generated_of};
use crate::forecast::{DayAhead, HORIZON, Hour, Reading, Weather};
use crate::units::CarbonIntensity;

const MODEL: &[u8] = include_bytes!("../../../../fixtures/forecast/random-weather.wcfm");
const GOLDEN: &str = include_str!("../../../../fixtures/forecast/random-weather.golden.json");
const DAY_AHEAD: &[u8] = include_bytes!("../../../../fixtures/forecast/random-day-ahead.wcfm");
const DAY_AHEAD_GOLDEN: &str =
    include_str!("../../../../fixtures/forecast/random-day-ahead.golden.json");

/// Those that ship, with what the reference made of the same made-up series.
mod shipped {
    pub(super) const WEATHER: &[u8] = include_bytes!("../../../../models/weather/weather.wcfm");
    pub(super) const WEATHER_GOLDEN: &str =
        include_str!("../../../../models/weather/weather.golden.json");
    pub(super) const DAY_AHEAD: &[u8] =
        include_bytes!("../../../../models/day-ahead/day-ahead.wcfm");
    pub(super) const DAY_AHEAD_GOLDEN: &str =
        include_str!("../../../../models/day-ahead/day-ahead.golden.json");
}

fn as_json(forecast: &Forecast<'_>) -> Value {
    let row = |of: fn(Quantiles) -> CarbonIntensity| {
        forecast.values.iter().map(|q| of(*q).as_mg_per_kwh()).collect::<Vec<_>>()
    };
    serde_json::json!([row(Quantiles::p10), row(Quantiles::p50), row(Quantiles::p90)])
}

#[test]
fn gives_the_bytes_of_the_reference() {
    compare(MODEL, &Golden::read(), Method::WeatherNetwork);
    compare(shipped::WEATHER, &Golden::parse(shipped::WEATHER_GOLDEN), Method::WeatherNetwork);
}

#[test]
fn gives_the_bytes_of_the_reference_told_solar_and_wind() {
    compare(DAY_AHEAD, &Golden::parse(DAY_AHEAD_GOLDEN), Method::DayAheadNetwork);
    let golden = Golden::parse(shipped::DAY_AHEAD_GOLDEN);
    compare(shipped::DAY_AHEAD, &golden, Method::DayAheadNetwork);
}

fn compare(file: &[u8], golden: &Golden, method: Method) {
    let model = Model::load(file).unwrap();
    let mut scratch = vec![-1; model.scratch_words()];
    let mut out = [Quantiles::default(); HORIZON];
    for case in golden.document["alone"].as_array().unwrap() {
        let issue = golden.issue(&case["issue"]);
        // A response that has not seen a day yet catches up.
        let mut response = Response::new();
        let forecast = WeatherForecaster::new(&model, &mut scratch, &mut response)
            .unwrap()
            .with_weather(golden.weather(issue))
            .forecast(&golden.history(issue), issue, &mut out)
            .unwrap();
        assert_eq!(forecast.method, method);
        assert_eq!(forecast.notes.weather, WeatherUse::Used);
        assert_eq!(as_json(&forecast), case["values"], "issue {}", case["issue"]);
    }

    let (mut tracker, mut response) = (Tracker::new(), Response::new());
    let mut compared = 0;
    for midnight in golden.document["midnights"].as_array().unwrap() {
        let issue = golden.issue(midnight);
        // Of the intensity no more than any forecaster looks at, and one day.
        let whole = golden.history(issue);
        let held = whole.len();
        let recent = &golden.readings[held.saturating_sub(696)..held];
        let history = if held < 672 { whole } else { History::new(issue.hour(), recent) };
        let forecast = WeatherForecaster::new(&model, &mut scratch, &mut response)
            .unwrap()
            .with_weather(golden.weather(issue))
            .with_tracker(&mut tracker)
            .forecast(&history, issue, &mut out)
            .unwrap();
        let cases = golden.document["tracked"].as_array().unwrap().iter();
        let responses = golden.document["responses"].as_array().unwrap();
        for (case, learned) in cases.zip(responses).filter(|(c, _)| c["issue"] == *midnight) {
            assert_eq!(serde_json::json!(response.coefficients()), *learned, "{midnight}");
            assert_eq!(serde_json::json!(forecast.notes.toward_profile), case["share"]);
            assert_eq!(as_json(&forecast), case["values"], "midnight {midnight}");
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
    assert!(response.coefficients().iter().any(|b| *b != 0));
}

#[test]
fn says_what_it_did_without_weather() {
    let golden = Golden::read();
    let model = Model::load(MODEL).unwrap();
    let file = generated(6, 6, 7);
    let other = Model::load(&file).unwrap();
    let issue = golden.issue(&golden.document["midnights"][24]);
    let history = golden.history(issue);
    let ask = |weather: Option<WeatherSeries<'_>>, fallback: bool| {
        let mut scratch = vec![0; model.scratch_words()];
        let mut response = Response::new();
        let mut out = [Quantiles::default(); HORIZON];
        let mut forecaster =
            WeatherForecaster::new(&model, &mut scratch, &mut response).unwrap().with_zone("XX");
        if let Some(weather) = weather {
            forecaster = forecaster.with_weather(weather);
        }
        if fallback {
            forecaster = forecaster.with_fallback(&other).unwrap();
        }
        let forecast = forecaster.forecast(&history, issue, &mut out).unwrap();
        (forecast.method, forecast.notes.weather, forecast.notes.response_days, out)
    };
    let full = golden.weather(issue);
    let (method, used, days, known) = ask(Some(full), true);
    assert_eq!((method, used), (Method::WeatherNetwork, WeatherUse::Used));
    assert_eq!(days, 23);

    // A forecast of the weather that reaches 40 hours is too short.
    let held = (issue.hour().as_hours() - golden.start.as_hours()) as usize;
    let short = WeatherSeries::new(golden.start, &golden.weather[..held + 40], issue.hour());
    let (method, used, days, from_history) = ask(Some(short), true);
    assert_eq!((method, used, days), (Method::Network, WeatherUse::Unknown, 23));
    let (method, used, _, unknown) = ask(Some(short), false);
    assert_eq!((method, used), (Method::WeatherNetwork, WeatherUse::Unknown));
    let (method, used, days, never) = ask(None, false);
    assert_eq!((method, used, days), (Method::WeatherNetwork, WeatherUse::NotAsked, 0));
    assert_eq!(unknown, never);
    assert!(known != unknown && known != from_history);

    // Holes of a day are filled with the day before.
    let mut holes = golden.weather.clone();
    holes[held - 30..held - 6].fill(Weather::MISSING);
    let holes = WeatherSeries::new(golden.start, &holes, issue.hour());
    assert_eq!(ask(Some(holes), true).1, WeatherUse::Used);
}

/// Holes before and after the issue, and across it: the answer is that to the
/// weather with each hole filled by the day before, and their number is told.
#[test]
fn holes_in_the_weather_take_the_day_before_and_are_told() {
    let golden = Golden::read();
    let model = Model::load(MODEL).unwrap();
    let issue = golden.issue(&golden.document["midnights"][20]);
    let history = golden.history(issue);
    let held = history.len();
    let known = &golden.weather[..held + HORIZON];
    let ask = |weather: &[Weather]| {
        let mut scratch = vec![0; model.scratch_words()];
        let mut response = Response::new();
        let mut out = [Quantiles::default(); HORIZON];
        let forecast = WeatherForecaster::new(&model, &mut scratch, &mut response)
            .unwrap()
            .with_weather(WeatherSeries::new(golden.start, weather, issue.hour()))
            .forecast(&history, issue, &mut out)
            .unwrap();
        (forecast.notes.weather, forecast.notes.weather_filled_hours, out)
    };
    let whole = ask(known);
    assert_eq!((whole.0, whole.1), (WeatherUse::Used, 0));
    for holes in [held - 30..held - 6, held + 10..held + 40, held - 25..held + 25] {
        let mut broken = known.to_vec();
        broken[holes.clone()].fill(Weather::MISSING);
        let mut filled = broken.clone();
        for at in holes.clone() {
            filled[at] = filled[at - 24];
        }
        let (used, hours, told) = ask(&broken);
        assert_eq!((used, hours), (WeatherUse::Used, u32::try_from(holes.len()).unwrap()));
        assert_eq!(told, ask(&filled).2, "{holes:?}");
        assert_ne!(told, whole.2, "{holes:?}");
    }
    let mut broken = known.to_vec();
    broken[held + 10..held + 60].fill(Weather::MISSING);
    let (used, hours, told) = ask(&broken);
    assert_eq!((used, hours), (WeatherUse::Unknown, 50));
    assert_ne!(told, whole.2);
}

#[test]
fn leaves_a_poor_history_to_the_simple_forecasters() {
    let golden = Golden::read();
    let model = Model::load(MODEL).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let mut response = Response::new();
    let issue = golden.issue(&golden.document["midnights"][20]);
    let readings = &golden.readings[..100];
    let history = History::new(issue.hour(), readings);
    let mut out = [Quantiles::default(); 24];
    let mut forecaster = WeatherForecaster::new(&model, &mut scratch, &mut response)
        .unwrap()
        .with_weather(golden.weather(issue));
    let forecast = forecaster.forecast(&history, issue, &mut out).unwrap();
    assert!(matches!(forecast.method, Method::BestSimple(_)));
    assert_eq!(forecast.notes.weather, WeatherUse::NotAsked);
}

#[test]
fn takes_no_model_of_the_other_kind() {
    let model = Model::load(MODEL).unwrap();
    let file = generated(3, 3, 1);
    let history = Model::load(&file).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let error = NetworkForecaster::new(&model, &mut scratch).err();
    assert_eq!(error, Some(ForecastError::WrongModel));
    let mut response = Response::new();
    let error = WeatherForecaster::new(&history, &mut scratch, &mut response).err();
    assert_eq!(error, Some(ForecastError::WrongModel));
    let forecaster = WeatherForecaster::new(&model, &mut scratch, &mut response).unwrap();
    assert_eq!(forecaster.with_fallback(&model).err(), Some(ForecastError::WrongModel));

    // Solar and wind are not the weather.
    let golden = Golden::parse(DAY_AHEAD_GOLDEN);
    let issue = golden.issue(&golden.document["midnights"][20]);
    let mut out = [Quantiles::default(); 24];
    let forecaster = WeatherForecaster::new(&model, &mut scratch, &mut response).unwrap();
    let mut told = forecaster.with_weather(golden.weather(issue));
    let error = told.forecast(&golden.history(issue), issue, &mut out).err();
    assert_eq!(error, Some(ForecastError::WrongModel));
}

/// The operator may be late, or leave hours out.
#[test]
fn solar_and_wind_with_holes_and_an_early_end() {
    let golden = Golden::parse(DAY_AHEAD_GOLDEN);
    let model = Model::load(DAY_AHEAD).unwrap();
    let issue = golden.issue(&golden.document["midnights"][20]);
    let history = golden.history(issue);
    let unit_kw = number(&golden.document["unit_kw"]);
    let told = golden.told(issue);
    let held = history.len();
    let ask = |told: &[DayAhead]| {
        let mut scratch = vec![0; model.scratch_words()];
        let mut response = Response::new();
        let mut out = [Quantiles::default(); HORIZON];
        let series = WeatherSeries::day_ahead_from_parts(golden.start, told, &[], unit_kw);
        let forecast = WeatherForecaster::new(&model, &mut scratch, &mut response)
            .unwrap()
            .with_weather(series)
            .forecast(&history, issue, &mut out)
            .unwrap();
        (forecast.notes.weather, forecast.notes.weather_filled_hours, out)
    };
    let (used, filled, whole) = ask(told);
    assert_eq!((used, filled), (WeatherUse::Used, 0));
    let mut holes = told.to_vec();
    holes[held + 2..held + 5].fill(DayAhead::MISSING);
    let (used, filled, told_holes) = ask(&holes);
    assert_eq!((used, filled), (WeatherUse::Used, 3));
    assert_ne!(told_holes, whole);
    // Holes at the end are hours that are not told yet.
    let mut late = told.to_vec();
    late[held + 5..].fill(DayAhead::MISSING);
    assert_eq!(ask(&late), ask(&told[..held + 5]));
    assert_eq!(ask(&told[..held]).0, WeatherUse::Unknown);
    holes[held - 60..held - 10].fill(DayAhead::MISSING);
    assert_eq!(ask(&holes).0, WeatherUse::Unknown);
}

fn any_weather() -> impl Strategy<Value = Weather> {
    let value = || prop_oneof![5 => 0_u16..4_000, 1 => any::<u16>()];
    let temperature = prop_oneof![5 => 25_000_u16..32_000, 1 => any::<u16>(), 1 => Just(0)];
    (value(), temperature, value(), value(), value()).prop_map(|(wind, t, dew, sun, rain)| {
        Weather {
            wind_cm_per_s: wind,
            temperature_ck: t,
            dew_point_ck: dew,
            irradiance_dw_per_m2: sun,
            rain_um_per_3h: rain,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No history and no weather, however odd, makes quantiles cross or
    /// anything panic, and a response learned day by day is the one that
    /// catches up.
    #[test]
    fn quantiles_never_cross(
        width in 1_u16..6, seed: u64, hour in 2_000_u32..500_000, offset in -12_i8..=14,
        shift in -60_i32..60, age in 0_u32..300,
        values in prop::collection::vec(prop_oneof![
            6 => 0_u32..900_000, 1 => Just(0), 1 => Just(4_000_000), 1 => Just(u32::MAX),
        ], 1..800),
        weather in prop::collection::vec(any_weather(), 1..900),
        unit_kw in prop::option::of(any::<u32>()),
    ) {
        // With a unit, wind and rain stand for solar and wind.
        let kind = unit_kw.map_or(ModelKind::Weather, |_| ModelKind::DayAhead);
        let file = generated_of(kind, width, width, seed);
        let model = Model::load(&file).unwrap();
        let readings: Vec<Reading> =
            values.iter().map(|mg| CarbonIntensity::from_mg_per_kwh(*mg).into()).collect();
        let issue = Issue::new(Hour::from_hours(hour), offset).unwrap();
        let history = History::new(issue.hour(), &readings);
        let ahead = u32::try_from(weather.len()).unwrap().min(96);
        let from = issue.hour().later(ahead).earlier(u32::try_from(weather.len()).unwrap());
        let from = Hour::from_hours(from.as_hours().saturating_add_signed(shift));
        let expected: Vec<DayAhead> = weather.iter().map(|hour| {
            let wind_kw = if hour.is_known() { u32::from(hour.wind_cm_per_s) << 9 } else { u32::MAX };
            DayAhead { solar_kw: u32::from(hour.rain_um_per_3h) * 65_537, wind_kw }
        }).collect();
        let series = match unit_kw {
            Some(unit_kw) => WeatherSeries::day_ahead_from_parts(from, &expected, &[], unit_kw),
            None => WeatherSeries::new(from, &weather, issue.hour().earlier(age)),
        };

        let mut daily = Response::new();
        for back in (0..40).rev() {
            daily.learn(&history, &series, issue.at(issue.hour().earlier(24 * back)));
        }
        let (mut tracker, mut response) = (Tracker::new(), Response::new());
        let mut scratch = vec![0; model.scratch_words()];
        let mut out = [Quantiles::default(); HORIZON];
        let mut forecaster = WeatherForecaster::new(&model, &mut scratch, &mut response)
            .unwrap()
            .with_weather(series)
            .with_tracker(&mut tracker);
        if let Ok(forecast) = forecaster.forecast(&history, issue, &mut out) {
            for q in forecast.values {
                prop_assert!(q.p10() <= q.p50() && q.p50() <= q.p90());
            }
        }
        prop_assert_eq!(response.coefficients(), daily.coefficients());
    }
}
