//! Each sender once, whatever number of ledgers and captures tell of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use wattcast_core::wire::Decoder;

use super::run::RunReport;
use super::scan::Reading;
use super::sender::Sender;
use crate::store::{RawDecoder, StoreError};

/// Frames by their numbers.
type Frames = BTreeMap<u32, Vec<u8>>;

/// Puts together what several ledgers tell of one boot or run, so that a
/// capture that was taken twice, copied, or continued elsewhere counts once.
///
/// Two tellings are of one sender where stream, boot and device are the same
/// and no number stands on two different frames. Where it does, two boards use
/// one name and boot: both are kept, with a warning.
///
/// # Errors
///
/// A file that was read before cannot be read again.
pub fn once(runs: Vec<RunReport>, reading: &Reading<'_>) -> Result<Vec<RunReport>, StoreError> {
    let mut alike: BTreeMap<(u16, u32), usize> = BTreeMap::new();
    for sender in runs.iter().filter_map(|run| run.sender) {
        *alike.entry(sender).or_default() += 1;
    }
    let mut single = Vec::new();
    let mut several: BTreeMap<(u16, u32), Vec<RunReport>> = BTreeMap::new();
    for run in runs {
        match run.sender.filter(|sender| alike.get(sender).is_some_and(|count| *count > 1)) {
            Some(sender) => several.entry(sender).or_default().push(run),
            None => single.push(run),
        }
    }
    for (sender, tellings) in several {
        single.extend(join(sender, tellings, reading)?);
    }
    Ok(single)
}

/// What is known of one sender.
struct Whole {
    host: String,
    frames: Frames,
    tellings: Vec<RunReport>,
}

fn join(
    sender: (u16, u32),
    tellings: Vec<RunReport>,
    reading: &Reading<'_>,
) -> Result<Vec<RunReport>, StoreError> {
    let mut wholes: Vec<Whole> = Vec::new();
    for telling in tellings {
        let frames = frames_of(sender, &telling)?;
        match wholes.iter_mut().find(|whole| whole.takes(&telling.host, &frames)) {
            Some(whole) => {
                if whole.host.is_empty() {
                    whole.host.clone_from(&telling.host);
                }
                whole.frames.extend(frames);
                whole.tellings.push(telling);
            }
            None => {
                let host = telling.host.clone();
                wholes.push(Whole { host, frames, tellings: vec![telling] });
            }
        }
    }
    let named_twice = |whole: &Whole| {
        wholes.iter().filter(|other| other.host == whole.host && !whole.host.is_empty()).count() > 1
    };
    Ok(wholes.iter().map(|whole| whole.report(sender, reading, named_twice(whole))).collect())
}

impl Whole {
    /// Whether a telling is of the same sender.
    fn takes(&self, host: &str, frames: &Frames) -> bool {
        let same_name = self.host.is_empty() || host.is_empty() || self.host == host;
        let agrees = |(number, frame): (&u32, &Vec<u8>)| {
            self.frames.get(number).is_none_or(|known| known == frame)
        };
        same_name && frames.iter().all(agrees)
    }

    fn report(&self, sender: (u16, u32), reading: &Reading<'_>, named_twice: bool) -> RunReport {
        let mut joined = Sender::new(sender.0, sender.1, &reading.keys, reading.reprice);
        let mut decoder = Decoder::new();
        for mut bytes in self.frames.values().map(Vec::as_slice) {
            if let Some(Ok(frame)) = decoder.decode(&mut bytes) {
                joined.take(&frame);
            }
        }
        if named_twice {
            joined.warn(
                "another device of the same name tells other records with the same boot and \
                 numbers; give each board a name or stream of its own"
                    .into(),
            );
        }
        let ledgers = || self.tellings.iter().filter_map(|telling| telling.ledger.as_ref());
        for ledger in ledgers() {
            let known = &mut joined.integrity;
            let new = ledger.files.iter().filter(|file| !known.files.contains(file));
            let new: Vec<String> = new.cloned().collect();
            known.files.extend(new);
            known.lost_bytes += ledger.lost_bytes;
            known.damaged_places += ledger.damaged_places;
        }
        let running =
            self.tellings.iter().any(|telling| telling.state == super::run::State::Running);
        joined.report(running && !joined.is_finished())
    }
}

/// The frames of a sender in the ledger of a telling, the first of each number.
fn frames_of(sender: (u16, u32), telling: &RunReport) -> Result<Frames, StoreError> {
    let mut frames = Frames::new();
    let files = telling.ledger.iter().flat_map(|ledger| &ledger.files);
    for path in files.map(PathBuf::from) {
        let bytes = std::fs::read(&path).map_err(|error| StoreError::Read { path, error })?;
        let (mut decoder, mut rest) = (RawDecoder::new(), bytes.as_slice());
        while let Some((outcome, raw)) = decoder.decode(&mut rest) {
            if let Ok(frame) = outcome
                && (frame.header.stream, frame.header.boot) == sender
            {
                frames.entry(frame.header.sequence).or_insert_with(|| raw.to_vec());
            }
        }
    }
    Ok(frames)
}
