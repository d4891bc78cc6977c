//! `wattcast forecast`: how clean the next hours will be.

mod words;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use jiff::tz::{Offset, TimeZone};
use serde::Serialize;
use wattcast_core::forecast::{Hour, Method, Quantiles, Typical, WeatherUse};
use wattcast_core::units::{Basis, CarbonIntensity, Utc};

use super::grids::{self, ReadArgs};
use super::{CliError, Outcome, hours, output};
use crate::backtest::rule_name;
use crate::forecast::{Outlook, Series, TypicalOutlook, grid_code, to_svg};
use crate::grid;
use crate::intensity::{History, timestamp};
use crate::weather::{DayAheadFile, WeatherFile};

/// Arguments of `forecast`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast forecast --zone DE                               typical days of the season, no file needed
  wattcast forecast --zone DE --history de.csv              four days, a line each
  wattcast forecast --zone DE --history de.csv --horizon 24h --json
  wattcast forecast --zone DE --history de.csv --weather gfs.csv --svg de.svg
  wattcast forecast --zone DE --history de.csv --day-ahead expected.csv

Bars stand for the median of each hour, in the grid's standard time. The
forecast begins with the hour after the newest reading of the file. Without a
file it begins with this hour and tells what is typical of the month, the hour
and the weekday; the weather, which decides, it does not know.

The weather file has wind at 10 m, temperature and dew point at 2 m, irradiance
and precipitation, means over the grid's area, best with half a year of past.
  runs:         run_utc,lead_h,wind_speed_ms,temperature_k,dewpoint_k,dswrf_wm2,precip_mm
  hour by hour: timestamp_utc,wind_speed_ms,temperature_k,dewpoint_k,dswrf_wm2,precip_mm
Irradiance and precipitation are the mean and the sum of the 3 h before. Runs of
the past make it better: it then knows how far to trust them. Downloads of
Open-Meteo (hourly, CSV) read as they are.

In place of the weather, for the day ahead better: the solar and wind that the
grid's operator publishes each evening for the next day (ENTSO-E: generation
forecasts for wind and solar, whose export reads as it is), past days as well.
  timestamp_utc,solar_mw,wind_mw        of several grids with a column zone")]
pub(super) struct ForecastArgs {
    /// Country, subdivision, grid zone or cloud region: DE, US-CAL-CISO, gcp:europe-west1
    #[arg(long, value_name = "CODE", env = "WATTCAST_ZONE")]
    zone: String,

    /// History of the carbon intensity, hour by hour (CSV or JSON); best with four weeks or more
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// First hour where there is no history file, as 2026-07-01T14:00Z [default: this hour]
    #[arg(long, value_name = "TIME", conflicts_with = "history")]
    from: Option<String>,

    /// Weather of the grid's area, past and forecast: runs, or hour by hour (CSV)
    #[arg(long, value_name = "FILE", requires = "history")]
    weather: Option<PathBuf>,

    /// Age at 00 UTC of the forecast in a file of the weather that is hour by hour
    #[arg(long, value_name = "TIME", default_value = "0h", requires = "weather")]
    weather_age: String,

    /// Solar and wind as the grid's operator expects them a day ahead, past and to come (CSV; or a
    /// folder with one for each grid)
    #[arg(long, value_name = "PATH", requires = "history", conflicts_with = "weather")]
    day_ahead: Option<PathBuf>,

    /// A network in place of those that ship
    #[arg(long, value_name = "FILE", requires = "history")]
    model: Option<PathBuf>,

    /// How far ahead: up to `96h` or `4d`
    #[arg(long, value_name = "TIME", default_value = "96h")]
    horizon: String,

    #[command(flatten)]
    read: ReadArgs,

    /// Write a picture to a file as well
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Forecasts from the history, or says what is typical.
pub(super) fn run(args: &ForecastArgs) -> Outcome {
    let hours = hours::horizon(&args.horizon)?;
    let place = grid::find(grid_code(&args.zone)).map_err(CliError::input)?;
    let text = match &args.history {
        Some(file) => {
            let options = args.read.options(Some(args.zone.clone()))?;
            let history = History::read(file, &options).map_err(CliError::input)?;
            let outlook = outlook(args, &history, place.code(), hours)?;
            draw(args, place.code(), &outlook, &Series::of(&history))?;
            if args.read.json {
                output::json(&Answer::of(place.code(), &history, &outlook))?
            } else {
                plot(&outlook) + &words::told(place.code(), &outlook)
            }
        }
        None => typical(&place, args, hours)?,
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The picture, where one is wanted.
fn draw(args: &ForecastArgs, zone: &str, outlook: &Outlook, past: &Series) -> Result<(), CliError> {
    let Some(path) = &args.svg else { return Ok(()) };
    std::fs::write(path, to_svg(zone, outlook, past))
        .map_err(|error| CliError::failed(format!("{}: {error}", path.display())))
}

/// From the network that fits what is given.
fn outlook(
    args: &ForecastArgs,
    history: &History,
    zone: &str,
    hours: usize,
) -> Result<Outlook, CliError> {
    let age = hours::age("--weather-age", &args.weather_age)?;
    let weather = args.weather.as_deref().map(WeatherFile::read).transpose();
    let weather = weather.map_err(CliError::input)?.map(|weather| weather.with_age(age));
    let day_ahead = day_ahead(args, zone)?;
    let outlook = match (&args.model, &weather, &day_ahead) {
        (Some(path), weather, day_ahead) => {
            let file = super::model_file(path)?;
            let model = super::network(&file, Some(path))?;
            match day_ahead {
                Some(told) => Outlook::by_day_ahead(&model, history, told, zone, hours),
                None => Outlook::by(&model, history, weather.as_ref(), zone, hours),
            }
        }
        (None, Some(weather), _) => Outlook::with_weather(history, weather, zone, hours),
        (None, None, Some(told)) => Outlook::with_day_ahead(history, told, zone, hours),
        (None, None, None) => Outlook::of(history, zone, hours),
    };
    outlook.map_err(CliError::input)
}

/// What the operator of the grid expects.
fn day_ahead(args: &ForecastArgs, zone: &str) -> Result<Option<DayAheadFile>, CliError> {
    let files = grids::day_ahead(args.day_ahead.as_deref(), &args.read)?;
    let Some(files) = files else { return Ok(None) };
    let found = files.of_either(zone, &args.zone).map_err(CliError::input)?;
    found.map(Some).ok_or_else(|| {
        CliError::input(format!("--day-ahead {}: holds nothing of {zone}", files.path().display()))
    })
}

fn grams(intensity: CarbonIntensity) -> f64 {
    f64::from(intensity.as_mg_per_kwh()) / 1e3
}

/// Without a history: the typical day, at the level of the yearly factor.
fn typical(place: &grid::Place, args: &ForecastArgs, hours: usize) -> Result<String, CliError> {
    let factor = place.factor(args.read.basis.into()).ok_or_else(|| {
        CliError::input(format!(
            "{} has no {} factor; give --history FILE or another --basis",
            place.code(),
            output::basis(args.read.basis.into())
        ))
    })?;
    // The tables tell life-cycle days; direct ones swing wider.
    let zone = if factor.basis == Basis::LifeCycle { grid_code(place.code()) } else { "" };
    let found = TypicalOutlook::of(zone, factor.intensity, first_hour(args)?, hours);
    let found = found.map_err(CliError::input)?;
    if args.read.json {
        return output::json(&serde_json::json!({
            "zone": place.code(),
            "method": "typical-day",
            "typical_of": match found.typical {
                Typical::OfZone => "zone",
                Typical::OfCountry => "country",
                Typical::Flat => "none",
            },
            "basis": output::basis(factor.basis),
            "yearly_g_per_kwh": grams(factor.intensity),
            "sources": found.sources,
            "hours": hour_answers(&found.outlook),
        }));
    }
    let (zone, level) = (place.code(), grams(factor.intensity));
    let advice = "Give --history FILE with at least a week of hourly values for a forecast.";
    let whose = match found.typical {
        Typical::OfZone => "typical days of the grid",
        Typical::OfCountry => "typical days of the country, the grid's own are not known",
        Typical::Flat => {
            return Ok(format!(
                "{zone}: {level:.0} gCO2e/kWh at every hour, the yearly factor: no typical day is \
                 known here.\n  {advice}\n"
            ));
        }
    };
    Ok(format!(
        "{}\n{zone}: {whose}, around the yearly factor of {level:.0} gCO2e/kWh; not a forecast of \
         the weather.\n  Days: {}.\n  {advice}\n",
        plot(&found.outlook),
        found.sources
    ))
}

/// The hour asked for, or the one that runs.
fn first_hour(args: &ForecastArgs) -> Result<Hour, CliError> {
    let moment = match &args.from {
        None => jiff::Timestamp::now(),
        Some(text) => text.parse().map_err(|_| {
            CliError::input(format!("--from `{text}` is not a time; write 2026-07-01T14:00Z"))
        })?,
    };
    let us = u64::try_from(moment.as_microsecond()).unwrap_or(0);
    Ok(Hour::containing(Utc::from_us(us)))
}

/// A line of bars for each day of local standard time.
fn plot(outlook: &Outlook) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let p50 = |q: &Quantiles| q.p50().as_mg_per_kwh();
    let least = outlook.values.iter().map(p50).min().unwrap_or(0);
    let most = outlook.values.iter().map(p50).max().unwrap_or(0).max(least + 1);
    let bar = |mg: u32| {
        let step = u64::from(mg - least) * 8 / (u64::from(most - least) + 1);
        usize::try_from(step).ok().and_then(|step| BARS.get(step)).copied().unwrap_or(' ')
    };
    let offset = i64::from(outlook.offset_hours);
    let local =
        |k: usize| i64::from(outlook.from.as_hours()) + offset + i64::try_from(k).unwrap_or(0);
    let mut out = String::from("                00    06    12    18\n");
    let mut ahead = 0;
    while ahead < outlook.values.len() {
        let hour_of_day = usize::try_from(local(ahead).rem_euclid(24)).unwrap_or(0);
        let count = (24 - hour_of_day).min(outlook.values.len() - ahead);
        let day = outlook.values.iter().skip(ahead).take(count);
        let bars: String = day.clone().map(|q| bar(p50(q))).collect();
        let bars = format!("{}{bars}", " ".repeat(hour_of_day));
        let low = day.clone().map(|q| q.p10()).min().unwrap_or_default();
        let high = day.clone().map(|q| q.p90()).max().unwrap_or_default();
        let cleanest = day.enumerate().min_by_key(|(_, q)| p50(q));
        let (at, value) = cleanest.map_or((0, 0.0), |(k, q)| (k, grams(q.p50())));
        let _ = writeln!(
            out,
            "{}  {bars:<24}  {:>4.0} to {:.0} g/kWh, cleanest {:02}:00 ({value:.0})",
            date(local(ahead)),
            grams(low),
            grams(high),
            hour_of_day + at
        );
        ahead += count;
    }
    out
}

/// Day of the week and date of an hour of local time.
fn date(local_hour: i64) -> String {
    jiff::Timestamp::from_second(local_hour * 3600)
        .map(|t| t.to_zoned(TimeZone::fixed(Offset::UTC)).strftime("%a %Y-%m-%d").to_string())
        .unwrap_or_default()
}

#[derive(Serialize)]
struct Answer<'a> {
    zone: &'a str,
    method: &'static str,
    rules_by_day: Option<[&'static str; 4]>,
    basis: &'static str,
    history_hours: u32,
    filled_hours: u32,
    stuck_hours: u32,
    zone_seen: Option<bool>,
    weather: &'static str,
    weather_filled_hours: u32,
    hours: Vec<HourAnswer>,
}

/// One hour, in g/kWh.
#[derive(Serialize)]
struct HourAnswer {
    start: String,
    p10: f64,
    p50: f64,
    p90: f64,
}

fn hour_answers(outlook: &Outlook) -> Vec<HourAnswer> {
    let hour = |(ahead, q): (u32, &Quantiles)| HourAnswer {
        start: timestamp(outlook.from.later(ahead).start()),
        p10: grams(q.p10()),
        p50: grams(q.p50()),
        p90: grams(q.p90()),
    };
    (0..).zip(&outlook.values).map(hour).collect()
}

impl<'a> Answer<'a> {
    fn of(zone: &'a str, history: &History, outlook: &Outlook) -> Self {
        let (method, rules) = match outlook.method {
            Method::Network => ("network", None),
            Method::WeatherNetwork => ("weather-network", None),
            Method::DayAheadNetwork => ("day-ahead-network", None),
            Method::TypicalDay(_) => ("typical-day", None),
            Method::Simple(rule) => (rule_name(rule), None),
            Method::BestSimple(rules) => ("best-simple", Some(rules.map(rule_name))),
        };
        Self {
            zone,
            method,
            rules_by_day: rules,
            basis: output::basis(history.basis()),
            history_hours: outlook.notes.history_hours,
            filled_hours: outlook.notes.filled_hours,
            stuck_hours: outlook.notes.stuck_hours,
            zone_seen: outlook.notes.zone_seen,
            weather: match outlook.notes.weather {
                WeatherUse::NotAsked => "not-given",
                WeatherUse::Used => "used",
                WeatherUse::Unknown => "too-little-known",
            },
            weather_filled_hours: outlook.notes.weather_filled_hours,
            hours: hour_answers(outlook),
        }
    }
}
