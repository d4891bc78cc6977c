//! Builds the boards' programs and runs them in QEMU.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A machine that QEMU emulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    CortexM4,
    CortexM7,
    RiscV32,
}

impl Machine {
    pub(crate) const ALL: [Self; 3] = [Self::CortexM4, Self::CortexM7, Self::RiscV32];

    fn package(self) -> &'static str {
        match self {
            Self::CortexM4 | Self::CortexM7 => "qemu-mps2",
            Self::RiscV32 => "qemu-virt-riscv32",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::CortexM4 | Self::CortexM7 => "thumbv7em-none-eabihf",
            Self::RiscV32 => "riscv32imc-unknown-none-elf",
        }
    }

    fn qemu(self) -> &'static str {
        match self {
            Self::CortexM4 | Self::CortexM7 => "qemu-system-arm",
            Self::RiscV32 => "qemu-system-riscv32",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::CortexM4 => &["-machine", "mps2-an386"],
            Self::CortexM7 => &["-machine", "mps2-an500"],
            Self::RiscV32 => &["-machine", "virt", "-bios", "none"],
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where a fixture of the firmware lies.
pub(crate) fn fixture(name: &str) -> PathBuf {
    root().join("fixtures/firmware").join(name)
}

/// A folder of its own for each test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("qemu").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The ELF of a program, or `None`, with the reason told, where this machine
/// cannot build or run it.
pub(crate) fn program(machine: Machine, name: &str) -> Option<PathBuf> {
    static ARM: OnceLock<bool> = OnceLock::new();
    static RISC_V: OnceLock<bool> = OnceLock::new();
    let built = if machine == Machine::RiscV32 { &RISC_V } else { &ARM };
    if !*built.get_or_init(|| is_ready(machine) && build(machine)) {
        return None;
    }
    let release = root().join("target/firmware").join(machine.target()).join("release");
    Some(release.join(name))
}

fn is_ready(machine: Machine) -> bool {
    let qemu = Command::new(machine.qemu()).arg("--version").output();
    let libdir = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", machine.target()])
        .output();
    let libdir = libdir.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let missing = if qemu.is_err() {
        machine.qemu()
    } else if !libdir.is_ok_and(|libdir| Path::new(&libdir).is_dir()) {
        machine.target()
    } else {
        return true;
    };
    assert!(env::var_os("WATTCAST_QEMU").is_none(), "{missing} is not installed");
    eprintln!("skipped: {missing} is not installed; ./tests/run installs it");
    false
}

fn build(machine: Machine) -> bool {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--quiet", "--bins"])
        .current_dir(root().join("firmware/boards").join(machine.package()))
        .env("CARGO_TARGET_DIR", root().join("target/firmware"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .status();
    assert!(status.unwrap().success(), "{} does not build", machine.package());
    true
}

/// QEMU that ends with this value.
pub(crate) struct Qemu(Child);

impl Qemu {
    /// Runs a program with these arguments more; virtual time is counted in
    /// instructions, so that a run is the same each time.
    pub(crate) fn start(machine: Machine, elf: &Path, more: &[&str]) -> Self {
        let child = Command::new(machine.qemu())
            .args(machine.arguments())
            .args(["-display", "none", "-monitor", "none", "-icount", "shift=6,sleep=off"])
            .args(["-semihosting-config", "enable=on,target=native"])
            .args(more)
            .arg("-kernel")
            .arg(elf)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    /// Waits until the program has ended, as it should.
    pub(crate) fn wait(mut self) {
        assert!(self.0.wait().unwrap().success(), "the program has failed");
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program writes to its UARTs. Each test runs it in a folder of its own.
pub(crate) fn output(machine: Machine, name: &str) -> Option<[Vec<u8>; 3]> {
    let elf = program(machine, name)?;
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let folder = folder(&format!("{name}-{machine:?}-{run}"));
    let paths = ["frames", "defmt", "talk"].map(|file| folder.join(file));
    let serial = paths.each_ref().map(|path| format!("file:{}", path.display()));
    let uarts = if machine == Machine::RiscV32 { 1 } else { 3 };
    let arguments: Vec<&str> =
        serial.iter().take(uarts).flat_map(|serial| ["-serial", serial]).collect();
    Qemu::start(machine, &elf, &arguments).wait();
    Some(paths.map(|path| fs::read(path).unwrap_or_default()))
}
