use proptest::prelude::*;
use wattcast_core::units::{CarbonIntensity, TotalEnergy, Uptime, Utc};
use wattcast_core::wire::record::{Boot, BootCause, Checkpoint, Counts, Event, EventKind, Plan};
use wattcast_core::wire::{Encoder, MAX_FRAME, Record};

use super::*;
use crate::report::Keys;

fn frames(boot: u32, checkpoints: u64) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(0, boot);
    let mut buffer = [0; MAX_FRAME];
    let (firmware, version, cause) = ("firmware", "1", BootCause::PowerOn);
    let start = Record::Boot(Boot { device: "bench", firmware, version, cause });
    let mut frames = vec![encoder.encode(&start, &mut buffer).unwrap().to_vec()];
    for second in 1..=checkpoints {
        let checkpoint = Record::Checkpoint(Checkpoint {
            channel: 0,
            uptime: Uptime::from_us(second * 1_000_000),
            import: TotalEnergy::from_uj(u128::from(second) * 5_000_000),
            export: TotalEnergy::ZERO,
            carbon: None,
            cost: None,
            counts: Counts::default(),
        });
        frames.push(encoder.encode(&checkpoint, &mut buffer).unwrap().to_vec());
    }
    frames
}

fn listener() -> Listener {
    let place = Address::File("capture".into());
    Listener::new(&[place], Keys::default(), None, None)
}

/// Energies by boot, the course of the power, and the number of frames heard.
fn heard(bytes: &[u8], cuts: &[usize]) -> (Vec<u128>, Vec<Option<i64>>, u64) {
    let mut listener = listener();
    let mut heard = 0;
    let mut rest = bytes;
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*cut).clamp(1, rest.len()));
        listener.take(0, piece, Utc::ZERO, |_| heard += 1).unwrap();
        rest = after;
    }
    listener.end(0);
    let energies = listener.reports().iter().map(|run| run.details[0].energy_uj).collect();
    let powers = listener.senders().map(|it| it.power(0).map(|power| power.as_uw())).collect();
    (energies, powers, heard)
}

proptest! {
    #[test]
    fn pieces_of_any_length_give_the_same(cuts in prop::collection::vec(1..700_usize, 1..20)) {
        let bytes = [frames(1, 40), frames(2, 3)].concat().concat();
        let expected = (vec![200_000_000, 15_000_000], vec![Some(5_000_000); 2], 45);
        prop_assert_eq!(heard(&bytes, &cuts), expected);
    }

    #[test]
    fn noise_costs_frames_and_never_energy(
        noise in prop::collection::vec((0..40_usize, prop::collection::vec(any::<u8>(), 0..80)), 0..9),
    ) {
        let mut frames = frames(1, 40);
        for (place, bytes) in noise {
            frames[place].splice(0..0, bytes);
        }
        let (energies, _, _) = heard(&frames.concat(), &[64]);
        prop_assert_eq!(energies, vec![200_000_000]);
    }
}

#[test]
fn each_trouble_is_told_once_with_its_mend() {
    let text = b"boot: sensor ready\r\n".repeat(200);
    let mut broken = frames(1, 20);
    for frame in broken.iter_mut().skip(5).step_by(2) {
        frame[3] ^= 0xFF;
    }
    let lost = frames(1, 100).into_iter().step_by(5).collect::<Vec<_>>();
    for (bytes, help) in [
        (text, "a console or a log"),
        (vec![0xA5; 4_000], "a wrong baud rate"),
        (b"\x03\xA5\x5A\0".repeat(40), "no frame"),
        (broken.concat(), "frames damaged"),
        (lost.concat(), "frames missing in"),
    ] {
        let mut listener = listener();
        for piece in bytes.chunks(100) {
            listener.take(0, piece, Utc::ZERO, |_| ()).unwrap();
        }
        let notices = listener.take_notices();
        let told = notices.iter().filter(|line| line.contains(help)).count();
        assert_eq!(told, 1, "{help}: {notices:?}");
    }
}

#[test]
fn a_board_tells_its_newest_plan_and_whether_its_load_is_on() {
    let mut encoder = Encoder::new(0, 1);
    let mut bytes = Vec::new();
    let mut push = |record: &Record<'_>| {
        let mut buffer = [0; MAX_FRAME];
        bytes.extend_from_slice(encoder.encode(record, &mut buffer).unwrap());
    };
    for (index, of, hour) in [(0, 1, 9), (0, 2, 2), (1, 2, 5)] {
        let at = |hour: u64| Utc::from_us(hour * 3_600_000_000);
        let expected = CarbonIntensity::from_mg_per_kwh(180_000);
        let (start, end) = (at(hour), at(hour + 1));
        push(&Record::Plan(Plan { zone: "DE", start, end, expected, index, of }));
    }
    let (kind, channel) = (EventKind::Switched, None);
    push(&Record::Event(Event { uptime: Uptime::ZERO, kind, channel, value: 1, text: "" }));
    let mut listener = listener();
    listener.take(0, &bytes, Utc::ZERO, |_| ()).unwrap();
    let board = listener.senders().next().unwrap();
    let starts: Vec<u64> =
        board.plan().iter().map(|stay| stay.start_utc_us / 3_600_000_000).collect();
    assert_eq!((starts, board.load_is_on()), (vec![2, 5], Some(true)));
}
