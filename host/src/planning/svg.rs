//! A plan as a picture: what is expected of each zone, and when the job runs.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::forecasts::ZoneForecast;
use super::{Forecasts, Planned};
use crate::chart::{COLOURS, escaped, nice_step};
use crate::report::carbon;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 912.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = 324.0;
/// Draws it, with times in `time_zone`.
#[must_use]
pub fn to_svg(planned: &Planned, forecasts: &Forecasts, time_zone: &TimeZone) -> String {
    let chart = Chart::of(planned, forecasts);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#222\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    chart.title(&mut out, planned);
    chart.axes(&mut out, time_zone);
    for (place, zone) in forecasts.zones().iter().enumerate() {
        chart.zone(&mut out, planned, zone, colour(place));
    }
    chart.legend(&mut out, forecasts);
    out.push_str("</svg>\n");
    out
}

/// Where times and intensities lie in the picture.
struct Chart {
    from_us: u64,
    to_us: u64,
    /// The intensity at the top in mg/kWh, and the step from line to line.
    most: u32,
    step: u32,
}

impl Chart {
    fn of(planned: &Planned, forecasts: &Forecasts) -> Self {
        let slots = forecasts.zones().iter().map(|zone| zone.expected.len()).max().unwrap_or(0);
        let length_s = u64::try_from(slots).unwrap_or(0) * u64::from(forecasts.slot_s());
        let end = forecasts.start().as_us() + length_s * 1_000_000;
        let to_us = planned.deadline.map_or(end, |deadline| deadline.as_us().min(end));
        let from_us = forecasts.start().as_us();
        let values =
            forecasts.zones().iter().flat_map(|zone| zone.expected.iter().chain(&zone.high));
        let most = values.flatten().map(|value| value.as_mg_per_kwh()).max().unwrap_or(0);
        let step = nice_step(most.max(1_000));
        let most = most.max(1_000).div_ceil(step).saturating_mul(step);
        Self { from_us, to_us: to_us.max(from_us + 1), most, step }
    }

    fn x(&self, us: u64) -> f64 {
        let us = us.clamp(self.from_us, self.to_us);
        LEFT + (RIGHT - LEFT) * (us - self.from_us) as f64 / (self.to_us - self.from_us) as f64
    }

    fn y(&self, mg: u32) -> f64 {
        BOTTOM - (BOTTOM - TOP) * f64::from(mg) / f64::from(self.most)
    }

    fn title(&self, out: &mut String, planned: &Planned) {
        let saved = planned.run_now_ug.filter(|now| *now > 0).map(|now| {
            let saved = i128::from(now) - i128::from(planned.expected_ug);
            format!(", {} % less than at once", saved * 100 / i128::from(now))
        });
        let _ = writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"28\" font-size=\"17\" font-weight=\"600\">{}{}</text>",
            carbon(planned.expected_ug.into()),
            saved.unwrap_or_default()
        );
        let range = match (planned.expected_low_ug, planned.expected_high_ug) {
            (Some(low), Some(high)) => {
                format!("{} to {}; ", carbon(low.into()), carbon(high.into()))
            }
            _ => String::new(),
        };
        let many = |count: u16, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        let counts = format!("{}, {}", many(planned.pauses, "pause"), many(planned.moves, "move"));
        let _ = writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"48\" fill=\"#666\">{range}{counts}; {} plan, gCO2e/kWh by hour</text>",
            planned.method
        );
    }

    fn axes(&self, out: &mut String, time_zone: &TimeZone) {
        let mut mg = 0;
        while mg <= self.most {
            let y = self.y(mg);
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#ddd\"/>\
                 <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#666\">{}</text>",
                LEFT - 8.0,
                y + 4.5,
                mg / 1_000
            );
            mg = mg.saturating_add(self.step);
        }
        let hours = (self.to_us - self.from_us).div_ceil(3_600_000_000);
        let every = match hours {
            0..=14 => 1,
            15..=30 => 3,
            31..=60 => 6,
            61..=120 => 12,
            _ => 24,
        };
        for hour in 0..=hours {
            let us = self.from_us.div_ceil(3_600_000_000) * 3_600_000_000 + hour * 3_600_000_000;
            if us <= self.to_us {
                self.tick(out, us, every, time_zone);
            }
        }
    }

    fn tick(&self, out: &mut String, us: u64, every: i8, time_zone: &TimeZone) {
        let Some(at) = local(us, time_zone) else { return };
        if at.hour() % every != 0 {
            return;
        }
        let x = self.x(us);
        let _ = writeln!(
            out,
            "<path d=\"M{x:.1} {BOTTOM}v5\" stroke=\"#888\"/>\
             <text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#666\">{}</text>",
            BOTTOM + 20.0,
            at.strftime("%H:%M")
        );
        if at.hour() == 0 {
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#666\">{}</text>",
                BOTTOM + 37.0,
                at.strftime("%a %-d %b")
            );
        }
    }

    fn zone(&self, out: &mut String, planned: &Planned, zone: &ZoneForecast, colour: &str) {
        for run in planned.intervals.iter().filter(|run| run.zone == zone.zone) {
            let (x, end) = (self.x(run.start.as_us()), self.x(run.end.as_us()));
            let _ = writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{TOP}\" width=\"{:.1}\" height=\"{:.0}\" fill=\"{colour}\" fill-opacity=\"0.22\"/>",
                end - x,
                BOTTOM - TOP
            );
        }
        self.band(out, zone, colour);
        let line = self.steps(zone);
        let _ = writeln!(
            out,
            "<path d=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\"/>"
        );
    }

    /// The range of the forecast.
    fn band(&self, out: &mut String, zone: &ZoneForecast, colour: &str) {
        let mut path = String::new();
        for (slot, (low, high)) in zone.low.iter().zip(&zone.high).enumerate() {
            let (Some(low), Some(high)) = (low, high) else { continue };
            let (start, end) = self.span(zone, slot);
            let (top, bottom) = (self.y(high.as_mg_per_kwh()), self.y(low.as_mg_per_kwh()));
            let _ = write!(path, "M{start:.1} {top:.1}H{end:.1}V{bottom:.1}H{start:.1}z");
        }
        if !path.is_empty() {
            let _ = writeln!(out, "<path d=\"{path}\" fill=\"{colour}\" fill-opacity=\"0.12\"/>");
        }
    }

    /// The expected values, broken where nothing is known.
    fn steps(&self, zone: &ZoneForecast) -> String {
        let mut path = String::new();
        let mut is_open = false;
        for (slot, value) in zone.expected.iter().enumerate() {
            let (start, end) = self.span(zone, slot);
            let Some(value) = value.filter(|_| end > start) else {
                is_open = false;
                continue;
            };
            let y = self.y(value.as_mg_per_kwh());
            let to = if is_open { format!("V{y:.1}") } else { format!("M{start:.1} {y:.1}") };
            let _ = write!(path, "{to}H{end:.1}");
            is_open = true;
        }
        path
    }

    /// Where a slot begins and ends.
    fn span(&self, zone: &ZoneForecast, slot: usize) -> (f64, f64) {
        let slot_us = u64::from(zone.slot_s) * 1_000_000;
        let start = zone.start.as_us() + u64::try_from(slot).unwrap_or(0) * slot_us;
        (self.x(start), self.x(start + slot_us))
    }

    fn legend(&self, out: &mut String, forecasts: &Forecasts) {
        let mut x = LEFT;
        for (place, zone) in forecasts.zones().iter().enumerate() {
            let name = if zone.zone.is_empty() { "forecast" } else { &zone.zone };
            let _ = writeln!(
                out,
                "<path d=\"M{x:.0} 66h18\" stroke=\"{}\" stroke-width=\"3\"/><text x=\"{:.0}\" y=\"70.5\">{}</text>",
                colour(place),
                x + 24.0,
                escaped(name)
            );
            x += 40.0 + 8.5 * name.chars().count() as f64;
        }
        let _ = writeln!(
            out,
            "<rect x=\"{x:.0}\" y=\"60\" width=\"18\" height=\"12\" fill=\"#888\" fill-opacity=\"0.3\"/><text x=\"{:.0}\" y=\"70.5\">the job runs</text>",
            x + 24.0
        );
    }
}

fn colour(place: usize) -> &'static str {
    COLOURS.get(place % COLOURS.len()).copied().unwrap_or("#555555")
}

fn local(us: u64, time_zone: &TimeZone) -> Option<jiff::Zoned> {
    let at = jiff::Timestamp::from_microsecond(i64::try_from(us).ok()?).ok()?;
    Some(at.to_zoned(time_zone.clone()))
}
