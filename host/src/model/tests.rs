use wattcast_core::forecast::Model;

use super::*;

const ORIGINALS: [(&[u8], &str, &[u8]); 2] = [
    (
        include_bytes!("../../../models/history/history.onnx"),
        include_str!("../../../models/history/history.ranges.json"),
        wattcast_models::HISTORY,
    ),
    (
        include_bytes!("../../../models/weather/weather.onnx"),
        include_str!("../../../models/weather/weather.ranges.json"),
        wattcast_models::WEATHER,
    ),
];

/// The networks that ship come out of their originals byte for byte.
#[test]
fn the_shipped_files_come_out_of_their_originals() {
    for (onnx, ranges, file) in ORIGINALS {
        let ranges: Ranges = serde_json::from_str(ranges).unwrap();
        assert!(quantise(onnx, &ranges).unwrap() == file, "{}", ranges.inputs);
    }
}

#[test]
fn a_broken_original_is_an_error() {
    let (onnx, ranges, _) = ORIGINALS[0];
    let ranges: Ranges = serde_json::from_str(ranges).unwrap();
    for length in (0..onnx.len()).step_by(997) {
        assert!(quantise(&onnx[..length], &ranges).is_err(), "{length}");
    }
    let mut missing = ranges.clone();
    missing.peak.remove("lifted");
    let told = quantise(onnx, &missing).unwrap_err().to_string();
    assert_eq!(told, "the ranges lack `peak` of `lifted`");
    let mut other = ranges.clone();
    other.inputs = "weather".to_owned();
    assert!(
        quantise(onnx, &other).unwrap_err().to_string().starts_with("the integers do not load")
    );

    let name = onnx.windows(11).rposition(|w| w == b"head.weight").unwrap();
    let mut renamed = onnx.to_vec();
    renamed[name] = b'H';
    let told = quantise(&renamed, &ranges).unwrap_err().to_string();
    assert!(told.contains("`head.weight`"), "{told}");
}

#[test]
fn the_parts_add_up() {
    for (_, _, file) in ORIGINALS {
        let model = Model::load(file).unwrap();
        let parts = parts(&model);
        let sum = |of: fn(&Part) -> usize| parts.iter().map(of).sum::<usize>();
        assert_eq!(sum(|p| p.multiply_accumulates), model.multiply_accumulates());
        let head = 52 + model.text().len().next_multiple_of(4);
        assert_eq!(head + sum(|p| p.bytes), model.size_bytes());
        assert!(sum(|p| p.full_window) > 2 * sum(|p| p.multiply_accumulates));
    }
}
