//! RAPL: the energy counters of x86 processors.
//!
//! They are nested, `psys` ⊃ `package` ⊃ `core`, `uncore`, with `dram` beside
//! `package`. Packages and DRAM are counted; the platform (`psys`) is shown
//! where there is one and not counted, cores and the rest of a package are
//! left alone. The counters see the whole machine and not one process.
//!
//! Read through powercap, and through perf where powercap is closed to the
//! user. Both show the same registers, so never both at once.

use crate::source::cpu_model::Probe;
use crate::source::{Detection, Roots};

#[cfg(target_os = "linux")]
mod domain;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod perf;
#[cfg(target_os = "linux")]
mod powercap;

/// Looks for RAPL counters. At most one source comes back.
#[cfg(target_os = "linux")]
#[must_use]
pub(in crate::source) fn detect(roots: &Roots, processor: &Probe) -> Detection {
    let mut detection = powercap::detect(roots, processor, |path| std::fs::File::open(path));
    #[cfg(target_arch = "x86_64")]
    if detection.sources.is_empty() {
        let perf = perf::detect(roots, processor, perf::open);
        detection.sources.extend(perf.sources);
        detection.findings.extend(perf.findings);
    }
    detection
}

/// Other systems have no interface to RAPL that needs no driver.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub(in crate::source) fn detect(_roots: &Roots, _processor: &Probe) -> Detection {
    Detection {
        sources: Vec::new(),
        findings: vec![crate::source::Finding {
            source: "rapl",
            available: false,
            detail: "energy counters of the processor are read on Linux only".to_owned(),
            remedy: None,
        }],
    }
}
