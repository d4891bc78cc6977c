//! A thread for each place: reads, reconnects, finds the rate, sends.

use std::io;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::Duration;

use wattcast_core::wire::Decoder;

use super::address::Address;
use super::link::{Link, Took, explain};

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 14;
/// The rates that are tried, the most usual first.
const RATES: [u32; 9] =
    [115_200, 921_600, 460_800, 230_400, 1_000_000, 57_600, 38_400, 19_200, 9_600];
/// Pieces without a frame in them after which a rate counts as wrong; the
/// first may be half a frame.
const MOST_BROKEN: u64 = 4;
/// Bytes without a frame after which a rate counts as wrong: two frames.
const MOST_BYTES: usize = 1_024;
/// Time from one attempt to open a place again to the next.
const RETRY: Duration = Duration::from_millis(500);

/// The rate of a serial port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baud {
    /// The rate at which frames are heard, tried one after another.
    Auto,
    /// This rate.
    Fixed(u32),
}

impl Baud {
    /// The rate at which a port is opened, and whether it stays so.
    #[must_use]
    pub fn first(self) -> (u32, bool) {
        match self {
            Self::Auto => (RATES[0], false),
            Self::Fixed(baud) => (baud, true),
        }
    }
}

/// What became of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes came.
    Bytes(Vec<u8>),
    /// Frames are looked for at another rate.
    Baud(u32),
    /// Frames were heard at this rate.
    Found(u32),
    /// It is gone and looked for again; why.
    Lost(String),
    /// It is back.
    Back,
    /// A command could not be sent; why.
    Unsent(String),
    /// It has ended.
    Ended,
}

/// An event and the number of its place.
pub type Told = (usize, Event);

/// Makes the frames of commands at the moment at which they are sent.
pub type Orders = Box<dyn Fn() -> Vec<Vec<u8>> + Send>;

/// A place to read from.
pub struct Intake {
    address: Address,
    link: Link,
    hunt: Option<Hunt>,
    baud: u32,
    orders: Option<Orders>,
}

impl Intake {
    /// Opens a place. `orders` are sent each time it was opened, once frames
    /// are heard where the rate has to be found.
    ///
    /// # Errors
    ///
    /// One line that names the place and the mend.
    pub fn open(address: Address, baud: Baud, orders: Option<Orders>) -> Result<Self, String> {
        let hunt = (baud == Baud::Auto && matches!(address, Address::Port(_))).then(Hunt::new);
        let (baud, _) = baud.first();
        let link = Link::open(&address, baud).map_err(|error| explain(&address, &error))?;
        Ok(Self { address, link, hunt, baud, orders })
    }

    /// Reads in a thread of its own until the place ends or nobody listens.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn start(mut self, number: usize, events: SyncSender<Told>) -> io::Result<JoinHandle<()>> {
        let work = std::thread::Builder::new().name(format!("intake-{number}"));
        work.spawn(move || {
            let mut tell = |event| events.send((number, event)).is_ok();
            // Where nobody listens any more there is nothing to tell.
            while self.read_to_end(&mut tell) && self.reopen(&mut tell) {}
            tell(Event::Ended);
        })
    }

    /// Reads until the place is lost; `false` where it has ended for good.
    fn read_to_end(&mut self, tell: &mut impl FnMut(Event) -> bool) -> bool {
        let mut buffer = vec![0; CHUNK];
        if self.hunt.is_none() && !self.send(tell) {
            return false;
        }
        loop {
            let why = match self.link.read(&mut buffer) {
                Ok(Took::Nothing) => continue,
                Ok(Took::Bytes(read)) => {
                    let bytes = buffer.get(..read).unwrap_or_default();
                    if !self.hunt(bytes, tell) || !tell(Event::Bytes(bytes.to_vec())) {
                        return false;
                    }
                    continue;
                }
                Ok(Took::End) if !self.address.is_live() => return false,
                Ok(Took::End) => "closed at the other end".to_owned(),
                Err(error) => error.to_string(),
            };
            return tell(Event::Lost(why)) && self.address.is_live();
        }
    }

    /// Looks for frames while the rate is not certain; `false` where nobody
    /// listens.
    fn hunt(&mut self, bytes: &[u8], tell: &mut impl FnMut(Event) -> bool) -> bool {
        let Some(hunt) = &mut self.hunt else { return true };
        match hunt.hear(bytes) {
            Some(Verdict::Found) => {
                self.hunt = None;
                tell(Event::Found(self.baud)) && self.send(tell)
            }
            Some(Verdict::Wrong) => {
                self.baud = hunt.next_rate();
                match self.link.set_baud(self.baud) {
                    Ok(()) => tell(Event::Baud(self.baud)),
                    // The next read tells that the port is gone.
                    Err(_) => true,
                }
            }
            None => true,
        }
    }

    fn send(&mut self, tell: &mut impl FnMut(Event) -> bool) -> bool {
        for frame in self.orders.iter().flat_map(|orders| orders()) {
            if let Err(error) = self.link.send(&frame) {
                return tell(Event::Unsent(format!("cannot send to {}: {error}", self.address)));
            }
        }
        true
    }

    /// Waits until the place can be opened again; `false` where nobody listens.
    fn reopen(&mut self, tell: &mut impl FnMut(Event) -> bool) -> bool {
        loop {
            std::thread::sleep(RETRY);
            match Link::open(&self.address, self.baud) {
                Ok(link) => {
                    self.link = link;
                    return tell(Event::Back);
                }
                // Asks whether somebody still listens.
                Err(_) if !tell(Event::Bytes(Vec::new())) => return false,
                Err(_) => {}
            }
        }
    }
}

/// Whether the bytes at one rate hold frames.
struct Hunt {
    decoder: Decoder<1>,
    bytes: usize,
    place: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Found,
    Wrong,
}

impl Hunt {
    fn new() -> Self {
        Self { decoder: Decoder::following(), bytes: 0, place: 0 }
    }

    fn hear(&mut self, mut bytes: &[u8]) -> Option<Verdict> {
        self.bytes += bytes.len();
        let mut broken = 0;
        while let Some(outcome) = self.decoder.decode(&mut bytes) {
            if outcome.is_ok() {
                return Some(Verdict::Found);
            }
            let tally = self.decoder.tally();
            broken = tally.malformed + tally.oversize + tally.checksum;
        }
        (broken >= MOST_BROKEN || self.bytes >= MOST_BYTES).then_some(Verdict::Wrong)
    }

    fn next_rate(&mut self) -> u32 {
        let place = (self.place + 1) % RATES.len();
        *self = Self { place, ..Self::new() };
        RATES.get(place).copied().unwrap_or(RATES[0])
    }
}
