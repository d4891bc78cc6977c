//! From bytes to boards: no clock and no port of its own.

use wattcast_core::units::Utc;
use wattcast_core::wire::record::{EventKind, Samples};
use wattcast_core::wire::{Frame, Record, Tally, VERSION};

use super::address::Address;
use super::health::Health;
use crate::report::{Keys, Reprice, RunReport, Sender};
use crate::store::{Capture, LedgerOptions, Place, RawDecoder, StoreError};

/// A frame that was heard for the first time, and who sent it.
#[derive(Debug)]
pub struct Heard<'a> {
    /// The place it came from.
    pub input: &'a str,
    /// Who sent it, this frame included.
    pub sender: &'a Sender,
    /// The frame.
    pub frame: &'a Frame<'a>,
}

/// Listens to boards: bytes of many places in, reports of many boards out.
#[derive(Debug)]
pub struct Listener {
    inputs: Vec<Input>,
    boards: Vec<Board>,
    keys: Keys,
    reprice: Option<Reprice>,
    ledger: Option<LedgerOptions>,
    /// Of all boards, where the ledger is one file.
    shared: Option<Capture>,
    notices: Vec<String>,
    answers: Vec<Answer>,
}

/// What a board answered to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The board.
    pub device: String,
    /// Number of the command's frame.
    pub sequence: u32,
    /// Why it was not done.
    pub refusal: Option<String>,
}

#[derive(Debug)]
struct Input {
    name: String,
    decoder: RawDecoder,
    health: Health,
}

#[derive(Debug)]
struct Board {
    input: usize,
    sender: Sender,
    capture: Option<Capture>,
}

impl Listener {
    /// Listens to these places. Frames are kept where `ledger` says.
    #[must_use]
    pub fn new(
        places: &[Address],
        keys: Keys,
        reprice: Option<Reprice>,
        ledger: Option<LedgerOptions>,
    ) -> Self {
        let input = |address: &Address| Input {
            name: address.to_string(),
            decoder: RawDecoder::new(),
            health: Health::new(address),
        };
        Self {
            inputs: places.iter().map(input).collect(),
            boards: Vec::new(),
            keys,
            reprice,
            ledger,
            shared: None,
            notices: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Takes bytes of a place, heard at `now`, and hands every frame in them
    /// that was not heard before to `each`.
    ///
    /// # Errors
    ///
    /// The ledger that was named holds something else.
    pub fn take(
        &mut self,
        place: usize,
        mut bytes: &[u8],
        now: Utc,
        mut each: impl FnMut(&Heard<'_>),
    ) -> Result<(), StoreError> {
        let Some(input) = self.inputs.get_mut(place) else { return Ok(()) };
        input.health.hear(bytes);
        while let Some((outcome, raw)) = input.decoder.decode(&mut bytes) {
            let frame = match outcome {
                Ok(frame) => frame,
                Err(error) => {
                    input.health.lose(error);
                    continue;
                }
            };
            let known = |board: &Board| board.input == place && board.sender.sent(frame.header);
            let at = self.boards.iter().rposition(known).unwrap_or_else(|| {
                let (stream, boot) = (frame.header.stream, frame.header.boot);
                let sender = Sender::new(stream, boot, &self.keys, self.reprice.as_ref());
                self.boards.push(Board { input: place, sender, capture: None });
                self.boards.len() - 1
            });
            let before = self.boards.iter().filter(|board| board.input == place).count() > 1;
            let Some(board) = self.boards.get_mut(at) else { continue };
            let first = board.sender.heard() == 0;
            if !board.sender.take(&frame) {
                continue;
            }
            self.answers.extend(answer(&board.sender, &frame));
            self.notices.extend(notice(&board.sender, &frame, first, before, &input.name));
            if let Some(options) = &self.ledger {
                let shared = matches!(options.place, Place::File(_));
                let slot = if shared { &mut self.shared } else { &mut board.capture };
                let capture = match slot {
                    Some(capture) => capture,
                    None => slot.insert(open(options, &board.sender, now)?),
                };
                capture.push(raw, is_detail(&frame));
            }
            each(&Heard { input: &input.name, sender: &board.sender, frame: &frame });
        }
        self.notices.extend(input.health.trouble(input.decoder.tally(), false));
        self.commit(place);
        Ok(())
    }

    fn commit(&mut self, place: usize) {
        let own = self.boards.iter_mut().filter(|board| board.input == place);
        for capture in own.filter_map(|board| board.capture.as_mut()).chain(&mut self.shared) {
            capture.commit();
            self.notices.extend(capture.take_warnings());
        }
    }

    /// A port is read at this rate from now on, for good or as a trial.
    pub fn at_baud(&mut self, place: usize, baud: u32, for_good: bool) {
        if let Some(input) = self.inputs.get_mut(place) {
            input.health.at_baud(baud, for_good);
            let _ = input.decoder.finish();
        }
    }

    /// A place is lost: what it had begun to send is not continued.
    pub fn interrupt(&mut self, place: usize) {
        if let Some(input) = self.inputs.get_mut(place) {
            let _ = input.decoder.finish();
        }
    }

    /// A place has come to its end.
    pub fn end(&mut self, place: usize) {
        if let Some(input) = self.inputs.get_mut(place) {
            let _ = input.decoder.finish();
            self.notices.extend(input.health.trouble(input.decoder.tally(), true));
        }
    }

    /// Places of which nothing was heard yet, in words.
    pub fn silent(&self) -> impl Iterator<Item = String> {
        self.inputs.iter().filter_map(|input| input.health.silent())
    }

    /// What a person should know and was not told yet, one line each.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// What boards answered and was not told yet.
    pub fn take_answers(&mut self) -> Vec<Answer> {
        std::mem::take(&mut self.answers)
    }

    /// What was lost on each place, in words.
    pub fn losses(&self) -> impl Iterator<Item = String> {
        self.inputs.iter().filter_map(|input| input.health.summary(input.decoder.tally()))
    }

    /// What was seen and lost on a place.
    #[must_use]
    pub fn tally(&self, place: usize) -> Tally {
        self.inputs.get(place).map(|input| *input.decoder.tally()).unwrap_or_default()
    }

    /// The boards that were heard, in the order in which they were.
    pub fn senders(&self) -> impl Iterator<Item = &Sender> {
        self.boards.iter().map(|board| &board.sender)
    }

    /// The reports of all boards so far.
    #[must_use]
    pub fn reports(&self) -> Vec<RunReport> {
        self.boards.iter().map(|board| board.sender.report(false)).collect()
    }

    /// Closes the ledgers; the reports, and what a person was not told yet.
    #[must_use]
    pub fn finish(mut self) -> (Vec<RunReport>, Vec<String>) {
        let mut reports = self.reports();
        let shared = self.shared.take().map(Capture::finish);
        for (report, board) in reports.iter_mut().zip(self.boards) {
            let own = board.capture.map(Capture::finish);
            let files = own.as_ref().or(shared.as_ref()).map(|outcome| outcome.files.as_slice());
            if let (Some(ledger), Some(files)) = (&mut report.ledger, files) {
                ledger.files = files.iter().map(|path| path.display().to_string()).collect();
            }
            self.notices.extend(own.into_iter().flat_map(|outcome| outcome.warnings));
        }
        self.notices.extend(shared.into_iter().flat_map(|outcome| outcome.warnings));
        (reports, self.notices)
    }
}

fn answer(sender: &Sender, frame: &Frame<'_>) -> Option<Answer> {
    let Ok(Record::Event(event)) = &frame.record else { return None };
    let refusal = match event.kind {
        EventKind::Accepted => None,
        EventKind::Refused => Some(one_line(event.text)),
        _ => return None,
    };
    // A frame that arrived damaged has no number.
    let sequence = u32::try_from(event.value).unwrap_or(u32::MAX);
    let device = sender.identity().map_or_else(|| sender.label(), |it| one_line(&it.device));
    Some(Answer { device, sequence, refusal })
}

fn open(options: &LedgerOptions, sender: &Sender, now: Utc) -> Result<Capture, StoreError> {
    let name = sender.identity().map_or("board", |it| it.device.as_str());
    let name = if name.is_empty() { "board" } else { name };
    Capture::start(options, now, name, &sender.label())
}

/// Whether a later record stands in for this one.
fn is_detail(frame: &Frame<'_>) -> bool {
    matches!(frame.record, Ok(Record::Samples(_) | Record::Checkpoint(_) | Record::Usage(_)))
}

/// What a person is told of a frame.
fn notice(
    sender: &Sender,
    frame: &Frame<'_>,
    first: bool,
    before: bool,
    input: &str,
) -> Option<String> {
    let label = sender.label();
    let name = match sender.identity() {
        Some(it) => one_line(&it.device),
        None => format!("board {label}"),
    };
    match &frame.record {
        Ok(Record::Boot(_)) => {
            let it = sender.identity()?;
            let again = if before { ", after an earlier boot" } else { "" };
            Some(format!(
                "{name}: {} {}, wire format {VERSION}, boot {label} ({}){again}, on {input}",
                one_line(&it.firmware),
                one_line(&it.version),
                cause(it.cause),
            ))
        }
        Ok(Record::Event(event)) => {
            let text = one_line(event.text);
            match event.kind {
                EventKind::Warning | EventKind::SensorFault | EventKind::SourceLost => {
                    Some(format!("{name}: {text}"))
                }
                _ => None,
            }
        }
        Ok(Record::Samples(samples)) => broken_samples(samples).map(|it| format!("{name}: {it}")),
        _ if first => Some(format!(
            "a board that has not said its name is heard from record {} of its boot {label} on, \
             on {input}",
            frame.header.sequence
        )),
        _ => None,
    }
}

fn broken_samples(samples: &Samples<'_>) -> Option<String> {
    samples.iter().err().map(|error| error.to_string())
}

fn cause(cause: wattcast_core::wire::record::BootCause) -> &'static str {
    use wattcast_core::wire::record::BootCause;
    match cause {
        BootCause::Unknown => "cause not told",
        BootCause::PowerOn => "power on",
        BootCause::BrownOut => "brown-out",
        BootCause::Watchdog => "watchdog",
        BootCause::Requested => "requested",
        BootCause::Fault => "fault",
    }
}

/// Text from a board cannot move the cursor or fake a line.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}
