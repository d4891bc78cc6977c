//! Arm processors, which tell an implementer and a part number for each core
//! and no name: full power by core, so that mixed clusters add up.

use wattcast_core::units::Power;

/// A kind of core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ArmCore {
    /// Implementer, as in `/proc/cpuinfo`.
    pub(super) implementer: u32,
    /// Part number, as in `/proc/cpuinfo`.
    pub(super) part: u32,
    /// Its name.
    pub(super) name: &'static str,
    /// Share of the package's design power that falls to one core.
    pub(super) tdp: Power,
}

/// How far off the power of a core may be, in millionths: clock and process
/// differ between chips with the same core.
pub(super) const SPREAD_PPM: (u32, u32) = (600_000, 1_600_000);

const fn core(implementer: u32, part: u32, name: &'static str, milliwatts: i64) -> ArmCore {
    ArmCore { implementer, part, name, tdp: Power::from_uw(milliwatts * 1_000) }
}

/// Package power of a well-known chip over its cores: A72 and A76 as in
/// codecarbon (Raspberry Pi 4 and 5), servers from the makers' data sheets.
const CORES: [ArmCore; 30] = [
    core(0x41, 0xb76, "ARM1176", 1_000),
    core(0x41, 0xc07, "Cortex-A7", 500),
    core(0x41, 0xc09, "Cortex-A9", 800),
    core(0x41, 0xc0f, "Cortex-A15", 1_500),
    core(0x41, 0xd03, "Cortex-A53", 1_000),
    core(0x41, 0xd04, "Cortex-A35", 500),
    core(0x41, 0xd05, "Cortex-A55", 600),
    core(0x41, 0xd07, "Cortex-A57", 1_900),
    core(0x41, 0xd08, "Cortex-A72", 1_875),
    core(0x41, 0xd09, "Cortex-A73", 1_900),
    core(0x41, 0xd0a, "Cortex-A75", 2_000),
    core(0x41, 0xd0b, "Cortex-A76", 3_000),
    core(0x41, 0xd0d, "Cortex-A77", 2_500),
    core(0x41, 0xd41, "Cortex-A78", 2_500),
    core(0x41, 0xd42, "Cortex-A78AE", 2_500),
    core(0x41, 0xd0c, "Neoverse-N1", 2_600),
    core(0x41, 0xd40, "Neoverse-V1", 1_800),
    core(0x41, 0xd49, "Neoverse-N2", 2_000),
    core(0x41, 0xd4f, "Neoverse-V2", 3_000),
    core(0x43, 0x0af, "ThunderX2", 1_400),
    core(0x46, 0x001, "A64FX", 3_500),
    core(0x48, 0xd01, "Kunpeng-920", 2_800),
    core(0x61, 0x022, "Apple M1 Icestorm", 500),
    core(0x61, 0x023, "Apple M1 Firestorm", 3_300),
    core(0x61, 0x032, "Apple M2 Blizzard", 700),
    core(0x61, 0x033, "Apple M2 Avalanche", 4_300),
    core(0xc0, 0xac3, "Ampere-1", 1_800),
    core(0xc0, 0xac4, "Ampere-1A", 1_800),
    core(0x51, 0x802, "Kryo 4xx Gold", 1_800),
    core(0x51, 0x803, "Kryo 4xx Silver", 500),
];

/// The same cores as Amazon builds them: about 110 W over 64 cores for
/// Graviton 2 and 3, less than others clock them to.
const AMAZON: [ArmCore; 4] = [
    core(0x41, 0xd08, "AWS Graviton", 1_900),
    core(0x41, 0xd0c, "AWS Graviton2", 1_700),
    core(0x41, 0xd40, "AWS Graviton3", 1_700),
    core(0x41, 0xd4f, "AWS Graviton4", 2_000),
];

/// The core of that implementer and part; `amazon` where the machine says
/// that Amazon built it.
pub(super) fn core_of(implementer: u32, part: u32, amazon: bool) -> Option<ArmCore> {
    let found = |table: &[ArmCore]| {
        table.iter().find(|core| (core.implementer, core.part) == (implementer, part)).copied()
    };
    amazon.then(|| found(&AMAZON)).flatten().or_else(|| found(&CORES))
}
