extern crate std;

mod brute;
mod cases;
mod optimal;
