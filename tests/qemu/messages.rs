//! Developers' messages on the second UART, beside the records on the first.

use std::fs;

use defmt_decoder::{DecodeError, Table};

use crate::machine::{Machine, output, program};

#[test]
fn defmt_tells_of_the_day_on_a_line_of_its_own() {
    let Some(elf) = program(Machine::CortexM4, "day") else { return };
    let Some([frames, messages, _]) = output(Machine::CortexM4, "day") else { return };
    assert!(!frames.is_empty());
    let table = Table::parse(&fs::read(elf).unwrap()).unwrap().expect("messages in the ELF");
    let mut decoder = table.new_stream_decoder();
    decoder.received(&messages);
    let mut told = Vec::new();
    loop {
        match decoder.decode() {
            Ok(message) => told.push(message.display_message().to_string()),
            Err(DecodeError::UnexpectedEof) => break,
            Err(DecodeError::Malformed) => panic!("a message is damaged"),
        }
    }
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0], "a day of 86400 s begins");
    assert!(told[1].starts_with("done; the stack went "), "{told:?}");
}
