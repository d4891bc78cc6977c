//! What is run on the simulated board. Each writes the frames of its whole run.

use embedded_hal::i2c::I2c;
use embedded_io::Write;
use wattcast_core::factor;
use wattcast_core::forecast::{Hour, Model};
use wattcast_core::grid::Factor;
use wattcast_core::units::{CarbonIntensity, Power, Pue, Uptime, Utc};
use wattcast_core::wire::Command;
use wattcast_core::wire::command::{Ask, MAX_HOURS, SetHistory, SetJob, SetTime, SetZone};
use wattcast_core::wire::record::Component;
use wattcast_firmware::keep::{FlashKeep, Forgetful};
use wattcast_firmware::planning::{Memory, MeterOnly, Planner};
use wattcast_firmware::sensor::ina226::Ina226;
use wattcast_firmware::{App, Channel, ChannelInfo, Settings};

use crate::board::SimBoard;
use crate::clock::World;
use crate::day::{SHUNT_UOHM, intensity_mg};
use crate::flash::Flash;
use crate::ina226::{ADDRESS, Bus};
use crate::line::{Script, Silence};

/// The zones that the simulated board knows by name.
pub const FACTORS: &[Factor] =
    &[factor!("DE"), factor!("FR"), factor!("GB"), factor!("PL"), factor!("US-CA")];

/// 2026-11-20T00:00:00Z, at which the simulated boards boot.
pub const BOOT: Utc = Utc::from_us(1_795_132_800_000_000);

/// Values of working memory with which two days are planned with up to five
/// pauses or any number of them, and a network of the shipped size runs.
pub const VALUES: usize = 640;
/// The memory of the simulated board's planner.
pub type PlannerMemory = Memory<VALUES>;

const INFO: ChannelInfo =
    ChannelInfo { name: "workshop", component: Component::Load, counted: true, stuck_after: 600 };

/// A day of one sample a second, with all that can happen to a sensor.
pub fn day(out: impl Write, hours: u64) {
    let world = World::new();
    let mut sensor = Ina226::new(Bus::new(&world), ADDRESS, SHUNT_UOHM);
    let settings = Settings::default();
    let channels = [Channel::new(0, INFO, &mut sensor, settings.sample_us)];
    let board = SimBoard::new(&world, out, Silence, |_| {});
    let Some(keep) = FlashKeep::new(Flash::<2_048>::new(), 0..2_048) else { return };
    let mut app = App::start(board, keep, MeterOnly, channels, FACTORS, settings);
    app.run_until(Uptime::from_us(hours * 3_600_000_000));
    app.finish();
}

/// The same without a store, and without what goes wrong: hours from midnight.
pub fn metered(out: impl Write, hours: u64) {
    let world = World::new();
    let mut sensor = Ina226::new(Bus::new(&world), ADDRESS, SHUNT_UOHM);
    let settings = Settings::default();
    let channels = [Channel::new(0, INFO, &mut sensor, settings.sample_us)];
    let board = SimBoard::new(&world, out, Silence, |_| {});
    let mut app = App::start(board, Forgetful, MeterOnly, channels, FACTORS, settings);
    app.run_until(Uptime::from_us(hours * 3_600_000_000));
    app.finish();
}

/// Only the transfers of [`metered`] on the simulated bus, to be taken off what
/// that costs. Gives what was read, so that it is read.
pub fn transfers(hours: u64) -> u32 {
    let world = World::new();
    let mut bus = Bus::new(&world);
    let mut sum = 0_u32;
    for second in 0..hours * 3_600 {
        world.wait_until(second * 1_000_000);
        for register in [1, 2] {
            let mut bytes = [0; 2];
            let pointed = bus.write(ADDRESS, &[register]);
            if pointed.and_then(|()| bus.read(ADDRESS, &mut bytes)).is_ok() {
                sum = sum.wrapping_add(u16::from_be_bytes(bytes).into());
            }
        }
    }
    sum
}

/// A day and a half of one sample a minute of a board that is told its zone,
/// the time, four weeks of history and a job: it forecasts each hour, plans,
/// and switches its load.
pub fn planned(out: impl Write, memory: &mut PlannerMemory, model: Option<&Model<'_>>) {
    let sixty =
        Settings { sample_us: 60_000_000, checkpoint_us: 3_600_000_000, keep_us: 900_000_000 };
    paced(out, memory, model, sixty, |_| {});
}

/// The same with other settings, each moment announced to `pace`, which may
/// take its time.
pub fn paced(
    out: impl Write,
    memory: &mut PlannerMemory,
    model: Option<&Model<'_>>,
    settings: Settings,
    pace: impl FnMut(u64),
) {
    let world = World::new();
    let mut sensor = Ina226::new(Bus::new(&world), ADDRESS, SHUNT_UOHM);
    let channels = [Channel::new(0, INFO, &mut sensor, settings.sample_us)];
    let board = SimBoard::new(&world, out, Host::default(), pace);
    let planner = Planner::new(memory, model);
    let mut app = App::start(board, Forgetful, planner, channels, FACTORS, settings);
    app.run_until(Uptime::from_us(36 * 3_600_000_000));
    app.finish();
}

/// The host of [`planned`]: sets everything up, then tells each hour's
/// intensity when it is over.
#[derive(Debug, Default)]
struct Host {
    step: u32,
}

/// Commands that give the history of four weeks.
const HISTORY: u32 = 14;

impl Script for Host {
    fn next<'b>(&mut self, now_us: u64, buffer: &'b mut [u8; 192]) -> Option<Command<'b>> {
        let boot = Hour::containing(BOOT);
        let step = self.step;
        let hours_at_once = u32::try_from(MAX_HOURS).unwrap_or(0);
        let history = |from: Hour, count, buffer| {
            let hours = (0..count).map(|k| {
                let mg = intensity_mg(from.later(k).as_hours());
                Some(CarbonIntensity::from_mg_per_kwh(mg))
            });
            SetHistory::pack(from.start(), hours, buffer).map(Command::History)
        };
        let command = match step {
            0 => Command::Zone(SetZone { zone: "DE", offset_min: 60, factor: None, pue: Pue::ONE }),
            1..=HISTORY => {
                let from = boot.earlier((HISTORY + 1 - step) * hours_at_once);
                history(from, hours_at_once, buffer)?
            }
            15 => Command::Time(SetTime {
                utc: Utc::from_us(BOOT.as_us() + now_us),
                uncertainty_us: 20_000,
            }),
            16 => Command::Job(SetJob {
                run_s: 6 * 3_600,
                power: Power::from_uw(120_000_000),
                deadline: Some(Utc::from_us(BOOT.as_us() + 34 * 3_600_000_000)),
                min_run_s: 3_600,
                ..SetJob::default()
            }),
            17 => Command::Ask(Ask::SelfTest),
            18 => Command::Ask(Ask::Plan),
            _ => {
                let over = step - 18;
                if now_us < u64::from(over) * 3_600_000_000 {
                    return None;
                }
                history(boot.later(over - 1), 1, buffer)?
            }
        };
        self.step += 1;
        Some(command)
    }
}
