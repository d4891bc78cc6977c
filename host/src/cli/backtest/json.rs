//! The scores as JSON.

use serde_json::{Map, Number, Value, json};
use wattcast_core::forecast::Typical;

use super::super::grids::moment;
use super::Scored;
use crate::backtest::{Candidate, Grid, Scores, Windows};

/// The network's scores at the top and under `model`, those of each rule under
/// its name; of several grids the mean, and each one under `zones`.
pub(super) fn document(grids: &[Grid], windows: Windows, scored: &[Scored<'_>]) -> Value {
    let mut top = Map::new();
    top.insert("from".into(), moment(windows.from()).into());
    top.insert("to".into(), moment(windows.to()).into());
    top.insert("every_h".into(), windows.every_hours().into());
    top.insert("horizon_h".into(), windows.horizon().into());
    if let [grid] = grids {
        top.insert("zone".into(), grid.zone().into());
    }
    let alone = if let [grid] = grids { Some(grid) } else { None };
    top.extend(of(scored, alone, |scored| Some(&scored.mean)));
    if grids.len() > 1 {
        let zone = |(at, grid): (usize, &Grid)| {
            let scores = of(scored, Some(grid), |scored| scored.zones.get(at));
            (grid.zone().to_owned(), Value::Object(scores))
        };
        top.insert("zones".into(), grids.iter().enumerate().map(zone).collect());
    }
    Value::Object(top)
}

fn of<'s>(
    scored: &'s [Scored<'s>],
    grid: Option<&Grid>,
    choose: impl Fn(&'s Scored<'s>) -> Option<&'s Scores>,
) -> Map<String, Value> {
    let mut all = Map::new();
    for (at, scored) in scored.iter().enumerate() {
        let Value::Object(mut scores) = rounded(&json!(choose(scored))) else { continue };
        if at == 0 {
            all.extend(scores.clone());
            scores.insert("name".into(), scored.name.clone().into());
            all.insert("model".into(), scores.into());
        } else {
            if let (Candidate::TypicalDay, Some(grid)) = (scored.candidate, grid) {
                scores.insert("typical_of".into(), whose(grid).into());
            }
            all.insert(scored.name.clone(), scores.into());
        }
    }
    all
}

/// Whose typical day was told of a grid.
fn whose(grid: &Grid) -> &'static str {
    match grid.typical() {
        Typical::OfZone => "zone",
        Typical::OfCountry => "country",
        Typical::Flat => "none",
    }
}

/// Numbers to four decimals.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let short = number.as_f64().map(|x| (x * 1e4).round() / 1e4);
            short.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        Value::Array(values) => values.iter().map(rounded).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), rounded(value))).collect()
        }
        other => other.clone(),
    }
}
