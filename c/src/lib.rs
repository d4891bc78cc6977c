//! The C interface of [`wattcast_core`]: integrate, look up a factor, forecast,
//! plan, frame and read records. `include/wattcast.h` is made from this crate;
//! `README.md` tells the rules of the interface.
//!
//! | module | gives C |
//! | --- | --- |
//! | `status` | what every function returns |
//! | `memory` | objects in memory of the caller, checked pointers |
//! | `meter`, `account` | readings to energy, carbon and cost |
//! | `factor` | emission factors by zone |
//! | `forecast`, `plan` | the next days, and when to run a job |
//! | `encode`, `decode` | records as frames, and back |
//!
//! It keeps nothing between calls, takes no memory of its own, and does not
//! know the time.
#![cfg_attr(target_os = "none", no_std)]
#![allow(unsafe_code, reason = "C passes pointers")]
#![allow(non_camel_case_types, reason = "the names are those of C")]

mod account;
mod decode;
mod encode;
mod factor;
mod forecast;
mod memory;
mod meter;
mod plan;
mod status;

pub use account::*;
pub use decode::*;
pub use encode::*;
pub use factor::*;
pub use forecast::*;
pub use memory::wc_text;
pub use meter::*;
pub use plan::*;
pub use status::*;

/// Version of this interface: it changes where an existing program would break.
pub const WC_ABI_VERSION: u32 = 1;

// The header states the same, for the compiler of C.
const _: () = assert!(size_of::<wc_status>() == 4 && size_of::<wc_u128>() == 16);
const _: () = assert!(size_of::<wc_reading>() == 40 && size_of::<wc_pricing>() == 24);
const _: () = assert!(size_of::<wc_totals>() == 64 && size_of::<wc_hour>() == 12);
const _: () = assert!(size_of::<wc_job>() == 56 && size_of::<wc_stay>() == 40);
const _: () = assert!(size_of::<wc_plan_result>() == 40);

/// The version of the interface that the library was compiled with; compare it
/// with `WC_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn wc_abi_version() -> u32 {
    WC_ABI_VERSION
}

/// Nothing here panics; should it ever, it stops where a debugger sees it and a
/// watchdog ends it.
#[cfg(target_os = "none")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
