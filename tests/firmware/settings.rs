//! Zone, tariff and job hold over a reboot, wherever the power is cut.

use std::fmt::Write as _;

use wattcast_core::ledger::Rate;
use wattcast_core::units::{Power, Price, Pue, Uptime, Utc};
use wattcast_core::wire::command::{
    Ask, MAX_RATES, SetHistory, SetJob, SetTariff, SetTime, SetZone,
};
use wattcast_core::wire::record::EventKind;
use wattcast_core::wire::{Command, Decoder, Record};
use wattcast_firmware::keep::{FlashKeep, Keep, MAX_SETTING, Setting};
use wattcast_firmware::planning::Planner;
use wattcast_firmware::sensor::ina226::Ina226;
use wattcast_firmware::{App, Channel, ChannelInfo, Settings};
use wattcast_sim::board::SimBoard;
use wattcast_sim::clock::World;
use wattcast_sim::day::{SHUNT_UOHM, intensity_mg};
use wattcast_sim::flash::{Flash, PAGE};
use wattcast_sim::ina226::{ADDRESS, Bus};
use wattcast_sim::programs::{BOOT, FACTORS, PlannerMemory};

use crate::commands::{Capture, INFO, Sender};

const BYTES: usize = 4 * PAGE;
type Chip = Flash<BYTES>;

fn open(flash: Chip) -> FlashKeep<Chip> {
    FlashKeep::new(flash, 0..1_024).unwrap()
}

/// The bytes of the n-th change of a setting, up to the longest.
fn bytes(setting: Setting, change: u32) -> Vec<u8> {
    let number = (setting as u32).to_le_bytes().into_iter().chain(change.to_le_bytes());
    number.cycle().take(8 + (change as usize * 29) % (MAX_SETTING - 7)).collect()
}

#[test]
fn a_cut_leaves_each_setting_as_it_was_or_as_it_was_to_be() {
    const CHANGES: u32 = 10;
    let live = |keep: &mut FlashKeep<Chip>| -> [u32; 3] {
        let mut confirmed = [0; 3];
        for change in 1..=CHANGES {
            for setting in Setting::ALL {
                if keep.remember(setting, &bytes(setting, change)).is_err() {
                    return confirmed;
                }
                confirmed[setting as usize] = change;
            }
        }
        confirmed
    };
    let mut whole = open(Chip::new());
    live(&mut whole);
    let steps = whole.into_flash().steps;
    assert!(steps > 400, "every page is to be erased more than once: {steps} steps");
    for cut in 0..steps {
        let mut flash = Chip::new();
        flash.cut_after(cut);
        let mut keep = open(flash);
        let confirmed = live(&mut keep);
        let mut flash = keep.into_flash();
        flash.power_on();
        let mut keep = open(flash);
        for setting in Setting::ALL {
            let (mut buffer, sure) = ([0; MAX_SETTING], confirmed[setting as usize]);
            match keep.recall(setting, &mut buffer).unwrap_or_else(|e| panic!("{cut}: {e:?}")) {
                None => assert_eq!(sure, 0, "cut at {cut}: {setting:?} is lost"),
                Some(found) => assert!(
                    [sure, sure + 1].iter().any(|change| found == bytes(setting, *change)),
                    "cut at {cut}: {setting:?} is neither the old nor the new"
                ),
            }
        }
    }
}

#[test]
fn what_is_set_again_wears_nothing() {
    let mut keep = open(Chip::new());
    keep.remember(Setting::Zone, &bytes(Setting::Zone, 1)).unwrap();
    let mut flash = keep.into_flash();
    flash.cut_after(1);
    // A single step more would end it.
    let mut keep = open(flash);
    keep.remember(Setting::Zone, &bytes(Setting::Zone, 1)).unwrap();
}

/// A boot of so many hours with these commands: what the board told, a line
/// each, and the flash that it leaves.
fn boot(flash: Chip, hours: u64, commands: Vec<Command<'static>>) -> (String, Chip) {
    let (world, capture) = (World::new(), Capture::default());
    let mut sensor = Ina226::new(Bus::new(&world), ADDRESS, SHUNT_UOHM);
    let settings = Settings { sample_us: 60_000_000, ..Settings::default() };
    let info = ChannelInfo { name: "load", ..INFO };
    let channels = [Channel::new(0, info, &mut sensor, settings.sample_us)];
    let board = SimBoard::new(&world, capture.clone(), Sender { commands, sent: 0 }, |_| {});
    let mut memory = PlannerMemory::new();
    let planner = Planner::new(&mut memory, None);
    let mut app = App::start(board, open(flash), planner, channels, FACTORS, settings);
    app.run_until(Uptime::from_us(hours * 3_600_000_000));
    app.finish();
    let flash = app.into_parts().1.into_flash();
    let told = capture.0.borrow();
    let (mut decoder, mut rest) = (Decoder::new(), told.as_slice());
    let mut lines = String::new();
    while let Some(frame) = decoder.decode(&mut rest) {
        match frame.unwrap().record.unwrap() {
            Record::Pricing(it) => writeln!(lines, "pue {:?} in {}", it.pue, it.currency).unwrap(),
            Record::Intensity(it) => writeln!(lines, "zone {}", it.zone).unwrap(),
            Record::Checkpoint(it) => {
                writeln!(lines, "carbon {} cost {}", it.carbon.is_some(), it.cost.is_some())
                    .unwrap();
            }
            Record::Event(it) if it.kind == EventKind::Switched && it.value == 1 => {
                writeln!(lines, "on at {} s", it.uptime.as_us() / 1_000_000).unwrap();
            }
            Record::Event(it) if it.kind == EventKind::Switched => {
                writeln!(lines, "off at {} s", it.uptime.as_us() / 1_000_000).unwrap();
            }
            Record::Event(it) if matches!(it.kind, EventKind::Refused | EventKind::Warning) => {
                panic!("{}", it.text)
            }
            _ => {}
        }
    }
    (lines, flash)
}

/// The time at a boot so many hours after the first.
pub(crate) fn time(hours: u64) -> Command<'static> {
    let utc = Utc::from_us(BOOT.as_us() + hours * 3_600_000_000 + 100_000_000);
    Command::Time(SetTime { utc, uncertainty_us: 1_000 })
}

/// Four weeks up to that hour.
pub(crate) fn history(hours: u64) -> impl Iterator<Item = Command<'static>> {
    let first = BOOT.as_us() / 3_600_000_000 + hours;
    (1..=14).rev().map(move |back| {
        let from = first - back * 48;
        let values = (from..from + 48)
            .flat_map(|hour| intensity_mg(u32::try_from(hour).unwrap()).to_le_bytes());
        let values: &'static [u8] = values.collect::<Vec<u8>>().leak();
        Command::History(SetHistory { from: Utc::from_us(from * 3_600_000_000), values })
    })
}

/// Seconds that the load ran in a boot of so many hours.
fn ran_s(lines: &str, hours: u64) -> u64 {
    let (mut ran, mut since) = (0, None);
    for line in lines.lines() {
        let Some((what, at)) = line.split_once(" at ") else { continue };
        let at: u64 = at.trim_end_matches(" s").parse().unwrap();
        match what {
            "on" => since = Some(at),
            _ => ran += since.take().map_or(0, |since| at - since),
        }
    }
    ran + since.map_or(0, |since| hours * 3_600 - since)
}

#[test]
fn a_board_goes_on_after_a_reboot_as_it_was_told_before() {
    let half = |from_min, to_min, price| Rate {
        from_min,
        to_min,
        price: Price::from_micro_per_kwh(price),
    };
    let mut buffer = [0; 12 * MAX_RATES];
    let rates = [half(420, 1_320, 340_000), half(1_320, 420, 210_000)];
    let packed = SetTariff::pack("EUR", &rates, &mut buffer).unwrap().rates.to_vec().leak();
    let place = [
        Command::Zone(SetZone {
            zone: "FR",
            offset_min: 60,
            factor: None,
            pue: Pue::from_millionths(1_300_000).unwrap(),
        }),
        Command::Tariff(SetTariff { currency: "EUR", rates: packed }),
    ];
    let job = [
        Command::Job(SetJob {
            run_s: 6 * 3_600,
            power: Power::from_uw(120_000_000),
            deadline: Some(Utc::from_us(BOOT.as_us() + 8 * 3_600_000_000)),
            ..SetJob::default()
        }),
        Command::Ask(Ask::Totals),
    ];
    // Six of the first eight hours: some of them fall into the first four.
    let first = place.into_iter().chain(history(0)).chain([time(0)]).chain(job).collect();
    let (told, flash) = boot(Chip::new(), 4, first);
    let before = ran_s(&told, 4);
    assert!(before > 3 * 3_600, "{told}");

    // Then only the time and the hours gone by.
    let again = history(4).chain([time(4)]).collect();
    let (told, _) = boot(flash, 5, again);
    let at_boot: Vec<&str> = told.lines().take(2).collect();
    assert_eq!(at_boot, ["pue Pue(1300000) in ", "zone FR"], "{told}");
    assert!(told.contains("pue Pue(1300000) in EUR"), "{told}");
    assert!(told.trim_end().ends_with("carbon true cost true"), "{told}");
    let ran = before + ran_s(&told, 5);
    // What ran since the last quarter of an hour before the cut runs again.
    assert!((6 * 3_600..6 * 3_600 + 900 + 120).contains(&ran), "{before} + {told}");
}
