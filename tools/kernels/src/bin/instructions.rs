//! Prints how many instructions a layer (48 rows, 32 → 32 channels, kernel 3,
//! rectified) and a whole forecast take. QEMU must count 64 ns for each
//! (`-icount shift=6`); SysTick counts 25 MHz.
#![no_std]
#![no_main]

#[allow(dead_code, reason = "the benchmark needs one function of it")]
#[path = "../../../../core/src/forecast/kernel/mod.rs"]
mod kernel;

use core::hint::black_box;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use kernel::{Dense, Limits, Steps};
use kernels::made_up;
use semihosting::println;
use wattcast_core::forecast::{
    Forecaster, HORIZON, History, Hour, Issue, Model, NetworkForecaster, Quantiles, Reading,
};

const ROWS: usize = 48;
const WIDTH: usize = 32;
const INPUTS: usize = 3 * WIDTH;

#[repr(align(4))]
struct Aligned<T>(T);

/// Instructions that the work takes; the timer holds 10 million.
fn instructions(syst: &mut SYST, mut work: impl FnMut()) -> u32 {
    syst.clear_current();
    let start = SYST::get_current();
    work();
    let ticks = start.wrapping_sub(SYST::get_current()) & 0x00FF_FFFF;
    // 40 ns a tick, 64 ns an instruction.
    ticks * 5 / 8
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(mut peripherals) = cortex_m::Peripherals::take() else { panic!("the timer") };
    let syst = &mut peripherals.SYST;
    syst.set_clock_source(SystClkSource::Core);
    syst.set_reload(0x00FF_FFFF);
    syst.enable_counter();
    layer(syst);
    forecast(syst);
    semihosting::process::exit(0)
}

#[inline(never)]
fn layer(syst: &mut SYST) {
    let byte = |i: usize| u8::try_from(i * 37 % 251).unwrap_or(0);
    let weights: [u8; INPUTS * WIDTH] = core::array::from_fn(byte);
    let bias: [[u8; 4]; WIDTH] = core::array::from_fn(|i| [byte(i), byte(i + 7), 0, 0]);
    let multiplier = [[0, 0, 0, 2]; WIDTH];
    let mut x = Aligned([0_i16; (ROWS + 2) * WIDTH]);
    for (slot, i) in x.0.iter_mut().zip(0_i16..) {
        *slot = i * 41 % 3_001 - 1_500;
    }
    let mut out = [0_i16; ROWS * WIDTH];
    let layer =
        Dense { inputs: INPUTS, bias: &bias, multiplier: &multiplier, weights: &weights };
    let taken = instructions(syst, || {
        black_box(&layer).rows(black_box(&x.0), Steps::every(WIDTH), Limits::RECTIFIED, black_box(&mut out));
    });
    let products = ROWS * WIDTH * INPUTS;
    let sum: i32 = out.iter().map(|&value| i32::from(value)).sum();
    println!("layer {taken} instructions {products} multiply-accumulates {sum} sum");
}

#[inline(never)]
fn forecast(syst: &mut SYST) {
    let Ok(model) = Model::load(wattcast_models::HISTORY) else { panic!("the model") };
    let mut scratch = Aligned([0; 2_048]);
    let hour = Hour::from_hours(480_001);
    let readings: [Reading; 672] = core::array::from_fn(|i| {
        made_up(hour.as_hours() - 672 + u32::try_from(i).unwrap_or(0))
    });
    let history = History::new(hour, &readings);
    let Some(issue) = Issue::new(hour, 1) else { panic!("an hour") };
    let mut out = [Quantiles::default(); HORIZON];
    let Ok(mut forecaster) = NetworkForecaster::new(&model, &mut scratch.0) else { panic!("room") };
    let taken = instructions(syst, || {
        let answer = forecaster.forecast(black_box(&history), issue, &mut out);
        black_box(answer.is_ok());
    });
    println!("forecast {taken} instructions {} multiply-accumulates", model.multiply_accumulates());
}
