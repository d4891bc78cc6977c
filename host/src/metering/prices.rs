//! Tells the records how energy is priced.

use wattcast_core::units::{Anchor, Uptime, Utc};
use wattcast_core::wire::Record;
use wattcast_core::wire::record;

use super::Pricer;
use crate::report::Recorder;

/// Records how energy is priced from the start on.
pub(crate) fn describe(pricer: &Pricer, recorder: &mut Recorder) {
    recorder.push(&Record::Pricing(record::Pricing {
        from: Uptime::ZERO,
        pue: pricer.pue,
        currency: pricer.tariff.as_ref().map_or("", |tariff| &tariff.currency),
    }));
}

/// Records the intensity whenever another one begins to hold; `told` is the
/// start of the one that was recorded last.
pub(crate) fn tell_intensity(
    pricer: &Pricer,
    told: &mut Option<Utc>,
    anchor: Anchor,
    uptime: Uptime,
    recorder: &mut Recorder,
) {
    let now = anchor.utc_at(uptime).unwrap_or(anchor.utc);
    let (from, intensity, source) = pricer.intensity.at(now);
    if told.replace(from) == Some(from) {
        return;
    }
    recorder.push(&Record::Intensity(record::Intensity {
        from: from.max(anchor.utc),
        zone: &pricer.intensity.zone,
        intensity,
        basis: pricer.intensity.basis,
        source,
        year: pricer.intensity.year,
        name: &pricer.intensity.name,
    }));
}
