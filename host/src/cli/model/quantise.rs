//! `wattcast model quantise`: from a float network to the integers of devices.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::de::DeserializeOwned;
use wattcast_core::forecast::{HORIZON, ModelKind};

use super::super::grids::{self, GridArgs, WindowArgs};
use super::super::{CliError, Outcome, hours, model_file, output, print};
use super::named;
use super::steps::StepArgs;
use crate::model::{About, FloatNetwork, FloatTcn, Ranges, TcnRanges, calibrate, quantise};

/// From what and to where.
#[derive(Args)]
#[command(after_help = "\
The ONNX file holds 32-bit floats under the names and shapes of
models/history/history.onnx (or of weather.onnx), of any width:
  blockN.first, blockN.second     convolutions [width, inputs, 3] and [width, width, 3] over 168 h,
                                  dilation 5^N, for N from 0 to 2; block0.skip [width, inputs, 1]
  head, gate, spread              dense [96, state], [4 simple forecasts, state], [8, state],
                                  state being width + values of context
  modulate, shift                 dense [decoder, state]
  lift, mix, out                  [decoder, values per hour], [decoder, decoder, 3], [3, decoder]
  blend.weight                    [1, simple forecasts, 4, 24]
each with .weight and, but for gate, lift and out, .bias.

How large its values become decides on their number formats. Either the histories
say it: the network is asked about every window of them, and the ranges are written
to FILE.ranges.json; or that file, as models/training writes it. The same two files
give the same bytes, here and there.

A network of any size, eco4cast's for one, has blockN.first, .second and, where the
widths differ, .skip [channels, inputs, 1], then denseN [outputs, inputs], and is
calibrated with rows of the numbers that it takes. Block N looks 2^N steps back.

Examples:
  wattcast model quantise mine.onnx --history de.csv fr.csv --trained-until 2024-01-01
  wattcast model quantise eco4cast.onnx --rows steps.csv --window 24")]
pub(super) struct QuantiseArgs {
    /// The float network
    #[arg(value_name = "FILE.onnx")]
    onnx: PathBuf,

    /// Its calibration ranges [default: FILE.ranges.json]
    #[arg(long, value_name = "FILE")]
    ranges: Option<PathBuf>,

    /// The integer network [default: FILE.wcfm]
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    output: Option<PathBuf>,

    /// Write nothing; fail where a file has other bytes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["history", "rows"])]
    check: Option<PathBuf>,

    /// Histories to calibrate with (CSV or JSON, also .gz)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    history: Vec<PathBuf>,

    #[command(flatten)]
    steps: StepArgs,

    /// What the file calls the network [default: the name of the ONNX file]
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,

    /// Whose data it was trained on, to credit
    #[arg(long, value_name = "TEXT", default_value = "not told")]
    sources: String,

    /// Grids it was trained on, by comma [default: those of the histories]
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    grids: Vec<String>,

    /// The first hour of which its training saw nothing [default: the end of the histories]
    #[arg(long, value_name = "TIME")]
    trained_until: Option<String>,

    #[command(flatten)]
    of: GridArgs,

    #[command(flatten)]
    windows: WindowArgs,
}

/// Writes the integers, and the ranges where they were computed.
pub(super) fn run(args: &QuantiseArgs) -> Outcome {
    let onnx = model_file(&args.onnx)?;
    let ranges_file =
        args.ranges.clone().unwrap_or_else(|| args.onnx.with_extension("ranges.json"));
    let of_any_size = FloatTcn::read(&onnx).map_err(|error| named(&args.onnx, &error))?;
    let (file, ranges) = match of_any_size {
        Some(network) => of_steps(args, &network, &ranges_file)?,
        None => of_histories(args, &onnx, &ranges_file)?,
    };
    if let Some(path) = &args.check {
        if model_file(path)? != file {
            let what = format!("other bytes than {} and its ranges give", args.onnx.display());
            return Err(CliError::failed(format!("{}: {what}", path.display())));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(ranges) = ranges {
        write(&ranges_file, ranges.as_bytes())?;
    }
    let path = args.output.clone().unwrap_or_else(|| args.onnx.with_extension("wcfm"));
    write(&path, &file)?;
    print(&format!("{}: {} bytes\n", path.display(), file.len()))?;
    Ok(ExitCode::SUCCESS)
}

/// The file, and as JSON the ranges that were computed for it.
type Made = (Vec<u8>, Option<String>);

fn of_histories(args: &QuantiseArgs, onnx: &[u8], ranges_file: &Path) -> Result<Made, CliError> {
    if args.steps.is_given() {
        return Err(named(&args.onnx, &"forecasts from histories: give --history, not --rows"));
    }
    let is_calibrated = !args.history.is_empty();
    let ranges: Ranges =
        if is_calibrated { from_histories(args, onnx)? } else { read(ranges_file)? };
    let file = quantise(onnx, &ranges).map_err(|error| named(&args.onnx, &error))?;
    Ok((file, if is_calibrated { Some(output::json(&ranges)?) } else { None }))
}

fn of_steps(args: &QuantiseArgs, network: &FloatTcn, ranges_file: &Path) -> Result<Made, CliError> {
    if !args.history.is_empty() {
        return Err(named(&args.onnx, &"takes rows of numbers: give --rows, not --history"));
    }
    let calibrated = args.steps.calibrate(network)?.map(|mut ranges| {
        ranges.text = BTreeMap::from([
            ("name".to_owned(), name(args)),
            ("sources".to_owned(), args.sources.clone()),
            ("grids".to_owned(), args.grids.join(" ")),
        ]);
        ranges
    });
    let is_calibrated = calibrated.is_some();
    let mut ranges: TcnRanges = match calibrated {
        Some(ranges) => ranges,
        None => read(ranges_file)?,
    };
    if let Some(text) = &args.trained_until {
        ranges.trained_until = hours::hour("--trained-until", text)?.as_hours();
    }
    let file = network.quantise(&ranges).map_err(|error| named(&args.onnx, &error))?;
    Ok((file, if is_calibrated { Some(output::json(&ranges)?) } else { None }))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, CliError> {
    let text = model_file(path).map_err(|error| {
        CliError::input(format!("{error}; or give what to calibrate with: --history or --rows"))
    })?;
    serde_json::from_slice(&text).map_err(|error| named(path, &error))
}

fn name(args: &QuantiseArgs) -> String {
    let stem = args.onnx.file_stem().and_then(|stem| stem.to_str()).unwrap_or("network");
    args.name.clone().unwrap_or_else(|| stem.to_owned())
}

fn from_histories(args: &QuantiseArgs, onnx: &[u8]) -> Result<Ranges, CliError> {
    let network = FloatNetwork::read(onnx).map_err(|error| named(&args.onnx, &error))?;
    let kind = network.kind().ok_or_else(|| {
        named(&args.onnx, &"takes other numbers of values than the features of a history, with or without weather, have")
    })?;
    let grids = grids::read(&args.history, &args.of)?;
    let kind = match kind {
        ModelKind::Weather if args.of.day_ahead.is_some() => ModelKind::DayAhead,
        kind => kind,
    };
    args.of.must_tell(kind)?;
    let windows = args.windows.windows(&grids, HORIZON)?;
    let trained_until = match &args.trained_until {
        Some(text) => hours::hour("--trained-until", text)?,
        None => windows.to(),
    };
    let of_histories = || grids.iter().map(|grid| grid.zone().to_owned()).collect();
    let about = About {
        name: name(args),
        sources: args.sources.clone(),
        grids: if args.grids.is_empty() { of_histories() } else { args.grids.clone() },
        trained_until,
    };
    calibrate(&network, &grids, kind, windows, &about).map_err(CliError::input)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes)
        .map_err(|error| CliError::failed(format!("{}: {error}", path.display())))
}
