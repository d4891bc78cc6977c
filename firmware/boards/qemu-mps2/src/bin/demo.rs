//! A day and a half at ten minutes a second, for people to watch: a load that
//! moves, a forecast each hour, a plan, and the load that it switches.
#![no_std]
#![no_main]

use qemu_mps2::exit;
use qemu_mps2::timer::Timer;
use qemu_mps2::uart::{FIRST, Uart};
use wattcast_core::forecast::Model;
use wattcast_firmware::Settings;
use wattcast_sim::programs::{PlannerMemory, paced};

/// How much faster than the wall's clock.
const FASTER: u64 = 600;

#[cortex_m_rt::entry]
fn main() -> ! {
    let mut timer = Timer::start();
    let pace = |moment_us: u64| while timer.now_us() * FASTER < moment_us {};
    let settings =
        Settings { sample_us: 60_000_000, checkpoint_us: 600_000_000, keep_us: 900_000_000 };
    let model = Model::load(wattcast_models::HISTORY).ok();
    let memory = cortex_m::singleton!(MEMORY: PlannerMemory = PlannerMemory::new());
    if let Some(memory) = memory {
        paced(Uart::open(FIRST), memory, model.as_ref(), settings, pace);
    }
    exit::success()
}
