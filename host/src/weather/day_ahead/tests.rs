use super::*;

/// 2023-07-01T00:00Z.
const START: u32 = 468_936;
const HEAD: &str = "timestamp_utc,solar_dayahead_mw,wind_dayahead_mw\n";

fn hour(hours: u32) -> Hour {
    Hour::from_hours(START + hours)
}

fn parse(text: &str) -> Result<Vec<(String, DayAheadFile)>, HistoryError> {
    DayAheadFile::parse("expected.csv", text, &TimeZone::UTC)
}

fn alone(text: &str) -> DayAheadFile {
    parse(text).unwrap().remove(0).1
}

/// Days of it: solar at noon alone, wind the same at each hour.
fn days(days: u32, wind: &str) -> String {
    let row = |at: u32| {
        let solar = if at % 24 == 12 { "900" } else { "0.0" };
        format!("2023-07-{:02}T{:02}:00:00Z,{solar},{wind}\n", 1 + at / 24, at % 24)
    };
    HEAD.to_owned() + &(0..days * 24).map(row).collect::<String>()
}

#[test]
fn reads_the_exports_of_entsoe() {
    // Local time, quarters of an hour, wind in two columns, and what was told
    // later, which does not count.
    let text = "MTU (CET/CEST),Area,Generation - Solar  [MW] Day Ahead/ BZN|DE-LU,\
                Generation - Solar  [MW] Current / BZN|DE-LU,\
                Generation - Wind Offshore  [MW] Day Ahead/ BZN|DE-LU,\
                Generation - Wind Onshore  [MW] Day Ahead/ BZN|DE-LU\n\
                01.07.2023 02:00 - 01.07.2023 02:15,DE,1,99,100,1000.5\n\
                01.07.2023 02:15 - 01.07.2023 02:30,DE,3,99,n/e,1000.5\n\
                01.07.2023 03:00 - 01.07.2023 03:15,DE,-,99,n/e,1000\n\
                01.07.2023 04:00 - 01.07.2023 04:15,DE,5,99,7,1000\n";
    let found = parse(text).unwrap();
    assert_eq!(found[0].0, "DE");
    let file = &found[0].1;
    assert_eq!((file.start(), file.hours()), (hour(0), 3));
    let told = |solar_kw, wind_kw| DayAhead { solar_kw, wind_kw };
    let wanted = [told(2_000, 1_050_500), DayAhead::MISSING, told(5_000, 1_007_000)];
    assert_eq!(file.hours, wanted);
}

#[test]
fn several_zones_in_a_file_are_found_by_their_name_or_country() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.csv");
    let text = "time,zone,solar_mw,wind_mw\n2023-07-01T00:00Z,IT,1,2\n2023-07-01T00:00Z,FR,3,4\n";
    std::fs::write(&path, text).unwrap();
    let files = DayAheadFiles::open(&path, &TimeZone::UTC).unwrap();
    let solar = |files: &DayAheadFiles, zone: &str| {
        files.of(zone).unwrap().map(|file| file.hours[0].solar_kw)
    };
    assert_eq!(solar(&files, "it-no"), Some(1_000));
    assert_eq!((solar(&files, "FR"), solar(&files, "DE")), (Some(3_000), None));

    std::fs::write(folder.path().join("DE.csv"), days(1, "5")).unwrap();
    let files = DayAheadFiles::open(folder.path(), &TimeZone::UTC).unwrap();
    assert_eq!((solar(&files, "DE"), solar(&files, "FR")), (Some(0), None));
}

#[test]
fn what_is_wrong_is_named() {
    let row = "2023-07-01T00:00:00Z,1,2\n";
    for (text, told) in [
        ("timestamp_utc,wind_mw\n".to_owned(), "no column of solar in the header"),
        ("solar_mw,wind_mw\n1,2\n".to_owned(), "no column of times in the header"),
        (HEAD.to_owned(), "holds no row with a value"),
        (format!("{HEAD}2023-07-01T00:00:00Z,,\n"), "holds no row with a value"),
        (format!("{HEAD}{row}soon,1,2\n"), "expected.csv:3: `soon` is no time"),
        (
            format!("{HEAD}{row}2023-07-01T01:00:00Z,much,2\n"),
            "expected.csv:3: `much` is no number",
        ),
        (format!("{HEAD}{row}2023-07-01T01:00:00Z,1,5e6\n"), "more than any grid generates"),
        (format!("{HEAD}{row}1923-07-01T01:00:00Z,1,2\n"), "expected.csv:3: `1923"),
        (format!("{HEAD}{row}2173-07-01T01:00:00Z,1,2\n"), "more than a century"),
        (
            format!("timestamp_utc,zone,solar_mw,wind_mw\n{}", row.replace(",1", ",,1")),
            "which zone",
        ),
    ] {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.contains(told) && error.lines().count() == 1, "{error}, not {told}");
    }
}

/// At midnight UTC in summer Berlin's day has two hours behind it and is told to
/// its end at 22:00 UTC; from 18:00 of standard time on the next day is told too.
#[test]
fn nothing_is_told_before_it_is_published() {
    for (at, until) in [(0, 22), (16, 22), (17, 46), (22, 46), (23, 46)] {
        assert_eq!(published_until(hour(at), 1), hour(until), "{at}");
    }
    let early = alone(&days(9, "500"));
    let changed = days(9, "500").replace("07-09T22:00:00Z,0.0,500", "07-09T22:00:00Z,0.0,800");
    let late = alone(&changed);
    let told = |file: &DayAheadFile, at: u32| {
        let teller = file.from(hour(48), 1);
        format!("{:?}", teller.at(hour(at)))
    };
    let at = 8 * 24;
    assert_eq!(told(&early, at), told(&late, at));
    assert_ne!(told(&early, at + 23), told(&late, at + 23));
    // Who has the file today knows all that it holds.
    let all = |file: &DayAheadFile| {
        format!("{:?}", file.from(hour(at), 1).with_all_from(hour(at)).at(hour(at)))
    };
    assert_ne!(all(&early), all(&late));
    assert_eq!(early.published_at(hour(at), 1).hours(), at as usize + 22);
}

/// The unit is the mean of what came before; where nothing did, of all.
#[test]
fn counts_in_the_mean_of_the_past() {
    let text = days(2, "500").replace("07-02T05:00:00Z,0.0,500", "07-02T05:00:00Z,0.0,9000");
    let file = alone(&text);
    let unit = |first: u32| file.from(hour(first), 1).unit_kw;
    assert_eq!(unit(24), 500_000 + 900_000 / 24);
    assert_eq!(unit(0), unit(48));
    assert!(unit(48) > unit(24));
}
