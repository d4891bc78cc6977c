extern crate std;

use proptest::prelude::*;
use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use super::*;
use crate::wire::{Decoder, EncodeError, Encoder, MAX_FRAME, arbitrary, encode_command};

fn text(most: usize) -> impl Strategy<Value = &'static str> {
    prop::collection::vec(any::<char>(), 0..most)
        .prop_map(|chars| &*Box::leak(chars.into_iter().collect::<String>().into_boxed_str()))
}

fn bytes(most: usize) -> impl Strategy<Value = &'static [u8]> {
    prop::collection::vec(any::<u8>(), 0..=most)
        .prop_map(|bytes| &*Box::leak(bytes.into_boxed_slice()))
}

fn factor() -> impl Strategy<Value = GivenFactor> {
    let basis = prop_oneof![Just(Basis::LifeCycle), Just(Basis::Direct), Just(Basis::Marginal)];
    (any::<u32>(), basis).prop_map(|(mg, basis)| GivenFactor {
        intensity: CarbonIntensity::from_mg_per_kwh(mg),
        basis,
    })
}

fn job() -> impl Strategy<Value = SetJob> {
    let numbers = any::<(u32, i64, Option<u64>, Option<u64>, u32, Option<u16>, Option<u32>, u16)>();
    numbers.prop_map(|(run_s, uw, not_before, deadline, min_run_s, max_pauses, mg, caution)| {
        SetJob {
            run_s,
            power: Power::from_uw(uw),
            not_before: not_before.map(Utc::from_us),
            deadline: deadline.map(Utc::from_us),
            min_run_s,
            max_pauses,
            max_intensity: mg.map(CarbonIntensity::from_mg_per_kwh),
            caution_permille: caution,
        }
    })
}

/// Any command that fits, up to the longest of each kind.
fn command() -> impl Strategy<Value = Command<'static>> {
    const ASKS: &[Ask] = &[Ask::Identity, Ask::Totals, Ask::Plan, Ask::SelfTest];
    prop_oneof![
        (text(12), any::<i16>(), prop::option::of(factor()), 1_000_000..=10_000_000_u32).prop_map(
            |(zone, offset_min, factor, pue)| {
                let pue = Pue::from_millionths(pue).unwrap();
                Command::Zone(SetZone { zone, offset_min, factor, pue })
            }
        ),
        any::<(u64, u32)>().prop_map(|(utc, uncertainty_us)| {
            Command::Time(SetTime { utc: Utc::from_us(utc), uncertainty_us })
        }),
        (any::<u64>(), bytes(4 * MAX_HOURS)).prop_map(|(from, values)| {
            Command::History(SetHistory { from: Utc::from_us(from), values })
        }),
        (text(3), bytes(RATE_LEN * MAX_RATES))
            .prop_map(|(currency, rates)| Command::Tariff(SetTariff { currency, rates })),
        job().prop_map(Command::Job),
        prop::sample::select(ASKS).prop_map(Command::Ask),
    ]
}

fn encode(sequence: u32, command: &Command<'_>) -> Vec<u8> {
    let mut buffer = [0; MAX_COMMAND_FRAME];
    let header = Header { stream: 3, boot: 9, sequence };
    encode_command(header, command, &mut buffer).unwrap().to_vec()
}

proptest! {
    #[test]
    fn arrives_as_sent_in_any_pieces(
        commands in prop::collection::vec(command(), 1..4),
        piece in 1..40_usize,
    ) {
        let mut line = Vec::new();
        for (sequence, command) in (0..).zip(&commands) {
            line.extend(encode(sequence, command));
        }
        let mut reader = CommandReader::new();
        let mut sequence = 0;
        for mut bytes in line.chunks(piece) {
            while let Some(received) = reader.read(&mut bytes) {
                let received = received.unwrap();
                prop_assert_eq!(received.header, Header { stream: 3, boot: 9, sequence });
                prop_assert_eq!(&received.command, &commands[sequence as usize]);
                sequence += 1;
            }
        }
        prop_assert_eq!(sequence as usize, commands.len());
    }

    #[test]
    fn nobody_takes_a_record_for_a_command_or_the_other_way(
        command in command(),
        record in arbitrary::record(),
    ) {
        let sent = encode(0, &command);
        let mut decoder = Decoder::new();
        let found = decoder.decode(&mut sent.as_slice());
        prop_assert_eq!(found, Some(Err(FrameError::Version(VERSION | COMMAND))));

        let mut buffer = [0; MAX_FRAME];
        let Ok(mut told) = Encoder::new(0, 1).encode(&record, &mut buffer) else { return Ok(()) };
        let short = told.len() <= MAX_COMMAND_FRAME;
        let error = if short { FrameError::Version(VERSION) } else { FrameError::Oversize };
        let mut reader = CommandReader::new();
        prop_assert_eq!(reader.read(&mut told), Some(Err(CommandError::Frame(error))));
    }

    #[test]
    fn noise_is_never_obeyed_and_the_next_command_is(noise in bytes(600), command in command()) {
        let mut line = noise.to_vec();
        line.push(0);
        line.extend(encode(5, &command));
        let mut bytes = line.as_slice();
        let mut reader = CommandReader::new();
        let mut heard = 0;
        while let Some(received) = reader.read(&mut bytes) {
            if let Ok(received) = received {
                prop_assert_eq!(received.command, command.clone());
                heard += 1;
            }
        }
        prop_assert_eq!(heard, 1);
    }
}

#[test]
fn names_an_unknown_command_by_its_number() {
    let mut frame = encode(6, &Command::Ask(Ask::SelfTest));
    // Unstuff, change the kind to one that does not exist yet, and seal anew.
    let mut stuffed = Unstuffer::<64>::new();
    frame.pop();
    stuffed.push(&frame);
    let mut plain = stuffed.finish().unwrap().to_vec();
    plain.truncate(plain.len() - 4);
    plain[HEADER_LEN] = 99;
    plain.extend(crate::crc::checksum(&plain).to_le_bytes());
    let header = Header { stream: 3, boot: 9, sequence: 6 };
    assert_eq!(open(&plain), Err(CommandError::Content(header, RecordError::Unknown)));
}

#[test]
fn a_history_too_long_for_a_frame_is_refused_where_it_is_made() {
    let values = [0; 4 * (MAX_HOURS + 16)];
    let command = Command::History(SetHistory { from: Utc::from_us(0), values: &values });
    let mut buffer = [0; MAX_FRAME];
    let header = Header { stream: 0, boot: 0, sequence: 0 };
    assert_eq!(encode_command(header, &command, &mut buffer), Err(EncodeError::RecordTooLong));
}
