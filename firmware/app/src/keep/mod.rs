//! Totals that survive a power cut.

mod blocking;
mod flash;

pub use flash::{FlashKeep, wear_days};

use wattcast_core::wire::record::{ChannelId, Kept};

/// Where totals are kept while the power is off.
pub trait Keep {
    /// Counts this boot, and gives its number from 1.
    ///
    /// # Errors
    /// [`KeepError`].
    fn boot(&mut self) -> Result<u32, KeepError>;

    /// What was last saved of a channel.
    ///
    /// # Errors
    /// [`KeepError`].
    fn load(&mut self, channel: ChannelId) -> Result<Option<Kept>, KeepError>;

    /// Saves the total of a channel. Cut off at any moment, it leaves either
    /// this total or the one before.
    ///
    /// # Errors
    /// [`KeepError`].
    fn save(&mut self, total: &Kept) -> Result<(), KeepError>;
}

/// The store failed: a worn or a foreign flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepError;

/// Keeps nothing, for boards without a store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forgetful;

impl Keep for Forgetful {
    fn boot(&mut self) -> Result<u32, KeepError> {
        Ok(0)
    }

    fn load(&mut self, _: ChannelId) -> Result<Option<Kept>, KeepError> {
        Ok(None)
    }

    fn save(&mut self, _: &Kept) -> Result<(), KeepError> {
        Ok(())
    }
}
