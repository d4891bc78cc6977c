//! `wattcast model compare`: what a network loses by its integers.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use wattcast_core::forecast::HORIZON;

use super::super::grids::{self, GridArgs, WindowArgs};
use super::super::{CliError, Outcome, model_file, network, output, print};
use super::named;
use crate::model::{FloatNetwork, compare};

/// Which two, and about what.
#[derive(Args)]
#[command(after_help = "\
Both are asked about every window of the histories, without what they learn of a
grid on the way. The floats are those of the ONNX file, in 64 bits, computed here;
benchmarks/forecast/run asks tract for them, which takes the graph of the file as
it is (a package of its own, since tract takes minutes to build).

Example:
  wattcast model compare mine.onnx mine.wcfm --history be.csv --zone BE --every 7d")]
pub(super) struct CompareArgs {
    /// The float network
    #[arg(value_name = "FILE.onnx")]
    onnx: PathBuf,

    /// The integer network
    #[arg(value_name = "FILE.wcfm")]
    file: PathBuf,

    /// Histories of the carbon intensity (CSV or JSON, also .gz)
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    history: Vec<PathBuf>,

    #[command(flatten)]
    of: GridArgs,

    #[command(flatten)]
    windows: WindowArgs,
}

/// Asks both and tells.
pub(super) fn run(args: &CompareArgs) -> Outcome {
    let float = FloatNetwork::read(&model_file(&args.onnx)?);
    let float = float.map_err(|error| named(&args.onnx, &error))?;
    let file = model_file(&args.file)?;
    let integers = network(&file, Some(&args.file))?;
    if !float.takes(integers.kind()) {
        let what = format!("takes other inputs than {}", args.file.display());
        return Err(named(&args.onnx, &what));
    }
    args.of.must_tell(integers.kind())?;
    let grids = grids::read(&args.history, &args.of)?;
    let windows = args.windows.windows(&grids, HORIZON)?;
    let found = compare(&integers, &float, &grids, windows).map_err(CliError::input)?;
    let text = if args.of.read.json {
        output::json(&found)?
    } else {
        format!(
            "{} windows, {} hours held against what came\n\
             MAPE of the integers  {:.3} %\n\
             MAPE of the floats    {:.3} %\n\
             the integers cost     {:+.4} points\n\
             they differ by        {:.4} % of the week's mean, at most {:.3} %\n",
            found.windows,
            found.hours,
            found.mape_pct_integers,
            found.mape_pct_float,
            found.loss_points,
            found.mean_difference_pct,
            found.most_difference_pct,
        )
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
