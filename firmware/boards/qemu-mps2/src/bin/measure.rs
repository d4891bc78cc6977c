//! Counts instructions: with `-icount shift=6` one takes 64 ns of virtual time,
//! which is 1.6 ticks of the timer, from run to run the same. Writes lines of
//! a name and a number to the third UART.
#![no_std]
#![no_main]

use core::convert::Infallible;

use embedded_io::{ErrorType, Write};
use qemu_mps2::exit;
use qemu_mps2::parts::parts;
use qemu_mps2::timer::Timer;
use qemu_mps2::uart::{THIRD, Uart};
use wattcast_board::parts::{CHANNEL, FACTORS};
use wattcast_board::stack;
use wattcast_core::forecast::{
    Features, Forecaster, HORIZON, History, Hour, Issue, Model, NetworkForecaster, Quantiles,
    Reading,
};
use wattcast_core::plan::{Errand, Slots, Standing, pocket};
use wattcast_core::units::{CarbonIntensity, Uptime};
use wattcast_firmware::keep::Forgetful;
use wattcast_firmware::planning::MeterOnly;
use wattcast_firmware::sensor::ina226::Ina226;
use wattcast_firmware::{App, Channel, Settings};
use wattcast_sim::clock::World;
use wattcast_sim::day::{SHUNT_UOHM, intensity_mg};
use wattcast_sim::ina226::{ADDRESS, Bus};
use wattcast_sim::programs::{self, PlannerMemory};

/// A line that takes everything and does nothing.
struct Nowhere;

impl ErrorType for Nowhere {
    type Error = Infallible;
}

impl Write for Nowhere {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Instructions of `work`.
fn count(work: impl FnOnce()) -> u64 {
    let mut timer = Timer::start();
    let before = timer.ticks();
    work();
    (timer.ticks() - before) * 5 / 8
}

fn tell(name: &str, number: u64) {
    let mut uart = Uart::open(THIRD);
    uart.text(name);
    uart.number(number);
}

#[cortex_m_rt::entry]
fn main() -> ! {
    // Two hours less one are an hour of steady state, all records included.
    let hour = |program: &dyn Fn(u64)| count(|| program(2)) - count(|| program(1));
    let metered = hour(&|hours| programs::metered(Nowhere, hours));
    let transfers = hour(&|hours| {
        core::hint::black_box(programs::transfers(hours));
    });
    tell("sample", (metered - transfers) / 3_600);
    tell("transfers", transfers / 3_600);

    if let Ok(model) = Model::load(wattcast_models::HISTORY) {
        forecast(&model);
        let memory = cortex_m::singleton!(MEMORY: PlannerMemory = PlannerMemory::new());
        if let Some(memory) = memory {
            let depth = stack_of(|| programs::planned(Nowhere, memory, Some(&model)));
            tell("stack-planned", depth);
            tell("memory-planned", size_of::<PlannerMemory>() as u64);
        }
    }
    plan();
    tell("stack-metered", stack_of(ten_minutes));
    exit::success()
}

/// Bytes of stack below this depth that `work` takes.
#[inline(never)]
fn stack_of(work: impl FnOnce()) -> u64 {
    let before = stack::depth();
    stack::paint();
    work();
    (stack::high_water() - before) as u64
}

/// Ten minutes of what `meter` does, but for the sensor, which is simulated,
/// and its clock, which goes on a millisecond whenever it is asked.
#[inline(never)]
fn ten_minutes() {
    let world = World::new();
    let mut sensor = Ina226::new(Bus::new(&world), ADDRESS, SHUNT_UOHM);
    let settings = Settings::default();
    let channels = [Channel::new(0, CHANNEL, &mut sensor, settings.sample_us)];
    let board = parts("meter", || {
        world.wait_until(world.now_us() + 1_000);
        world.now_us()
    });
    let mut app = App::start(board, Forgetful, MeterOnly, channels, FACTORS, settings);
    app.run_until(Uptime::from_us(600_000_000));
}

#[inline(never)]
fn forecast(model: &Model<'_>) {
    let issue = Hour::from_hours(498_648);
    let mut hours = [Reading::MISSING; 672];
    for (ahead, hour) in (0..).zip(&mut hours) {
        let mg = intensity_mg(issue.earlier(672).later(ahead).as_hours());
        *hour = CarbonIntensity::from_mg_per_kwh(mg).into();
    }
    let history = History::new(issue, &hours);
    let mut scratch = [0; 4_096];
    let mut told = [Quantiles::default(); HORIZON];
    let Some(issue) = Issue::new(issue, 1) else { return };
    let Ok(mut network) = NetworkForecaster::new(model, &mut scratch) else { return };
    let instructions = count(|| {
        let _ = network.forecast(&history, issue, &mut told);
    });
    tell("forecast", instructions);
    tell("forecast-macs", model.multiply_accumulates() as u64);
    tell("full-window-macs", model.full_window_multiply_accumulates() as u64);
    features_given(model, &history, issue, &mut scratch);
}

/// The network alone: its features are given.
#[inline(never)]
fn features_given(model: &Model<'_>, history: &History<'_>, issue: Issue, scratch: &mut [i16]) {
    const PAST: usize = 4;
    const HOURS: usize = 16;
    let mut memory = [0; 672];
    let (mut past, mut context, mut hours) = ([[0; PAST]; 168], [0; 29], [[0; HOURS]; HORIZON]);
    let Ok(features) = Features::of_history(history, issue, &mut memory) else { return };
    past.iter_mut().enumerate().for_each(|(back, row)| features.past(back, row));
    features.context(&mut context);
    hours.iter_mut().enumerate().for_each(|(ahead, row)| features.hour(ahead, row));
    let rows = [past.as_flattened(), &context, hours.as_flattened()];
    let one = CarbonIntensity::from_mg_per_kwh(2_048);
    let Ok(given) = Features::of_rows(model.kind(), rows, one, one) else { return };
    let mut told = [Quantiles::default(); HORIZON];
    let instructions = count(|| {
        let _ = given.ask(model, scratch, &mut told);
    });
    tell("network", instructions);
}

#[inline(never)]
fn plan() {
    let mut hours = [None; 48];
    for (hour, slot) in (0..).zip(&mut hours) {
        *slot = Some(CarbonIntensity::from_mg_per_kwh(intensity_mg(hour)));
    }
    let start = Hour::from_hours(0).start();
    let slots = Slots { start, slot_s: 3_600, planned: &hours };
    let errand = Errand {
        work_s: 6 * 3_600,
        not_before: None,
        deadline: None,
        standing: Standing::Fresh { home: None },
        min_run_s: 3_600,
        max_pauses: None,
    };
    let mut values = [0; 96];
    let mut is_planned = false;
    let instructions =
        count(|| is_planned = pocket::<24>(&slots, &errand, start, &mut values).is_ok());
    if is_planned {
        tell("plan", instructions);
    }
}
