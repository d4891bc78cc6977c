//! What boards share below the application: [`fault`] remembers over a reset
//! where the firmware panicked, [`parts`] makes a board of its peripherals,
//! [`start`] runs the application on them, [`stack`] tells how deep the stack went.
//! With the feature `small-memory`, copying and filling take a hundred bytes
//! (cores with Thumb-2).
//! The only unsafe code of the firmware is here and in the boards' registers.
#![no_std]
#![deny(missing_docs, clippy::undocumented_unsafe_blocks)]

#[cfg(feature = "small-memory")]
core::arch::global_asm!(include_str!("memory.s"), options(raw));

pub mod fault;
pub mod parts;
pub mod stack;
pub mod start;
