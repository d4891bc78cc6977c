//! What integers cost against the floats of tract, on one's own history.

use tract_onnx::prelude::*;
use wattcast_core::forecast::{
    Features, HORIZON, History, Hour, Issue, Model, ModelKind, Quantiles, Reading,
};
use wattcast_core::units::CarbonIntensity;

use crate::Failed;

const WINDOW: usize = 168;
const MEMORY: usize = 672;
/// The simple forecasts among the values of an hour.
const BASES_AT: usize = 5;
const ONE: f32 = 2048.0;

/// Asks both about every midnight of a history (two columns, hour by hour).
/// Networks that are told the weather are asked with it unknown.
pub(crate) fn compare(
    tract: &dyn Fn(TVec<TValue>) -> TractResult<TVec<TValue>>,
    model: &Model<'_>,
    csv: &str,
) -> Result<(), Failed> {
    let (start, values) = read(csv)?;
    let readings: Vec<Reading> =
        values.iter().map(|value| value.map(CarbonIntensity::from_mg_per_kwh).into()).collect();
    let mut memory = vec![0; Features::scratch_words(model.kind())];
    let mut scratch = vec![0; model.scratch_words()];
    let (mut windows, mut hours) = (0, 0.0);
    let (mut integers, mut floats, mut apart, mut most) = (0.0, 0.0, 0.0, 0.0_f64);
    let first = (start as usize + MEMORY).next_multiple_of(24) - start as usize;
    for at in (first..values.len().saturating_sub(HORIZON)).step_by(24) {
        let issue = Issue::new(Hour::from_hours(start + at as u32), 0).ok_or("an hour")?;
        let history = History::new(issue.hour(), &readings[at - MEMORY..at]);
        let features = match model.kind() {
            ModelKind::History => Features::of_history(&history, issue, &mut memory)?,
            _ => Features::of_weather(&history, None, issue, &mut memory)?,
        };
        if !features.serves() {
            continue;
        }
        let mut told = [Quantiles::default(); HORIZON];
        features.ask(model, &mut scratch, &mut told)?;
        let float = tract(inputs(&features, model.kind())?)?;
        let float = float[0].to_plain_array_view::<f32>()?;
        let [level, scale] = features.level_and_scale_mg().map(|mg| mg as f64);
        windows += 1;
        for (ahead, (told, came)) in told.iter().zip(&values[at..]).enumerate() {
            let middle = level + scale * f64::from(float[[0, 0, ahead]]);
            let middle = middle.max(0.0);
            let p50 = f64::from(told.p50().as_mg_per_kwh());
            apart += (p50 - middle).abs() / level;
            most = most.max((p50 - middle).abs() / level);
            if let Some(came) = came.map(f64::from).filter(|came| *came > 0.0) {
                hours += 1.0;
                integers += (p50 - came).abs() / came;
                floats += (middle - came).abs() / came;
            }
        }
    }
    let asked = f64::from(windows) * HORIZON as f64;
    println!("{windows} windows, {hours} hours held against what came");
    println!("MAPE of the integers    {:.3} %", 100.0 * integers / hours);
    println!("MAPE of tract's floats  {:.3} %", 100.0 * floats / hours);
    println!("the integers cost       {:+.4} points", 100.0 * (integers - floats) / hours);
    let (mean, most) = (100.0 * apart / asked, 100.0 * most);
    println!("they differ by          {mean:.4} % of the week's mean, at most {most:.3} %");
    Ok(())
}

/// The four inputs of the graph.
fn inputs(features: &Features<'_>, kind: ModelKind) -> TractResult<TVec<TValue>> {
    let [past, context, bases, hours] = Features::counts(kind);
    let row = |width: usize, fill: &dyn Fn(&mut [i16])| {
        let mut row = vec![0; width];
        fill(&mut row);
        row.into_iter().map(|q11| f32::from(q11) / ONE).collect::<Vec<f32>>()
    };
    let oldest_first = (0..WINDOW).rev();
    let rows = oldest_first.map(|back| row(past, &|row| features.past(back, row)));
    let past = columns(&rows.collect::<Vec<_>>(), 0, past)?;
    let once = Tensor::from_shape(&[1, context], &row(context, &|row| features.context(row)))?;
    let rows = (0..HORIZON).map(|ahead| row(hours, &|row| features.hour(ahead, row)));
    let rows: Vec<_> = rows.collect();
    let bases = columns(&rows, BASES_AT, bases)?;
    Ok(tvec!(past.into(), once.into(), bases.into(), columns(&rows, 0, hours)?.into()))
}

/// So many values of each hour: a row for each value, a column for each hour.
fn columns(hours: &[Vec<f32>], from: usize, count: usize) -> TractResult<Tensor> {
    let values = (from..from + count).flat_map(|at| hours.iter().map(move |hour| hour[at]));
    Tensor::from_shape(&[1, count, hours.len()], &values.collect::<Vec<f32>>())
}

/// The first hour, and mg/kWh of every hour from there on.
fn read(csv: &str) -> Result<(u32, Vec<Option<u32>>), Failed> {
    let mut all: Vec<(u32, u32)> = vec![];
    for line in csv.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        let (time, gram) = line.split_once(',').ok_or("two columns are needed")?;
        let number = |range: std::ops::Range<usize>| {
            let digits = time.get(range).and_then(|digits| digits.parse::<i64>().ok());
            digits.ok_or_else(|| format!("`{time}` is not a time as 2024-01-31T14:00Z"))
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        // Years that begin with March; days since 1970.
        let year = year - i64::from(month < 3);
        let months = (153 * ((month + 9) % 12) + 2) / 5;
        let days = 365 * year + year / 4 - year / 100 + year / 400 + months + day - 1 - 719_468;
        let gram: f64 = gram.split(',').next().unwrap_or_default().trim().parse()?;
        all.push(((days * 24 + number(11..13)?) as u32, (gram * 1e3).round() as u32));
    }
    let (first, last) = all.first().zip(all.last()).ok_or("no row with a time and a value")?;
    let mut values = vec![None; (last.0 - first.0 + 1) as usize];
    for (hour, mg) in &all {
        let slot = values.get_mut((hour - first.0) as usize).ok_or("times run backwards")?;
        *slot = Some(*mg);
    }
    Ok((first.0, values))
}
