//! Prints the forecasts of eight days by the network that ships, with what it
//! learns from them: one line of hexadecimal digits for each.
#![no_std]
#![no_main]

use kernels::made_up;
use semihosting::{print, println};
use wattcast_core::forecast::{
    Forecaster, HORIZON, History, Hour, Issue, Model, NetworkForecaster, Quantiles, Reading,
    Tracker,
};

const FIRST: u32 = 480_000;

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let Ok(model) = Model::load(wattcast_models::HISTORY) else { panic!("the model") };
    let mut scratch = [0; 2_048];
    let mut tracker = Tracker::new();
    let mut readings = [Reading::MISSING; 672];
    for day in 0..8 {
        let hour = FIRST + 24 * day;
        for (slot, at) in readings.iter_mut().zip(hour - 672..) {
            *slot = made_up(at);
        }
        let issue = Issue::new(Hour::from_hours(hour), 1).unwrap_or_else(|| panic!("an hour"));
        let mut out = [Quantiles::default(); HORIZON];
        let Ok(forecaster) = NetworkForecaster::new(&model, &mut scratch) else { panic!("room") };
        let history = History::new(issue.hour(), &readings);
        let answer = forecaster.with_tracker(&mut tracker).forecast(&history, issue, &mut out);
        let Ok(answer) = answer else { panic!("no forecast") };
        print!("{hour} {:?} ", answer.notes.toward_profile);
        for q in answer.values {
            for part in [q.p10(), q.p50(), q.p90()] {
                print!("{:06x}", part.as_mg_per_kwh());
            }
        }
        println!();
    }
    semihosting::process::exit(0)
}
