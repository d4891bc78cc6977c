//! What a running command does when its budget is used up.

use std::time::Instant;

use wattcast_core::wire::record::EventKind;

use super::running::Running;
use super::{AtBudget, DriveError};
use crate::process::Exit;

/// How a budget stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spending {
    /// There is some left, or there is none to keep.
    Within,
    /// It is used up and the command is paused for that.
    Held,
    /// It is used up and the command is asked to end; killed from then on.
    Ending(Instant),
    /// It is used up, and the command goes on.
    Beyond,
}

impl Running {
    /// Does what is to be done where the budget is used up; true where the
    /// plan has to wait.
    pub(super) fn mind_the_budget(&mut self) -> Result<(bool, Option<Exit>), DriveError> {
        match self.spending {
            Spending::Beyond => return Ok((false, None)),
            Spending::Held => {
                let is_released = self.job.take_continued() || self.is_let_go;
                if is_released {
                    self.spending = Spending::Beyond;
                }
                return Ok((!is_released, None));
            }
            Spending::Ending(killed_from) => {
                if Instant::now() >= killed_from {
                    self.job.end_all(true);
                }
                return Ok((true, None));
            }
            Spending::Within => {}
        }
        let Some((budget, at_budget)) = &self.drive.budget else { return Ok((false, None)) };
        let Some(used) = budget.used_up(&self.session.report(), &self.before) else {
            return Ok((false, None));
        };
        let at_budget = *at_budget;
        let text = format!("the budget is used up: {used}");
        self.session.event(EventKind::Budget, 0, &text);
        (self.drive.tell)(&text);
        match at_budget {
            AtBudget::Warn => self.spending = Spending::Beyond,
            AtBudget::Pause => {
                self.spending = Spending::Held;
                let _ = self.job.take_continued();
                if !self.is_paused {
                    let why = format!("until `kill -CONT {}`", std::process::id());
                    let exit = self.pause(&why)?;
                    return Ok((true, exit));
                }
            }
            AtBudget::Stop => {
                let now = Instant::now();
                self.spending = Spending::Ending(now.checked_add(super::GRACE).unwrap_or(now));
                if self.is_paused {
                    let zone = self.ran.last().map_or_else(String::new, |ran| ran.zone.clone());
                    self.resume(zone, "to end");
                }
                self.job.end_all(false);
            }
        }
        Ok((true, None))
    }
}
