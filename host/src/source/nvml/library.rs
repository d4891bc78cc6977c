//! Finds and loads the NVML library, once per path and process.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;

/// Names a library in place of the system's.
const VARIABLE: &str = "WATTCAST_NVML";

/// The name that the loader looks up, and where drivers lie that it does not
/// know of: WSL, NixOS, containers of Kubernetes.
#[cfg(target_os = "linux")]
const PLACES: &[&str] = &[
    "libnvidia-ml.so.1",
    "/usr/lib/wsl/lib/libnvidia-ml.so.1",
    "/run/opengl-driver/lib/libnvidia-ml.so.1",
    "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
];
#[cfg(windows)]
const PLACES: &[&str] = &["nvml.dll", r"C:\Program Files\NVIDIA Corporation\NVSMI\nvml.dll"];

/// Libraries stay loaded to the end of the process: starting NVML takes far
/// longer than reading it, and the handles of its devices borrow from it.
static LOADED: Mutex<Vec<(PathBuf, &'static Nvml)>> = Mutex::new(Vec::new());

/// Files that a driver of NVIDIA makes, the second under WSL.
#[cfg(target_os = "linux")]
const DRIVERS: &[&str] = &["/dev/nvidiactl", "/dev/dxg"];

/// Whether a driver runs. Asking the loader for NVML instead would cost a
/// search through all its directories, a hundred times more.
#[cfg(target_os = "linux")]
pub(super) fn has_driver() -> bool {
    DRIVERS.iter().any(|driver| Path::new(driver).exists())
}

/// Whether a driver runs; only the loader knows.
#[cfg(windows)]
pub(super) fn has_driver() -> bool {
    true
}

/// The path of a library that was named, by the caller or the environment.
pub(super) fn named(path: Option<&Path>) -> Option<PathBuf> {
    path.map(Path::to_owned).or_else(from_environment)
}

/// The library at `path`, else the system's.
pub(super) fn load(path: Option<&Path>) -> Result<&'static Nvml, NvmlError> {
    if let Some(path) = path {
        return load_from(path);
    }
    let mut places = PLACES.iter().map(Path::new);
    let first = places.next().map_or(Err(NvmlError::LibraryNotFound), load_from);
    if !matches!(first, Err(NvmlError::LibloadingError(_))) {
        return first;
    }
    places.find(|place| place.exists()).map_or(first, load_from)
}

fn load_from(path: &Path) -> Result<&'static Nvml, NvmlError> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, nvml)) = loaded.iter().find(|(known, _)| known == path) {
        return Ok(nvml);
    }
    let nvml: &'static Nvml =
        Box::leak(Box::new(Nvml::builder().lib_path(path.as_os_str()).init()?));
    loaded.push((path.to_owned(), nvml));
    Ok(nvml)
}

/// What the environment names, unless this program has more rights than
/// whoever set the variable: it would run their code with them.
fn from_environment() -> Option<PathBuf> {
    let value = std::env::var_os(VARIABLE)?;
    (value != OsStr::new("") && !has_raised_rights()).then(|| value.into())
}

/// Whether the kernel started this program with rights that its caller does
/// not have (set-user-ID, file capabilities): entry `AT_SECURE` of the
/// auxiliary vector, see getauxval(3).
#[cfg(target_os = "linux")]
fn has_raised_rights() -> bool {
    const AT_SECURE: usize = 23;
    const WORD: usize = size_of::<usize>();
    let Ok(vector) = std::fs::read("/proc/self/auxv") else { return true };
    let mut words = vector
        .chunks_exact(WORD)
        .filter_map(|bytes| bytes.try_into().ok().map(usize::from_ne_bytes));
    while let (Some(key), Some(value)) = (words.next(), words.next()) {
        if key == AT_SECURE {
            return value != 0;
        }
    }
    true
}

#[cfg(windows)]
fn has_raised_rights() -> bool {
    false
}
