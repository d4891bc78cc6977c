//! What a capture decodes to, one line of JSON per frame or loss.

use serde::Serialize;
use wattcast_core::wire::{Command, CommandReader, Decoder, DeviceKey, Order, Record, Verifier};

/// The key of all tagged captures.
pub(crate) fn key() -> DeviceKey {
    DeviceKey::from_bytes(*b"the key of the golden captures..")
}

#[derive(Serialize)]
struct Line<'a> {
    stream: u16,
    boot: u32,
    sequence: u32,
    order: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct Lost {
    lost: String,
}

#[derive(Serialize)]
struct Tally {
    frames: u64,
    lost_bytes: u64,
    malformed: u64,
    oversize: u64,
    checksum: u64,
    version: u64,
    cut: u64,
    unknown_records: u64,
    malformed_records: u64,
    holes: u64,
    missing: u64,
    before_first: u64,
    repeated: u64,
}

/// One line per frame or loss, and the tally at the end.
pub(crate) fn describe(capture: &[u8]) -> String {
    let mut decoder = Decoder::new();
    let mut verifiers: Vec<((u16, u32), Verifier)> = Vec::new();
    let mut lines = Vec::new();
    let mut rest = capture;
    while let Some(outcome) = decoder.decode(&mut rest) {
        let frame = match outcome {
            Ok(frame) => frame,
            Err(error) => {
                lines.push(json(&Lost { lost: error.to_string() }));
                continue;
            }
        };
        let header = frame.header;
        let sender = (header.stream, header.boot);
        if !verifiers.iter().any(|(known, _)| *known == sender) {
            verifiers.push((sender, Verifier::new(&key(), header.stream, header.boot)));
        }
        let verifier = verifiers.iter_mut().find(|(known, _)| *known == sender);
        let (_, verifier) = verifier.expect("entered above");
        lines.push(json(&Line {
            stream: header.stream,
            boot: header.boot,
            sequence: header.sequence,
            order: match frame.order {
                Order::First { before } => format!("first, {before} before"),
                Order::Next => "next".into(),
                Order::AfterHole { missing } => format!("after a hole of {missing}"),
                Order::Repeated => "repeated".into(),
            },
            tag: frame.is_tagged().then(|| format!("{:?}", verifier.check(&frame))),
            record: frame.record.as_ref().ok(),
            error: frame.record.as_ref().err().map(ToString::to_string),
        }));
    }
    lines.extend(decoder.finish().map(|error| json(&Lost { lost: error.to_string() })));
    let &wattcast_core::wire::Tally {
        frames,
        lost_bytes,
        malformed,
        oversize,
        checksum,
        version,
        cut,
        unknown_records,
        malformed_records,
        holes,
        missing,
        before_first,
        repeated,
    } = decoder.tally();
    lines.push(json(&Tally {
        frames,
        lost_bytes,
        malformed,
        oversize,
        checksum,
        version,
        cut,
        unknown_records,
        malformed_records,
        holes,
        missing,
        before_first,
        repeated,
    }));
    lines.join("\n") + "\n"
}

#[derive(Serialize)]
struct CommandLine<'a> {
    stream: u16,
    boot: u32,
    sequence: u32,
    command: Command<'a>,
}

/// One line per command or refusal.
pub(crate) fn describe_commands(capture: &[u8]) -> String {
    let mut reader = CommandReader::new();
    let mut lines = Vec::new();
    let mut rest = capture;
    while let Some(outcome) = reader.read(&mut rest) {
        lines.push(match outcome {
            Ok(received) => json(&CommandLine {
                stream: received.header.stream,
                boot: received.header.boot,
                sequence: received.header.sequence,
                command: received.command,
            }),
            Err(error) => json(&Lost { lost: format!("{error:?}") }),
        });
    }
    lines.join("\n") + "\n"
}

fn json(line: &impl Serialize) -> String {
    serde_json::to_string(line).expect("plain data")
}
