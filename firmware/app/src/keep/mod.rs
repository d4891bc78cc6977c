//! Totals and settings that survive a power cut.

mod blocking;
mod flash;

pub use flash::{FlashKeep, wear_days};

use wattcast_core::wire::record::{ChannelId, Kept};

/// Most bytes of a [`Setting`]: a tariff of eight rates takes 104.
pub const MAX_SETTING: usize = 112;

/// What was set by a command and holds until another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Where the board stands.
    Zone,
    /// What energy costs.
    Tariff,
    /// What the load is to do, and how much of that is done.
    Job,
}

impl Setting {
    /// All, in the order in which they are taken up.
    pub const ALL: [Self; 3] = [Self::Zone, Self::Tariff, Self::Job];
}

/// Where totals and settings are kept while the power is off.
pub trait Keep {
    /// Whether anything is kept; where not, the code for it is left out.
    const LASTS: bool = true;

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

    /// The bytes of a setting, where it was ever set.
    ///
    /// # Errors
    /// [`KeepError`].
    fn recall<'b>(
        &mut self,
        setting: Setting,
        buffer: &'b mut [u8; MAX_SETTING],
    ) -> Result<Option<&'b [u8]>, KeepError>;

    /// Keeps the bytes of a setting, at most [`MAX_SETTING`]; nothing is worn
    /// where they are those that are kept. Cut off at any moment, it leaves
    /// either these or the ones before.
    ///
    /// # Errors
    /// [`KeepError`].
    fn remember(&mut self, setting: Setting, bytes: &[u8]) -> Result<(), KeepError>;
}

/// The store failed: a worn or a foreign flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepError;

/// Keeps nothing, for boards without a store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forgetful;

impl Keep for Forgetful {
    const LASTS: bool = false;

    fn boot(&mut self) -> Result<u32, KeepError> {
        Ok(0)
    }

    fn load(&mut self, _: ChannelId) -> Result<Option<Kept>, KeepError> {
        Ok(None)
    }

    fn save(&mut self, _: &Kept) -> Result<(), KeepError> {
        Ok(())
    }

    fn recall<'b>(
        &mut self,
        _: Setting,
        _: &'b mut [u8; MAX_SETTING],
    ) -> Result<Option<&'b [u8]>, KeepError> {
        Ok(None)
    }

    fn remember(&mut self, _: Setting, _: &[u8]) -> Result<(), KeepError> {
        Ok(())
    }
}
