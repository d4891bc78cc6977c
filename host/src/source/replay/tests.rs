use proptest::prelude::*;

use super::*;

fn error(trace: &str) -> String {
    Replay::from_reader("t.csv", trace.as_bytes()).unwrap_err().to_string()
}

fn steps_of(trace: &str) -> Vec<(u64, Vec<Option<Reading>>)> {
    let mut replay = Replay::from_reader("t.csv", trace.as_bytes()).unwrap();
    let mut steps = Vec::new();
    while let Some(uptime) = replay.next_uptime() {
        let mut readings = Vec::new();
        replay.read(&Usage { uptime, ..Usage::default() }, &mut readings);
        assert_eq!(readings.len(), replay.channels().len());
        steps.push((uptime.as_us(), readings.into_iter().map(Result::ok).collect()));
    }
    let mut readings = Vec::new();
    replay.read(&Usage::default(), &mut readings);
    assert!(readings.iter().all(|reading| matches!(reading, Err(ReadError::Gone(_)))));
    steps
}

#[test]
fn trace_gives_its_readings_moment_by_moment() {
    let trace = "\
channel,uptime_us,counter,uj_per_count,counter_range,power_uw,component
package-0,0,7,15258789/1000000,4294967296,,cpu
gpu0,0,,,,2500000,gpu
package-0,1000000,9,,,,
gpu0,1000000,,,,,
gpu0,1000000,,,,-3,
package-0,500000,11,,,,cpu
";
    let counter = |value| Some(Reading::Counter(value));
    let power = |value| Some(Reading::Power(Power::from_uw(value)));
    assert_eq!(
        steps_of(trace),
        [
            (0, vec![counter(7), power(2_500_000)]),
            (1_000_000, vec![counter(9), None]),
            (1_000_000, vec![None, power(-3)]),
            (500_000, vec![counter(11), None]),
        ]
    );
    let replay = Replay::from_reader("t.csv", trace.as_bytes()).unwrap();
    let [package, gpu] = replay.channels() else { panic!("two channels") };
    let spec = CounterSpec::new(15_258_789, 1_000_000, Some(1 << 32)).unwrap();
    assert_eq!(package.kind, ReadingKind::Counter(spec));
    assert_eq!((gpu.kind, gpu.component), (ReadingKind::Power, Component::Gpu));
}

#[test]
fn bad_row_is_named_by_file_and_line() {
    let header = "uptime_us,channel,power_uw,counter";
    let cases = [
        (format!("{header}\n0,a,1,\n1,a,x,\n"), "t.csv:3: column power_uw: "),
        (format!("{header}\n0,a,1,2\n"), "t.csv:2: both power_uw and counter"),
        (format!("{header}\n0,a,1,\n1,a,,1\n"), "t.csv:3: a has both power and counter"),
        (format!("{header}\n0,a,1\n"), "t.csv:2: 3 columns where the header has 4"),
        (format!("{header}\n0,,1,\n"), "t.csv:2: the channel has no name"),
        (format!("{header}\n-1,a,1,\n"), "t.csv:2: column uptime_us: "),
        (
            format!("{header},watts\n0,a,1,,1\n"),
            "t.csv:1: unknown column watts; known are uptime_us",
        ),
        ("uptime_us,power_uw\n0,1\n".to_owned(), "t.csv:1: no column channel"),
        (format!("{header},counter_range\n0,a,,1,0\n"), "t.csv:2: uj_per_count"),
        (
            format!("{header},component\n0,a,1,,cpu\n1,a,1,,gpu\n"),
            "t.csv:3: component of a differs",
        ),
        (format!("{header},component\n0,a,1,,fpu\n"), "t.csv:2: "),
        (format!("{header}\n"), "t.csv: no rows"),
        ("uptime_us,channel\n0,a\n".to_owned(), "t.csv:1: neither a column"),
        (String::new(), "t.csv:1: no column uptime_us"),
    ];
    for (trace, expected) in cases {
        let error = error(&trace);
        assert!(error.starts_with(expected), "{trace:?} gives {error:?}, not {expected:?}");
    }
    let error = Replay::open(Path::new("/nowhere/t.csv")).unwrap_err().to_string();
    assert!(error.starts_with("/nowhere/t.csv: "), "{error}");
}

/// Channels of each kind: NVML, RAPL through powercap and perf, a battery.
fn channels() -> Vec<Channel> {
    let counter = |numerator, denominator, range| {
        ReadingKind::Counter(CounterSpec::new(numerator, denominator, range).unwrap())
    };
    let kinds = [
        ("gpu0", Component::Gpu, counter(1_000, 1, None)),
        ("package-0", Component::Cpu, counter(1, 1, Some(262_143_328_851))),
        ("package, 1", Component::Cpu, counter(1_000_000, 1 << 32, None)),
        ("battery-bat0", Component::Battery, ReadingKind::Power),
    ];
    let channel = |(name, component, kind): (&str, Component, ReadingKind)| Channel {
        name: name.to_owned(),
        component,
        scope: Scope::Machine,
        quality: Quality::Measured,
        method: "a recorded trace".to_owned(),
        kind,
        resolution_uj: 1,
        range_ppm: (1_000_000, 1_000_000),
        counted: true,
    };
    kinds.into_iter().map(channel).collect()
}

proptest! {
    /// What is recorded is what is replayed, failed readings included.
    #[test]
    fn trace_replays_what_was_recorded(
        steps in proptest::collection::vec(
            (1_u64..1_000_000, proptest::array::uniform4(proptest::option::of(any::<i64>()))),
            1..20,
        ),
    ) {
        let channels = channels();
        let mut file = Vec::new();
        let mut trace = TraceWriter::new(&mut file, &channels).unwrap();
        let mut expected = Vec::new();
        let mut uptime = 0;
        for (later, values) in steps {
            uptime += later;
            let reading = |(channel, value): (&Channel, Option<i64>)| match (channel.kind, value?) {
                (ReadingKind::Power, value) => Some(Reading::Power(Power::from_uw(value))),
                (_, value) => Some(Reading::Counter(value.unsigned_abs())),
            };
            let readings: Vec<_> = channels.iter().zip(values).map(reading).collect();
            let results: Vec<_> = readings
                .iter()
                .map(|reading| reading.ok_or_else(|| ReadError::Retry("busy".to_owned())))
                .collect();
            trace.write(Uptime::from_us(uptime), &results).unwrap();
            expected.push((uptime, readings));
        }
        trace.flush().unwrap();
        drop(trace);
        let file = String::from_utf8(file).unwrap();
        prop_assert_eq!(steps_of(&file), expected);
        let replay = Replay::from_reader("t.csv", file.as_bytes()).unwrap();
        prop_assert_eq!(format!("{:?}", replay.channels()), format!("{:?}", channels));
    }

    /// No text makes the reader panic or stand still.
    #[test]
    fn any_text_ends(rows in proptest::collection::vec("[0-9]{0,3},[ab]?,-?[0-9x]{0,3},[0-9]{0,3}", 0..20)) {
        let trace = format!("uptime_us,channel,power_uw,counter\n{}\n", rows.join("\n"));
        if let Ok(mut replay) = Replay::from_reader("t.csv", trace.as_bytes()) {
            let mut readings = Vec::new();
            for _ in 0..rows.len() {
                replay.read(&Usage::default(), &mut readings);
            }
            prop_assert_eq!(replay.next_uptime(), None);
            let good = readings.iter().filter(|reading| reading.is_ok()).count();
            let given = replay.steps.iter().filter(|step| step.reading.is_some()).count();
            prop_assert_eq!(good, given);
        }
    }
}
