//! The header is what the sources say, and the example in C computes what Rust
//! does: compiled for this machine, and for a Cortex-M4F that QEMU plays.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod expected;

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[test]
fn the_header_is_what_the_sources_say() {
    let mut header = Vec::new();
    let config = cbindgen::Config::from_root_or_default(root());
    let made = cbindgen::generate_with_config(root(), config).unwrap();
    made.write(&mut header);
    let header = String::from_utf8(header).unwrap();
    let path = root().join("include/wattcast.h");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &header).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == header, "wattcast.h is stale: UPDATE_EXPECT=1 cargo test -p wattcast-c");
}

/// Runs a command and gives what it printed.
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (told, errors) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.success(), "{command:?}: {told}{errors}");
    told.into_owned()
}

/// The static library for a target, this machine where none is named.
fn library(target: Option<&str>) -> PathBuf {
    let folder = root().join("../target/c-library");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["rustc", "--package", "wattcast-c", "--release", "--crate-type", "staticlib"])
        .args(["--locked", "--target-dir"])
        .arg(&folder)
        .args(target.iter().flat_map(|target| ["--target", target]))
        // Small and soon compiled: the example is no benchmark.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .current_dir(root());
    run(&mut cargo);
    folder.join(target.unwrap_or("")).join("release/libwattcast_c.a")
}

fn compiler(name: &str, folder: &Path) -> (Command, PathBuf) {
    let program = folder.join("example");
    let mut compiler = Command::new(name);
    compiler
        .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"])
        .arg(format!("-DMODEL=\"{}\"", root().join("../models/history/history.wcfm").display()))
        .arg("-I")
        .arg(root().join("include"))
        .args([root().join("example/example.c"), root().join("example/model.S")])
        .arg("-o")
        .arg(&program);
    (compiler, program)
}

#[test]
fn the_example_computes_on_this_machine_what_rust_does() {
    let folder = tempfile::tempdir().unwrap();
    let (mut cc, program) = compiler("cc", folder.path());
    run(cc.arg(library(None)).args(["-lpthread", "-ldl", "-lm", "-lgcc_s"]));
    assert_eq!(run(&mut Command::new(program)), expected::text());
}

#[test]
fn the_example_computes_on_a_cortex_m4f_what_rust_does() {
    let needed = ["arm-none-eabi-gcc", "qemu-system-arm"];
    let missing = needed.iter().find(|name| Command::new(name).arg("--version").output().is_err());
    if let Some(missing) = missing.filter(|_| std::env::var_os("WATTCAST_QEMU").is_none()) {
        eprintln!("skipped: no {missing} here; tests/run installs it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let board = root().join("example/mps2-an386");
    let (mut cc, program) = compiler("arm-none-eabi-gcc", folder.path());
    cc.args(["-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"])
        .arg(board.join("startup.c"))
        .arg("-T")
        .arg(board.join("link.ld"))
        .args(["--specs=rdimon.specs", "-Wl,--gc-sections"])
        .arg(library(Some("thumbv7em-none-eabihf")));
    run(&mut cc);
    let mut qemu = Command::new("qemu-system-arm");
    qemu.args(["-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none"])
        .args(["-semihosting-config", "enable=on,target=native", "-kernel"])
        .arg(program);
    assert_eq!(run(&mut qemu), expected::text());
}
