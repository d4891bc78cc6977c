//! The shipped network gives the same bytes on a Cortex-M0, on a Cortex-M4 with
//! either kernel, on RISC-V and here; and what the kernels take of a
//! Cortex-M4's instructions, which QEMU counts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "../tools/kernels/src/days.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the programs that run in QEMU")]
mod days;

struct Board {
    target: &'static str,
    features: &'static [&'static str],
    qemu: &'static [&'static str],
}

const M0: Board = Board {
    target: "thumbv6m-none-eabi",
    features: &[],
    qemu: &["qemu-system-arm", "-machine", "microbit"],
};
const M4: Board = Board {
    target: "thumbv7em-none-eabihf",
    features: &[],
    qemu: &["qemu-system-arm", "-machine", "mps2-an386"],
};
const M4_SAFE: Board = Board { features: &["--features", "safe"], ..M4 };
const RISC_V: Board = Board {
    target: "riscv32imc-unknown-none-elf",
    features: &[],
    qemu: &["qemu-system-riscv32", "-machine", "virt", "-bios", "none"],
};

impl Board {
    /// What a program prints; `None`, with the reason told, where this machine
    /// cannot build or run it. `WATTCAST_QEMU` makes that a failure.
    fn run(&self, program: &str) -> Option<String> {
        if let Err(missing) = self.is_ready() {
            assert!(env::var_os("WATTCAST_QEMU").is_none(), "{missing} is missing");
            println!("skipped: {missing} is missing");
            return None;
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let package = root.join("tools/kernels");
        // A folder for each variant: two would build each other's anew.
        let variant = if self.features.is_empty() { "kernels" } else { "kernels-safe" };
        let out = root.join("target").join(variant);
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--locked", "--quiet", "--bin", program])
            .args(["--target", self.target])
            .args(self.features)
            .current_dir(&package)
            .env("CARGO_TARGET_DIR", &out)
            .env_remove("RUSTFLAGS")
            .status()
            .unwrap();
        assert!(built.success(), "{program} for {}", self.target);
        let elf: PathBuf = out.join(self.target).join("release").join(program);
        let (qemu, machine) = self.qemu.split_first().unwrap();
        let output = Command::new(qemu)
            .args(machine)
            .args(["-nographic", "-monitor", "none", "-serial", "none"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(["-icount", "shift=6,sleep=off", "-kernel"])
            .arg(&elf)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    }

    fn is_ready(&self) -> Result<(), String> {
        let qemu = self.qemu.first().unwrap();
        Command::new(qemu).arg("--version").output().map_err(|_| (*qemu).to_owned())?;
        let libdir = ["--print", "target-libdir", "--target", self.target];
        let libdir = Command::new("rustc").args(libdir).output().unwrap();
        let libdir = String::from_utf8_lossy(&libdir.stdout).trim().to_owned();
        if Path::new(&libdir).is_dir() { Ok(()) } else { Err(self.target.to_owned()) }
    }
}

#[test]
fn every_core_gives_the_bytes_of_this_one() {
    let mut alone = String::new();
    days::alone(wattcast_models::HISTORY, &mut alone).unwrap();
    let mut all = alone.clone();
    days::recorded(wattcast_models::HISTORY, &mut all).unwrap();
    // The Cortex-M0 has too little memory for a record.
    for (board, expected) in [(M4, &all), (M4_SAFE, &all), (RISC_V, &all), (M0, &alone)] {
        if let Some(told) = board.run("forecast") {
            assert!(told == *expected, "{} {:?}\n{told}", board.target, board.features);
        }
    }
}

/// By the words behind them: `… instructions … multiply-accumulates`.
fn rate(line: &str) -> (f64, u64) {
    let number = |word: &str| {
        let mut words = line.split_whitespace().rev().skip_while(|found| *found != word);
        words.nth(1).unwrap().parse::<u32>().unwrap()
    };
    let instructions = number("instructions");
    let rate = f64::from(instructions) / f64::from(number("multiply-accumulates"));
    (rate, instructions.into())
}

#[test]
fn a_multiply_accumulate_takes_few_instructions() {
    for (board, most) in [(M4, 1.1), (M4_SAFE, 2.6)] {
        let Some(told) = board.run("instructions") else { return };
        let lines: Vec<_> = told.lines().map(|line| (line, rate(line))).collect();
        for (line, (rate, _)) in &lines {
            println!("{:?}: {rate:.2} per multiply-accumulate: {line}", board.features);
        }
        let (layer, (rate, _)) = lines.first().unwrap();
        assert!(layer.starts_with("layer") && *rate <= most, "{rate} for {layer}");
    }
}

#[test]
fn the_kernels_give_the_same_where_sums_meet_the_ends_of_16_bits() {
    let [Some(assembly), Some(safe)] = [M4, M4_SAFE].map(|board| board.run("extremes")) else {
        return;
    };
    assert!(assembly.trim().parse::<u32>().is_ok() && assembly == safe, "{assembly} {safe}");
}
