//! A day and a half that is forecast and planned; its frames on the first UART.
#![no_std]
#![no_main]

use qemu_mps2::exit;
use qemu_mps2::uart::{FIRST, THIRD, Uart};
use wattcast_board::stack;
use wattcast_core::forecast::Model;
use wattcast_sim::programs::{PlannerMemory, planned};

#[cortex_m_rt::entry]
fn main() -> ! {
    stack::paint();
    let model = Model::load(wattcast_models::HISTORY).ok();
    let memory = cortex_m::singleton!(MEMORY: PlannerMemory = PlannerMemory::new());
    if let Some(memory) = memory {
        planned(Uart::open(FIRST), memory, model.as_ref());
    }
    Uart::open(THIRD).text("stack");
    Uart::open(THIRD).number(stack::high_water() as u64);
    exit::success()
}
