//! A fake NVML library, compiled from the C beside this file, whose GPUs a
//! test describes in text. Each value has a copy of its own, because the
//! loader hands out one instance per file.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// A library and the state of its GPUs.
pub(crate) struct FakeNvml {
    directory: TempDir,
}

impl FakeNvml {
    /// A library with GPUs as in `state`; see the C for the lines.
    ///
    /// # Panics
    ///
    /// Where there is no C compiler: the tests that need one must not pass
    /// without it.
    pub(crate) fn new(state: &str) -> Self {
        let fake = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        std::fs::copy(built(), fake.library()).expect("a copy of the library");
        fake.set(state);
        fake
    }

    /// Where the library lies.
    pub(crate) fn library(&self) -> PathBuf {
        self.directory.path().join("libnvidia-ml.so.1")
    }

    /// Changes the hardware.
    pub(crate) fn set(&self, state: &str) {
        let next = self.directory.path().join("next");
        std::fs::write(&next, state).expect("the state is written");
        let state = self.directory.path().join("libnvidia-ml.so.1.state");
        std::fs::rename(next, state).expect("the state is replaced");
    }
}

/// The compiled library, built once per test process.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fake-nvml/fake_nvml.c");
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let fresh = directory.join(format!("libfakenvml-{}.so", std::process::id()));
        let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
        let status = Command::new(&compiler)
            .args(["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&fresh)
            .arg(&source)
            .arg("-ldl")
            .status()
            .unwrap_or_else(|error| {
                panic!(
                    "the NVML tests need a C compiler, and `{compiler}` does not start: {error}; \
                        install gcc or name one in CC"
                )
            });
        assert!(status.success(), "`{compiler}` does not compile {}", source.display());
        let library = directory.join("libfakenvml.so");
        std::fs::rename(fresh, &library).expect("the library is put in place");
        library
    })
}
