use proptest::prelude::*;

use super::table::ROWS;
use super::*;

fn watts(name: &str) -> Option<i64> {
    lookup(name).ok().map(|spec| spec.tdp.as_uw() / 1_000_000)
}

/// Names as NVML, ROCm, lspci and people write them.
#[test]
fn names_are_found_as_drivers_and_people_write_them() {
    let expected = [
        ("NVIDIA A100-SXM4-40GB", 400),
        ("NVIDIA A100-PCIE-40GB", 250),
        ("NVIDIA A100 80GB PCIe", 300),
        ("a100", 400),
        ("NVIDIA H100 80GB HBM3", 700),
        ("NVIDIA H100 PCIe", 350),
        ("NVIDIA H200", 700),
        ("Tesla V100-SXM2-32GB", 300),
        ("Tesla V100-PCIE-16GB", 250),
        ("Tesla P100-PCIE-16GB", 250),
        ("Tesla T4", 70),
        ("NVIDIA A10G", 300),
        ("NVIDIA A10", 150),
        ("NVIDIA GeForce RTX 3080", 320),
        ("NVIDIA GeForce RTX 3080 Ti", 350),
        ("rtx3080ti", 350),
        ("4090", 450),
        ("RTX 4090D", 425),
        ("NVIDIA RTX 6000 Ada Generation", 300),
        ("Quadro RTX 6000", 260),
        ("Quadro RTX A6000", 300),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 300),
        ("NVIDIA TITAN RTX", 280),
        ("AMD Instinct MI300X OAM", 750),
        ("AMD Radeon RX 7900 XTX", 355),
        ("Radeon RX 7900 XT", 315),
        ("TPUv3 Chip", 450),
        ("tpu-v4", 192),
        ("Intel(R) Data Center GPU Max 1550", 600),
    ];
    for (name, tdp) in expected {
        assert_eq!(watts(name), Some(tdp), "{name}");
    }
}

/// A name that could be another card's is not taken for one that is known.
#[test]
fn names_of_other_cards_are_refused() {
    for name in
        ["NVIDIA GeForce RTX 3080 Laptop GPU", "RTX 4090 Max-Q", "TPU v5e", "RTX", "", "gpu"]
    {
        assert_eq!(watts(name), None, "{name}");
    }
    let error = lookup("RTX 4099").unwrap_err();
    assert!(error.nearest.contains(&"RTX 4090"), "{error}");
}

#[test]
fn counts_and_given_power_are_read() {
    let read = |text| parse(text).map(|gpus| (gpus.spec.tdp.as_uw() / 1_000_000, gpus.count));
    assert_eq!(read("A100 x2"), Ok((400, 2)));
    assert_eq!(read("8 × H100"), Ok((700, 8)));
    assert_eq!(read("4xV100"), Ok((300, 4)));
    assert_eq!(read("RX 580"), Ok((185, 1)));
    assert_eq!(read("MI300X"), Ok((750, 1)));
    assert_eq!(read("mi300x X 8"), Ok((750, 8)));
    assert_eq!(read("330W x3"), Ok((330, 3)));
    assert!(read("A100 x0").is_err());
    assert!(read("0W").is_err());
}

#[test]
fn every_row_is_found_by_its_own_name() {
    assert!(ROWS.len() >= 100);
    for &(name, tdp, _) in ROWS {
        assert_eq!(watts(name), Some(i64::from(tdp)), "{name}");
        assert_eq!(
            watts(&format!("NVIDIA {} GPU", name.to_uppercase())),
            Some(i64::from(tdp)),
            "{name}"
        );
    }
}

#[test]
fn energy_is_power_times_time_at_any_period() {
    let gpus = [parse("A100 x2").unwrap(), parse("T4").unwrap()];
    let mut source = ModelledGpus::given(&gpus);
    let names: Vec<_> = source.channels().iter().map(|channel| channel.name.clone()).collect();
    assert_eq!(names, ["gpu0", "gpu1", "gpu2"]);
    let mut readings = Vec::new();
    for at in [5_000_000, 5_300_000, 7_500_000] {
        readings.clear();
        source.read(&Usage { uptime: Uptime::from_us(at), ..Usage::default() }, &mut readings);
    }
    let energy: Vec<_> = readings.into_iter().map(Result::unwrap).collect();
    assert_eq!(energy, [1_000_000_000, 1_000_000_000, 175_000_000].map(Reading::Counter));
}

proptest! {
    /// No text makes the reader panic.
    #[test]
    fn any_text_is_answered(text in ".{0,40}") {
        let _ = parse(&text);
    }
}
