//! Boards: frames from serial ports, sockets, pipes and files.
//!
//! | module | does |
//! | --- | --- |
//! | `address` | tells a port from a socket, a pipe and a file by its name |
//! | `link` | opens it, reads and writes |
//! | `intake` | a thread for each: reconnects, finds the baud rate, sends commands |
//! | `listener` | bytes to boards, their ledgers and what a person should know |
//! | `health` | tells noise, a wrong rate and half frames apart, and how to mend them |
//! | `order` | commands to boards, from words |
//! | `tell` | frames as JSON, samples and totals as CSV |
//!
//! What it does not do: set parity or more than eight data bits, or encrypt.

mod address;
mod health;
mod intake;
mod link;
mod listener;
mod order;
mod tell;

pub use address::{Address, AddressError, ports};
pub use intake::{Baud, Event, Intake, Orders, Told};
pub use listener::{Answer, Heard, Listener};
pub use order::Order;
pub use tell::{CsvWriter, FRAME_SCHEMA, frame_line};

#[cfg(test)]
mod tests;
