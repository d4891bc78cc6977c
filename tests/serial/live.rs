//! Boards that tell as they run.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use wattcast_core::wire::CommandReader;
use wattcast_core::wire::command::{Ask, Command};

use super::board::{A_SECOND_UJ, Board};
use super::{energies, report, total, wattcast};

/// A listener that is ended with the test.
struct Listening {
    child: Child,
    errors: Receiver<String>,
}

impl Listening {
    fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut command = wattcast(home);
        command.arg("serial").args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (told, errors) = channel();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).all(|line| told.send(line).is_ok()));
        Self { child, errors }
    }

    /// Waits for a line that holds a text.
    fn tells(&mut self, text: &str) {
        let mut heard = Vec::new();
        loop {
            // Only a hang takes so long.
            let Ok(line) = self.errors.recv_timeout(Duration::from_secs(60)) else {
                panic!("it did not tell `{text}`, but {heard:#?}");
            };
            if line.contains(text) {
                return;
            }
            heard.push(line);
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Polls until it holds; only a hang fails, no clock does.
fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    for _ in 0..3_000 {
        if let Some(value) = condition() {
            return value;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("waited a minute for {what}");
}

fn server() -> (TcpListener, String) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("tcp:{}", server.local_addr().unwrap());
    (server, name)
}

#[test]
fn two_boards_are_kept_as_they_were_sent_through_a_lost_connection() {
    let home = tempfile::tempdir().unwrap();
    let ((first, one), (second, two)) = (server(), server());
    let mut listening = Listening::start(home.path(), &[&one, &two]);
    let roof = Board::new("roof", 7, None).anchored().run(10);
    let cellar = Board::new("cellar", 9, None).run(4);
    second.accept().unwrap().0.write_all(&cellar.bytes()).unwrap();
    let bytes = roof.bytes();
    // Torn within a frame; what was torn is sent again.
    let half = bytes.len() / 2;
    first.accept().unwrap().0.write_all(&bytes[..half]).unwrap();
    listening.tells("waiting for it to come back");
    let whole: usize = bytes[..half].iter().rposition(|byte| *byte == 0).unwrap() + 1;
    let mut again = first.accept().unwrap().0;
    again.write_all(&bytes[whole..]).unwrap();
    let seconds = |report: &serde_json::Value| total(report) / A_SECOND_UJ;
    let kept = wait_for("both boards", || {
        Some(report(home.path(), &[])).filter(|report| seconds(report) == 14)
    });
    for run in kept["runs"].as_array().unwrap() {
        let sent = if run["host"] == "roof" { roof.bytes() } else { cellar.bytes() };
        let file = run["ledger"]["files"][0].as_str().unwrap();
        assert_eq!(std::fs::read(file).unwrap(), sent);
        assert_eq!(run["ledger"]["lost_records"], 0);
    }
}

#[test]
fn a_pipe_is_read_to_its_end_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let mut child = wattcast(home.path())
        .args(["serial", "-", "--ledger", "all.wcl"])
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let boards = [Board::new("roof", 7, None).run(3), Board::new("cellar", 9, None).run(4)];
    let mut pipe = child.stdin.take().unwrap();
    for board in &boards {
        // As a slow line gives it.
        board.bytes().chunks(7).for_each(|piece| pipe.write_all(piece).unwrap());
    }
    drop(pipe);
    let mut told = String::new();
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(told.contains("host roof") && told.contains("2 runs"), "{told}");
    let mut kept = energies(&report(home.path(), &["--ledger", "all.wcl"]));
    kept.sort_unstable();
    assert_eq!(kept, [3 * A_SECOND_UJ, 4 * A_SECOND_UJ]);
}

/// A pseudo-terminal and the name of the end that is the port.
fn terminal() -> (OwnedFd, OwnedFd, String) {
    let pair = openpty(None, None).unwrap();
    let name = nix::unistd::ttyname(&pair.slave).unwrap();
    // No echo before the listener has opened it.
    let mut settings = tcgetattr(&pair.slave).unwrap();
    cfmakeraw(&mut settings);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &settings).unwrap();
    (pair.master, pair.slave, name.to_str().unwrap().to_owned())
}

#[test]
fn a_port_is_read_at_the_rate_at_which_frames_are_heard() {
    let home = tempfile::tempdir().unwrap();
    let (master, _slave, port) = terminal();
    let watched = serial2::SerialPort::open(&port, serial2::KeepSettings).unwrap();
    let mut listening = Listening::start(home.path(), &[&port]);
    let mut line = std::fs::File::from(master.try_clone().unwrap());
    let mut board = Board::new("bench", 3, None).anchored();
    let mut sent = 0;
    // A wrong rate turns frames into other bytes, as a real line does.
    let kept = wait_for("a checkpoint at the right rate", || {
        let rate = watched.get_configuration().unwrap().get_baud_rate().unwrap();
        board.second();
        let bytes: Vec<u8> = board.frames[sent..].concat();
        if rate == 57_600 {
            sent = board.frames.len();
            line.write_all(&bytes).unwrap();
        } else {
            let garbled: Vec<u8> = bytes.iter().map(|byte| byte.rotate_left(3) & 0x7e).collect();
            line.write_all(&garbled).unwrap();
        }
        Some(report(home.path(), &[])).filter(|report| total(report) > 0)
    });
    assert_eq!(kept["runs"][0]["host"], "bench");
    listening.tells("frames at 57600 baud");
}

#[test]
fn a_fixed_rate_that_is_wrong_is_told_with_its_mend() {
    let home = tempfile::tempdir().unwrap();
    let (master, _slave, port) = terminal();
    let mut listening = Listening::start(home.path(), &[&port, "--baud", "9600", "--no-ledger"]);
    let mut line = std::fs::File::from(master);
    line.write_all(&[0x8e, 0x1c, 0x00, 0xf0, 0x38, 0x92, 0x00].repeat(100)).unwrap();
    listening.tells("--baud auto");
}

#[test]
fn commands_reach_the_board_and_its_answers_the_person() {
    let home = tempfile::tempdir().unwrap();
    let history: String = (0..60)
        .map(|hour| format!("2026-09-{:02}T{:02}:00Z,{}\n", 1 + hour / 24, hour % 24, 100 + hour))
        .collect();
    let csv = home.path().join("de.csv");
    std::fs::write(&csv, format!("timestamp_utc,gco2_per_kwh\n{history}")).unwrap();
    let (server, name) = server();
    let history = format!("history={}", csv.display());
    let send = ["zone=DE,pue=1.2", "time=now", &history, "job=2h,power=1500,below=150", "totals"];
    let arguments: Vec<&str> = send.iter().flat_map(|order| ["--send", order]).collect();
    let mut listening = Listening::start(home.path(), &[&[name.as_str()], &arguments[..]].concat());
    let mut line = server.accept().unwrap().0;
    let mut board = Board::new("roof", 7, None);
    let kinds = answer(&mut line, &mut board, 6);
    let hours = |count: usize| format!("history of {count}");
    let job = "job of 7200 s at 1500000000 µW below Some(CarbonIntensity(150000))";
    let expected = [
        "zone DE of 60 min, PUE 1200000, Some(LifeCycle)".to_owned(),
        "time".to_owned(),
        hours(48),
        hours(12),
        job.to_owned(),
        "totals".to_owned(),
    ];
    assert_eq!(kinds, expected);
    listening.tells("roof: zone=DE,pue=1.2: done");
    listening.tells("time=now: done");
    listening.tells("job=2h,power=1500,below=150: refused: no load here");
    listening.tells("totals: done");
}

/// Reads so many commands, answers each, and says what they were.
fn answer(line: &mut TcpStream, board: &mut Board, many: usize) -> Vec<String> {
    line.write_all(&board.bytes()).unwrap();
    let (mut reader, mut kinds) = (CommandReader::new(), Vec::new());
    let mut buffer = [0; 100];
    while kinds.len() < many {
        let read = line.read(&mut buffer).unwrap();
        assert!(read > 0, "closed after {kinds:?}");
        let mut bytes = &buffer[..read];
        while let Some(received) = reader.read(&mut bytes) {
            let received = received.unwrap();
            let mut refusal = None;
            kinds.push(match received.command {
                Command::Zone(it) => format!(
                    "zone {} of {} min, PUE {}, {:?}",
                    it.zone,
                    it.offset_min,
                    it.pue.as_millionths(),
                    it.factor.map(|factor| factor.basis)
                ),
                Command::Time(_) => "time".to_owned(),
                Command::History(it) => format!("history of {}", it.hours().count()),
                Command::Job(job) => {
                    refusal = Some("no load here");
                    let (power, below) = (job.power.as_uw(), job.max_intensity);
                    format!("job of {} s at {power} µW below {below:?}", job.run_s)
                }
                Command::Ask(Ask::Totals) => "totals".to_owned(),
                other => format!("{other:?}"),
            });
            let sent = board.frames.len();
            board.answer(received.header.sequence, refusal);
            line.write_all(&board.frames[sent..].concat()).unwrap();
        }
    }
    kinds
}
