//! What a capture says, in lines that a person can check.

use wattcast_core::wire::record::{Event, Samples};
use wattcast_core::wire::{Decoder, Record};

/// Each record but samples, of which there is the sum; and a number that
/// changes with any byte.
pub(crate) fn describe(capture: &[u8]) -> String {
    let mut decoder = Decoder::new();
    let mut bytes = capture;
    let mut lines = vec![format!("{} bytes, FNV-1a {:016x}", capture.len(), fnv(capture))];
    let (mut samples, mut sum_uw) = (0_u64, 0_i128);
    let mut hours = 0;
    while let Some(frame) = decoder.decode(&mut bytes) {
        match frame.unwrap().record.unwrap() {
            Record::Samples(batch) => {
                samples += u64::from(batch.count);
                sum_uw += sum(&batch);
            }
            // One an hour is enough to read.
            Record::Checkpoint(point) if point.uptime.as_us() / 3_600_000_000 < hours => {}
            Record::Checkpoint(point) => {
                hours = point.uptime.as_us() / 3_600_000_000 + 1;
                lines.push(format!(
                    "{:>6} s  import {} µJ, export {} µJ, carbon {:?}, {:?}",
                    point.uptime.as_us() / 1_000_000,
                    point.import.as_uj(),
                    point.export.as_uj(),
                    point.carbon.map(wattcast_core::units::CarbonMass::as_ug),
                    point.counts,
                ));
            }
            Record::Event(Event { uptime, kind, value, text, .. }) => {
                let second = uptime.as_us() / 1_000_000;
                lines.push(format!("{second:>6} s  {kind:?} {value} {text}"));
            }
            Record::Forecast(told) => {
                let numbers: Vec<u32> =
                    told.values.as_chunks().0.iter().map(|v| u32::from_le_bytes(*v)).collect();
                let mean = numbers.iter().map(|v| u64::from(*v)).sum::<u64>() / 96;
                lines.push(format!(
                    "forecast from {} s, {} ppm, {}: mean {mean} mg/kWh",
                    told.from.as_us() / 1_000_000,
                    told.quantile_ppm,
                    told.method
                ));
            }
            other => lines.push(format!("{other:?}")),
        }
    }
    assert!(decoder.tally().is_clean(), "{:?}", decoder.tally());
    lines.push(format!("{samples} samples, sum {sum_uw} µW"));
    lines.join("\n") + "\n"
}

fn sum(batch: &Samples<'_>) -> i128 {
    batch.iter().unwrap().map(|(_, power)| i128::from(power.as_uw())).sum()
}

/// Fowler, Noll and Vo's hash.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}
