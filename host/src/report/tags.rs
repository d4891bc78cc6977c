//! What the tags of one sender prove.

use wattcast_core::wire::{Frame, Verdict, Verifier};

use super::run::Tags;
use super::sender::Keys;

/// Checkpoints that one hole may hold: a day of ten channels at ten a second.
const LOOK_AHEAD: u32 = 8_640_000;

/// Checks the tags of one sender under the key that fits.
#[derive(Debug)]
pub(super) struct TagCheck {
    verifiers: Vec<Verifier>,
    /// Whether a frame was verified; one verifier is then left.
    fits: bool,
    /// Whether a key of a board was given.
    board_keys: bool,
    tagged: bool,
    untagged: bool,
    /// The first frame that fits no key.
    unfit: Option<u64>,
    /// The first frame with a tag after one without, or the other way round.
    mixed: Option<u64>,
}

impl TagCheck {
    pub(super) fn new(stream: u16, boot: u32, keys: &Keys) -> Self {
        let all = keys.own.iter().chain(&keys.boards);
        let verifier = |key| Verifier::new(key, stream, boot).with_look_ahead(LOOK_AHEAD);
        Self {
            verifiers: all.map(verifier).collect(),
            fits: false,
            board_keys: !keys.boards.is_empty(),
            tagged: false,
            untagged: false,
            unfit: None,
            mixed: None,
        }
    }

    pub(super) fn check(&mut self, frame: &Frame<'_>) {
        let sequence = u64::from(frame.header.sequence);
        if frame.is_tagged() {
            self.tagged = true;
        } else {
            self.untagged = true;
        }
        // Tags are on all records of a sender or on none.
        if self.tagged && self.untagged {
            self.mixed.get_or_insert(sequence);
            return;
        }
        if !frame.is_tagged() || (self.fits && self.unfit.is_some()) {
            return;
        }
        let genuine = |verifier: &mut Verifier| {
            matches!(verifier.check(frame), Verdict::Verified | Verdict::AfterHole { .. })
        };
        match self.verifiers.iter_mut().position(genuine) {
            Some(place) if !self.fits => {
                self.fits = true;
                self.verifiers.swap(0, place);
                self.verifiers.truncate(1);
            }
            Some(_) => {}
            None if self.verifiers.is_empty() => {}
            None => {
                self.unfit.get_or_insert(sequence);
            }
        }
    }

    /// A board whose records fit no key at all is one whose key is not here,
    /// unless one was given for it.
    pub(super) fn verdict(&self, is_board: bool) -> Tags {
        let key_is_here = !is_board || self.board_keys || self.fits;
        let unfit = self.unfit.filter(|_| key_is_here);
        match unfit.into_iter().chain(self.mixed).min() {
            Some(sequence) => Tags::Forged { sequence },
            _ if !self.tagged => Tags::Untagged,
            _ if self.fits => Tags::Verified,
            _ => Tags::NoKey,
        }
    }
}
