//! How the captures were made.

use wattcast_core::ledger::Rate;
use wattcast_core::meter::Counts;
use wattcast_core::units::*;
use wattcast_core::wire::command::*;
use wattcast_core::wire::record::*;
use wattcast_core::wire::{
    Command, DELIMITER, Encoder, Header, MAX_FRAME, Pack, SamplesPacker, encode_command,
};

use super::describe::key;

const SECOND_US: u64 = 1_000_000;

fn uptime(seconds: u64) -> Uptime {
    Uptime::from_us(seconds * SECOND_US)
}

/// 2026-11-20T12:00:00Z and some seconds.
fn utc(seconds: u64) -> Utc {
    Utc::from_us((1_795_176_000 + seconds) * SECOND_US)
}

fn grams(grams_per_kwh: u32) -> CarbonIntensity {
    CarbonIntensity::from_mg_per_kwh(grams_per_kwh * 1_000)
}

fn checkpoint(seconds: u64) -> Record<'static> {
    Record::Checkpoint(Checkpoint {
        channel: 0,
        uptime: uptime(seconds),
        import: TotalEnergy::from_uj(u128::from(seconds) * 5_000_123),
        export: TotalEnergy::ZERO,
        carbon: None,
        cost: None,
        counts: Counts { advanced: u32::try_from(seconds).expect("small"), ..Counts::default() },
    })
}

fn event(kind: EventKind, text: &str) -> Record<'_> {
    Record::Event(Event { uptime: uptime(90), kind, channel: None, value: 0, text })
}

/// One frame of each kind of record of version 1.
pub(crate) fn each_kind() -> Vec<u8> {
    let mut packer = SamplesPacker::<16>::new(0, 1_000_000, Power::from_uw(1_000)).expect("valid");
    for (second, uw) in [(61, 5_000_000), (62, 5_012_000), (63, 4_000_000), (64, -250_000)] {
        assert_eq!(packer.push(uptime(second), Power::from_uw(uw)), Pack::Taken);
    }
    let records = [
        Record::Boot(Boot {
            device: "bench-7",
            firmware: "wattcast-firmware",
            version: "0.1.0",
            cause: BootCause::BrownOut,
        }),
        Record::Anchor(Anchor { uptime: uptime(60), utc: utc(0), uncertainty_us: 1_500 }),
        Record::Channel(Channel {
            id: 0,
            name: "load",
            component: Component::Load,
            scope: Scope::Machine,
            quality: Quality::Measured,
            method: "INA226, 2 mΩ shunt",
            resolution_uj: 500,
            low_ppm: 990_000,
            high_ppm: 1_010_000,
            counted: true,
        }),
        Record::Samples(packer.record().expect("four samples")),
        Record::Checkpoint(Checkpoint {
            channel: 0,
            uptime: uptime(3_600),
            import: TotalEnergy::from_uj(32_000_000_000_000_000_000_000),
            export: TotalEnergy::from_uj(250_000),
            carbon: Some(CarbonMass::from_ug(1_234_567_890)),
            cost: Some(Money::from_micro(-42_000)),
            counts: Counts {
                advanced: 3_500,
                wrapped: 1,
                reset: 2,
                unavailable: 3,
                gaps: 4,
                duplicates: 5,
                backward: 6,
                saturated: 7,
            },
        }),
        Record::Intensity(Intensity {
            from: utc(0),
            zone: "DE",
            intensity: grams(321),
            basis: Basis::LifeCycle,
            source: IntensitySource::Yearly,
            year: 2025,
            name: "Ember",
        }),
        Record::Forecast(Forecast {
            zone: "US-CAL-CISO",
            from: utc(3_600),
            slot_s: 3_600,
            quantile_ppm: 500_000,
            method: "profile",
            values: &[0x40, 0x0D, 0x03, 0x00, 0x20, 0xA1, 0x07, 0x00],
        }),
        Record::Plan(Plan {
            zone: "FR",
            start: utc(7_200),
            end: utc(14_400),
            expected: grams(31),
            index: 0,
            of: 2,
        }),
        Record::Event(Event {
            uptime: uptime(3_601),
            kind: EventKind::Gap,
            channel: Some(0),
            value: -1,
            text: "sensor did not answer",
        }),
        Record::Attribute(Attribute { key: "project", value: "größer", part: 0 }),
        Record::Pricing(Pricing {
            from: uptime(0),
            pue: Pue::from_millionths(1_540_000).expect("in range"),
            currency: "EUR",
        }),
        Record::Usage(Usage {
            uptime: uptime(3_602),
            cpu_time_us: 7_200_000_000,
            rss_bytes: 1 << 33,
        }),
    ];
    let mut encoder = Encoder::new(0x0102, 0xA1B2_C3D4);
    frames(&records, |record, buffer| encoder.encode(record, buffer).expect("fits").to_vec())
        .concat()
}

/// The records and events that came with the firmware.
pub(crate) fn board() -> Vec<u8> {
    let answer = |kind, value, text| {
        Record::Event(Event { uptime: uptime(90), kind, channel: None, value, text })
    };
    let records = [
        Record::Kept(Kept {
            channel: 0,
            import: TotalEnergy::from_uj(7_200_000_000_000),
            export: TotalEnergy::from_uj(1),
            carbon: CarbonMass::from_ug(642_000),
            cost: Money::from_micro(600_000),
            without_carbon: TotalEnergy::from_uj(9),
        }),
        answer(EventKind::Accepted, 4, ""),
        answer(EventKind::Refused, 5, "no such zone"),
        answer(EventKind::Switched, 1, "job"),
        answer(EventKind::SelfTest, 0, ""),
    ];
    let mut encoder = Encoder::new(0, 3);
    frames(&records, |record, buffer| encoder.encode(record, buffer).expect("fits").to_vec())
        .concat()
}

/// One command of each kind of version 1, and one cut short.
pub(crate) fn commands() -> Vec<u8> {
    let (mut hours, mut rates) = ([0; 16], [0; 24]);
    let known = [Some(grams(321)), None, Some(grams(298))];
    let rate = |from_min, to_min, micro| Rate {
        from_min,
        to_min,
        price: Price::from_micro_per_kwh(micro),
    };
    let night_and_day = [rate(510, 1_140, 300_000), rate(1_140, 510, -20_000)];
    let commands = [
        Command::Zone(SetZone {
            zone: "US-CAL-CISO",
            offset_min: -480,
            factor: Some(GivenFactor { intensity: grams(230), basis: Basis::LifeCycle }),
            pue: Pue::ONE,
        }),
        Command::Time(SetTime { utc: utc(0), uncertainty_us: 20_000 }),
        Command::History(SetHistory::pack(utc(0), known, &mut hours).expect("room")),
        Command::Tariff(SetTariff::pack("EUR", &night_and_day, &mut rates).expect("room")),
        Command::Job(SetJob {
            run_s: 14_400,
            power: Power::from_uw(2_000_000_000),
            not_before: None,
            deadline: Some(utc(86_400)),
            min_run_s: 1_800,
            max_pauses: Some(2),
            max_intensity: None,
            caution_permille: 500,
        }),
        Command::Ask(Ask::Identity),
        Command::Ask(Ask::Totals),
        Command::Ask(Ask::Plan),
        Command::Ask(Ask::SelfTest),
    ];
    let mut line = vec![DELIMITER];
    for (sequence, command) in (0..).zip(&commands) {
        let header = Header { stream: 0, boot: 0x0A0B_0C0D, sequence };
        line.extend(encode_command(header, command, &mut [0; MAX_FRAME]).expect("fits"));
    }
    let half = line.len() - 9;
    line.truncate(half);
    line.push(DELIMITER);
    line
}

/// A line with noise, halves of frames, a lost frame, two boards, a repeated
/// frame, a frame of a later version, a record of a later kind and a torn end.
pub(crate) fn damaged() -> Vec<u8> {
    let records: Vec<_> = (1..=8).map(|minute| checkpoint(minute * 60)).collect();
    let mut first = Encoder::new(1, 10);
    let mut second = Encoder::new(2, 20);
    let ours =
        frames(&records, |record, buffer| first.encode(record, buffer).expect("fits").to_vec());
    let theirs =
        frames(&records, |record, buffer| second.encode(record, buffer).expect("fits").to_vec());
    let mut flipped = ours[4].clone();
    flipped[20] ^= 0x10;
    [
        // The line opens in mid-frame.
        &ours[0][17..],
        &ours[1],
        b"\xFE\xFD noise before a frame swallows it: ",
        &ours[2],
        // Zeros between frames are nothing.
        &[DELIMITER; 3],
        &theirs[0],
        // Here one of ours is lost, and one is changed on the way.
        &flipped,
        &theirs[1],
        &ours[5],
        &ours[5],
        // A baud rate that does not fit.
        &[0xF0; 600],
        &[DELIMITER],
        // Stuffed by hand: version 2 of the format, then a record of kind 100.
        &[0x02, 0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x05],
        VERSION_2_CRC.as_slice(),
        &[DELIMITER],
        &[0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x06, 100],
        KIND_100_CRC.as_slice(),
        &[DELIMITER],
        &theirs[2][..30],
        &ours[6],
        &theirs[7],
        // The power goes.
        &ours[7][..25],
    ]
    .concat()
}

/// CRC-32C of `02` and ten zeros.
const VERSION_2_CRC: [u8; 4] = [0x8B, 0x2F, 0xDE, 0x81];
/// CRC-32C of `01`, ten zeros and `64`.
const KIND_100_CRC: [u8; 4] = [0x10, 0x65, 0x4D, 0xBC];

/// A tagged log in which someone took out a checkpoint, changed a frame, added
/// one without a tag and sent one twice.
pub(crate) fn tagged() -> Vec<u8> {
    let records = [
        event(EventKind::Started, "job"),
        checkpoint(60),
        checkpoint(120),
        event(EventKind::Mark, "epoch 1"),
        checkpoint(180),
        checkpoint(240),
        event(EventKind::Exited, ""),
        event(EventKind::Finished, ""),
    ];
    let mut encoder = Encoder::tagged(&key(), 0, 5);
    let genuine =
        frames(&records, |record, buffer| encoder.encode(record, buffer).expect("fits").to_vec());
    // A forger knows the format but not the key.
    let other = wattcast_core::wire::DeviceKey::from_bytes([0; 32]);
    let mut forger = Encoder::tagged(&other, 0, 5);
    let forged =
        frames(&records, |record, buffer| forger.encode(record, buffer).expect("fits").to_vec());
    let mut untagged = Encoder::new(0, 5);
    let plain =
        frames(&records, |record, buffer| untagged.encode(record, buffer).expect("fits").to_vec());
    [
        &genuine[0],
        &genuine[1],
        &genuine[3],
        &forged[4],
        &genuine[5],
        &genuine[5],
        &plain[6],
        &genuine[6],
        &genuine[7],
    ]
    .into_iter()
    .flatten()
    .copied()
    .collect()
}

fn frames(
    records: &[Record<'_>],
    mut encode: impl FnMut(&Record<'_>, &mut [u8]) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    records.iter().map(|record| encode(record, &mut [0; MAX_FRAME])).collect()
}
