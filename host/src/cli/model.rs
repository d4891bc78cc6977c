//! `wattcast model`: look into forecast networks, and make them.

mod compare;
mod quantise;
mod steps;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;
use wattcast_core::forecast::{Model, ModelError};

use super::output::{Align, columns};
use super::{Outcome, named, output};
use crate::intensity::timestamp;
use crate::model::{Part, kind_name, parts};

/// Arguments of `model`.
#[derive(Args)]
#[command(
    arg_required_else_help = true,
    after_help = "Examples:
  wattcast model inspect                       the networks that ship
  wattcast model inspect mine.wcfm --json
  wattcast model cost mine.wcfm                bytes and multiplications, part by part
  wattcast model quantise mine.onnx --history de.csv fr.csv
  wattcast model compare mine.onnx mine.wcfm --history be.csv
  wattcast backtest be.csv --zone BE --model mine.wcfm"
)]
pub(super) struct ModelArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Tell what a network is, was trained on, and needs
    Inspect(FileArgs),
    /// Tell what a network costs a device, part by part
    Cost(FileArgs),
    /// Make the integers that devices run from an ONNX network
    Quantise(Box<quantise::QuantiseArgs>),
    /// Tell what the integers cost: ask them and the ONNX network the same
    Compare(Box<compare::CompareArgs>),
    /// Run a network of any size on rows of numbers
    Run(steps::RunArgs),
}

/// Which network.
#[derive(Args)]
struct FileArgs {
    /// A network (.wcfm); those that ship unless told
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does what was asked for.
pub(super) fn run(args: &ModelArgs) -> Outcome {
    match &args.what {
        What::Inspect(file) => inspect_any(file),
        What::Cost(file) => with_each(file, cost),
        What::Quantise(args) => quantise::run(args),
        What::Compare(args) => compare::run(args),
        What::Run(args) => steps::run(args),
    }
}

fn with_each(args: &FileArgs, tell: fn(&FileArgs, &[Model<'_>]) -> Outcome) -> Outcome {
    let file = args.file.as_deref().map(super::model_file).transpose()?;
    let files = match &file {
        Some(file) => vec![file.as_slice()],
        None => {
            vec![wattcast_models::HISTORY, wattcast_models::WEATHER, wattcast_models::DAY_AHEAD]
        }
    };
    let network = |file| super::network(file, args.file.as_deref());
    tell(args, &files.into_iter().map(network).collect::<Result<Vec<_>, _>>()?)
}

#[derive(Serialize)]
struct Inspected<'m> {
    name: Option<&'m str>,
    inputs: &'static str,
    trained_until: String,
    sources: Option<&'m str>,
    grids: Vec<&'m str>,
    parameters: usize,
    bytes: usize,
    scratch_bytes: usize,
    multiply_accumulates: usize,
    full_window_multiply_accumulates: usize,
    past_values: usize,
    context_values: usize,
    simple_forecasts: usize,
    hour_values: usize,
    channels: usize,
    decoder_channels: usize,
}

impl<'m> Inspected<'m> {
    fn of(model: &Model<'m>) -> Self {
        let shape = model.shape();
        // Every channel has a multiplier; those with a bias count it.
        let parameters = |part: &Part| {
            let has_bias = part.bytes >= part.inputs * part.outputs + 8 * part.outputs;
            part.inputs * part.outputs + if has_bias { part.outputs } else { 0 }
        };
        Self {
            name: model.value("name"),
            inputs: kind_name(model.kind()),
            trained_until: timestamp(model.trained_until().start()),
            sources: model.value("sources"),
            grids: model.value("grids").map(|g| g.split(' ').collect()).unwrap_or_default(),
            parameters: parts(model).iter().map(parameters).sum(),
            bytes: model.size_bytes(),
            scratch_bytes: 2 * model.scratch_words(),
            multiply_accumulates: model.multiply_accumulates(),
            full_window_multiply_accumulates: model.full_window_multiply_accumulates(),
            past_values: shape.past(),
            context_values: shape.context(),
            simple_forecasts: shape.bases(),
            hour_values: shape.hours(),
            channels: shape.width(),
            decoder_channels: shape.decoder(),
        }
    }
}

/// A network of any size is told apart from those that forecast.
fn inspect_any(args: &FileArgs) -> Outcome {
    if let Some(path) = &args.file {
        let file = super::model_file(path)?;
        if matches!(Model::load(&file), Err(ModelError::Kind { architecture: ANY_SIZE, .. })) {
            super::print(&steps::inspect(path, &file, args.json)?)?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    with_each(args, inspect)
}

/// The architecture of networks of any size.
const ANY_SIZE: u8 = 2;

fn inspect(args: &FileArgs, models: &[Model<'_>]) -> Outcome {
    let found: Vec<_> = models.iter().map(Inspected::of).collect();
    let text = match (args.json, found.as_slice()) {
        (true, [one]) => output::json(one)?,
        (true, many) => output::json(&many)?,
        (false, many) => many.iter().map(described).collect::<Vec<_>>().join("\n"),
    };
    super::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn described(m: &Inspected<'_>) -> String {
    let mut out = String::new();
    let mut line = |name: &str, text: String| {
        let _ = writeln!(out, "{name:<14}{text}");
    };
    line("name", m.name.unwrap_or("-").to_owned());
    line("inputs", m.inputs.to_owned());
    line("trained until", m.trained_until.clone());
    line("sources", m.sources.unwrap_or("-").to_owned());
    line("grids", format!("{}: {}", m.grids.len(), m.grids.join(" ")));
    line("size", format!("{} bytes, {} parameters", m.bytes, m.parameters));
    line("scratch", format!("{} bytes", m.scratch_bytes));
    let [cone, full] = [m.multiply_accumulates, m.full_window_multiply_accumulates];
    line("one forecast", format!("{cone} multiply-accumulates, {full} with every hour computed"));
    line(
        "encoder",
        format!("168 h × {} values, 3 blocks of {} channels", m.past_values, m.channels),
    );
    line(
        "decoder",
        format!(
            "96 h × {} values, {} channels; {} simple forecasts blended; {} values of context",
            m.hour_values, m.decoder_channels, m.simple_forecasts, m.context_values
        ),
    );
    out
}

fn cost(args: &FileArgs, models: &[Model<'_>]) -> Outcome {
    let all: Vec<_> = models
        .iter()
        .map(|model| (model.value("name").unwrap_or("network"), parts(model)))
        .collect();
    if args.json {
        let json: serde_json::Map<_, _> = all
            .iter()
            .map(|(name, parts)| ((*name).to_owned(), serde_json::json!(parts)))
            .collect();
        super::print(&output::json(&json)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = vec![];
    for (name, parts) in all {
        let row = |name: &str, shape: String, numbers: [usize; 3]| {
            let [bytes, cone, full] = numbers.map(|number| number.to_string());
            [name.to_owned(), shape, bytes, cone, full]
        };
        let mut rows: Vec<_> = parts
            .iter()
            .map(|p| {
                let shape = format!("{} → {}", p.inputs, p.outputs);
                row(&p.name, shape, [p.bytes, p.multiply_accumulates, p.full_window])
            })
            .collect();
        let sum = |of: fn(&Part) -> usize| parts.iter().map(of).sum();
        let sums = [sum(|p| p.bytes), sum(|p| p.multiply_accumulates), sum(|p| p.full_window)];
        rows.push(row("sum", String::new(), sums));
        let heads = [
            (name, Align::Left),
            ("shape", Align::Left),
            ("bytes", Align::Right),
            ("multiply-accumulates", Align::Right),
            ("of a full window", Align::Right),
        ];
        out.push(columns(heads, &rows));
    }
    super::print(&out.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}
