use wattcast_core::forecast::{Model, Tcn};

use super::*;

#[path = "../../../tests/model/onnx.rs"]
#[allow(dead_code, reason = "shared with tests that take other networks")]
mod onnx_file;

const ORIGINALS: [(&[u8], &str, &[u8]); 3] = [
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
    (
        include_bytes!("../../../models/day-ahead/day-ahead.onnx"),
        include_str!("../../../models/day-ahead/day-ahead.ranges.json"),
        wattcast_models::DAY_AHEAD,
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
        let head = 44 + model.text().len().next_multiple_of(4);
        assert_eq!(head + sum(|p| p.bytes), model.size_bytes());
        assert_eq!(sum(|p| p.full_window), model.full_window_multiply_accumulates());
    }
}

/// A network of any size as ONNX, its weights from a generator.
fn generated(inputs: usize, channels: &[usize], dense: &[usize]) -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>)> = vec![];
    let mut add = |name: String, dims: Vec<usize>| {
        tensors.push((format!("{name}.bias"), vec![dims[0]]));
        tensors.push((format!("{name}.weight"), dims));
    };
    let mut width = inputs;
    for (at, &channels) in channels.iter().enumerate() {
        add(format!("block{at}.first"), vec![channels, width, 3]);
        add(format!("block{at}.second"), vec![channels, channels, 3]);
        if width != channels {
            add(format!("block{at}.skip"), vec![channels, width, 1]);
        }
        width = channels;
    }
    for (at, &outputs) in dense.iter().enumerate() {
        add(format!("dense{at}"), vec![outputs, width]);
        width = outputs;
    }
    let tensors: Vec<(&str, &[usize])> =
        tensors.iter().map(|(name, dims)| (name.as_str(), dims.as_slice())).collect();
    onnx_file::network(&tensors)
}

fn windows(count: usize, steps: usize, values: usize) -> Vec<Vec<Vec<f64>>> {
    let value = |at: usize| f64::from(u32::try_from(at * 7_919 % 4_001).unwrap()) / 1000.0 - 2.0;
    let row = |at: usize| (0..values).map(|v| value(at * values + v)).collect();
    (0..count).map(|w| (0..steps).map(|t| row(w * steps + t)).collect()).collect()
}

/// By how much the integers and the floats differ, as a share of the largest
/// value that comes out.
fn difference(float: &FloatTcn, file: &[u8], window: &[Vec<f64>], rectified: bool) -> f64 {
    let tcn = Tcn::load(file).unwrap();
    let [bits_in, bits_out] = tcn.bits().map(|bits| f64::from(bits).exp2());
    let fixed = |value: &f64| linear::narrow((value * bits_in).round()).unwrap();
    let rows = window.iter().flatten();
    let rows: Vec<i16> = rows.map(|value| i16::try_from(fixed(value)).unwrap()).collect();
    let mut scratch = vec![0; tcn.scratch_words()];
    let mut out = vec![0; tcn.outputs()];
    tcn.run(&rows, &mut scratch, &mut out).unwrap();
    let wanted = float.answer(window, rectified);
    let largest = wanted.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let errors = wanted.iter().zip(out).map(|(w, o)| (w - f64::from(o) / bits_out).abs());
    errors.fold(0.0, f64::max) / largest
}

/// The network of eco4cast: 23 values at each of 38 places, 24 hours.
#[test]
fn the_network_of_eco4cast_comes_into_integers_and_says_the_same() {
    let onnx = generated(874, &[512, 256, 256, 256, 256], &[512, 24]);
    let float = FloatTcn::read(&onnx).unwrap().unwrap();
    let windows = windows(2, 24, 874);
    let [seen, other] = windows.as_slice() else { panic!() };
    let mut ranges = float.calibrate([seen.as_slice()], true).unwrap();
    assert_eq!(ranges.window, 24);
    ranges.text = ["name", "sources", "grids"].map(|key| (key.to_owned(), String::new())).into();
    let file = float.quantise(&ranges).unwrap();
    let tcn = Tcn::load(&file).unwrap();
    assert_eq!((tcn.inputs(), tcn.window(), tcn.outputs()), (874, 24, 24));
    // A byte a weight; the ONNX file has four.
    assert!(file.len() < onnx.len() / 3, "{} {}", file.len(), onnx.len());
    assert!(difference(&float, &file, other, true) < 0.02);
}

#[test]
fn networks_of_any_size_come_into_integers_and_say_the_same() {
    for (channels, rectified) in [(&[5, 5, 7][..], true), (&[4][..], false)] {
        let onnx = generated(3, channels, &[6, 2]);
        let float = FloatTcn::read(&onnx).unwrap().unwrap();
        let windows = windows(6, 17, 3);
        let (other, seen) = windows.split_last().unwrap();
        let mut ranges = float.calibrate(seen.iter().map(Vec::as_slice), rectified).unwrap();
        let missing = float.quantise(&ranges).unwrap_err();
        assert_eq!(missing.to_string(), "the ranges lack `text.name`");
        ranges.text = ["name", "sources", "grids"].map(|key| (key.to_owned(), key.into())).into();
        let file = float.quantise(&ranges).unwrap();
        assert!(difference(&float, &file, other, rectified) < 0.02);
        ranges.peak.remove("block0.out");
        let missing = float.quantise(&ranges).unwrap_err();
        assert_eq!(missing.to_string(), "the ranges lack `peak` of `block0.out`");
    }
    let float = FloatTcn::read(&generated(3, &[4], &[2])).unwrap().unwrap();
    let short: &[Vec<f64>] = &[vec![1.0, 2.0]];
    let told = float.calibrate([short], true).unwrap_err().to_string();
    assert_eq!(told, "a step has 2 values where the network takes 3");
    assert!(FloatTcn::read(ORIGINALS[0].0).unwrap().is_none());
}
