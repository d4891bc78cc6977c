//! Totals and settings in flash, by `sequential-storage`: items are appended, each with a
//! CRC, and a page is erased only when all are full, so that wear spreads.

use core::ops::Range;

use embedded_storage::nor_flash::NorFlash;
use sequential_storage::cache::{Cache, Uncached};
use sequential_storage::map::{MapConfig, MapStorage};
use wattcast_core::wire::record::{ChannelId, Kept};

use super::blocking::{Blocking, ready};
use super::{Keep, KeepError, MAX_SETTING, Setting};

/// Key of the number of boots; channels are their own keys.
const BOOTS: u8 = 0xFF;
/// Key of the first setting.
const SETTINGS: u8 = 0xF0;
/// Most bytes of an item: key, then a setting, or six varints, three of up to
/// 19 bytes for import, export and what is unpriced; rounded up to a word of
/// any flash.
const ITEM: usize = 128;

/// Room for an item, where a flash that is read in words puts it at once.
#[repr(align(4))]
struct Buffer([u8; ITEM]);

type Map<F> = MapStorage<u8, Blocking<F>, Cache<Uncached, Uncached, Uncached, u8>>;

/// Totals and settings in a range of flash of two or more pages.
///
/// An item of a total takes about 48 bytes; see [`wear_days`] for what that
/// means for the life of the flash.
pub struct FlashKeep<F: NorFlash> {
    map: Map<F>,
    buffer: Buffer,
}

impl<F: NorFlash> FlashKeep<F> {
    /// In `range` of the flash; `None` where that is not made of two or more
    /// whole pages.
    #[must_use]
    pub fn new(flash: F, range: Range<u32>) -> Option<Self> {
        let config = MapConfig::try_new(range).ok()?;
        let map = MapStorage::new(Blocking(flash), config, Cache::new_uncached());
        Some(Self { map, buffer: Buffer([0; ITEM]) })
    }

    /// Gives the flash back.
    pub fn into_flash(self) -> F {
        self.map.destroy().0.0
    }

    fn fetch(&mut self, key: u8) -> Result<Option<&[u8]>, KeepError> {
        let fetch = self.map.fetch_item::<&[u8]>(&mut self.buffer.0, &key);
        ready(fetch).and_then(Result::ok).ok_or(KeepError)
    }

    fn store(&mut self, key: u8, value: &[u8]) -> Result<(), KeepError> {
        let store = self.map.store_item(&mut self.buffer.0, &key, &value);
        ready(store).and_then(Result::ok).ok_or(KeepError)
    }
}

impl<F: NorFlash> Keep for FlashKeep<F> {
    fn boot(&mut self) -> Result<u32, KeepError> {
        let before = self.fetch(BOOTS)?.and_then(|bytes| bytes.try_into().ok());
        let boots = before.map_or(0, u32::from_le_bytes).wrapping_add(1);
        self.store(BOOTS, &boots.to_le_bytes())?;
        Ok(boots)
    }

    fn load(&mut self, channel: ChannelId) -> Result<Option<Kept>, KeepError> {
        let Some(bytes) = self.fetch(channel)? else { return Ok(None) };
        postcard::from_bytes(bytes).map(Some).map_err(|_| KeepError)
    }

    fn save(&mut self, total: &Kept) -> Result<(), KeepError> {
        let mut bytes = [0; ITEM];
        let item = postcard::to_slice(total, &mut bytes).map_err(|_| KeepError)?;
        self.store(total.channel, item)
    }

    fn recall<'b>(
        &mut self,
        setting: Setting,
        buffer: &'b mut [u8; MAX_SETTING],
    ) -> Result<Option<&'b [u8]>, KeepError> {
        let Some(bytes) = self.fetch(key(setting))? else { return Ok(None) };
        let place = buffer.get_mut(..bytes.len()).ok_or(KeepError)?;
        place.copy_from_slice(bytes);
        Ok(Some(place))
    }

    fn remember(&mut self, setting: Setting, bytes: &[u8]) -> Result<(), KeepError> {
        if bytes.len() > MAX_SETTING {
            return Err(KeepError);
        }
        if self.fetch(key(setting))? == Some(bytes) {
            return Ok(());
        }
        self.store(key(setting), bytes)
    }
}

const fn key(setting: Setting) -> u8 {
    SETTINGS
        + match setting {
            Setting::Zone => 0,
            Setting::Tariff => 1,
            Setting::Job => 2,
        }
}

/// For how many days a flash lasts: `pages` of `page_bytes`, each good for
/// `erases`, with `channels` whose totals are saved every `period_s`, each item
/// taking `item_bytes`.
///
/// ```
/// use wattcast_firmware::keep::wear_days;
///
/// // Four channels each quarter of an hour into two pages of 4 KiB that are
/// // good for 10,000 erases: eleven years.
/// assert_eq!(wear_days(2, 4_096, 10_000, 4, 900, 48) / 365, 11);
/// ```
#[must_use]
pub const fn wear_days(
    pages: u32,
    page_bytes: u32,
    erases: u32,
    channels: u32,
    period_s: u32,
    item_bytes: u32,
) -> u64 {
    let items_per_page =
        page_bytes.saturating_sub(64) as u64 / if item_bytes == 0 { 1 } else { item_bytes as u64 };
    let items_in_all = items_per_page * pages as u64 * erases as u64;
    let items_a_day = 86_400 * channels as u64 / if period_s == 0 { 1 } else { period_s as u64 };
    items_in_all / if items_a_day == 0 { 1 } else { items_a_day }
}
