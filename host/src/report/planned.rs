//! What was planned, what came of it, and what foresight would have done, in
//! lines for people.

use serde_json::Value;

use super::number::{carbon, count, duration};

/// Labels and texts.
pub(super) fn lines(plan: &Value) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let mass = |value: &Value| value.as_u64().map(|ug| carbon(ug.into()));
    let many = |value: &Value, what: &str| {
        let number = value.as_array().map_or(0, Vec::len);
        count(u64::try_from(number).unwrap_or(u64::MAX), what)
    };
    let others = |of: &Value| -> String {
        let named = [
            ("run_now_ug", "at once"),
            ("mean_ug", "spread out"),
            ("best_zone_ug", "in the best zone"),
        ];
        let told = named
            .iter()
            .filter_map(|(key, words)| Some(format!("{words} {}", mass(of.get(*key)?)?)));
        let told: Vec<String> = told.collect();
        if told.is_empty() { String::new() } else { format!("; {}", told.join(", ")) }
    };
    let planned = &plan["planned"];
    if let Some(expected) = mass(&planned["expected_ug"]) {
        let assumed =
            if planned["is_power_assumed"] == Value::Bool(true) { " for 1 kW" } else { "" };
        let method = planned["method"].as_str().unwrap_or("plan");
        let intervals = many(&planned["intervals"], "interval");
        lines.push((
            "planned",
            format!("{expected}{assumed} in {intervals}, {method}{}", others(planned)),
        ));
    }
    let achieved = &plan["achieved"];
    if let Some(running_us) = achieved["running_us"].as_u64() {
        let intervals = many(&achieved["intervals"], "interval");
        let carbon = mass(&achieved["carbon_ug"]).unwrap_or_else(|| "carbon not known".to_owned());
        lines.push(("achieved", format!("{carbon} in {intervals}, {}", duration(running_us))));
    }
    let hindsight = &plan["hindsight"];
    if let Some(best) = mass(&hindsight["best_ug"]) {
        lines.push(("hindsight", format!("at best {best}{}", others(hindsight))));
    }
    lines
}
