//! What the example prints, computed by the Rust library.

use std::fmt::Write;

use wattcast_core::forecast::{
    Forecaster, History, Hour, Issue, Model, NetworkForecaster, Quantiles, Reading,
};
use wattcast_core::grid::lookup;
use wattcast_core::ledger::{Account, Constant, Pricing};
use wattcast_core::meter::{Counts, PowerMeter};
use wattcast_core::plan::{Job, Limits, Load, Outlook, Schedule, Workspace, ZoneOutlook, optimal};
use wattcast_core::units::{Anchor, CarbonIntensity, Power, Price, Pue, Quality, Uptime};
use wattcast_core::wire::record::{
    Boot, BootCause, Channel, Checkpoint, Component, Event, EventKind, Scope,
};
use wattcast_core::wire::{DeviceKey, Encoder, MAX_FRAME, Pack, Record, SamplesPacker};

const NOW: Hour = Hour::from_hours(498_720);
const AHEAD: usize = 24;

pub(super) fn text() -> String {
    let mut out = String::new();
    let factor = lookup("DE").unwrap().best();
    let (mg, year) = (factor.intensity.as_mg_per_kwh(), factor.year);
    writeln!(out, "{} {mg} mg/kWh of {year}, {}", factor.name, factor.source.name()).unwrap();

    let price = Constant(Price::from_micro_per_kwh(300_000));
    let intensity = Constant(factor.intensity);
    let pricing = Pricing::new(Pue::from_millionths(1_200_000).unwrap())
        .with_intensity(factor.basis, &intensity)
        .with_tariff(&price);
    let mut account = Account::new();
    let mut meter = PowerMeter::new(60_000_000);
    for second in 0..=120_u64 {
        let power = 5_000_000 + i64::try_from(second * second % 97).unwrap() * 12_345;
        let at = Uptime::from_us(second * 1_000_000);
        if let Some(flow) = meter.read(at, Power::from_uw(power)).unwrap().flow() {
            account.add(flow, &pricing).unwrap();
        }
    }
    let carbon = account.carbon().unwrap().as_ug();
    let cost = account.cost().unwrap().as_micro();
    let energy = account.import().as_uj();
    writeln!(out, "energy {energy} uJ, carbon {carbon} ug, cost {cost} micro").unwrap();

    let hours = forecast();
    writeln!(out, "scratch fits").unwrap();
    for (hour, value) in hours.iter().enumerate() {
        let [p10, p50, p90] = [value.p10(), value.p50(), value.p90()].map(|it| it.as_mg_per_kwh());
        writeln!(out, "hour {hour}: {p10} {p50} {p90}").unwrap();
    }
    plan(&hours, &mut out);
    tell(&account, &mut out);
    writeln!(out, "lost a frame").unwrap();
    for (sequence, kind, missing, energy, value, words) in [
        (1, 1, 1, 0, 0, ""),
        (2, 2, 0, 0, 0, "load"),
        (3, 3, 0, 0, 4_990_000, ""),
        (4, 4, 0, energy, 0, ""),
        (5, 5, 0, 0, 0, "a fan is loud"),
    ] {
        let about = format!("kind {kind}, missing {missing}, {energy} uJ, {value}, '{words}'");
        writeln!(out, "{sequence}: {about}").unwrap();
    }
    writeln!(out, "null 1, not ready 2, unknown zone 6, no frame room 5").unwrap();
    out
}

fn forecast() -> [Quantiles; AHEAD] {
    let reading = |hour: u32| {
        let mg = 200_000 + (hour % 24) * 9_000 + (hour % 168) * 500 + hour * hour % 7_919;
        Reading::from(CarbonIntensity::from_mg_per_kwh(mg))
    };
    let readings: Vec<Reading> = (0..336).map(reading).collect();
    let model = Model::load(wattcast_models::HISTORY).unwrap();
    let mut scratch = vec![0; model.scratch_words()];
    let mut network = NetworkForecaster::new(&model, &mut scratch).unwrap();
    let mut hours = [Quantiles::default(); AHEAD];
    let (history, issue) = (History::new(NOW, &readings), Issue::new(NOW, 1).unwrap());
    network.forecast(&history, issue, &mut hours).unwrap();
    hours
}

fn plan(hours: &[Quantiles], out: &mut String) {
    let expected: Vec<_> = hours.iter().map(|hour| Some(hour.p50())).collect();
    let zones = [ZoneOutlook::new(&expected)];
    let outlook = Outlook { start: NOW.start(), slot_s: 3_600, zones: &zones };
    let job = Job {
        limits: Limits { min_run_s: 3_600, max_pauses: Some(1), ..Limits::NONE },
        ..Job::new(4 * 3_600, Load::Constant(Power::from_uw(1_500_000_000)))
    };
    let mut workspace = Workspace::<2_048, 8_192, 0>::new();
    let plan: Schedule<AHEAD> = optimal(&outlook, &job, NOW.start(), workspace.lend()).unwrap();
    for stay in &plan.intervals {
        let (start, end) = (stay.start.as_us() / 1_000_000, stay.end.as_us() / 1_000_000);
        writeln!(out, "run {start} to {end}: {} ug", stay.carbon.as_ug()).unwrap();
    }
    let (energy, carbon) = (plan.energy.as_uj(), plan.expected.as_ug());
    writeln!(out, "plan {energy} uJ, {carbon} ug, off by 0").unwrap();
}

fn tell(account: &Account, out: &mut String) {
    let mut key = [0; 32];
    key[0] = 7;
    let mut encoder = Encoder::tagged(&DeviceKey::from_bytes(key), 3, 9);
    let mut packer = SamplesPacker::<64>::new(0, 1_000_000, Power::from_uw(1_000)).unwrap();
    for (second, power) in (0..).zip([5_000_000, 5_012_300, 4_990_000]) {
        let at = Uptime::from_us(second * 1_000_000);
        assert_eq!(packer.push(at, Power::from_uw(power)), Pack::Taken);
    }
    let (device, firmware, version, cause) = ("bench", "example", "1", BootCause::Unknown);
    let uncertainty_us = 500;
    for record in [
        Record::Boot(Boot { device, firmware, version, cause }),
        Record::Anchor(Anchor { uptime: Uptime::ZERO, utc: NOW.start(), uncertainty_us }),
        Record::Channel(Channel {
            id: 0,
            name: "load",
            component: Component::Load,
            scope: Scope::Machine,
            quality: Quality::Measured,
            method: "INA226",
            resolution_uj: 500,
            low_ppm: 990_000,
            high_ppm: 1_010_000,
            counted: true,
        }),
        Record::Samples(packer.record().unwrap()),
        Record::Checkpoint(Checkpoint::new(0, account, Counts::NONE)),
        Record::Event(Event {
            uptime: Uptime::from_us(120_000_000),
            kind: EventKind::Warning,
            channel: None,
            value: 0,
            text: "a fan is loud",
        }),
    ] {
        let mut buffer = [0; MAX_FRAME];
        for byte in encoder.encode(&record, &mut buffer).unwrap() {
            write!(out, "{byte:02x}").unwrap();
        }
        writeln!(out).unwrap();
    }
}
