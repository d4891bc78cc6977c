//! Why NVML does not answer, and what mends it.

use std::path::Path;

use nvml_wrapper::error::NvmlError;

use super::library::VARIABLE;
use crate::source::{Finding, Roots, sysfs};

/// The finding of a library that could not be loaded or started.
pub(super) fn finding(roots: &Roots, error: &NvmlError) -> Finding {
    let (detail, remedy) = match error {
        NvmlError::LibloadingError(_) => library(roots, error),
        NvmlError::DriverNotLoaded => (
            "NVML is installed, but the kernel's NVIDIA driver is not loaded".to_owned(),
            Some("sudo modprobe nvidia".to_owned()),
        ),
        NvmlError::LibRmVersionMismatch => (
            "the NVIDIA driver was updated, but the old one is still loaded".to_owned(),
            Some("sudo reboot".to_owned()),
        ),
        NvmlError::NoPermission => (
            "the NVIDIA driver refuses this user".to_owned(),
            Some("sudo usermod -aG \"$(stat -c %G /dev/nvidiactl)\" \"$USER\"".to_owned()),
        ),
        _ => (
            format!("NVML does not start: {error}"),
            Some("nvidia-smi -q | head  # says what the driver reports".to_owned()),
        ),
    };
    Finding { source: "nvml", available: false, detail, remedy }
}

fn library(roots: &Roots, error: &NvmlError) -> (String, Option<String>) {
    if roots.nvml.is_some() || std::env::var_os(VARIABLE).is_some() {
        let remedy = format!("unset {VARIABLE}");
        return (format!("the named NVML library cannot be loaded: {error}"), Some(remedy));
    }
    match gpu_on_bus(&roots.proc, &roots.sys) {
        Some(address) => (
            format!("an NVIDIA GPU is at PCI {address}, but there is no libnvidia-ml.so.1"),
            Some(
                "sudo apt install nvidia-driver  # in a container: start it with --gpus all"
                    .to_owned(),
            ),
        ),
        None => ("no NVIDIA GPU or driver found".to_owned(), None),
    }
}

/// The PCI address of an NVIDIA display or 3D controller. One small file lists
/// the devices of the machine.
fn gpu_on_bus(proc: &Path, sys: &Path) -> Option<String> {
    let devices = sysfs::text(&proc.join("bus/pci/devices"))?;
    devices.lines().find_map(|line| {
        // Bus, device and function as bbdd in hexadecimal, then vendor and
        // device as vvvvdddd.
        let mut fields = line.split_ascii_whitespace();
        let place = u32::from_str_radix(fields.next()?, 16).ok()?;
        if !fields.next()?.starts_with("10de") {
            return None;
        }
        let (bus, device, function) = (place >> 8, (place >> 3) & 0x1f, place & 7);
        let address = format!("0000:{bus:02x}:{device:02x}.{function}");
        let class = sysfs::text(&sys.join("bus/pci/devices").join(&address).join("class"))?;
        class.starts_with("0x03").then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gpu_without_driver_is_named_by_its_address() {
        let root = tempfile::tempdir().unwrap();
        let roots =
            Roots { sys: root.path().join("sys"), proc: root.path().join("proc"), nvml: None };
        std::fs::create_dir_all(roots.proc.join("bus/pci")).unwrap();
        // A host bridge, the GPU's sound function, the GPU.
        let devices = "0000\t80861237\t0\n0101\t10de10ef\t11\n0100\t10de1b06\t10\n";
        std::fs::write(roots.proc.join("bus/pci/devices"), devices).unwrap();
        for (address, class) in [("0000:01:00.1", "0x040300"), ("0000:01:00.0", "0x030000")] {
            let place = roots.sys.join("bus/pci/devices").join(address);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("class"), format!("{class}\n")).unwrap();
        }
        let error = super::super::library::load(Some(&root.path().join("none"))).err().unwrap();
        let finding = finding(&roots, &error);
        assert!(finding.detail.contains("0000:01:00.0"), "{}", finding.detail);
        assert!(finding.remedy.unwrap().contains("nvidia-driver"));
    }
}
