//! Memory by a constant: watts per gibibyte that the accounted processes hold
//! resident. Never the machine's memory, which a container shares with others.

use wattcast_core::meter::CounterSpec;
use wattcast_core::units::{Power, Quality};
use wattcast_core::wire::record::{Component, Scope};

use super::{
    Channel, Detection, Finding, ReadError, Reading, ReadingKind, Roots, Source, Usage, cgroup,
};
use crate::source::sysfs::text;

/// Power of a gibibyte (Green Algorithms, after Karyakin and Salem 2017).
pub const PER_GIB: Power = Power::from_uw(372_500);

/// Boavizta's 0.284 and Cloud Carbon Footprint's 0.392 W over ours.
pub const RANGE_PPM: (u32, u32) = (762_416, 1_052_349);

/// Energy of memory held over time, exact in integers.
///
/// Between two readings the larger of both resident sizes counts: the first
/// reading comes before the command has any memory, the last after it has
/// given it back, and so the sampling period does not matter.
struct Ram {
    channels: [Channel; 1],
    /// Where the machine or the cgroup ends; shared pages are counted once per
    /// process and could add up to more.
    limit_bytes: u64,
    last: Option<Usage>,
    byte_microseconds: u128,
}

impl Source for Ram {
    fn name(&self) -> &'static str {
        "ram"
    }

    fn channels(&self) -> &[Channel] {
        &self.channels
    }

    fn read(&mut self, usage: &Usage, readings: &mut Vec<Result<Reading, ReadError>>) {
        if let Some(last) = self.last {
            let bytes = usage.process_rss_bytes.max(last.process_rss_bytes).min(self.limit_bytes);
            let span = usage.uptime.as_us().saturating_sub(last.uptime.as_us());
            self.byte_microseconds =
                self.byte_microseconds.saturating_add(u128::from(bytes) * u128::from(span));
        }
        self.last = Some(*usage);
        readings.push(match microjoules(self.byte_microseconds) {
            Some(energy) => Ok(Reading::Counter(energy)),
            None => Err(ReadError::Gone("ram: more energy than 64 bits of µJ hold".to_owned())),
        });
    }
}

/// Energy of memory held for that many byte-microseconds.
fn microjoules(byte_microseconds: u128) -> Option<u64> {
    let microwatts = u128::try_from(PER_GIB.as_uw()).ok()?;
    let energy = byte_microseconds.checked_mul(microwatts)? / (1_000_000 << 30);
    u64::try_from(energy).ok()
}

/// The memory model as a source.
#[must_use]
pub fn detect(roots: &Roots) -> Detection {
    let limit_bytes = limit(roots).unwrap_or(u64::MAX);
    let most = match limit_bytes {
        u64::MAX => String::new(),
        bytes => format!(", at most {} MiB", bytes >> 20),
    };
    Detection {
        sources: vec![Box::new(Ram {
            channels: [channel()],
            limit_bytes,
            last: None,
            byte_microseconds: 0,
        })],
        findings: vec![Finding {
            source: "ram",
            available: true,
            detail: format!("0.3725 W per GiB that the command holds{most}"),
            remedy: None,
        }],
    }
}

fn channel() -> Channel {
    Channel {
        name: "ram".to_owned(),
        component: Component::Ram,
        scope: Scope::Process,
        quality: Quality::Assumed,
        method: "resident memory of the processes × 0.3725 W/GiB (Green Algorithms; \
                 others 0.284 to 0.392)"
            .to_owned(),
        kind: ReadingKind::Counter(CounterSpec::microjoules()),
        resolution_uj: 1,
        range_ppm: RANGE_PPM,
        counted: true,
    }
}

/// The least of the machine's memory and the cgroup's limits, in bytes.
pub(super) fn limit(roots: &Roots) -> Option<u64> {
    let machine = text(&roots.proc.join("meminfo")).and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kibibytes.checked_mul(1024)
    });
    let groups = cgroup::groups(roots, "memory");
    let limits = groups.iter().flat_map(|group| {
        ["memory.max", "memory.limit_in_bytes"].map(|file| cgroup::number(group, file))
    });
    limits.flatten().chain(machine).min()
}

#[cfg(test)]
mod tests;
