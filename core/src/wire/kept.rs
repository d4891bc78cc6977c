//! What a board kept through power cuts.

use serde::{Deserialize, Serialize};

use super::record::ChannelId;
use crate::units::{CarbonMass, Money, TotalEnergy};

/// What a channel had counted in all boots before this one, as its board kept
/// it through power cuts. A checkpoint counts from the boot: their sum is the
/// total of the channel. Whoever holds the records of the earlier boots has
/// counted this already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Kept {
    /// Its channel.
    pub channel: ChannelId,
    /// Energy taken in.
    pub import: TotalEnergy,
    /// Energy given out.
    pub export: TotalEnergy,
    /// The part of the carbon that was priced.
    pub carbon: CarbonMass,
    /// The part of the cost that was priced.
    pub cost: Money,
    /// The import whose carbon never became known.
    pub without_carbon: TotalEnergy,
}
