//! `wattcast schedule`: a plan for an engine that already runs jobs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use wattcast_core::units::Utc;

use super::place::PlaceArgs;
use super::plan::PlanArgs;
use super::{CliError, Outcome, output, print};
use crate::metering::Clock;
use crate::planning::At;
use crate::runner::Agenda;
use crate::schedulers::{File, Order, at, cron, kubernetes, slurm, systemd};

/// Arguments of `schedule`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast schedule slurm --zone DE --hours 6 --deadline 24h -- python train.py | sh
  wattcast schedule systemd --zone DE --hours 6 --output units -- ./job
  wattcast schedule cron --plan plan.json -- ./job | crontab -
  wattcast schedule at --plan plan.json -- ./job | sh
  wattcast schedule kubernetes --plan plan.json --image img -- ./job | kubectl apply -f -

Nothing is submitted: it prints what the engine takes. Under Slurm and Kubernetes
a command that was paused begins again, so it has to save its work.")]
pub(super) struct ScheduleArgs {
    /// Who runs the job
    #[arg(value_enum)]
    engine: Engine,

    /// The command and its arguments, after `--`
    #[arg(required = true, last = true, value_name = "COMMAND")]
    command: Vec<String>,

    #[command(flatten)]
    work: PlanArgs,

    #[command(flatten)]
    place: PlaceArgs,

    /// A plan that `wattcast plan --json` has printed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["hours", "energy", "like"])]
    plan: Option<PathBuf>,

    /// What the job is called: lower-case letters, digits and `-`
    #[arg(long, value_name = "NAME", default_value = "green")]
    name: String,

    /// Write the files into this folder
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,

    /// With kubernetes, the image that holds the command
    #[arg(long, value_name = "IMAGE", default_value = "busybox:stable")]
    image: String,

    /// With kubernetes, the image that runs `kubectl`
    #[arg(long, value_name = "IMAGE", default_value = "registry.k8s.io/kubectl:v1.33.4")]
    kubectl_image: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Engine {
    /// A script of `sbatch` and `scontrol`
    Slurm,
    /// A service and timers
    Systemd,
    /// Lines of a crontab
    Cron,
    /// A script of `at`
    At,
    /// Manifests in JSON
    Kubernetes,
}

/// Prints or writes the plan for the engine.
pub(super) fn run(args: &ScheduleArgs) -> Outcome {
    let is_name = |name: &str| {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !name.is_empty() && name.len() <= 40 && name.chars().all(is_word) && !name.starts_with('-')
    };
    if !is_name(&args.name) {
        return Err(CliError::input(format!(
            "--name `{}`: write lower-case letters, digits and `-`, at most 40",
            args.name
        )));
    }
    let agenda = args.agenda()?;
    let stretches: Vec<(Utc, Utc)> =
        agenda.stretches().iter().map(|stretch| (stretch.start, stretch.end)).collect();
    if stretches.is_empty() {
        return Err(CliError::input("the plan holds no interval; plan again"));
    }
    let order = Order { name: &args.name, command: &args.command, stretches: &stretches };
    let name = &args.name;
    let one = |name: String, text: String| vec![File { name, text }];
    let files = match args.engine {
        Engine::Slurm => one(format!("{name}.sh"), slurm(&order)),
        Engine::Systemd => systemd(&order),
        Engine::Cron => one(format!("{name}.crontab"), cron(&order, &args.place.local_zone()?)),
        Engine::At => one(format!("{name}.sh"), at(&order, &args.place.local_zone()?)),
        Engine::Kubernetes => {
            let list = kubernetes(&order, &args.image, &args.kubectl_image);
            one(format!("{name}.json"), output::json(&list)?)
        }
    };
    match &args.output {
        Some(folder) => {
            for file in &files {
                let path = folder.join(&file.name);
                std::fs::create_dir_all(folder)
                    .and_then(|()| std::fs::write(&path, &file.text))
                    .map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?;
            }
        }
        None if files.len() == 1 => files.iter().try_for_each(|file| print(&file.text))?,
        None => {
            files
                .iter()
                .try_for_each(|file| print(&format!("# {}\n{}\n", file.name, file.text)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl ScheduleArgs {
    fn agenda(&self) -> Result<Agenda, CliError> {
        if let Some(path) = &self.plan {
            return Agenda::read(path).map_err(CliError::input);
        }
        let now = Clock::of_plan().map_err(CliError::input)?.utc();
        let asked = self.work.asked(&self.place, None, now)?;
        let from = asked.request.not_before.unwrap_or(now);
        let forecasts =
            asked.source.forecasts(from, asked.request.deadline).map_err(CliError::input)?;
        let at = At { standing: asked.standing(&forecasts)?, ..At::fresh(from) };
        let planned = asked.request.plan(&forecasts, &at).map_err(CliError::input)?;
        Agenda::of(&planned).map_err(CliError::input)
    }
}
