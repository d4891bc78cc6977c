//! What is wrong with a line, and how to mend it.

use wattcast_core::wire::{FrameError, Tally, VERSION};

use super::address::Address;

/// Places without a frame before a line without any counts as wrong.
const MOST_BROKEN: u64 = 8;
/// Bytes without a frame before a line without any counts as wrong.
const MOST_BYTES: u64 = 2_048;

/// The bit of the version that marks a command to a board.
const COMMAND: u8 = 0x40;

/// Watches the bytes of one place, and tells each trouble once.
#[derive(Debug)]
pub(super) struct Health {
    name: String,
    is_port: bool,
    baud: Option<u32>,
    /// Whether other rates are still to be tried.
    hunting: bool,
    bytes: u64,
    text: u64,
    version: Option<u8>,
    told_no_frame: bool,
    told_damage: bool,
    told_holes: bool,
    told_version: bool,
}

impl Health {
    pub(super) fn new(address: &Address) -> Self {
        Self {
            name: address.to_string(),
            is_port: matches!(address, Address::Port(_)),
            baud: None,
            hunting: false,
            bytes: 0,
            text: 0,
            version: None,
            told_no_frame: false,
            told_damage: false,
            told_holes: false,
            told_version: false,
        }
    }

    /// Bytes came, before the frames in them are looked for.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        let plain = |byte: &&u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(count(bytes.len()));
        self.text = self.text.saturating_add(count(bytes.iter().filter(plain).count()));
    }

    /// The port reads at this rate now, for good or as a trial.
    pub(super) fn at_baud(&mut self, baud: u32, for_good: bool) {
        (self.baud, self.hunting) = (Some(baud), !for_good);
    }

    pub(super) fn lose(&mut self, error: FrameError) {
        match error {
            // An echo of what was sent to the board.
            FrameError::Version(version) if version & COMMAND != 0 => {}
            FrameError::Version(version) => self.version = Some(version),
            _ => {}
        }
    }

    /// A trouble that was not told yet; `ended` where no more bytes come.
    pub(super) fn trouble(&mut self, tally: &Tally, ended: bool) -> Option<String> {
        let once = |told: &mut bool, wrong: bool| wrong && !std::mem::replace(told, true);
        let broken = tally.malformed + tally.oversize + tally.checksum;
        if tally.frames == 0 {
            let enough = broken >= MOST_BROKEN || self.bytes >= MOST_BYTES;
            let wrong = (enough && !self.hunting || ended) && self.version.is_none();
            if once(&mut self.told_no_frame, wrong) {
                return Some(self.no_frame());
            }
        }
        if let Some(version) = self.version
            && once(&mut self.told_version, true)
        {
            return Some(format!(
                "{}: frames of format version {version}, and this wattcast reads version \
                 {VERSION}: update the older of the two",
                self.name
            ));
        }
        if once(
            &mut self.told_damage,
            tally.frames > 0 && broken >= 5 && broken * 50 > tally.frames,
        ) {
            let mend = if self.is_port {
                "join the grounds, shorten the cable, or lower the baud rate on both sides"
            } else {
                "a part of it was lost or changed on its way"
            };
            return Some(format!(
                "{}: {broken} frames damaged beside {} whole ones: {mend}",
                self.name, tally.frames
            ));
        }
        let missing = tally.missing >= 10 && tally.missing.saturating_mul(50) > tally.frames;
        if once(&mut self.told_holes, missing) {
            return Some(format!(
                "{}: {} frames missing in {} holes: the line or its reader is too slow, or was \
                 cut; totals are not affected",
                self.name, tally.missing, tally.holes
            ));
        }
        None
    }

    fn no_frame(&self) -> String {
        let Self { name, bytes, .. } = self;
        if *bytes == 0 {
            return format!("{name}: no byte in it");
        }
        if self.text.saturating_mul(10) >= bytes.saturating_mul(9) {
            return format!(
                "{name}: {bytes} bytes of text and no frame: a console or a log; connect the port \
                 that carries the frames"
            );
        }
        match self.baud.filter(|_| self.is_port) {
            Some(baud) => format!(
                "{name}: {bytes} bytes and no frame at {baud} baud: a wrong rate, or noise; give \
                 --baud auto, or the rate of the board"
            ),
            None => format!(
                "{name}: {bytes} bytes and no frame: not what a board or `wattcast run` writes, or \
                 taken at a wrong baud rate"
            ),
        }
    }

    /// Nothing was heard since the place was opened.
    pub(super) fn silent(&self) -> Option<String> {
        (self.bytes == 0 && self.is_port).then(|| {
            format!(
                "{}: nothing heard yet: is the board powered, its TX on this RX, and its ground \
                 joined?",
                self.name
            )
        })
    }

    /// What was lost in all, in one line; `None` where nothing was.
    pub(super) fn summary(&self, tally: &Tally) -> Option<String> {
        let broken = tally.malformed + tally.oversize + tally.checksum + tally.version + tally.cut;
        let parts = [
            (broken, "pieces that are no frame"),
            (tally.lost_bytes, "bytes lost"),
            (tally.missing, "frames missing"),
            (tally.repeated, "frames told again"),
            (tally.unknown_records + tally.malformed_records, "records not understood"),
        ];
        let lost: Vec<String> = parts
            .iter()
            .filter(|it| it.0 > 0)
            .map(|(many, what)| format!("{many} {what}"))
            .collect();
        (!lost.is_empty())
            .then(|| format!("{}: {} frames, {}", self.name, tally.frames, lost.join(", ")))
    }
}
