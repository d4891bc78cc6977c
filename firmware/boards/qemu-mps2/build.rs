//! Puts the memory map where the linker looks.

use std::env;
use std::fs;
use std::path::PathBuf;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("memory.x"), include_bytes!("memory.x")).expect("a writable folder");
    // The names of interrupts; none is used.
    fs::write(out.join("device.x"), "").expect("a writable folder");
    println!("cargo:rustc-link-search={}", out.display());
    println!("cargo:rustc-link-arg-bin=day=-Tdefmt.x");
    println!("cargo:rerun-if-changed=memory.x");
}
