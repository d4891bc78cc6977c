//! Two runs on one machine that overlap: one with every kind of record of a
//! run, one cut short, torn and damaged.

use std::path::Path;

use wattcast_core::units::{
    Anchor, Basis, CarbonIntensity, CarbonMass, Money, Pue, Quality, TotalEnergy, Uptime, Utc,
};
use wattcast_core::wire::record::{
    Attribute, Boot, BootCause, Channel, Checkpoint, Component, Counts, Event, EventKind,
    Intensity, IntensitySource, Pricing, Scope, Usage,
};
use wattcast_core::wire::{DeviceKey, Encoder, MAX_FRAME, Ratchet, Record};

/// 2026-09-21T14:13:20Z.
const START_S: u64 = 1_790_000_000;
const SECOND: u64 = 1_000_000;

struct Ledger {
    encoder: Encoder<Ratchet>,
    bytes: Vec<u8>,
}

/// Makes the ledgers that are not there.
pub(super) fn make_missing(dir: &Path) {
    let key = [0x5a; 32];
    keep(&dir.join("config/wattcast/key"), || format!("{}\n", "5a".repeat(32)).into());
    let key = DeviceKey::from_bytes(key);
    keep(&dir.join("runs/20260921T141320Z-0000000a.wcl"), || finished(&key));
    keep(&dir.join("runs/20260921T141500Z-0000000b.wcl"), || cut_short(&key));
}

fn keep(path: &Path, make: impl FnOnce() -> Vec<u8>) {
    if path.exists() {
        return;
    }
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    // Tests of one program run at the same time.
    let aside = path.with_extension(format!("{:?}", std::thread::current().id()));
    std::fs::write(&aside, make()).unwrap();
    std::fs::rename(&aside, path).unwrap();
}

fn finished(key: &DeviceKey) -> Vec<u8> {
    let mut ledger = Ledger::begin(key, 0xa, START_S);
    ledger.facts(&[
        ("run", "0000000a"),
        ("project", "digits"),
        ("experiment", "three epochs"),
        ("command", "python train.py --epochs 3"),
        ("cpu", "AMD EPYC 7763 64-Core Processor"),
        ("cpu_count", "8"),
        ("cpu_tdp_mw", "280000"),
        ("gpu", "NVIDIA A100-SXM4-40GB"),
        ("os", "Linux 6.8.0"),
        ("ram_bytes", "34359738368"),
    ]);
    ledger.describe();
    ledger.price("FR", 44_180, "EUR");
    ledger.event(EventKind::Started, 0, None, 4242, "");
    for second in 1..=120 {
        ledger.sample(second * SECOND, 4 * second * SECOND, 44_180, true);
        match second {
            40 | 80 => {
                let epoch = format!("epoch {}", second / 40);
                ledger.event(EventKind::Mark, second * SECOND, None, 0, &epoch);
            }
            60 => ledger.event(EventKind::Gap, 60 * SECOND, Some(3), 2_500_000, "late reading"),
            101 => ledger.event(EventKind::Overlap, 101 * SECOND, None, 5151, "run 0000000b"),
            _ => {}
        }
    }
    ledger.event(EventKind::Exited, 120 * SECOND + 1500, None, 3, "");
    ledger.event(EventKind::LeftBehind, 120 * SECOND + 1500, None, 2, "");
    ledger.event(EventKind::Warning, 120 * SECOND + 1500, None, 0, "the package is shared");
    ledger.event(EventKind::Finished, 120 * SECOND + 1600, None, 0, "");
    ledger.bytes
}

fn cut_short(key: &DeviceKey) -> Vec<u8> {
    let mut ledger = Ledger::begin(key, 0xb, START_S + 100);
    ledger.facts(&[("run", "0000000b"), ("project", "faces"), ("command", "./job")]);
    ledger.describe();
    ledger.price("FR", 44_180, "EUR");
    ledger.event(EventKind::Started, 0, None, 5151, "");
    for second in 1..=60 {
        ledger.sample(second * SECOND, second * SECOND, 44_180, true);
    }
    let mut bytes = ledger.bytes;
    // The cable was pulled in the last frame; one byte rotted before.
    bytes.truncate(bytes.len() - 9);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    bytes
}

impl Ledger {
    fn begin(key: &DeviceKey, boot: u32, start_s: u64) -> Self {
        let mut ledger = Self { encoder: Encoder::tagged(key, 0, boot), bytes: Vec::new() };
        ledger.push(&Record::Boot(Boot {
            device: "gpu-node-1",
            firmware: "wattcast",
            version: "0.1.0",
            cause: BootCause::Requested,
        }));
        ledger.push(&Record::Anchor(Anchor {
            uptime: Uptime::ZERO,
            utc: Utc::from_us(start_s * SECOND),
            uncertainty_us: 1_000,
        }));
        ledger
    }

    fn push(&mut self, record: &Record<'_>) {
        let mut buffer = [0; MAX_FRAME];
        self.bytes.extend_from_slice(self.encoder.encode(record, &mut buffer).unwrap());
    }

    fn facts(&mut self, facts: &[(&str, &str)]) {
        for (key, value) in facts {
            self.push(&Record::Attribute(Attribute { key, value, part: 0 }));
        }
    }

    fn describe(&mut self) {
        use Component::{Cpu, Gpu, Idle, Ram};
        use Quality::{Assumed, Measured, Modelled};
        use Scope::{Machine, Process};
        for (id, name, component, scope, quality, method, (low_ppm, high_ppm), counted) in [
            (0, "cpu", Cpu, Process, Modelled, "CPU time × 2 W", (700_000, 1_600_000), true),
            (1, "idle", Idle, Machine, Modelled, "0.12 × TDP", (500_000, 2_000_000), true),
            (2, "ram", Ram, Process, Assumed, "0.375 W/GB × memory", (750_000, 1_050_000), true),
            (3, "gpu0", Gpu, Machine, Measured, "NVML energy", (950_000, 1_050_000), true),
            (4, "package-0", Cpu, Machine, Measured, "RAPL", (990_000, 1_010_000), false),
        ] {
            self.push(&Record::Channel(Channel {
                id,
                name,
                component,
                scope,
                quality,
                method,
                resolution_uj: if id == 3 { 1000 } else { 1 },
                low_ppm,
                high_ppm,
                counted,
            }));
        }
    }

    fn price(&mut self, zone: &str, mg_per_kwh: u32, currency: &str) {
        self.push(&Record::Intensity(Intensity {
            from: Utc::from_us(START_S * SECOND),
            zone,
            intensity: CarbonIntensity::from_mg_per_kwh(mg_per_kwh),
            basis: Basis::LifeCycle,
            source: IntensitySource::Yearly,
            year: 2024,
            name: "Ember",
        }));
        let pue = Pue::from_millionths(1_200_000).unwrap();
        self.push(&Record::Pricing(Pricing { from: Uptime::ZERO, pue, currency }));
    }

    /// Totals up to a moment; the tariff is 0.25 a kilowatt-hour.
    fn sample(&mut self, at_us: u64, cpu_us: u64, mg_per_kwh: u32, gpu: bool) {
        for (channel, energy_uj) in [
            (0, 2 * cpu_us),
            (1, 33 * at_us + at_us / 7),
            (2, 3 * at_us),
            (3, if gpu { 210 * at_us } else { 0 }),
            (4, 95 * at_us),
        ] {
            let energy = u128::from(energy_uj);
            let carbon = energy * u128::from(mg_per_kwh) * 1_200_000 / 3_600_000_000_000_000;
            let cost = energy * 250_000 / 3_600_000_000_000;
            self.push(&Record::Checkpoint(Checkpoint {
                channel,
                uptime: Uptime::from_us(at_us),
                import: TotalEnergy::from_uj(energy),
                export: TotalEnergy::ZERO,
                carbon: Some(CarbonMass::from_ug(u64::try_from(carbon).unwrap())),
                cost: Some(Money::from_micro(i64::try_from(cost).unwrap())),
                counts: Counts {
                    advanced: u32::try_from(at_us / SECOND).unwrap(),
                    wrapped: u32::from(channel == 4),
                    ..Counts::default()
                },
            }));
        }
        self.push(&Record::Usage(Usage {
            uptime: Uptime::from_us(at_us),
            cpu_time_us: cpu_us,
            rss_bytes: 1 << 30,
        }));
    }

    fn event(&mut self, kind: EventKind, at_us: u64, channel: Option<u8>, value: i64, text: &str) {
        let uptime = Uptime::from_us(at_us);
        self.push(&Record::Event(Event { uptime, kind, channel, value, text }));
    }
}
