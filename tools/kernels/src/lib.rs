//! What the programs share with the test that runs them.
#![no_std]

mod days;

pub use days::{alone, made_up, recorded};
