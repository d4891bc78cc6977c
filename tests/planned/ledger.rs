//! The ledger of a planned run, to the sample.

use wattcast::source::Roots;
use wattcast::source::cpu_model::CpuModel;
use wattcast_core::wire::Record;
use wattcast_core::wire::record::EventKind;

use crate::support::Planned;

/// What the records say, in their order.
enum Said {
    Sample(u64),
    Paused(u64),
    Resumed(u64),
    Idle(u64, u128),
}

/// In microseconds of uptime, where the meter ran.
fn metered(said: &[Said]) -> Vec<(u64, u64)> {
    let mut stretches: Vec<(u64, u64)> = Vec::new();
    let mut is_open = false;
    for event in said {
        match *event {
            Said::Sample(at) if stretches.is_empty() => {
                stretches.push((at, at));
                is_open = true;
            }
            Said::Sample(at) | Said::Paused(at) if is_open => stretches.last_mut().unwrap().1 = at,
            Said::Resumed(at) => stretches.push((at, at)),
            _ => {}
        }
        match event {
            Said::Paused(_) => is_open = false,
            Said::Resumed(_) => is_open = true,
            _ => {}
        }
    }
    stretches
}

#[test]
fn two_green_intervals_and_a_ledger_that_is_right_to_the_sample() {
    let planned = Planned::hours(&[(1, 2), (3, 5)]).option(&[
        "--zone",
        "DE",
        "--intensity-file",
        "hours.csv",
    ]);
    let mut csv = String::from("timestamp_utc,gco2_per_kwh\n");
    let grams = |hour: u64| 100 + 37 * hour;
    for hour in 0..24 {
        csv += &format!("2024-05-01T{hour:02}:00Z,{}\n", grams(hour));
    }
    std::fs::write(planned.path("hours.csv"), csv).unwrap();
    let mut run = planned.start();
    run.until("pauses until 2024-05-01T03:00:00Z");
    run.until("resumes");
    std::thread::sleep(std::time::Duration::from_millis(900));
    planned.touch("stop");
    assert_eq!(run.end(), 0);

    let report = planned.report();
    assert_eq!(report["pauses"].as_array().unwrap().len(), 1, "{report:#}");
    assert_eq!(report["gaps"].as_array().unwrap().len(), 0);
    let intervals = report["plan"]["achieved"]["intervals"].as_array().unwrap();
    assert_eq!(intervals.len(), 2);
    assert!(intervals[0]["start"].as_str().unwrap() >= "2024-05-01T01:00:00");
    assert!(intervals[1]["start"].as_str().unwrap() >= "2024-05-01T03:00:00");

    let file = report["ledger"]["files"][0].as_str().unwrap();
    let idle_id = std::cell::Cell::new(None);
    let mut said = Vec::new();
    wattcast::store::read(&[planned.path(file)], |entry| match &entry.frame.record {
        Ok(Record::Channel(channel)) if channel.name == "idle" => idle_id.set(Some(channel.id)),
        Ok(Record::Usage(usage)) => said.push(Said::Sample(usage.uptime.as_us())),
        Ok(Record::Checkpoint(point)) if Some(point.channel) == idle_id.get() => {
            said.push(Said::Idle(point.uptime.as_us(), point.import.as_uj()));
        }
        Ok(Record::Event(event)) if event.kind == EventKind::Paused => {
            said.push(Said::Paused(event.uptime.as_us()));
        }
        Ok(Record::Event(event)) if event.kind == EventKind::Resumed => {
            said.push(Said::Resumed(event.uptime.as_us()));
        }
        _ => {}
    })
    .unwrap();
    let stretches = metered(&said);
    assert_eq!(stretches.len(), 2);

    let idle = report["parts"].as_array().unwrap().iter().find(|part| part["name"] == "idle");
    let idle = idle.unwrap();
    if idle["method"].as_str().unwrap().contains("measured energy") {
        eprintln!("skipped in part: idle power is split off a counter here");
        return;
    }
    // Power × time of the metered stretches, to the microjoule.
    let power_uw = u128::try_from(CpuModel::detect(&Roots::default()).idle_power.as_uw()).unwrap();
    let length_us: u64 = stretches.iter().map(|(from, to)| to - from).sum();
    let expected_uj = power_uw * u128::from(length_us) / 1_000_000;
    assert_eq!(u128::from(idle["energy_uj"].as_u64().unwrap()), expected_uj);
    // Nothing is added in between: every checkpoint stands for its own moment.
    for event in &said {
        if let Said::Idle(at, energy_uj) = event {
            let metered: u64 =
                stretches.iter().map(|(from, to)| (*at).clamp(*from, *to) - from).sum();
            assert_eq!(*energy_uj, power_uw * u128::from(metered) / 1_000_000, "at {at}");
        }
    }
    // Each hour at its own intensity. Uptime 0 is the start of the run.
    let zero_us = report["start_utc_us"].as_u64().unwrap() - started_us(&planned.path(file));
    let day_us = 1_714_521_600_000_000;
    let mut carbon = 0_u128;
    for (from, to) in &stretches {
        let (from, to) = (zero_us + from - day_us, zero_us + to - day_us);
        for hour in from / 3_600_000_000..=to / 3_600_000_000 {
            let (begin, end) = (hour * 3_600_000_000, (hour + 1) * 3_600_000_000);
            let within_us = to.min(end).saturating_sub(from.max(begin));
            carbon += power_uw * u128::from(within_us) * u128::from(grams(hour)) * 1_000;
        }
    }
    // µW × µs is a pJ; µg = µJ × mg/kWh / 3.6e9.
    let expected_ug = carbon / 1_000_000 / 3_600_000_000;
    let told_ug = u128::from(idle["carbon_ug"].as_u64().unwrap());
    assert!(told_ug.abs_diff(expected_ug) <= 4, "{told_ug} for {expected_ug}");
}

fn started_us(file: &std::path::Path) -> u64 {
    let mut started = None;
    wattcast::store::read(&[file.to_owned()], |entry| {
        if let Ok(Record::Event(event)) = &entry.frame.record
            && event.kind == EventKind::Started
        {
            started = Some(event.uptime.as_us());
        }
    })
    .unwrap();
    started.unwrap()
}
