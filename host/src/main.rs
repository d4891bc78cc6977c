//! The `wattcast` command.

fn main() {}
