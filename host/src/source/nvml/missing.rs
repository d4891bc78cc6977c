//! Why NVML does not answer, and what mends it.

use nvml_wrapper::error::NvmlError;

use crate::source::{Finding, Roots, sysfs};

/// The finding of a machine that NVIDIA has no part in.
pub(super) fn no_gpu() -> Finding {
    finding("no NVIDIA GPU or driver found".to_owned(), None)
}

/// The finding of a library that could not be loaded or started; `is_named`
/// where the user said which.
pub(super) fn no_library(roots: &Roots, is_named: bool, error: &NvmlError) -> Finding {
    match error {
        NvmlError::LibloadingError(_) if is_named => finding(
            format!("the named NVML library cannot be loaded: {error}"),
            Some("unset WATTCAST_NVML"),
        ),
        NvmlError::LibloadingError(_) => {
            let gpu = match gpu_on_bus(roots) {
                Some(address) => format!("an NVIDIA GPU is at PCI {address}"),
                None => "an NVIDIA driver is loaded".to_owned(),
            };
            finding(
                format!("{gpu}, but there is no libnvidia-ml.so.1"),
                Some("sudo apt install nvidia-driver  # for a container: docker run --gpus all"),
            )
        }
        NvmlError::DriverNotLoaded => finding(
            "NVML is installed, but the kernel's NVIDIA driver is not loaded".to_owned(),
            Some("sudo modprobe nvidia"),
        ),
        NvmlError::LibRmVersionMismatch => finding(
            "the NVIDIA driver was updated, but the old one is still loaded".to_owned(),
            Some("sudo reboot"),
        ),
        NvmlError::NoPermission => finding(
            "the NVIDIA driver refuses this user".to_owned(),
            Some("sudo usermod -aG \"$(stat -c %G /dev/nvidiactl)\" \"$USER\""),
        ),
        _ => finding(
            format!("NVML does not start: {error}"),
            Some("nvidia-smi -q | head  # says what the driver reports"),
        ),
    }
}

fn finding(detail: String, remedy: Option<&str>) -> Finding {
    Finding { source: "nvml", available: false, detail, remedy: remedy.map(str::to_owned) }
}

/// The PCI address of an NVIDIA display or 3D controller. One small file lists
/// the devices of the machine.
pub(super) fn gpu_on_bus(roots: &Roots) -> Option<String> {
    let devices = sysfs::text(&roots.proc.join("bus/pci/devices"))?;
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
        let class = sysfs::text(&roots.sys.join("bus/pci/devices").join(&address).join("class"))?;
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
        assert_eq!(gpu_on_bus(&roots).as_deref(), Some("0000:01:00.0"));
        let none = root.path().join("none");
        let error = super::super::library::load(Some(&none)).err().unwrap();
        let finding = no_library(&roots, false, &error);
        assert!(finding.detail.contains("0000:01:00.0"), "{}", finding.detail);
        assert!(finding.remedy.unwrap().contains("nvidia-driver"));
    }
}
