//! Says which kernel of the forecasts the target can run.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(smlad)");
    // Instructions of the Armv7E-M DSP extension; the compiler does not tell
    // crates about it.
    let target = std::env::var("TARGET").unwrap_or_default();
    let safe = std::env::var_os("CARGO_FEATURE_SAFE_KERNEL").is_some();
    if target.starts_with("thumbv7em-") && !safe {
        println!("cargo::rustc-cfg=smlad");
    }
}
