//! Networks of any size: made and run on rows of numbers.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use wattcast_core::forecast::{Hour, Tcn};

use super::super::{CliError, Outcome, model_file, output, print};
use super::named;
use crate::intensity::timestamp;
use crate::model::{FloatTcn, TcnRanges, read_rows};

/// What a network of any size is calibrated with.
#[derive(Args)]
pub(super) struct StepArgs {
    /// Steps to calibrate a network of any size with, one a line, values by comma (CSV)
    #[arg(long, value_name = "FILE", requires = "window", conflicts_with = "history")]
    rows: Option<PathBuf>,

    /// Steps that such a network sees
    #[arg(long, value_name = "N", requires = "rows")]
    window: Option<usize>,

    /// Such a network adds its second convolutions as they are, not rectified
    #[arg(long, requires = "rows")]
    unrectified: bool,
}

impl StepArgs {
    pub(super) fn is_given(&self) -> bool {
        self.rows.is_some()
    }

    /// The ranges of a network's values in the rows, where there are any.
    pub(super) fn calibrate(&self, network: &FloatTcn) -> Result<Option<TcnRanges>, CliError> {
        let (Some(path), Some(window)) = (&self.rows, self.window) else { return Ok(None) };
        let rows = read_rows(path).map_err(CliError::input)?;
        if window == 0 || rows.len() < window {
            let what = format!("{} rows, and a window has {window}", rows.len());
            return Err(named(path, &what));
        }
        let windows = rows.windows(window).step_by(window);
        let ranges = network.calibrate(windows, !self.unrectified);
        ranges.map(Some).map_err(|error| named(path, &error))
    }
}

/// Which network, on what.
#[derive(Args)]
#[command(after_help = "\
The newest window of the rows goes in, as the numbers that the network was trained
on; what comes out is printed, one value a line.

Example:
  wattcast model run eco4cast.wcfm --rows last-day.csv")]
pub(super) struct RunArgs {
    /// A network of any size (.wcfm)
    #[arg(value_name = "FILE.wcfm")]
    file: PathBuf,

    /// Steps, the newest last, one a line, values by comma (CSV)
    #[arg(long, value_name = "FILE")]
    rows: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs a network once.
pub(super) fn run(args: &RunArgs) -> Outcome {
    let file = model_file(&args.file)?;
    let network = Tcn::load(&file).map_err(|error| named(&args.file, &error))?;
    let rows = read_rows(&args.rows).map_err(CliError::input)?;
    let (steps, values) = (network.window(), network.inputs());
    let newest = rows.get(rows.len().saturating_sub(steps)..).unwrap_or_default();
    if newest.len() < steps || newest.iter().any(|row| row.len() != values) {
        let what = format!("the network takes {steps} rows of {values} values");
        return Err(named(&args.rows, &what));
    }
    let [bits_in, bits_out] = network.bits().map(|bits| f64::from(bits).exp2());
    let window: Vec<i16> = newest.iter().flatten().map(|value| fixed(value * bits_in)).collect();
    let mut scratch = vec![0; network.scratch_words()];
    let mut out = vec![0; network.outputs()];
    network.run(&window, &mut scratch, &mut out).map_err(|error| named(&args.file, &error))?;
    let out: Vec<f64> = out.into_iter().map(|value| f64::from(value) / bits_out).collect();
    let text = if args.json {
        output::json(&out)?
    } else {
        out.iter().map(|value| format!("{value}\n")).collect()
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

#[allow(clippy::cast_possible_truncation, reason = "within the range by then")]
fn fixed(value: f64) -> i16 {
    value.round().clamp(-32_767.0, 32_767.0) as i16
}

/// What a network of any size is and needs.
pub(super) fn inspect(path: &Path, file: &[u8], as_json: bool) -> Result<String, CliError> {
    let network = Tcn::load(file).map_err(|error| named(path, &error))?;
    let value = |key: &str| {
        network.text().lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
    };
    let trained_until: Hour = network.trained_until();
    if as_json {
        return output::json(&json!({
            "name": value("name"),
            "inputs": "steps",
            "trained_until": timestamp(trained_until.start()),
            "sources": value("sources"),
            "bytes": network.size_bytes(),
            "scratch_bytes": 2 * network.scratch_words(),
            "multiply_accumulates": network.multiply_accumulates(),
            "step_values": network.inputs(),
            "window_steps": network.window(),
            "outputs": network.outputs(),
        }));
    }
    let mut out = String::new();
    for (name, text) in [
        ("name", value("name").unwrap_or("-").to_owned()),
        ("inputs", format!("{} steps of {} values", network.window(), network.inputs())),
        ("outputs", format!("{} values", network.outputs())),
        ("trained until", timestamp(trained_until.start())),
        ("sources", value("sources").unwrap_or("-").to_owned()),
        ("size", format!("{} bytes", network.size_bytes())),
        ("scratch", format!("{} bytes", 2 * network.scratch_words())),
        ("one run", format!("{} multiply-accumulates", network.multiply_accumulates())),
    ] {
        let _ = writeln!(out, "{name:<14}{text}");
    }
    Ok(out)
}
