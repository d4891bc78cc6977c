//! A forecast as a picture: the last two days, the median of the hours to
//! come, and the range that holds eight hours of ten.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use wattcast_core::forecast::Hour;
use wattcast_core::units::CarbonIntensity;

use super::{Outlook, Series};
use crate::chart::{COLOURS, escaped, nice_step};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 936.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 304.0;
/// Hours of the past that are shown.
const PAST: u32 = 48;

/// Draws an outlook of `zone` after the end of `past`, in the grid's standard
/// time.
#[must_use]
pub fn to_svg(zone: &str, outlook: &Outlook, past: &Series) -> String {
    let chart = Chart::of(outlook, past);
    let colour = COLOURS.first().copied().unwrap_or("#000");
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#222\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"28\" font-size=\"17\" font-weight=\"600\">{}: the next {} hours</text>\n\
         <text x=\"{LEFT}\" y=\"48\" fill=\"#666\">gCO2e/kWh by hour, UTC{:+}; the range holds eight hours of ten</text>\n",
        escaped(zone),
        outlook.values.len(),
        outlook.offset_hours,
    );
    chart.axes(&mut out);
    chart.legend(&mut out, colour);
    let _ = writeln!(
        out,
        "<path d=\"{}\" fill=\"{colour}\" fill-opacity=\"0.18\"/>\n\
         <path d=\"{}\" fill=\"none\" stroke=\"#777\" stroke-width=\"1.4\"/>\n\
         <path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\n</svg>",
        chart.band(outlook),
        chart.line((0..PAST).map(|at| past.value(chart.from.later(at)))),
        chart.told(outlook),
    );
    out
}

struct Chart {
    from: Hour,
    now: u32,
    hours: u32,
    offset_hours: i8,
    most: u32,
    step: u32,
}

impl Chart {
    fn of(outlook: &Outlook, past: &Series) -> Self {
        let from = outlook.from.earlier(PAST);
        let seen = (0..PAST).filter_map(|at| past.value(from.later(at)));
        let values = outlook.values.iter().map(|q| q.p90()).chain(seen);
        let most = values.max().unwrap_or_default().as_mg_per_kwh().max(1_000);
        let step = nice_step(most);
        let ahead = u32::try_from(outlook.values.len()).unwrap_or(0);
        Self {
            from,
            now: PAST,
            hours: (PAST + ahead).max(1),
            offset_hours: outlook.offset_hours,
            most: most.div_ceil(step).saturating_mul(step),
            step,
        }
    }

    fn x(&self, hour: u32) -> f64 {
        LEFT + (RIGHT - LEFT) * f64::from(hour) / f64::from(self.hours)
    }

    fn y(&self, value: CarbonIntensity) -> f64 {
        BOTTOM - (BOTTOM - TOP) * f64::from(value.as_mg_per_kwh()) / f64::from(self.most)
    }

    fn axes(&self, out: &mut String) {
        let lines = (0..=self.most / self.step).map(|count| count * self.step);
        for mg in lines {
            let y = self.y(CarbonIntensity::from_mg_per_kwh(mg));
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#ddd\"/>\
                 <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#666\">{}</text>",
                LEFT - 8.0,
                y + 4.5,
                mg / 1_000
            );
        }
        for hour in 0..=self.hours {
            self.tick(out, hour);
        }
        let now = self.x(self.now);
        let _ = writeln!(
            out,
            "<path d=\"M{now:.1} {TOP}V{BOTTOM}\" stroke=\"#888\" stroke-dasharray=\"3 3\"/>"
        );
    }

    fn tick(&self, out: &mut String, hour: u32) {
        let local = i64::from(self.from.later(hour).as_hours()) + i64::from(self.offset_hours);
        let of_day = local.rem_euclid(24);
        if of_day % 12 != 0 {
            return;
        }
        let (x, height) = (self.x(hour), if of_day == 0 { 8 } else { 5 });
        let _ = writeln!(
            out,
            "<path d=\"M{x:.1} {BOTTOM}v{height}\" stroke=\"#888\"/>\
             <text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#666\">{of_day:02}:00</text>",
            BOTTOM + 20.0,
        );
        let date = jiff::Timestamp::from_second(local * 3600).ok().filter(|_| of_day == 0);
        // A date at the edge would be cut off.
        if let Some(date) = date.filter(|_| hour + 6 <= self.hours) {
            let date = date.to_zoned(TimeZone::UTC).strftime("%a %-d %b");
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#666\">{date}</text>",
                BOTTOM + 37.0,
            );
        }
    }

    fn legend(&self, out: &mut String, colour: &str) {
        let entries = [("#777", "measured", 0.0), (colour, "median", 104.0)];
        for (colour, text, at) in entries {
            let _ = writeln!(
                out,
                "<path d=\"M{:.0} 62h18\" stroke=\"{colour}\" stroke-width=\"2.5\"/>\
                 <text x=\"{:.0}\" y=\"66.5\">{text}</text>",
                LEFT + at,
                LEFT + at + 24.0,
            );
        }
        let _ = writeln!(
            out,
            "<rect x=\"{:.0}\" y=\"56\" width=\"18\" height=\"12\" fill=\"{colour}\" fill-opacity=\"0.18\"/>\
             <text x=\"{:.0}\" y=\"66.5\">range</text>",
            LEFT + 194.0,
            LEFT + 218.0,
        );
    }

    /// The median, a step for each hour.
    fn told(&self, outlook: &Outlook) -> String {
        let past = (0..self.now).map(|_| None);
        self.line(past.chain(outlook.values.iter().map(|q| Some(q.p50()))))
    }

    /// Hour by hour from the left edge, broken where nothing is known.
    fn line(&self, values: impl Iterator<Item = Option<CarbonIntensity>>) -> String {
        let (mut path, mut is_open) = (String::new(), false);
        for (hour, value) in (0..).zip(values) {
            if let Some(value) = value {
                let (start, end, y) = (self.x(hour), self.x(hour + 1), self.y(value));
                let to = if is_open { format!("V{y:.1}") } else { format!("M{start:.1} {y:.1}") };
                let _ = write!(path, "{to}H{end:.1}");
            }
            is_open = value.is_some();
        }
        path
    }

    /// Around the hours that are forecast: above from left to right, below back.
    fn band(&self, outlook: &Outlook) -> String {
        let mut path = format!("M{:.1}", self.x(self.now));
        for (at, q) in (self.now..).zip(&outlook.values) {
            let start = if at == self.now { " " } else { "V" };
            let _ = write!(path, "{start}{:.1}H{:.1}", self.y(q.p90()), self.x(at + 1));
        }
        let hours = (self.now..).zip(&outlook.values).collect::<Vec<_>>();
        for (at, q) in hours.into_iter().rev() {
            let _ = write!(path, "V{:.1}H{:.1}", self.y(q.p10()), self.x(at));
        }
        path + "z"
    }
}
