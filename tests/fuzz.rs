//! Hostile files: models, histories, weather, ONNX networks. Each is refused or
//! used; nothing panics, quantiles never cross, and no accumulator overflows
//! (builds for tests check that).
//!
//! A short run is part of all tests. A long one, of so many seconds for each
//! kind of file, with other seeds each time:
//!
//! ```sh
//! WATTCAST_FUZZ_SECONDS=300 cargo test -p wattcast --test fuzz -- --nocapture
//! ```
//!
//! What fails is told by its number; `WATTCAST_FUZZ_SEED=NUMBER` makes it again
//! as the first case.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use wattcast::forecast::Outlook;
use wattcast::intensity::{History as File, ReadOptions};
use wattcast::model::{FloatNetwork, FloatTcn, Ranges, quantise};
use wattcast::weather::{DayAheadFile, WeatherFile};
use wattcast_core::forecast::{
    DayAhead, Forecast, ForecastError, Forecaster, HORIZON, History, Hour, Issue, Model, ModelKind,
    NetworkForecaster, Quantiles, Reading, Response, Tcn, Tracker, Weather, WeatherForecaster,
    WeatherSeries,
};
use wattcast_core::units::CarbonIntensity;

#[path = "model/onnx.rs"]
mod onnx;

/// The seed of the first case of a short run; the next one follows it.
const SEED: u64 = 20_261_121;

/// xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end.max(1)
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Runs cases until there are enough of them, or the time is over.
fn cases(name: &str, few: u64, mut case: impl FnMut(&mut Random) -> bool) {
    let number = |key: &str| std::env::var(key).ok().map(|text| text.parse::<u64>().unwrap());
    let seconds = number("WATTCAST_FUZZ_SECONDS");
    let now = || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos());
    let first = match (number("WATTCAST_FUZZ_SEED"), seconds) {
        (Some(seed), _) => seed,
        (None, Some(_)) => now().unwrap(),
        (None, None) => SEED,
    };
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let (mut made, mut used) = (0, 0);
    while until.map_or(made < few, |until| Instant::now() < until) {
        let seed = first.wrapping_add(made);
        // A few rounds, so that neighbouring seeds have nothing in common.
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        (0..4).for_each(|_| _ = random.next());
        match catch_unwind(AssertUnwindSafe(|| case(&mut random))) {
            Ok(was_used) => used += u64::from(was_used),
            Err(panic) => {
                println!("{name}: WATTCAST_FUZZ_SEED={seed} makes the case that fails");
                std::panic::resume_unwind(panic);
            }
        }
        made += 1;
    }
    println!("{name}: {made} cases, of which {used} were used and the rest refused");
}

/// Changes a few places: bits, numbers at the edge of their range, pieces that
/// are cut out, doubled or moved.
fn changed(random: &mut Random, bytes: &mut Vec<u8>) {
    const EDGES: [u64; 8] = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF_FFFF];
    for _ in 0..=random.below(4) {
        let length = bytes.len();
        if length == 0 {
            return;
        }
        // The beginning says how the rest is read.
        let at =
            if random.below(2) == 0 { random.below(length.min(96)) } else { random.below(length) };
        let end = (at + 1 + random.below(8)).min(length);
        match random.below(7) {
            0 | 1 => bytes[at] ^= 1 << random.below(8),
            2 | 3 => {
                let edge = random.pick(&EDGES).to_le_bytes();
                bytes[at..end].copy_from_slice(&edge[..end - at]);
            }
            4 => drop(bytes.drain(at..end)),
            5 => {
                let piece = bytes[at..end].to_vec();
                let to = random.below(length);
                bytes.splice(to..to, piece);
            }
            _ => bytes.truncate(length - random.below(length.min(64))),
        }
    }
}

/// Puts length and checksum right, or else nothing gets past them.
fn seal(file: &mut [u8]) {
    if file.len() < 16 {
        return;
    }
    let length = u32::try_from(file.len()).unwrap().to_le_bytes();
    file[8..12].copy_from_slice(&length);
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    let mut digest = crc.digest();
    digest.update(&file[..12]);
    digest.update(&file[16..]);
    let sum = digest.finalize().to_le_bytes();
    file[12..16].copy_from_slice(&sum);
}

fn readings(random: &mut Random) -> Vec<Reading> {
    let edges = [0, 1, 3_999_999, 4_000_000, 4_000_001, u32::MAX];
    let level = u32::try_from(random.below(1_000_000)).unwrap();
    let (odd, still) = (random.below(20), random.below(60));
    let mut readings: Vec<Reading> = (0..random.below(900))
        .map(|_| {
            let value = if random.below(20) < odd / 4 {
                *random.pick(&edges)
            } else {
                level + u32::try_from(random.below(200_000)).unwrap()
            };
            CarbonIntensity::from_mg_per_kwh(value).into()
        })
        .collect();
    let from = readings.len().saturating_sub(still);
    if let Some(last) = readings.last().copied().filter(|_| odd == 0) {
        readings[from..].fill(last);
    }
    readings
}

fn weather(random: &mut Random) -> Vec<Weather> {
    let mut value = |most: usize| u16::try_from(random.below(most)).unwrap();
    let mut hours: Vec<Weather> = (0..800)
        .map(|_| Weather {
            wind_cm_per_s: value(4_000),
            temperature_ck: 25_000 + value(7_000),
            dew_point_ck: 25_000 + value(7_000),
            irradiance_dw_per_m2: value(65_536),
            rain_um_per_3h: value(65_536),
        })
        .collect();
    for _ in 0..random.below(4) {
        let at = random.below(hours.len());
        let end = (at + random.below(80)).min(hours.len());
        hours[at..end].fill(Weather::MISSING);
    }
    hours
}

/// Two forecasts, a day apart, by a network that keeps a record.
fn forecast(random: &mut Random, model: &Model<'_>) {
    let (readings, weather) = (readings(random), weather(random));
    let expected = |hour: &Weather| DayAhead {
        solar_kw: hour.irradiance_dw_per_m2.into(),
        wind_kw: if hour.is_known() { hour.wind_cm_per_s.into() } else { u32::MAX },
    };
    let expected: Vec<DayAhead> = weather.iter().map(expected).collect();
    let first = Hour::from_hours(1_000 + u32::try_from(random.below(600_000)).unwrap());
    let offset = i8::try_from(random.below(27)).unwrap() - 12;
    let mut scratch = vec![-1; model.scratch_words()];
    let (mut tracker, mut response) = (Tracker::new(), Response::new());
    for hour in [first, first.later(24)] {
        let issue = Issue::new(hour, offset).unwrap();
        let history = History::new(first, &readings);
        let mut out = [Quantiles::default(); HORIZON];
        let told: Result<Forecast<'_>, ForecastError> = match model.kind() {
            ModelKind::History => NetworkForecaster::new(model, &mut scratch)
                .unwrap()
                .with_tracker(&mut tracker)
                .forecast(&history, issue, &mut out),
            kind => {
                let start = first.earlier(704);
                let series = match kind {
                    ModelKind::DayAhead => {
                        WeatherSeries::day_ahead_from_parts(start, &expected, &[], 40_000)
                    }
                    _ => WeatherSeries::new(start, &weather, hour),
                };
                WeatherForecaster::new(model, &mut scratch, &mut response)
                    .unwrap()
                    .with_tracker(&mut tracker)
                    .with_weather(series)
                    .forecast(&history, issue, &mut out)
            }
        };
        for q in told.iter().flat_map(|forecast| forecast.values) {
            assert!(q.p10() <= q.p50() && q.p50() <= q.p90());
        }
    }
}

#[test]
fn models_are_refused_or_forecast() {
    let files: [&[u8]; 5] = [
        include_bytes!("../fixtures/forecast/random.wcfm"),
        include_bytes!("../fixtures/forecast/random-weather.wcfm"),
        include_bytes!("../fixtures/forecast/random-day-ahead.wcfm"),
        wattcast_models::HISTORY,
        wattcast_models::WEATHER,
    ];
    cases("models", 100, |random| {
        let mut file = random.pick(&files).to_vec();
        changed(random, &mut file);
        if random.below(10) > 0 {
            seal(&mut file);
        }
        let Ok(model) = Model::load(&file) else { return false };
        forecast(random, &model);
        true
    });
}

/// A network of any size: two blocks, two dense layers.
fn any_size() -> Vec<u8> {
    let tensors: [(&str, &[usize]); 14] = [
        ("block0.first.weight", &[5, 3, 3]),
        ("block0.first.bias", &[5]),
        ("block0.second.weight", &[5, 5, 3]),
        ("block0.second.bias", &[5]),
        ("block0.skip.weight", &[5, 3, 1]),
        ("block0.skip.bias", &[5]),
        ("block1.first.weight", &[5, 5, 3]),
        ("block1.first.bias", &[5]),
        ("block1.second.weight", &[5, 5, 3]),
        ("block1.second.bias", &[5]),
        ("dense0.weight", &[4, 5]),
        ("dense0.bias", &[4]),
        ("dense1.weight", &[2, 4]),
        ("dense1.bias", &[2]),
    ];
    onnx::network(&tensors)
}

#[test]
fn networks_of_any_size_are_refused_or_run() {
    let float = FloatTcn::read(&any_size()).unwrap().unwrap();
    let window = vec![vec![1.0, -1.0, 0.5]; 12];
    let mut ranges = float.calibrate([window.as_slice()], true).unwrap();
    ranges.text = ["name", "sources", "grids"].map(|key| (key.into(), "none".into())).into();
    let original = float.quantise(&ranges).unwrap();
    cases("networks of any size", 400, |random| {
        let mut file = original.clone();
        changed(random, &mut file);
        seal(&mut file);
        let Ok(network) = Tcn::load(&file) else { return false };
        let values = [0, 1, -1, 32_767, -32_767, i16::MIN];
        let window: Vec<i16> =
            (0..network.window() * network.inputs()).map(|_| *random.pick(&values)).collect();
        let mut scratch = vec![-1; network.scratch_words()];
        let mut out = vec![0; network.outputs()];
        network.run(&window, &mut scratch, &mut out).unwrap();
        true
    });
}

#[test]
fn onnx_files_are_refused_or_quantised() {
    let shipped: &[u8] = include_bytes!("../models/history/history.onnx");
    let ranges = include_str!("../models/history/history.ranges.json");
    let ranges: Ranges = serde_json::from_str(ranges).unwrap();
    let files = [shipped.to_vec(), onnx::history_network(3, 2), any_size()];
    cases("ONNX files", 40, |random| {
        let mut file = random.pick(&files).clone();
        changed(random, &mut file);
        let of_any_size = FloatTcn::read(&file).is_ok_and(|network| network.is_some());
        let loads = FloatNetwork::read(&file).is_ok();
        of_any_size || loads && quantise(&file, &ranges).is_ok()
    });
}

/// Rows of a shape, from its header and one row.
fn rows(header: &str, row: impl Fn(u32) -> String) -> Vec<u8> {
    let rows = (0..240).map(row).collect::<Vec<_>>().join("\n");
    format!("{header}\n{rows}\n").into_bytes()
}

fn hour(at: u32) -> String {
    format!("2024-03-{:02}T{:02}:00", 1 + at / 24, at % 24)
}

#[test]
fn histories_are_refused_or_forecast_from() {
    let gram = |at: u32| 200 + at % 24 * 7;
    let json = |at: u32| {
        let (from, to) = (hour(at), hour(at + 1));
        format!(
            "{{\"from\":\"{from}Z\",\"to\":\"{to}Z\",\"intensity\":{{\"actual\":{}}}}}",
            gram(at)
        )
    };
    let data = (0..200).map(json).collect::<Vec<_>>().join(",");
    let files = [
        rows("timestamp_utc,gco2_per_kwh", |at| format!("{}Z,{}.5", hour(at), gram(at))),
        rows("timestamp_utc,zone,gco2_per_kwh", |at| {
            format!("{}Z,{},{}", hour(at / 2), ["DE", "FR"][at as usize % 2], gram(at))
        }),
        rows(
            "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),\
             Carbon intensity gCO₂eq/kWh (Life cycle)",
            |at| {
                format!(
                    "{},Germany,Germany,DE,{},{}",
                    hour(at).replace('T', " "),
                    gram(at),
                    gram(at)
                )
            },
        ),
        rows("point_time,value", |at| format!("{}+00:00,{}", hour(at), gram(at) * 2)),
        rows("MTU,Area,Generation Type,Generation (MW)", |at| {
            let start = format!("{:02}/03/2024 {:02}:00:00", 1 + at / 48, at / 2 % 24);
            let end =
                format!("{:02}/03/2024 {:02}:00:00", 1 + (at / 2 + 1) / 24, (at / 2 + 1) % 24);
            let kind = ["Fossil Gas", "Nuclear"][at as usize % 2];
            format!("{start} - {end},BZN|DE-LU,{kind},{}", gram(at))
        }),
        format!("{{\"data\":[{data}]}}").into_bytes(),
    ];
    let zones = [None, Some("DE".to_owned()), Some("gcp:europe-west3".to_owned())];
    cases("histories", 30, |random| {
        let mut file = random.pick(&files).clone();
        changed(random, &mut file);
        let text = String::from_utf8_lossy(&file);
        let options = ReadOptions { zone: random.pick(&zones).clone(), ..ReadOptions::default() };
        let Ok(history) = File::parse("hostile", &text, &options) else { return false };
        let Ok(outlook) = Outlook::of(&history, "DE", HORIZON) else { return false };
        assert!(outlook.values.iter().all(|q| q.p10() <= q.p50() && q.p50() <= q.p90()));
        true
    });
}

/// Whether a network forecasts with what a file tells. Whatever hour is asked
/// for, only what is held is told.
fn is_used<'w>(random: &mut Random, net: &[u8], at: &dyn Fn(Hour) -> WeatherSeries<'w>) -> bool {
    let first = Hour::from_hours(474_000 + u32::try_from(random.below(2_000)).unwrap());
    let readings = readings(random);
    let model = Model::load(net).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let (mut response, mut out) = (Response::new(), [Quantiles::default(); HORIZON]);
    let asked = WeatherForecaster::new(&model, &mut scratch, &mut response).unwrap();
    let (history, issue) = (History::new(first, &readings), Issue::new(first, 1).unwrap());
    asked.with_weather(at(first)).forecast(&history, issue, &mut out).is_ok()
}

#[test]
fn day_ahead_files_are_refused_or_used() {
    let file = rows("timestamp_utc,zone,solar_mw,wind_mw", |at| {
        format!("{}Z,X{},{},{}.5", hour(at), at % 2, at % 24 * 90, 700 + at % 13)
    });
    cases("day-ahead files", 60, |random| {
        let mut file = file.clone();
        changed(random, &mut file);
        let text = String::from_utf8_lossy(&file);
        let Ok(files) = DayAheadFile::parse("hostile", &text, &TimeZone::UTC) else { return false };
        files.iter().all(|(_, file)| {
            is_used(random, wattcast_models::DAY_AHEAD, &|first| file.from(first, 1).at(first))
        })
    });
}

#[test]
fn weather_files_are_refused_or_used() {
    let values = |at: u32| format!("{}.5,{},275.2,{},0.1", at % 9, 280 + at % 7, at % 24 * 20);
    let heads = "wind_speed_ms,temperature_k,dewpoint_k,dswrf_wm2,precip_mm";
    let files = [
        rows(&format!("timestamp_utc,{heads}"), |at| format!("{}Z,{}", hour(at), values(at))),
        rows(&format!("run_utc,lead_h,{heads}"), |at| {
            format!("{}Z,{},{}", hour(at / 40 * 24), at % 40 * 3, values(at))
        }),
    ];
    cases("weather files", 60, |random| {
        let mut file = random.pick(&files).clone();
        changed(random, &mut file);
        let text = String::from_utf8_lossy(&file);
        let Ok(weather) = WeatherFile::parse("hostile", &text) else { return false };
        is_used(random, wattcast_models::WEATHER, &|first| weather.at(first))
    });
}
