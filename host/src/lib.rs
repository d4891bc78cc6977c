//! Meters what a program or a command costs in energy, carbon and money.

pub mod source;
