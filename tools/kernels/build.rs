//! The memory map of the machine, and the kernel that its target runs.

use std::env;
use std::fs;
use std::path::PathBuf;

/// The micro:bit has 256 KB of flash and 16 KB of memory.
const ARM: &str = "MEMORY {
  FLASH : ORIGIN = 0x00000000, LENGTH = 256K
  RAM : ORIGIN = 0x20000000, LENGTH = 64K
}
";
const RISCV: &str = "MEMORY {
  FLASH : ORIGIN = 0x80000000, LENGTH = 256K
  RAM : ORIGIN = 0x80080000, LENGTH = 64K
}
REGION_ALIAS(\"REGION_TEXT\", FLASH);
REGION_ALIAS(\"REGION_RODATA\", FLASH);
REGION_ALIAS(\"REGION_DATA\", RAM);
REGION_ALIAS(\"REGION_BSS\", RAM);
REGION_ALIAS(\"REGION_HEAP\", RAM);
REGION_ALIAS(\"REGION_STACK\", RAM);
";

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let target = env::var("TARGET").expect("cargo sets it");
    let arm = target.starts_with("thumb");
    let map = if arm { ARM } else { RISCV };
    let map = if target.starts_with("thumbv6m-") { map.replace("64K", "16K") } else { map.into() };
    fs::write(out.join("memory.x"), map).expect("a writable folder");
    println!("cargo::rustc-link-search={}", out.display());
    if !arm {
        println!("cargo::rustc-link-arg-bins=-Tmemory.x");
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-check-cfg=cfg(smlad, small)");
    let small = target.starts_with("thumbv6m-");
    if small {
        println!("cargo::rustc-cfg=small");
    }
    let safe = env::var_os("CARGO_FEATURE_SAFE").is_some();
    if target.starts_with("thumbv7em-") && !safe {
        println!("cargo::rustc-cfg=smlad");
    }
}
