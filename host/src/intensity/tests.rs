use jiff::tz::TimeZone;
use wattcast_core::units::Basis;

use super::{History, HistoryError, ReadOptions};

fn parse(text: &str) -> Result<History, HistoryError> {
    History::parse("x", text, &ReadOptions::default())
}

fn values(history: &History) -> Vec<(u64, u32)> {
    let hour = |us: u64| us / 60_000_000 % (24 * 60);
    history.points().iter().map(|p| (hour(p.start.as_us()), p.intensity.as_mg_per_kwh())).collect()
}

#[test]
fn every_shape_gives_the_same_two_slots() {
    let expected = vec![(0, 216_560), (60, 220_880)];
    let shapes = [
        "timestamp_utc,gco2_per_kwh\n2022-01-01T00:00:00Z,216.56\n2022-01-01T01:00:00Z,220.88\n",
        "2022-01-01 00:00,216.56\n2022-01-01 01:00,220.88\n",
        "2022-01-01T01:00+01:00;216.56\n2022-01-01T02:00+01:00;220.88\n",
        "datetime\tvalue\n2022-01-01T01:00:00\t220.88\n2022-01-01T00:00:00\t216.56\n",
        "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),\
         Carbon Intensity gCO₂eq/kWh (LCA)\n\
         2022-01-01 00:00:00,Germany,Germany,DE,180.0,216.56\n\
         2022-01-01 01:00:00,Germany,Germany,DE,190.0,220.88\n\
         2022-01-01 02:00:00,Germany,Germany,DE,,\n",
    ];
    for shape in shapes {
        let history = parse(shape).unwrap();
        assert_eq!(values(&history), expected, "{shape}");
        assert_eq!(history.slot_us(), 3_600_000_000);
        assert_eq!(history.basis(), Basis::LifeCycle);
    }
}

#[test]
fn half_hours_of_the_uk_api() {
    let history = parse(
        r#"{"data":[
            {"from":"2022-01-01T00:00Z","to":"2022-01-01T00:30Z","intensity":{"forecast":266,"actual":263,"index":"moderate"}},
            {"from":"2022-01-01T00:30Z","to":"2022-01-01T01:00Z","intensity":{"forecast":260,"actual":null,"index":"moderate"}}]}"#,
    )
    .unwrap();
    assert_eq!(values(&history), [(0, 263_000), (30, 260_000)]);
    assert_eq!(history.slot_us(), 1_800_000_000);
    assert_eq!(history.basis(), Basis::Direct);
}

#[test]
fn watttime_is_marginal_and_in_pounds() {
    let csv = "timestamp,MOER\n2022-01-01T00:00:00+00:00,1000\n2022-01-01T00:05:00+00:00,870.5\n";
    let json = r#"{"data":[{"point_time":"2022-01-01T00:00:00+00:00","value":1000},
        {"point_time":"2022-01-01T00:05:00+00:00","value":870.5}],"meta":{"units":"lbs_co2_per_mwh"}}"#;
    for text in [csv, json] {
        let history = parse(text).unwrap();
        assert_eq!(history.basis(), Basis::Marginal);
        assert_eq!(values(&history), [(0, 453_592), (5, 394_852)]);
    }
}

#[test]
fn local_times_follow_the_zone_through_a_clock_change() {
    let options =
        ReadOptions { time_zone: TimeZone::get("Europe/Berlin").unwrap(), ..Default::default() };
    let text = "time,ci\n2022-03-27 01:00,100\n2022-03-27 03:00,200\n";
    let history = History::parse("x", text, &options).unwrap();
    assert_eq!(values(&history), [(0, 100_000), (60, 200_000)]);
}

#[test]
fn a_bad_row_is_named_by_line() {
    for (text, expected) in [
        ("time,ci\n2022-01-01T00:00Z,1\n2022-01-01T01:00Z,x\n", "x:3: `x` is no number"),
        ("time,ci\n2022-01-01T00:00Z,-4\n", "x:2: `-4` is no carbon intensity"),
        ("time,ci\nyesterday,4\n", "x:2: `yesterday` is no time"),
        ("time,ci\n2022-01-01T00:00Z,4\n2022-01-01T00:00Z,5\n", "x: no known shape: two values"),
        ("a,b,c\n1,2,3\n", "x: no known shape: no column of times"),
        ("", "x: no known shape"),
        ("{\"data\":[{\"from\":\"soon\"}]}", "x:1: entry 1 of `data`: `soon` is no time"),
    ] {
        let error = parse(text).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?} gave {error:?}");
    }
}

#[test]
fn the_hour_that_comes_twice_is_told_apart() {
    let options =
        ReadOptions { time_zone: TimeZone::get("Europe/Berlin").unwrap(), ..Default::default() };
    let rows = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"];
    let text: String = rows.iter().zip(1..).map(|(t, v)| format!("2022-10-30 {t},{v}\n")).collect();
    let history = History::parse("x", &text, &options).unwrap();
    let minutes = 60 * 24;
    let wanted = [minutes - 30, 0, 30, 60, 90, 120].map(|m| m % minutes);
    assert_eq!(values(&history).iter().map(|v| v.0).collect::<Vec<_>>(), wanted);
    assert_eq!(history.slot_us(), 1_800_000_000);
}

#[test]
fn generation_by_type_of_entsoe_in_both_exports() {
    // 1 GW of lignite, 3 GW of wind: (820 + 3 × 11) / 4 = 213.25.
    let wide = "Area,MTU (CET/CEST),Biomass - Actual Aggregated [MW],Fossil Brown coal/Lignite - Actual Aggregated [MW],\
        Hydro Pumped Storage - Actual Consumption [MW],Wind Onshore - Actual Aggregated [MW],Other - Actual Aggregated [MW]\n\
        BZN|DE-LU,01.01.2022 01:00 - 01.01.2022 01:15,n/e,1000,9000,3000,700\n\
        BZN|DE-LU,01.01.2022 01:15 - 01.01.2022 01:30,n/e,0,9000,3000,700\n\
        BZN|DE-LU,01.01.2022 01:30 - 01.01.2022 01:45,n/e,n/e,n/e,n/e,n/e\n";
    let long = "\"MTU (UTC)\",\"Area\",\"Production Type\",\"Generation (MW)\"\n\
        01/01/2022 00:00:00 - 01/01/2022 00:15:00,Germany (DE),Fossil Brown coal/Lignite,1000.0\n\
        01/01/2022 00:00:00 - 01/01/2022 00:15:00,Germany (DE),Wind Onshore,3000.0\n\
        01/01/2022 00:15:00 - 01/01/2022 00:30:00,Germany (DE),Waste,40.0\n\
        01/01/2022 00:15:00 - 01/01/2022 00:30:00,Germany (DE),Wind Onshore,3000.0\n";
    for text in [wide, long] {
        let history = parse(text).unwrap();
        assert_eq!(values(&history), [(0, 213_250), (15, 11_000)]);
        assert_eq!(history.basis(), Basis::LifeCycle);
    }
    let direct = ReadOptions { basis: Basis::Direct, ..Default::default() };
    assert!(History::parse("x", wide, &direct).is_err());
    let bad = wide.replace(",1000,", ",lots,");
    assert_eq!(parse(&bad).unwrap_err().to_string(), "x:2: `lots` is no number of megawatts");
}

#[test]
fn zones_of_a_file_are_kept_apart() {
    let text = "time,zone,ci\n2022-01-01T00:00Z,DE,1\n2022-01-01T00:00Z,FR,2\n\
        2022-01-01T01:00Z,DE,3\n2022-01-01T01:00Z,FR,4\n";
    let told = parse(text).unwrap_err().to_string();
    assert_eq!(told, "x: 2 zones (DE, FR), one is wanted; give --zone");
    let of = |zone: &str| {
        let options = ReadOptions { zone: Some(zone.into()), ..Default::default() };
        History::parse("x", text, &options)
    };
    assert_eq!(values(&of("fr").unwrap()), [(0, 2_000), (60, 4_000)]);
    assert_eq!(of("PL").unwrap_err().to_string(), "x: no row of zone PL; it holds DE, FR");
    assert_eq!(History::parse_all("x", text, &ReadOptions::default()).unwrap().len(), 2);
}
