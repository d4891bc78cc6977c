//! A day and a half that is forecast and planned; its frames on the UART.
#![no_std]
#![no_main]

use qemu_virt_riscv32::{Uart, success};
use wattcast_core::forecast::Model;
use wattcast_sim::programs::{PlannerMemory, planned};

#[riscv_rt::entry]
fn main() -> ! {
    let model = Model::load(wattcast_models::HISTORY).ok();
    let mut memory = PlannerMemory::new();
    planned(Uart, &mut memory, model.as_ref());
    success()
}
