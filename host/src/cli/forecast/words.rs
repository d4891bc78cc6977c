//! A forecast in words.

use std::fmt::Write as _;

use wattcast_core::forecast::{Method, Notes, WeatherUse};

use crate::forecast::Outlook;

/// What answered and what it found.
pub(super) fn told(zone: &str, outlook: &Outlook) -> String {
    let mut out = match outlook.method {
        Method::Network => format!("\n{zone}: by the network `history`"),
        Method::WeatherNetwork => format!("\n{zone}: by the network `weather`"),
        Method::DayAheadNetwork => format!("\n{zone}: by the network `day-ahead`"),
        Method::TypicalDay(_) => format!("\n{zone}: typical days"),
        Method::Simple(_) | Method::BestSimple(_) => {
            format!(
                "\n{zone}: by simple rules, the history is too short or has too many holes for the network"
            )
        }
    };
    out += "; ranges hold eight hours of ten.\n";
    let lines = about_the_weather(&outlook.notes, outlook.method);
    for line in lines.into_iter().chain(about_the_history(&outlook.notes)) {
        let _ = writeln!(out, "  {line}");
    }
    out
}

/// The weather, or the solar and wind that stand in its place.
fn about_the_weather(notes: &Notes, method: Method) -> Vec<String> {
    let is_day_ahead = method == Method::DayAheadNetwork;
    let told = if is_day_ahead { "day-ahead solar and wind" } else { "the weather" };
    let mut lines = vec![];
    match notes.weather {
        WeatherUse::Unknown if is_day_ahead => lines.push(
            "Day-ahead solar and wind are not used: none is told of the hours to come, or more than two days of the last week are missing."
                .to_owned(),
        ),
        WeatherUse::Unknown => lines.push(
            "The weather is not used: more than two days of the last week or of those to come are missing."
                .to_owned(),
        ),
        WeatherUse::Used if notes.response_days < 20 => lines.push(format!(
            "It saw this grid answer to {told} for {} days; from twenty on it is good, for half a year it gains.",
            notes.response_days
        )),
        _ => {}
    }
    if notes.weather_filled_hours > 0 {
        lines.push(format!(
            "{} hours of {told}, of the last week and of those to come, were missing{}.",
            notes.weather_filled_hours,
            if notes.weather == WeatherUse::Used {
                " and took the value of the day before"
            } else {
                ""
            }
        ));
    }
    lines
}

fn about_the_history(notes: &Notes) -> Vec<String> {
    let mut lines = vec![];
    if notes.zone_seen == Some(false) {
        lines.push("The network was not trained on this grid.".to_owned());
    }
    if notes.stuck_hours > 0 {
        lines.push(format!(
            "The last {} values are equal: not believed, the day before was taken.",
            notes.stuck_hours
        ));
    } else if notes.filled_hours > 0 {
        lines.push(format!(
            "{} hours of the last week were missing and took the value of the day before.",
            notes.filled_hours
        ));
    }
    if notes.history_hours < 672 {
        lines.push(format!(
            "The history holds {} hours; four weeks (672) make the forecast better.",
            notes.history_hours
        ));
    }
    lines
}
