extern crate std;

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::forecast::model::tests::{generated, generated_of};
use crate::forecast::{Features, Hour, Reading};
use crate::units::CarbonIntensity;

const MODEL: &[u8] = include_bytes!("../../../../fixtures/forecast/random.wcfm");
const GOLDEN: &str = include_str!("../../../../fixtures/forecast/random.golden.json");

struct Golden {
    document: Value,
    start: Hour,
    readings: Vec<Reading>,
}

impl Golden {
    fn read() -> Self {
        let document: Value = serde_json::from_str(GOLDEN).unwrap();
        let number = |v: &Value| u32::try_from(v.as_u64().unwrap()).unwrap();
        let reading = |v: &Value| {
            let mg = (!v.is_null()).then(|| CarbonIntensity::from_mg_per_kwh(number(v)));
            Reading::from(mg)
        };
        let readings = document["values"].as_array().unwrap().iter().map(reading).collect();
        Self { start: Hour::from_hours(number(&document["start"])), readings, document }
    }

    fn issue(&self, hour: &Value) -> Issue {
        let hour = Hour::from_hours(u32::try_from(hour.as_u64().unwrap()).unwrap());
        let offset = self.document["offset"].as_i64().unwrap();
        Issue::new(hour, i8::try_from(offset).unwrap()).unwrap()
    }

    fn history(&self, issue: Issue) -> History<'_> {
        let held = issue.hour().as_hours() - self.start.as_hours();
        History::new(issue.hour(), &self.readings[..held as usize])
    }
}

fn as_json(forecast: &Forecast<'_>) -> Value {
    let row = |of: fn(Quantiles) -> CarbonIntensity| {
        forecast.values.iter().map(|q| of(*q).as_mg_per_kwh()).collect::<Vec<_>>()
    };
    serde_json::json!([row(Quantiles::p10), row(Quantiles::p50), row(Quantiles::p90)])
}

#[test]
fn gives_the_bytes_of_the_reference_with_and_without_a_record() {
    let golden = Golden::read();
    let model = Model::load(MODEL).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let mut out = [Quantiles::default(); HORIZON];

    for case in golden.document["alone"].as_array().unwrap() {
        let issue = golden.issue(&case["issue"]);
        let mut forecaster = NetworkForecaster::new(&model, &mut scratch).unwrap();
        let forecast = forecaster.forecast(&golden.history(issue), issue, &mut out).unwrap();
        assert_eq!(forecast.method, Method::Network);
        assert_eq!(as_json(&forecast), case["values"], "issue {}", case["issue"]);
    }

    let mut tracker = Tracker::new();
    let mut compared = 0;
    for midnight in golden.document["midnights"].as_array().unwrap() {
        let issue = golden.issue(midnight);
        let mut forecaster =
            NetworkForecaster::new(&model, &mut scratch).unwrap().with_tracker(&mut tracker);
        let forecast = forecaster.forecast(&golden.history(issue), issue, &mut out).unwrap();
        let cases = golden.document["tracked"].as_array().unwrap();
        for case in cases.iter().filter(|case| case["issue"] == *midnight) {
            assert_eq!(serde_json::json!(forecast.notes.toward_profile), case["share"]);
            assert_eq!(as_json(&forecast), case["values"], "midnight {midnight}");
            compared += 1;
        }
    }
    assert_eq!(compared, 5);
    assert!(tracker.toward_profile().iter().any(|share| *share > 0));
}

fn lend<'a>(model: &'a Model<'a>, scratch: &'a mut [i16]) -> NetworkForecaster<'a> {
    NetworkForecaster::new(model, scratch).unwrap()
}

#[test]
fn says_whether_the_model_saw_the_grid_and_forecasts_either() {
    let golden = Golden::read();
    let model = Model::load(MODEL).unwrap();
    let issue = golden.issue(&golden.document["midnights"][9]);
    let history = golden.history(issue);
    let [mut one, mut other] = [[Quantiles::default(); HORIZON]; 2];
    let [mut first, mut second] = [(); 2].map(|()| vec![0; model.scratch_words()]);
    let mut seen = lend(&model, &mut first).with_zone("XX");
    let mut unseen = lend(&model, &mut second).with_zone("ZZ");
    let seen = seen.forecast(&history, issue, &mut one).unwrap();
    let unseen = unseen.forecast(&history, issue, &mut other).unwrap();
    assert_eq!([seen.notes.zone_seen, unseen.notes.zone_seen], [Some(true), Some(false)]);
    assert_eq!(seen.values, unseen.values);
}

#[test]
fn leaves_a_poor_history_to_the_simple_forecasters() {
    let golden = Golden::read();
    let model = Model::load(MODEL).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let issue = golden.issue(&golden.document["midnights"][20]);
    let full = golden.history(issue).len();
    let mut ask = |hours: core::ops::Range<usize>, end: Hour| {
        let mut out = [Quantiles::default(); 24];
        let history = History::new(end, &golden.readings[hours]);
        let mut forecaster = lend(&model, &mut scratch);
        let forecast = forecaster.forecast(&history, issue, &mut out).unwrap();
        (forecast.method == Method::Network, forecast.notes.stale_hours)
    };
    let at = issue.hour();
    assert_eq!(ask(full - 168..full, at), (true, 0));
    assert_eq!(ask(full - 167..full, at), (false, 0));
    // The newest readings are 40 and 60 hours late.
    assert_eq!(ask(0..full - 40, at.earlier(40)), (true, 40));
    assert_eq!(ask(0..full - 60, at.earlier(60)), (false, 60));

    let mut too_small = [0; 100];
    let words = model.scratch_words();
    let error = NetworkForecaster::new(&model, &mut too_small).err();
    assert_eq!(error, Some(ForecastError::ScratchTooSmall { words }));
    let mut long = [Quantiles::default(); 97];
    let history = golden.history(issue);
    let error = lend(&model, &mut scratch).forecast(&history, issue, &mut long).err();
    assert_eq!(error, Some(ForecastError::TooFarAhead { hours: 97 }));
}

#[test]
fn learns_once_a_day_and_survives_days_left_out() {
    let golden = Golden::read();
    let model = Model::load(MODEL).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let midnights = golden.document["midnights"].as_array().unwrap();
    let mut follow = |keep: fn(usize) -> usize| {
        let mut tracker = Tracker::new();
        let mut out = [Quantiles::default(); 5];
        for (day, midnight) in midnights.iter().enumerate() {
            let issue = golden.issue(midnight);
            for _ in 0..keep(day) {
                let mut forecaster = lend(&model, &mut scratch).with_tracker(&mut tracker);
                forecaster.forecast(&golden.history(issue), issue, &mut out).unwrap();
            }
        }
        tracker.toward_profile()
    };
    let daily = follow(|_| 1);
    assert_eq!(follow(|_| 2), daily);
    // Every second day: what was said of the second and fourth day is checked.
    let every_second = follow(|day| (day + 1) % 2);
    assert!(every_second[0] == 0 && every_second[1] > 0 && every_second[2] == 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// No history, however odd, makes quantiles cross or anything panic.
    #[test]
    fn quantiles_never_cross(
        width in 1_u16..6, seed: u64, hour in 0_u32..500_000, offset in -12_i8..=14,
        late in -30_i32..60, split in 0_usize..800,
        values in prop::collection::vec(prop_oneof![
            6 => 0_u32..900_000, 1 => Just(0), 1 => Just(4_000_000), 1 => Just(u32::MAX),
        ], 1..800),
    ) {
        let file = generated(width, width, seed);
        let model = Model::load(&file).unwrap();
        let mut scratch = vec![0; model.scratch_words()];
        let readings: Vec<Reading> =
            values.iter().map(|mg| CarbonIntensity::from_mg_per_kwh(*mg).into()).collect();
        let (older, newer) = readings.split_at(split.min(readings.len()));
        let end = Hour::from_hours(hour.saturating_add_signed(-late));
        let history = History::from_ring(end, older, newer);
        let issue = Issue::new(Hour::from_hours(hour), offset).unwrap();
        let mut tracker = Tracker::new();
        let mut out = [Quantiles::default(); HORIZON];
        let mut forecaster = lend(&model, &mut scratch).with_tracker(&mut tracker);
        if let Ok(forecast) = forecaster.forecast(&history, issue, &mut out) {
            for q in forecast.values {
                prop_assert!(q.p10() <= q.p50() && q.p50() <= q.p90());
            }
        }
    }
}

/// Also from one row at a time to rows together.
#[test]
fn features_that_are_given_answer_as_those_of_the_history() {
    let golden = Golden::read();
    let issue = golden.issue(&serde_json::json!(golden.start.as_hours() + 690));
    let history = golden.history(issue);
    for kind in [ModelKind::History, ModelKind::Weather] {
        let file = generated_of(kind, 11, 13, 77);
        let model = Model::load(&file).unwrap();
        let mut memory = vec![0; Features::scratch_words(kind)];
        let features = match kind {
            ModelKind::History => Features::of_history(&history, issue, &mut memory),
            _ => Features::of_weather(&history, None, issue, &mut memory),
        };
        let features = features.unwrap();
        let [past, context, _, hours] = Features::counts(kind);
        let mut rows = [vec![0; 168 * past], vec![0; context], vec![0; HORIZON * hours]];
        rows[0].chunks_mut(past).enumerate().for_each(|(at, row)| features.past(at, row));
        features.context(&mut rows[1]);
        rows[2].chunks_mut(hours).enumerate().for_each(|(at, row)| features.hour(at, row));
        let [level, scale] = features
            .level_and_scale_mg()
            .map(|mg| CarbonIntensity::from_mg_per_kwh(u32::try_from(mg).unwrap()));
        let rows = rows.each_ref().map(Vec::as_slice);
        let given = Features::of_rows(kind, rows, level, scale).unwrap();
        let answers = [&features, &given].map(|features| {
            let mut out = [Quantiles::default(); HORIZON];
            features.ask(&model, &mut vec![0; model.scratch_words()], &mut out).unwrap();
            out
        });
        assert_eq!(answers[0], answers[1]);
    }
}
