use std::fmt::Write as _;

use super::*;

const HEAD: &str = "run_utc,lead_h,wind_speed_ms,temperature_k,dewpoint_k,dswrf_wm2,precip_mm\n";
/// 2021-01-01T00:00Z.
const START: u32 = 447_072;

fn hour(hours: u32) -> Hour {
    Hour::from_hours(START + hours)
}

/// Runs at 00 UTC whose wind tells day and lead: 1.06 m/s is day 1, lead 6.
fn runs(days: usize) -> String {
    let mut text = HEAD.to_owned();
    for day in 0..days {
        for lead in (0..=96).step_by(3) {
            let (sun, rain) = if lead == 0 {
                (String::new(), String::new())
            } else {
                (lead.to_string(), "0.5".into())
            };
            writeln!(
                text,
                "2021-01-{:02}T00:00Z,{lead},{day}.{lead:02},280,275,{sun},{rain}",
                day + 1
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn each_hour_is_told_by_the_newest_run_that_had_begun() {
    let file = WeatherFile::parse("runs.csv", &runs(3)).unwrap();
    assert_eq!((file.start, file.hours()), (hour(0), 2 * 24 + 96));
    let wind: Vec<u16> =
        [0, 1, 3, 4, 23, 24, 47, 48, 50].map(|at: usize| file.told[at].wind_cm_per_s).to_vec();
    assert_eq!(wind, [0, 3, 3, 6, 24, 100, 124, 200, 203]);
    // Means before the start of a run come from the run before; of the first
    // run nothing came before.
    assert_eq!(file.told[24].irradiance_dw_per_m2, 240);
    assert!(!file.told[0].is_known());
}

#[test]
fn nothing_is_known_of_a_later_run() {
    let text = runs(3);
    let early = WeatherFile::parse("a", &text).unwrap();
    let changed = text.replace(",2.", ",9.");
    let late = WeatherFile::parse("b", &changed).unwrap();
    let series = |file: &WeatherFile, at: u32| format!("{:?}", file.at(hour(at)));
    assert_eq!(series(&early, 47), series(&late, 47));
    assert_ne!(series(&early, 48), series(&late, 48));
    // Before the first run there is none.
    assert!(series(&early, 0).contains("run: Hour(447072)"));
}

#[test]
fn open_meteo_reads_as_it_is_downloaded() {
    let text = "latitude,longitude,elevation,utc_offset_seconds,timezone,timezone_abbreviation\n\
        52.5,13.4,38.0,0,GMT,GMT\n\n\
        time,temperature_2m (°C),dew_point_2m (°C),wind_speed_10m (km/h),shortwave_radiation (W/m²),precipitation (mm)\n\
        2024-01-01T00:00,5.6,4.0,18.0,12.5,0.20\n\
        2024-01-01T02:00,5.5,3.9,14.4,0.0,\n";
    let file = WeatherFile::parse("berlin.csv", text).unwrap();
    let wanted = Weather {
        wind_cm_per_s: 500,
        temperature_ck: 27_875,
        dew_point_ck: 27_715,
        irradiance_dw_per_m2: 125,
        rain_um_per_3h: 600,
    };
    assert_eq!(file.told, [wanted, Weather::MISSING, Weather::MISSING]);
    let file = file.with_age(72);
    let aged = file.at(hour(0));
    assert!(format!("{aged:?}").contains("run: Hour(447000)"), "{aged:?}");
}

#[test]
fn a_lead_that_repeats_the_one_before_is_left_out() {
    // Forty runs at 00 UTC whose lead 81 says what 78 said.
    let mut text = HEAD.to_owned();
    for day in 1..=40 {
        let date = jiff::civil::date(2021, 1, 1).saturating_add(jiff::Span::new().days(day));
        for lead in [0, 75, 78, 81, 84] {
            let sun = if lead == 81 { 78 } else { lead } * day;
            writeln!(text, "{date}T00:00Z,{lead},1,280,275,{sun},0").unwrap();
        }
    }
    let file = WeatherFile::parse("gfs.csv", &text).unwrap();
    let Source::Runs(runs) = &file.source else { panic!() };
    let sun: Vec<u16> = (76..84).map(|at| runs[1].1[at].irradiance_dw_per_m2).collect();
    assert_eq!(sun, [78, 78, 78, 84, 84, 84, 84, 84].map(|x| x * 20));
}

#[test]
fn what_is_wrong_is_named() {
    for (text, expected) in [
        ("a,b\n1,2\n", "x: no weather in it: no header that names a column of wind"),
        ("time,wind,temp,dew\n", "x: no weather in it: no column of irradiance"),
        (HEAD, "x: no weather in it: holds no row"),
        (&format!("{HEAD}2021-01-01T00:00Z,soon,1,2,3,4,5\n"), "x:2: `soon` is no lead"),
        (&format!("{HEAD}2021-01-01T00:00Z,3,calm,2,3,4,5\n"), "x:2: `calm` is no number"),
        (
            &format!("{HEAD}2021-01-01T00:30Z,3,1,2,3,4,5\n"),
            "x:2: `2021-01-01T00:30Z` is no whole hour",
        ),
        (&format!("{HEAD}2021-01-01T00:00Z,999999,1,2,3,4,5\n"), "x:2: a lead of 999999 h"),
    ] {
        let error = WeatherFile::parse("x", text).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?} gave {error:?}");
    }
}
