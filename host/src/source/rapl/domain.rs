//! What one RAPL counter covers.

use wattcast_core::meter::CounterSpec;
use wattcast_core::units::Quality;
use wattcast_core::wire::record::{Component, Scope};

use crate::source::{Channel, ReadingKind};

/// The part of a machine that a counter covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Domain {
    /// A processor package, or a die of it.
    Package,
    /// Memory, which no package holds.
    Dram,
    /// The whole platform, packages and memory included.
    Psys,
}

/// The channel of a counter. `place` is what tells it from its like: `0`,
/// `0-die-1`, empty for the platform.
pub(super) fn channel(
    domain: Domain,
    place: &str,
    is_amd: bool,
    spec: CounterSpec,
    resolution_uj: u64,
    interface: &str,
) -> Channel {
    // Khan et al. 2018 and Desrochers et al. 2016 held Intel's counters against
    // meters; Schöne et al. 2021 AMD's, which are modelled inside the chip.
    let (word, component, range_ppm, covers) = match domain {
        Domain::Package if is_amd => {
            ("package", Component::Cpu, (900_000, 1_100_000), "processor package")
        }
        Domain::Package => ("package", Component::Cpu, (950_000, 1_050_000), "processor package"),
        Domain::Dram => ("dram", Component::Ram, (800_000, 1_200_000), "memory"),
        Domain::Psys => {
            ("psys", Component::Board, (900_000, 1_100_000), "whole platform, packages included")
        }
    };
    Channel {
        name: if place.is_empty() { word.to_owned() } else { format!("{word}-{place}") },
        component,
        scope: Scope::Machine,
        quality: Quality::Measured,
        method: format!("RAPL counter of the {covers}, through {interface}"),
        kind: ReadingKind::Counter(spec),
        resolution_uj,
        range_ppm,
        counted: domain != Domain::Psys,
    }
}

/// Names of channels for people, with the platform's part explained.
pub(super) fn summary(interface: &str, channels: &[Channel]) -> String {
    let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
    let platform = if channels.iter().any(|channel| !channel.counted) {
        "; psys holds the packages too and is shown, not counted"
    } else {
        ""
    };
    format!("{interface}: {}{platform}", names.join(", "))
}
