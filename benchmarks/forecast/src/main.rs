//! `forecast-speed KIND.wcfm KIND.onnx`: microseconds of CPU for one forecast,
//! ours and tract's, one thread, rounds in turn; `name median least` a line each.
//!
//! `forecast-speed KIND.wcfm KIND.onnx HISTORY.csv`: what our integers cost
//! against tract's floats.

mod compare;

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tract_onnx::prelude::*;
use wattcast_core::forecast::{
    Features, Forecaster, HORIZON, History, Hour, Issue, Model, ModelKind, NetworkForecaster,
    Quantiles, Reading, Response, Weather, WeatherForecaster, WeatherSeries,
};
use wattcast_core::units::CarbonIntensity;

const ROUNDS: usize = 15;
const WINDOW: usize = 168;

/// One line for a person.
type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, onnx, history @ ..] = arguments.as_slice() else {
        return Err("usage: forecast-speed KIND.wcfm KIND.onnx [HISTORY.csv]".into());
    };
    let file = std::fs::read(file)?;
    let model = Model::load(&file)?;
    let mut onnx = std::fs::File::open(onnx)?;
    let plan = tract_onnx::onnx().model_for_read(&mut onnx)?.into_optimized()?.into_runnable()?;
    if let [history, ..] = history {
        let csv = std::fs::read_to_string(history)?;
        return compare::compare(&|inputs| plan.run(inputs), &model, &csv);
    }

    let shape = model.shape();
    let mut state = 1_u32;
    let mut tensor = |rows: usize, columns: Option<usize>| {
        let dims: Vec<usize> = [1, rows].into_iter().chain(columns).collect();
        let count = dims.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect();
        Tensor::from_shape(&dims, &values)
    };
    let inputs: TVec<TValue> = tvec!(
        tensor(shape.past(), Some(WINDOW))?.into(),
        tensor(shape.context(), None)?.into(),
        tensor(shape.bases(), Some(HORIZON))?.into(),
        tensor(shape.hours(), Some(HORIZON))?.into(),
    );

    let past = Past::new();
    let mut whole = past.whole(&model);
    let mut summed = past.summed(&model);
    let mut alone = past.alone(&model);
    let mut tract = || {
        black_box(plan.run(inputs.clone()).expect("a forecast"));
    };
    let names = [
        "wattcast, features given",
        "wattcast, from sums to quantiles",
        "wattcast, from history to quantiles",
        "tract, float, features given",
    ];
    let mut found = [const { Vec::<Duration>::new() }; 4];
    for _ in 0..ROUNDS {
        found[0].push(mean_of(3_000, &mut alone));
        found[1].push(mean_of(3_000, &mut summed));
        found[2].push(mean_of(3_000, &mut whole));
        found[3].push(mean_of(500, &mut tract));
    }
    for (name, mut times) in names.into_iter().zip(found) {
        times.sort();
        let micros = |time: Duration| time.as_nanos() as f64 / 1e3;
        println!("{name}\t{:.1}\t{:.1}", micros(times[ROUNDS / 2]), micros(times[0]));
    }
    Ok(())
}

fn mean_of(times: u32, ask: &mut dyn FnMut()) -> Duration {
    let began = cpu_time();
    for _ in 0..times {
        ask();
    }
    (cpu_time() - began) / times
}

/// What this thread has used, so that others on the machine do not count.
fn cpu_time() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(used).expect("no time before the thread")
}

/// What a grid did in the last four weeks, and what the weather was and will be.
struct Past {
    readings: Vec<Reading>,
    weather: Vec<Weather>,
    issue: Issue,
}

impl Past {
    fn new() -> Self {
        let mg = |i: u32| 300_000 + i.wrapping_mul(2_654_435_761) / 30_000;
        let readings = (0..672).map(|i| CarbonIntensity::from_mg_per_kwh(mg(i)).into()).collect();
        let weather = |i: u16| Weather {
            wind_cm_per_s: 300 + i % 97 * 7,
            temperature_ck: 27_800 + i % 24 * 40,
            dew_point_ck: 27_500,
            irradiance_dw_per_m2: i % 24 * 150,
            rain_um_per_3h: i % 13 * 20,
        };
        let issue = Issue::new(Hour::from_hours(480_000), 1).expect("an hour");
        Self { readings, weather: (0..768).map(weather).collect(), issue }
    }

    fn series(&self) -> WeatherSeries<'_> {
        let hour = self.issue.hour();
        WeatherSeries::new(hour.earlier(672), &self.weather, hour)
    }

    /// All of a forecast: holes, features, network, quantiles in mg/kWh.
    fn whole<'m>(&'m self, model: &'m Model<'m>) -> Box<dyn FnMut() + 'm> {
        let mut scratch = vec![0; model.scratch_words()];
        let mut response = Response::new();
        Box::new(move || {
            let history = History::new(self.issue.hour(), black_box(&self.readings));
            let mut out = [Quantiles::default(); HORIZON];
            let told = match model.kind() {
                ModelKind::Weather => WeatherForecaster::new(model, &mut scratch, &mut response)
                    .expect("enough scratch")
                    .with_weather(self.series())
                    .forecast(&history, self.issue, &mut out),
                // Told nothing: it takes the steps of the other.
                ModelKind::DayAhead => WeatherForecaster::new(model, &mut scratch, &mut response)
                    .expect("enough scratch")
                    .forecast(&history, self.issue, &mut out),
                ModelKind::History => NetworkForecaster::new(model, &mut scratch)
                    .expect("enough scratch")
                    .forecast(&history, self.issue, &mut out),
            };
            black_box(told.expect("a forecast"));
        })
    }

    /// Rows of features, network, quantiles: the sums over four weeks are at
    /// hand.
    fn summed<'m>(&'m self, model: &'m Model<'m>) -> Box<dyn FnMut() + 'm> {
        asked(self.features(model.kind()), model)
    }

    /// The network, and quantiles of its answer: what the others are asked for.
    fn alone<'m>(&'m self, model: &'m Model<'m>) -> Box<dyn FnMut() + 'm> {
        let features = self.features(model.kind());
        let [past, context, _, hours] = Features::counts(model.kind());
        let mut rows = [vec![0; WINDOW * past], vec![0; context], vec![0; HORIZON * hours]];
        let [all_past, once, all_hours] = &mut rows;
        all_past.chunks_mut(past).enumerate().for_each(|(back, row)| features.past(back, row));
        features.context(once);
        all_hours.chunks_mut(hours).enumerate().for_each(|(at, row)| features.hour(at, row));
        let rows = rows.map(|rows| &*rows.leak());
        let mg = features.level_and_scale_mg().map(|mg| mg.try_into().unwrap_or(u32::MAX));
        let [level, scale] = mg.map(CarbonIntensity::from_mg_per_kwh);
        let given = Features::of_rows(model.kind(), rows, level, scale).expect("all rows");
        asked(given, model)
    }

    fn features(&self, kind: ModelKind) -> Features<'_> {
        let history = History::new(self.issue.hour(), &self.readings);
        let memory = vec![0; Features::scratch_words(kind)].leak();
        let series: &WeatherSeries<'_> = Box::leak(Box::new(self.series()));
        let mut response = Response::new();
        response.learn(&history, series, self.issue);
        let features = match kind {
            ModelKind::Weather | ModelKind::DayAhead => {
                Features::of_weather(&history, Some((series, &response)), self.issue, memory)
            }
            ModelKind::History => Features::of_history(&history, self.issue, memory),
        };
        features.expect("a history")
    }
}

fn asked<'m>(features: Features<'m>, model: &'m Model<'m>) -> Box<dyn FnMut() + 'm> {
    let mut scratch = vec![0; model.scratch_words()];
    Box::new(move || {
        let mut out = [Quantiles::default(); HORIZON];
        black_box(&features).ask(black_box(model), &mut scratch, &mut out).expect("a forecast");
        black_box(&out);
    })
}
