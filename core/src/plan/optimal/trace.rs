//! From choices back to a plan.

use heapless::Vec;

use super::kept::{IDLE, RUNNING};
use super::rows::STAY;
use super::sweep::Sweep;
use crate::plan::Standing;
use crate::plan::optimal::lattice::Class;
use crate::plan::walk::Run;

impl Sweep<'_, '_> {
    /// The runs of the plan that the last sweep found best.
    pub(super) fn trace<const N: usize>(&self) -> Vec<Run, N> {
        let lattice = &self.ground.lattice;
        let frame = &lattice.frame;
        let mut runs = Vec::<Run, N>::new();
        let mut zone = frame.job.standing.zone().unwrap_or(0);
        let (mut slot, mut used, mut class) = (0, 0, Class::NONE);
        let mut is_running = matches!(frame.job.standing, Standing::Running { .. });
        let mut choice = self.first;
        while slot < frame.slots {
            let before = runs.last().map(|run| (run.zone, run.to));
            let goes_on = is_running && choice == STAY;
            if goes_on && used > 0 {
                if let Some(run) = runs.last_mut() {
                    run.to = slot + 1;
                }
                if lattice.finishes(slot, used, class) {
                    break;
                }
                (slot, used) = (slot + 1, used + 1);
            } else if choice < STAY || goes_on {
                let chosen = if goes_on { zone } else { choice };
                let entry = frame.entry(before, chosen, slot);
                let Some(launch) = lattice.launch(slot, used, class, entry) else { break };
                let run = Run { zone: chosen, from: slot, to: launch.end };
                if runs.push(run).is_err() || launch.finishes {
                    break;
                }
                (slot, used, class) = (launch.end, used + launch.end - slot, launch.class);
                (zone, is_running) = (chosen, true);
            } else {
                (slot, is_running) = (slot + 1, false);
            }
            let mode = if is_running { RUNNING } else { IDLE };
            let Some(cell) = self.ground.cell(slot, used, class) else { break };
            choice = self.kept.choice(slot, cell, mode, zone);
        }
        runs
    }
}
