//! Counts the instructions of `optimal`, up to as many zones and hours as it
//! takes, by virtual time: see `measure`. The bytes that it was lent stand
//! beside.
#![no_std]
#![no_main]

use qemu_mps2::timer::Timer;
use qemu_mps2::uart::{THIRD, Uart};
use qemu_mps2::{exit, psram};
use wattcast_core::forecast::Hour;
use wattcast_core::plan::{
    Job, Limits, Load, Needs, Outlook, Overhead, Scratch, ZoneOutlook, optimal, optimal_needs,
};
use wattcast_core::units::{CarbonIntensity, Energy, Power};
use wattcast_sim::day::intensity_mg;

const ZONES: usize = 16;
const SLOTS: usize = 96;
const VALUES: usize = 1 << 18;
const CHOICES: usize = 4 << 20;

type Series = [[Option<CarbonIntensity>; SLOTS]; ZONES];

/// A plan: its name, zones and slots, and whether pauses and moves are limited.
const PLANS: [(&str, usize, usize, bool); 8] = [
    ("free-1x24", 1, 24, false),
    ("free-1x48", 1, 48, false),
    ("free-2x48", 2, 48, false),
    ("free-4x96", 4, 96, false),
    ("free-16x96", 16, 96, false),
    ("limited-1x48", 1, 48, true),
    ("limited-4x48", 4, 48, true),
    ("limited-16x96", 16, 96, true),
];

#[cortex_m_rt::entry]
fn main() -> ! {
    let series = cortex_m::singleton!(SERIES: Series = [[None; SLOTS]; ZONES]);
    if let (Some(series), Some((values, choices))) = (series, psram::take(VALUES, CHOICES)) {
        fill(series);
        let mut scratch = Scratch { values, choices, labels: &mut [] };
        for plan in PLANS {
            show(plan, series, &mut scratch);
        }
    }
    exit::success()
}

/// Every zone its own level, swing and noon.
fn fill(series: &mut Series) {
    for (zone, hours) in (0..).zip(series) {
        for (hour, slot) in (0..).zip(hours) {
            let mg = intensity_mg(hour + zone * 5) / 4 * (4 + zone % 3) + zone * 7_919;
            *slot = Some(CarbonIntensity::from_mg_per_kwh(mg));
        }
    }
}

/// A quarter of the hours to run, by the deadline; limited: stays of two hours
/// or more, up to four pauses and four moves, which take time and energy.
fn show(
    (name, zones, slots, is_limited): (&str, usize, usize, bool),
    series: &Series,
    scratch: &mut Scratch<'_>,
) {
    let mut views = [ZoneOutlook::default(); ZONES];
    for (view, hours) in views.iter_mut().zip(series) {
        *view = ZoneOutlook::new(&hours[..slots]);
    }
    let start = Hour::from_hours(0).start();
    let outlook = Outlook { start, slot_s: 3_600, zones: &views[..zones] };
    let work_s = slots as u32 / 4 * 3_600;
    let mut job = Job::new(work_s, Load::Constant(Power::from_uw(1_000_000_000)));
    if is_limited {
        let cost = |seconds| Overhead { seconds, energy: Energy::from_uj(72_000_000_000) };
        (job.pause, job.moving) = (cost(120), cost(600));
        job.limits =
            Limits { min_run_s: 7_200, max_pauses: Some(4), max_moves: Some(4), ..Limits::NONE };
    }
    let Ok(Needs { values, choices }) = optimal_needs(&outlook, &job, start) else { return };
    let (Some(values), Some(choices)) =
        (scratch.values.get_mut(..values), scratch.choices.get_mut(..choices))
    else {
        return;
    };
    let bytes = size_of_val(values) + choices.len();
    let lent = Scratch { values, choices, labels: &mut [] };
    let mut timer = Timer::start();
    let before = timer.ticks();
    let is_planned = optimal::<SLOTS>(&outlook, &job, start, lent).is_ok();
    let instructions = (timer.ticks() - before) * 5 / 8;
    if is_planned {
        let mut uart = Uart::open(THIRD);
        uart.text("plan-");
        uart.text(name);
        uart.number(instructions);
        uart.text("memory-");
        uart.text(name);
        uart.number(bytes as u64);
    }
}
