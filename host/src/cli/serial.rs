//! `wattcast serial`: boards, live.

mod order;
pub(super) mod view;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;
use wattcast_core::units::Utc;

use super::metering::duration;
use super::monitor::Screen;
use super::report::price::PriceArgs;
use super::report::{keys, read_all, show};
use super::{CliError, Outcome, print, print_on, tell};
use crate::report::{Keys, Reading, Reprice, RunReport, once};
use crate::serial::{
    Address, Answer, Baud, CsvWriter, Event, Intake, Listener, Order, Told, frame_line, ports,
};
use crate::store::{LedgerFiles, LedgerOptions};

/// Time from one picture of the live view to the next.
const REFRESH: Duration = Duration::from_millis(500);
/// Time after which a silent port is told.
const SILENCE: Duration = Duration::from_secs(5);
/// Chunks of bytes that may wait.
const WAITING: usize = 64;

/// Arguments of `serial`.
#[derive(Args)]
#[command(after_help = "Examples:
  wattcast serial --list                              the ports of this machine
  wattcast serial /dev/ttyUSB0                        watch a board, and keep its records
  wattcast serial /dev/ttyUSB0 /dev/ttyACM0 --zone DE several boards, priced for Germany
  wattcast serial tcp:localhost:3333 --json           a board behind a socket, or in QEMU
  wattcast serial roof.bin                            a capture of a line: what the board told
  ssh roof cat /dev/ttyUSB0 | wattcast serial -       from a pipe
  wattcast serial /dev/ttyUSB0 --send time=now --send zone=DE --send history=de.csv
  wattcast serial /dev/ttyUSB0 --send job=2h,power=1500,deadline=2026-11-22T06:00Z
  wattcast serial /dev/ttyUSB0 --send totals --for 5s --no-ledger

Records go to the ledgers of `wattcast run`, as the board sent them, so `wattcast
report` adds up boards and commands. Files are only read, unless --ledger names a
place. A port that goes away is opened again when it is back.")]
pub(super) struct SerialArgs {
    /// Where boards are heard: a port, tcp:HOST:PORT, unix:PATH, a file, or - for a pipe
    #[arg(value_name = "PLACE", required_unless_present = "list")]
    places: Vec<String>,

    /// List the serial ports of this machine
    #[arg(long)]
    list: bool,

    /// Baud rate of the ports, or auto: the rate at which frames are heard
    #[arg(long, value_name = "RATE", default_value = "auto")]
    baud: String,

    /// Stop after this time, as 10s or 2h; until interrupted, or the end of a file, otherwise
    #[arg(long = "for", value_name = "TIME")]
    length: Option<String>,

    /// Send a command: zone=CODE[,pue=1.2], time=now, history=FILE, tariff=PRICE, job=LENGTH, identity,
    /// totals, plan, self-test; may be repeated
    #[arg(long, value_name = "COMMAND")]
    send: Vec<String>,

    /// Number of the board that commands are for, where several share a line
    #[arg(long, value_name = "STREAM", default_value_t = 0)]
    to: u16,

    /// Print one JSON object per frame and line
    #[arg(long)]
    json: bool,

    /// Write samples and totals as CSV to a file
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// Key of a board whose records are checked: a file of 64 hexadecimal digits; may be repeated
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,

    /// Where ledgers are kept: a directory, or a file for all boards
    #[arg(long, value_name = "PATH", env = "WATTCAST_LEDGER")]
    ledger: Option<PathBuf>,

    /// Keep no ledger, wherever one would be kept
    #[arg(long)]
    no_ledger: bool,

    #[command(flatten)]
    price: PriceArgs,
}

/// Listens until the time is over, every file has ended, or it is interrupted.
pub(super) fn run(args: &SerialArgs) -> Outcome {
    if args.list {
        let ports: String = ports().iter().map(|path| format!("{}\n", path.display())).collect();
        if ports.is_empty() {
            tell("no serial port is here: is the board plugged in?");
        }
        print(&ports)?;
        return Ok(ExitCode::SUCCESS);
    }
    let places = args.places.iter().map(|name| Address::parse(name));
    let places: Vec<Address> = places.collect::<Result<_, _>>().map_err(CliError::input)?;
    let baud = baud(&args.baud)?;
    let length = args.length.as_deref().map(|text| duration("--for", text)).transpose()?;
    let reprice = args.price.reprice()?;
    let options = LedgerOptions::choose(args.ledger.as_deref()).map_err(CliError::input)?;
    let keys = keys(&options, &args.key)?;
    let orders = orders(args)?;
    if !orders.is_empty() && !places.iter().any(Address::is_live) {
        return Err(CliError::input("--send needs a port or a socket; a file takes no commands"));
    }
    let only_files = places.iter().all(|place| matches!(place, Address::File(_)));
    let keeps = !args.no_ledger && (args.ledger.is_some() || !only_files);
    let csv = args.csv.as_ref().map(|path| {
        let file = std::fs::File::create(path).and_then(CsvWriter::new);
        file.map_err(|error| CliError::failed(format!("cannot write {}: {error}", path.display())))
    });

    let (told, events) = sync_channel(WAITING);
    let mut intakes = Vec::new();
    for place in &places {
        let sent = place.is_live().then(|| sender(orders.clone(), args.to));
        let intake = Intake::open(place.clone(), baud, sent.filter(|_| !orders.is_empty()));
        intakes.push(intake.map_err(CliError::input)?);
    }
    for (number, intake) in intakes.into_iter().enumerate() {
        intake.start(number, told.clone()).map_err(CliError::failed)?;
    }
    drop(told);
    let ledger = keeps.then_some(options);
    let mut session = Session {
        listener: Listener::new(&places, keys.clone(), reprice.clone(), ledger),
        csv: csv.transpose()?,
        json: args.json,
        failed: None,
        orders: &orders,
        answered: vec![false; orders.len()],
        refused: false,
    };
    for (number, _) in places.iter().enumerate().filter(|it| matches!(it.1, Address::Port(_))) {
        let (rate, for_good) = baud.first();
        session.listener.at_baud(number, rate, for_good);
    }
    match session.listen(&events, length, &places) {
        Ok(()) | Err(CliError::ReaderGone) => {}
        Err(error) => return Err(error),
    }
    session.close(&places, only_files, &keys, reprice.as_ref(), length.is_some())
}

fn baud(text: &str) -> Result<Baud, CliError> {
    match (text, text.parse()) {
        ("auto", _) => Ok(Baud::Auto),
        (_, Ok(rate)) if rate > 0 => Ok(Baud::Fixed(rate)),
        _ => Err(CliError::input(format!("--baud `{text}` is no rate; write auto or 115200"))),
    }
}

/// The commands in words and as orders, numbered from 1.
fn orders(args: &SerialArgs) -> Result<Vec<(String, Order)>, CliError> {
    let site = order::Site { basis: args.price.basis(), now: now() };
    let mut zone: Option<String> = None;
    let mut orders = Vec::new();
    for text in &args.send {
        let order = order::parse(text, zone.as_deref(), &site)?;
        let trial = order.frames(args.to, 1, site.now);
        trial.map_err(|error| CliError::input(format!("--send `{text}`: {error}")))?;
        if let Order::Zone { zone: code, .. } = &order {
            zone = Some(code.clone());
        }
        orders.push((text.clone(), order));
    }
    Ok(orders)
}

/// Makes the frames when they are sent, so that the time in them is right.
fn sender(orders: Vec<(String, Order)>, stream: u16) -> Box<dyn Fn() -> Vec<Vec<u8>> + Send> {
    Box::new(move || {
        let mut next = 1;
        let mut frames = Vec::new();
        for (_, order) in &orders {
            // Each was encoded once when it was read.
            frames.extend(order.frames(stream, next, now()).unwrap_or_default());
            next += order.frame_count();
        }
        frames
    })
}

fn now() -> Utc {
    Utc::from_us(u64::try_from(Timestamp::now().as_microsecond()).unwrap_or(0))
}

struct Session<'a> {
    listener: Listener,
    csv: Option<CsvWriter<std::fs::File>>,
    json: bool,
    failed: Option<CliError>,
    orders: &'a [(String, Order)],
    answered: Vec<bool>,
    refused: bool,
}

impl Session<'_> {
    fn listen(
        &mut self,
        events: &Receiver<Told>,
        length: Option<Duration>,
        places: &[Address],
    ) -> Result<(), CliError> {
        let start = Instant::now();
        let end = length.and_then(|length| start.checked_add(length));
        let live = std::io::stdout().is_terminal() && !self.json;
        let mut screen = Screen::new();
        let (mut shown, mut silence) = (start, Some(start + SILENCE));
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(());
            }
            match events.recv_timeout(left.map_or(REFRESH, |left| left.min(REFRESH))) {
                Ok((place, event)) => self.take(place, event, places)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            if silence.is_some_and(|at| Instant::now() >= at) {
                silence = None;
                self.listener.silent().for_each(|line| tell(&line));
            }
            let notices = self.listener.take_notices();
            if !notices.is_empty() {
                screen.clear()?;
            }
            notices.iter().for_each(|line| tell(line));
            self.answers();
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            if live && shown.elapsed() >= REFRESH {
                shown = Instant::now();
                screen.show(&view::table(self.listener.senders()))?;
            }
        }
    }

    fn take(&mut self, place: usize, event: Event, places: &[Address]) -> Result<(), CliError> {
        let name = places.get(place).map(ToString::to_string).unwrap_or_default();
        match event {
            Event::Bytes(bytes) => {
                let Self { listener, csv, json, failed, .. } = self;
                let taken = listener.take(place, &bytes, now(), |heard| {
                    if *json && let Err(error) = print_on(&frame_line(heard)) {
                        failed.get_or_insert(error);
                    }
                    if let Some(csv) = csv
                        && let Err(error) = csv.write(heard)
                    {
                        failed.get_or_insert(CliError::failed(format!("--csv: {error}")));
                    }
                });
                taken.map_err(CliError::input)?;
            }
            Event::Baud(baud) => {
                self.listener.at_baud(place, baud, false);
                tell(&format!("{name}: no frame at the rate before; trying {baud} baud"));
            }
            Event::Found(baud) => {
                self.listener.at_baud(place, baud, true);
                tell(&format!("{name}: frames at {baud} baud"));
            }
            Event::Lost(why) => {
                self.listener.interrupt(place);
                tell(&format!("{name}: lost ({why}); waiting for it to come back"));
            }
            Event::Back => tell(&format!("{name}: back")),
            Event::Unsent(why) => tell(&why),
            Event::Ended => self.listener.end(place),
        }
        Ok(())
    }

    /// Tells what boards answered to the commands.
    fn answers(&mut self) {
        for Answer { device, sequence, refusal } in self.listener.take_answers() {
            let mut next = 1;
            let which = self.orders.iter().position(|(_, order)| {
                next += order.frame_count();
                sequence < next
            });
            let words = which.and_then(|at| self.orders.get(at)).map(|(text, _)| text.as_str());
            if let Some(answered) = which.and_then(|at| self.answered.get_mut(at)) {
                // A history of several frames is told once.
                if std::mem::replace(answered, true) && refusal.is_none() {
                    continue;
                }
            }
            match (words, refusal) {
                (Some(words), None) => tell(&format!("{device}: {words}: done")),
                (Some(words), Some(why)) => {
                    self.refused = true;
                    tell(&format!("{device}: {words}: refused: {why}"));
                }
                (None, Some(why)) => tell(&format!("{device}: a command was refused: {why}")),
                (None, None) => {}
            }
        }
    }

    fn close(
        self,
        places: &[Address],
        only_files: bool,
        keys: &Keys,
        reprice: Option<&Reprice>,
        timed: bool,
    ) -> Outcome {
        let Self { mut listener, json, orders, answered, refused, .. } = self;
        listener.take_notices().iter().for_each(|line| tell(line));
        let ended = places.iter().all(|place| !place.is_live());
        if ended && (0..places.len()).all(|place| listener.tally(place).frames == 0) {
            // Each was told with what is wrong with it.
            return Ok(ExitCode::from(2));
        }
        listener.losses().for_each(|line| tell(&line));
        let (heard, notices) = listener.finish();
        notices.iter().for_each(|line| tell(line));
        if !json {
            let runs = if only_files { from_files(places, keys, reprice)? } else { heard };
            print(&show(&runs))?;
        }
        for ((text, _), answered) in orders.iter().zip(&answered) {
            if timed && !answered {
                tell(&format!("{text}: no answer came"));
            }
        }
        let failed = refused || (timed && answered.contains(&false));
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// What captures tell, each boot once.
pub(super) fn from_files(
    places: &[Address],
    keys: &Keys,
    reprice: Option<&Reprice>,
) -> Result<Vec<RunReport>, CliError> {
    let files = places.iter().filter_map(|place| match place {
        Address::File(path) => Some(LedgerFiles { parts: vec![path.clone()] }),
        _ => None,
    });
    let runs = read_all(&files.collect::<Vec<_>>(), keys, reprice)?;
    let reading = Reading { keys: keys.clone(), reprice, progress: None };
    once(runs, &reading).map_err(CliError::input)
}
