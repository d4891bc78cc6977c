//! Settings that hold over a reboot: each is kept as the command that set it,
//! behind four bytes, the seconds of the job that are done.

use wattcast_core::wire::Received;
use wattcast_core::wire::command::Command;
use wattcast_core::wire::record::EventKind;

use super::App;
use crate::board::Board;
use crate::keep::{Keep, KeepError, MAX_SETTING, Setting};
use crate::planning::Planning;

impl<B: Board, K: Keep, P: Planning, const N: usize> App<'_, B, K, P, N> {
    /// Takes up what was set before this boot.
    pub(super) fn take_up(&mut self) {
        if !K::LASTS {
            return;
        }
        for setting in Setting::ALL {
            let mut buffer = [0; MAX_SETTING];
            let outcome = match self.keep.recall(setting, &mut buffer) {
                Ok(None) => continue,
                Ok(Some(kept)) => self.set_again(kept),
                Err(KeepError) => Err("a setting in flash cannot be read"),
            };
            if let Err(why) = outcome {
                self.event(EventKind::Warning, 0, why);
            }
        }
    }

    fn set_again(&mut self, kept: &[u8]) -> Result<(), &'static str> {
        let unknown = "this firmware does not know a setting in flash";
        let (done_s, encoded) = kept.split_first_chunk().ok_or(unknown)?;
        let command = Command::from_bytes(encoded).map_err(|_| unknown)?;
        self.obey(&command)?;
        if matches!(command, Command::Job(_)) {
            self.planning.resume(u32::from_le_bytes(*done_s));
        }
        Ok(())
    }

    /// Keeps a command that was obeyed, where it sets something that holds. The
    /// time does not, without a clock that runs on, nor do the hours gone by.
    pub(super) fn keep_setting(&mut self, received: &Received<'_>) {
        if !K::LASTS {
            return;
        }
        let setting = match received.command {
            Command::Zone(_) => Setting::Zone,
            Command::Tariff(_) => Setting::Tariff,
            Command::Job(_) => Setting::Job,
            Command::Time(_) | Command::History(_) | Command::Ask(_) => return,
        };
        let mut buffer = [0; MAX_SETTING];
        let len = size_of::<u32>() + received.encoded.len();
        let kept = buffer.get_mut(size_of::<u32>()..len).map(|place| {
            place.copy_from_slice(received.encoded);
        });
        let kept = kept.and_then(|()| buffer.get(..len)).ok_or(KeepError);
        let kept = kept.and_then(|kept| self.keep.remember(setting, kept));
        self.report(kept);
    }

    /// Keeps how much of the job is done.
    pub(super) fn keep_progress(&mut self) {
        if !K::LASTS {
            return;
        }
        let Some(done_s) = self.planning.done_s() else { return };
        let mut buffer = [0; MAX_SETTING];
        let Ok(Some(kept)) = self.keep.recall(Setting::Job, &mut buffer) else { return };
        let len = kept.len();
        if let Some(place) = buffer.first_chunk_mut() {
            *place = done_s.to_le_bytes();
        }
        let kept = buffer.get(..len).ok_or(KeepError);
        let kept = kept.and_then(|kept| self.keep.remember(Setting::Job, kept));
        self.report(kept);
    }

    fn report(&mut self, kept: Result<(), KeepError>) {
        if kept.is_err() {
            self.event(EventKind::Warning, 0, "a setting cannot be kept in flash");
        }
    }
}
