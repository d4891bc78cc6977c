//! Boards as a table, line by line of their channels.

use super::super::monitor::{grams, watt_hours};
use super::super::output::{self, Align, columns};
use crate::report::{Sender, local_time};

/// The table of all boards.
pub(in crate::cli) fn table<'a>(senders: impl Iterator<Item = &'a Sender>) -> String {
    use Align::{Left, Right};
    let (mut rows, mut below) = (Vec::new(), String::new());
    for sender in senders {
        let report = sender.report(true);
        let name = sender.identity().map_or("?", |it| it.device.as_str());
        for part in report.parts.iter().chain(&report.details) {
            let power = sender.power(part.channel).map_or_else(
                || "-".to_owned(),
                |power| {
                    let uw = power.as_uw();
                    let sign = if uw < 0 { "-" } else { "" };
                    let mw = uw.unsigned_abs() / 1_000;
                    format!("{sign}{}.{:03}", mw / 1_000, mw % 1_000)
                },
            );
            rows.push([
                name.to_owned(),
                sender.label(),
                part.name.clone(),
                power,
                watt_hours(part.energy_uj),
                grams(part.carbon_ug),
                format!("{:?}", part.quality).to_lowercase(),
            ]);
        }
        below.push_str(&load(name, sender));
        if report.parts.is_empty() && report.details.is_empty() {
            let none = || "-".to_owned();
            rows.push([name.to_owned(), sender.label(), none(), none(), none(), none(), none()]);
        }
    }
    let heads = [
        ("board", Left),
        ("boot", Left),
        ("channel", Left),
        ("W", Right),
        ("Wh", Right),
        ("gCO2e", Right),
        ("quality", Left),
    ];
    columns(heads, &rows) + &below
}

/// What a board does with its load, and means to do, a line each; empty where
/// it has none.
fn load(name: &str, sender: &Sender) -> String {
    let now = sender.load_is_on().map(|on| if on { "load on" } else { "load off" }.to_owned());
    let planned = sender.plan().iter().map(|stay| {
        let (start, end) = (local_time(stay.start_utc_us), local_time(stay.end_utc_us));
        format!("plans {start} to {end}, {} g/kWh", output::grams(stay.mg_per_kwh))
    });
    now.into_iter().chain(planned).map(|told| format!("{name}: {told}\n")).collect()
}
