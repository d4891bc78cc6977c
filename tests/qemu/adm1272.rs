//! The ADM1272 that QEMU emulates, on the board's I2C bus. Volts and amperes
//! move only while the board waits at a moment that it has announced.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use wattcast_core::wire::record::{BootCause, Event, EventKind};
use wattcast_core::wire::{Decoder, Record};

use crate::machine::{Machine, Qemu, folder, program};

/// A board that is in step with this test.
struct Board {
    qemu: Qemu,
    qmp: BufReader<UnixStream>,
    talk: BufReader<UnixStream>,
    frames: std::path::PathBuf,
}

fn connect(path: &Path) -> BufReader<UnixStream> {
    // QEMU makes the socket when it has started.
    for _ in 0..3_000 {
        if let Ok(stream) = UnixStream::connect(path) {
            return BufReader::new(stream);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{} does not come", path.display());
}

impl Board {
    fn start(name: &str, devices: &[&str]) -> Option<Self> {
        let elf = program(Machine::CortexM4, "adm1272")?;
        let folder = folder(name);
        // The path of a socket must be short.
        let sockets = std::env::temp_dir().join(format!("wattcast-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&sockets);
        fs::create_dir_all(&sockets).unwrap();
        let (talk, qmp) = (sockets.join("talk"), sockets.join("qmp"));
        let frames = folder.join("frames");
        let serial = format!("file:{}", frames.display());
        let talk_to = format!("unix:{},server=on,wait=on", talk.display());
        let qmp_to = format!("unix:{},server=on,wait=off", qmp.display());
        let mut arguments =
            vec!["-serial", &serial, "-serial", "null", "-serial", &talk_to, "-qmp", &qmp_to];
        arguments.extend(devices);
        let qemu = Qemu::start(Machine::CortexM4, &elf, &arguments);
        let talk = connect(&talk);
        let qmp = connect(&qmp);
        let mut board = Self { qemu, qmp, talk, frames };
        board.ask(json!({"execute": "qmp_capabilities"}));
        let _ = fs::remove_dir_all(&sockets);
        Some(board)
    }

    fn ask(&mut self, question: Value) {
        writeln!(self.qmp.get_mut(), "{question}").unwrap();
        loop {
            let mut line = String::new();
            assert!(self.qmp.read_line(&mut line).unwrap() > 0, "QEMU has gone");
            let answer: Value = serde_json::from_str(&line).unwrap();
            assert!(answer.get("error").is_none(), "{question}: {answer}");
            if answer.get("return").is_some() {
                return;
            }
        }
    }

    fn set(&mut self, property: &str, value: impl Into<Value>) {
        let (path, value) = ("/machine/peripheral/monitor", value.into());
        let arguments = json!({"path": path, "property": property, "value": value});
        self.ask(json!({"execute": "qom-set", "arguments": arguments}));
    }

    /// Does something at the moment that the board waits for; only then does
    /// time go on.
    fn at(&mut self, second: u32, change: impl FnOnce(&mut Self)) {
        assert_eq!(self.announced(), format!("at {}\n", u64::from(second) * 1_000_000));
        self.ask(json!({"execute": "stop"}));
        change(self);
        self.ask(json!({"execute": "cont"}));
        self.say(b'g');
    }

    fn draw(&mut self, mv: u16, ma: u16) {
        self.set("vin", mv);
        self.set("iout", ma);
    }

    /// Puts the monitor at another address of the bus. QEMU takes no device off
    /// an I2C bus that runs, but a device out of use may move.
    fn move_to(&mut self, address: u8) {
        self.set("realized", false);
        self.set("address", address);
        self.set("realized", true);
    }

    /// Waits for the board to say what it waits for.
    fn announced(&mut self) -> String {
        let mut line = String::new();
        assert!(self.talk.read_line(&mut line).unwrap() > 0, "the board has gone");
        line
    }

    fn say(&mut self, byte: u8) {
        self.talk.get_mut().write_all(&[byte]).unwrap();
    }

    /// Ends the program and gives its frames.
    fn finish(mut self) -> Vec<u8> {
        self.announced();
        self.say(b'q');
        self.qemu.wait();
        fs::read(&self.frames).unwrap()
    }
}

const MONITOR: [&str; 2] = ["-device", "adm1272,id=monitor,bus=i2c,address=0x10"];
/// The same address.
const ADDRESS: u8 = 0x10;

/// What the monitor's registers hold: QEMU's direct format, in millivolts and
/// milliamperes, its slopes cut to whole numbers.
fn registers(mv: u16, ma: u16) -> (i128, i128) {
    let voltage = i128::from(mv) * 4_062 / 100_000;
    let current = (i128::from(ma) * (663 * 300 / 1_000) + 20_480_000) / 10_000;
    (voltage, current)
}

/// µW by the datasheet, in one fraction, rounded down.
fn power_uw((voltage, current): (i128, i128)) -> i128 {
    let numerator = voltage * 100 * (current * 10 - 20_480) * 1_000_000 * 1_000;
    numerator.div_euclid(4_062 * 663 * 300)
}

#[test]
fn energy_is_the_integral_of_what_was_set() {
    let Some(mut board) = Board::start("integral", &MONITOR) else { return };
    let mut samples = Vec::new();
    for step in 1..200_u32 {
        let of = |value: u32| u16::try_from(value).unwrap();
        let (mv, ma) = (of(10_000 + step * 61 % 4_000), of(500 + step * 977 % 9_000));
        board.at(step, |board| board.draw(mv, ma));
        samples.push(power_uw(registers(mv, ma)));
    }
    let capture = board.finish();

    let (mut decoder, mut bytes) = (Decoder::new(), capture.as_slice());
    let (mut told, mut last) = (Vec::new(), None);
    while let Some(frame) = decoder.decode(&mut bytes) {
        match frame.unwrap().record.unwrap() {
            Record::Samples(batch) => told.extend(batch.iter().unwrap()),
            Record::Checkpoint(point) => last = Some(point),
            _ => {}
        }
    }
    assert!(decoder.tally().is_clean());
    // The first sample is taken at boot, before anything was set.
    assert_eq!(told.len(), samples.len() + 1);
    let before: i128 = power_uw(first_registers());
    let all: Vec<i128> = std::iter::once(before).chain(samples).collect();
    for ((_, told), exact) in told.iter().zip(&all) {
        assert!((i128::from(told.as_uw()) - exact).abs() <= 500, "{told:?} is not {exact} µW");
    }
    let doubled: i128 = all.windows(2).map(|pair| pair[0] + pair[1]).sum();
    let last = last.unwrap();
    // A second between two samples: µW and µJ are the same number.
    assert_eq!(i128::try_from(last.import.as_uj()).unwrap(), doubled / 2);
    assert_eq!(last.export.as_uj(), 0);
}

/// As the monitor is after its reset: 12 V and 25 A.
fn first_registers() -> (i128, i128) {
    registers(12_000, 25_000)
}

#[test]
fn a_dead_bus_is_an_event_and_never_a_zero() {
    let Some(mut board) = Board::start("dead", &[]) else { return };
    for _ in 0..5 {
        board.announced();
        board.say(b'g');
    }
    let capture = board.finish();
    let (mut decoder, mut bytes) = (Decoder::new(), capture.as_slice());
    let mut faults = 0;
    while let Some(frame) = decoder.decode(&mut bytes) {
        match frame.unwrap().record.unwrap() {
            Record::Event(event) if event.kind == EventKind::SensorFault => {
                assert_eq!(event.text, "the sensor does not answer");
                faults += 1;
            }
            Record::Samples(batch) => panic!("nothing answers, and yet there is {batch:?}"),
            Record::Checkpoint(point) => {
                assert_eq!((point.counts.advanced, point.counts.unavailable), (0, 6));
            }
            _ => {}
        }
    }
    assert_eq!(faults, 1, "told once, not each second");
}

#[test]
fn a_sensor_that_is_taken_off_the_bus_leaves_a_gap_and_goes_on_when_it_is_back() {
    let Some(mut board) = Board::start("removed", &MONITOR) else { return };
    for second in 1..30_u32 {
        board.at(second, |board| match second {
            10 => board.move_to(0x77),
            20 => board.move_to(ADDRESS),
            _ => board.draw(12_000, 2_000),
        });
    }
    let capture = board.finish();

    let (mut decoder, mut bytes) = (Decoder::new(), capture.as_slice());
    let (mut told, mut events, mut last) = (Vec::new(), Vec::new(), None);
    while let Some(frame) = decoder.decode(&mut bytes) {
        match frame.unwrap().record.unwrap() {
            Record::Samples(batch) => told.extend(batch.iter().unwrap()),
            Record::Event(Event { kind, uptime, value, .. }) => {
                events.push((kind, uptime.as_us() / 1_000_000, value));
            }
            Record::Checkpoint(point) => last = Some(point),
            _ => {}
        }
    }
    let expected = [
        (EventKind::SensorFault, 10, 0),
        (EventKind::Gap, 20, 11_000_000),
        (EventKind::Finished, 29, 0),
    ];
    assert_eq!(events, expected);
    let seconds: Vec<u64> = told.iter().map(|(at, _)| at.as_us() / 1_000_000).collect();
    assert!(seconds.iter().copied().eq((0..10).chain(20..30)), "{seconds:?}");
    // The first was taken before anything was set; between 9 and 20 s lies none.
    let power = power_uw(registers(12_000, 2_000));
    let doubled = power_uw(first_registers()) + power + 2 * power * (8 + 9);
    let last = last.unwrap();
    assert_eq!(i128::try_from(last.import.as_uj()).unwrap(), doubled / 2);
    assert_eq!((last.counts.unavailable, last.counts.gaps), (10, 1));
}

#[test]
fn a_panic_is_told_after_the_reset_that_it_causes() {
    let Some(mut board) = Board::start("panic", &MONITOR) else { return };
    board.announced();
    board.say(b'p');
    assert!(board.announced().contains("panic at src/bin/adm1272.rs"));
    let capture = board.finish();
    let (mut decoder, mut bytes) = (Decoder::new(), capture.as_slice());
    let (mut causes, mut places) = (Vec::new(), Vec::new());
    while let Some(frame) = decoder.decode(&mut bytes) {
        match frame.unwrap().record.unwrap() {
            Record::Boot(boot) => causes.push(boot.cause),
            Record::Event(event) if event.kind == EventKind::Warning => {
                places.push(event.text.to_owned());
            }
            _ => {}
        }
    }
    assert_eq!(causes, [BootCause::PowerOn, BootCause::Fault]);
    assert_eq!(places, ["src/bin/adm1272.rs"]);
}
