//! Slurm: everything is a job, so that no machine but the cluster has to stay
//! awake.

use std::fmt::Write as _;

use super::{Change, Order, epoch, quoted};

/// A shell script that submits the job, and for each pause two small jobs that
/// hold and release it. A job that has ended meanwhile is left alone. The
/// script prints the number of the job.
///
/// `--begin` takes the cluster's local time, so the script lets `date` write
/// it: run it where the cluster's time zone holds.
#[must_use]
pub fn slurm(order: &Order<'_>) -> String {
    let name = order.name;
    let mut script = String::from(
        "#!/bin/sh\n# Submits a job that runs in the hours of a plan. Written by wattcast.\nset -eu\n\
         at() { date -d \"@$1\" +%Y-%m-%dT%H:%M:%S; }\n",
    );
    let wrapped = quoted(&order.shell());
    for (when, change) in order.changes() {
        let seconds = epoch(when);
        // Writing to a string never fails.
        let _ = match change {
            Change::Start => writeln!(
                script,
                "job=$(sbatch --parsable --requeue --open-mode=append --job-name={name} \\\n    \
                 --begin=\"$(at {seconds})\" --wrap={wrapped})\njob=${{job%%;*}}",
            ),
            Change::Pause => writeln!(
                script,
                "sbatch --parsable --job-name={name}-pause --output=/dev/null --begin=\"$(at {seconds})\" \\\n    \
                 --wrap=\"case \\$(squeue -h -j $job -o %T) in RUNNING) scontrol requeuehold $job;; \\\n    PENDING) scontrol hold $job;; esac\" >/dev/null",
            ),
            Change::Resume => writeln!(
                script,
                "sbatch --parsable --job-name={name}-resume --output=/dev/null --begin=\"$(at {seconds})\" \\\n    \
                 --wrap=\"scontrol update JobId=$job StartTime=now; scontrol release $job\" >/dev/null",
            ),
        };
    }
    script.push_str("echo \"$job\"\n");
    script
}
