//! NVIDIA GPUs through NVML, the library of their driver.
//!
//! The energy counter (Volta and newer, millijoules since the driver was
//! loaded) comes before polled power; where both answer, they are compared. A
//! GPU that refuses both, as a slice of a partitioned one (MIG) does, is
//! modelled and said to be.
//!
//! Where the driver names the processes on a GPU by ids that mean the same
//! here, only the energy of the accounted ones is counted (`gpu0`); that of
//! others and of idleness stands beside it (`gpu0-rest`). In a container, on a
//! partitioned GPU and on Windows the whole GPU is counted.
//!
//! NVIDIA documents ±5 % for the power of Fermi and Kepler and nothing for
//! newer GPUs; [arXiv 2312.02741](https://arxiv.org/abs/2312.02741) compares
//! more than 70 of them with a meter. On A100 and H100 the sensor looks at a
//! quarter of the time only.
//!
//! What it does not do: divide a GPU among its MIG slices.

#[cfg(any(target_os = "linux", windows))]
mod check;
#[cfg(any(target_os = "linux", windows))]
mod gpu;
#[cfg(any(target_os = "linux", windows))]
mod library;
#[cfg(any(target_os = "linux", windows))]
mod missing;
#[cfg(any(target_os = "linux", windows))]
mod share;
#[cfg(any(target_os = "linux", windows))]
mod source;
#[cfg(any(target_os = "linux", windows))]
mod visible;

#[cfg(any(target_os = "linux", windows))]
pub use source::detect;

/// Looks for NVIDIA GPUs, which this platform's drivers do not support.
#[cfg(not(any(target_os = "linux", windows)))]
#[must_use]
pub fn detect(_roots: &super::Roots) -> super::Detection {
    super::Detection { sources: Vec::new(), findings: Vec::new() }
}
