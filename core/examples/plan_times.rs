//! How long plans take: 16 zones and 96 hours, made up from a fixed seed.
//!
//! ```text
//! cargo run --release -p wattcast-core --example plan_times
//! ```

use std::hint::black_box;
use std::time::Instant;

use wattcast_core::plan::{
    Greedy, Job, Label, Limits, Load, LoadStep, Objective, Outlook, Overhead, PlanError, Possible,
    Schedule, Scratch, ZoneOutlook, ZoneSet, greedy, optimal, optimal_needs, window,
};
use wattcast_core::units::{CarbonIntensity, CarbonMass, Energy, Power, Price, Utc};

const ZONES: usize = 16;
const SLOTS: usize = 96;
const HOUR_US: u64 = 3_600_000_000;
/// What a host lends at most, however much the proof would take.
const MOST_VALUES: usize = 1 << 24;
const MOST_CHOICES: usize = 1 << 25;
const LABELS: usize = 1 << 15;

fn main() {
    let series = series();
    let zones: Vec<ZoneOutlook<'_>> = series
        .iter()
        .map(|(expected, high, price)| ZoneOutlook { high, price, ..ZoneOutlook::new(expected) })
        .collect();
    let outlook = Outlook { start: Utc::from_us(0), slot_s: 3_600, zones: &zones };
    let start = Utc::from_us(0);
    // Ten minutes and a half into the first hour.
    let midway = Utc::from_us(630_000_000);
    let power = Load::Constant(Power::from_uw(1_200_000_000));
    let steps: Vec<LoadStep> = (0..24_u32)
        .map(|step| LoadStep {
            seconds: 3_600,
            power: Power::from_uw(1_000_000_000 + i64::from(step * 7_919 % 400) * 1_000_000),
        })
        .collect();
    let overhead =
        |seconds, wh: i64| Overhead { seconds, energy: Energy::from_uj(wh * 3_600_000_000) };
    let plain = |hours: u32| Job {
        deadline: Some(Utc::from_us(96 * HOUR_US)),
        ..Job::new(hours * 3_600, power)
    };
    let moving = Job { moving: overhead(600, 100), ..plain(24) };
    let paused = Job {
        pause: overhead(120, 20),
        limits: Limits { min_run_s: 7_200, max_pauses: Some(4), ..Limits::NONE },
        ..moving
    };
    let full = Job {
        load: Load::Steps(&steps),
        objective: Objective::CarbonAndPrice { g_per_unit: 10_000 },
        limits: Limits {
            max_intensity: Some(CarbonIntensity::from_mg_per_kwh(450_000)),
            max_moves: Some(4),
            ..paused.limits
        },
        caution_permille: 500,
        ..paused
    };

    println!("{:<44} {:>10}  plan", "", "time");
    for hours in [1, 24, 48, 72] {
        show(&format!("optimal, {hours} h, deadline only"), &outlook, &plain(hours), start);
    }
    show("optimal, 24 h, moves cost", &outlook, &moving, start);
    show("optimal, 24 h, pauses and moves", &outlook, &paused, midway);
    show("optimal, 24 h, all but the budget", &outlook, &full, midway);
    let free = plan(&outlook, &full, midway).map(|plan| plan.planned.as_ug()).unwrap_or(0);
    let cleanest = Job { objective: Objective::Carbon, ..full };
    let least = plan(&outlook, &cleanest, midway).map(|plan| plan.planned.as_ug()).unwrap_or(0);
    for share in [75, 50, 25] {
        let budget = Some(CarbonMass::from_ug(least + (free - least) / 100 * share));
        let job = Job { limits: Limits { budget, ..full.limits }, ..full };
        show(&format!("optimal, 24 h, all, budget at {share} %"), &outlook, &job, midway);
    }

    let job = plain(24);
    let time = timed(|| window::<SLOTS>(&outlook, &job, start));
    println!("{:<44} {time:>7.3} ms", "window, 24 h");
    let rule = Greedy::default();
    let time = timed(|| greedy::<SLOTS>(&outlook, &job, start, &rule));
    println!("{:<44} {time:>7.3} ms", "greedy, 24 h");
    match Possible::<SLOTS>::new(&outlook, &job, start, &rule) {
        Ok(possible) => {
            let time = timed(|| possible.choose(black_box(ZoneSet::ALL)));
            println!("{:<44} {time:>7.3} ms", "greedy, the choice alone");
        }
        Err(error) => println!("{error}"),
    }
}

fn show(name: &str, outlook: &Outlook<'_>, job: &Job<'_>, now: Utc) {
    let time = timed(|| plan(outlook, job, now));
    let words = match plan(outlook, job, now) {
        Ok(plan) => format!(
            "{} pauses, {} moves, {} g, now {} g, {:?}",
            plan.pauses,
            plan.moves,
            plan.expected.as_ug() / 1_000_000,
            plan.figures.run_now.map_or(0, |mass| mass.as_ug() / 1_000_000),
            plan.proof
        ),
        Err(error) => error.to_string(),
    };
    println!("{name:<44} {time:>7.3} ms  {words}");
    if let Ok(needs) = optimal_needs(outlook, job, now) {
        println!("{:<44} {:>10}  {needs:?}", "", "");
    }
}

fn plan(outlook: &Outlook<'_>, job: &Job<'_>, now: Utc) -> Result<Schedule<SLOTS>, PlanError> {
    let needs = optimal_needs(outlook, job, now)?;
    let mut values = vec![0; needs.values.min(MOST_VALUES)];
    let mut choices = vec![0; needs.choices.min(MOST_CHOICES)];
    let mut labels = vec![Label::EMPTY; if job.limits.budget.is_some() { LABELS } else { 0 }];
    let scratch = Scratch { values: &mut values, choices: &mut choices, labels: &mut labels };
    optimal(outlook, job, now, scratch)
}

/// The mean time of as many runs as take a third of a second, in milliseconds.
fn timed<T>(mut work: impl FnMut() -> T) -> f64 {
    let start = Instant::now();
    let before = on_cpu_ns(start);
    for runs in 1.. {
        black_box(work());
        let ns = on_cpu_ns(start) - before;
        if ns > 333_000_000 {
            return ns as f64 / 1e6 / f64::from(runs);
        }
    }
    f64::NAN
}

/// The time of this thread on a processor, so that others do not count; the
/// time that goes by where the system does not tell.
fn on_cpu_ns(start: Instant) -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let told = told.and_then(|line| line.split(' ').next()?.parse().ok());
    told.unwrap_or_else(|| start.elapsed().as_nanos() as u64)
}

type Series = (Vec<Option<CarbonIntensity>>, Vec<Option<CarbonIntensity>>, Vec<Price>);

fn series() -> Vec<Series> {
    let mut state = 7_u64;
    let mut random = move |end: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    (0..ZONES)
        .map(|_| {
            let (level, swing) = (120_000 + random(200_000), 20_000 + random(90_000));
            let shift = random(24);
            let mut series = Series::default();
            for slot in 0..SLOTS as u64 {
                let hour = (slot + shift) % 24;
                let wave = hour.abs_diff(12) * swing / 12;
                let mg = level + wave - swing / 2 + random(15_000);
                let intensity = |mg: u64| Some(CarbonIntensity::from_mg_per_kwh(mg as u32));
                series.0.push(intensity(mg));
                series.1.push(intensity(mg + mg / 10 + slot * 300));
                series.2.push(Price::from_micro_per_kwh(
                    (300_000 + random(200_000)) as i64 - (wave * 2) as i64,
                ));
            }
            series
        })
        .collect()
}
