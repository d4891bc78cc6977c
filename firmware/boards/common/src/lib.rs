//! What boards share below the application: [`fault`] remembers over a reset
//! where the firmware panicked, [`parts`] makes a board of its peripherals,
//! [`stack`] tells how deep the stack went.
//! The only unsafe code of the firmware is here and in the boards' registers.
#![no_std]
#![deny(missing_docs, clippy::undocumented_unsafe_blocks)]

pub mod fault;
pub mod parts;
pub mod stack;
