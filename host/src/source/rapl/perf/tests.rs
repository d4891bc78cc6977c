use std::fmt::Write;
use std::fs;

use expect_test::{Expect, expect};
use tempfile::TempDir;

use super::*;
use crate::source::cpu_model::probe;

/// A counter that tells which event it is.
struct Fake(PowerEvent);

impl EnergyCounter for Fake {
    fn value(&mut self) -> io::Result<u64> {
        Ok(u64::from(self.0.unit) * 10_000 + self.0.config * 1_000 + u64::from(self.0.cpu))
    }
}

fn tree(vendor: &str, files: &[(&str, &str)]) -> (TempDir, Roots) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let roots = Roots { sys: root.join("sys"), proc: root.join("proc"), ..Roots::default() };
    let unit = "sys/bus/event_source/devices/power";
    let cpu_info = format!("vendor_id : {vendor}\nflags : fpu\n");
    let mut all = vec![
        ("proc/cpuinfo".to_owned(), cpu_info.as_str()),
        ("proc/sys/kernel/perf_event_paranoid".to_owned(), "2\n"),
        (format!("{unit}/type"), "9\n"),
    ];
    for (file, text) in files {
        match file.strip_prefix("cpu") {
            Some(cpu) if cpu != "mask" => {
                all.push((format!("sys/devices/system/cpu/cpu{cpu}"), text));
            }
            _ => all.push((format!("{unit}/{file}"), text)),
        }
    }
    for (file, text) in all {
        let path = root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    (folder, roots)
}

const ENERGY: [(&str, &str); 4] = [
    ("events/energy-pkg", "event=0x02\n"),
    ("events/energy-pkg.scale", "2.3283064365386962890625e-10\n"),
    ("events/energy-ram", "event=0x03\n"),
    ("events/energy-ram.scale", "2.3283064365386962890625e-10\n"),
];

const PLATFORM: [(&str, &str); 2] = [
    ("events/energy-psys", "event=0x05\n"),
    ("events/energy-psys.scale", "2.3283064365386962890625e-10\n"),
];

fn check(detection: Detection, expected: &Expect) {
    let mut table = String::new();
    for mut source in detection.sources {
        let mut readings = Vec::new();
        source.read(&Usage::default(), &mut readings);
        for (channel, reading) in source.channels().iter().zip(readings) {
            let _ = writeln!(
                table,
                "{} {:?} counted {}",
                channel.name,
                reading.unwrap(),
                channel.counted
            );
        }
    }
    for finding in detection.findings {
        let _ = writeln!(table, "{}: {}", finding.available, finding.detail);
        let _ = writeln!(table, "remedy: {:?}", finding.remedy);
    }
    expected.assert_eq(&table);
}

#[test]
fn one_counter_of_each_package_is_opened() {
    let mut files = vec![("cpumask", "0,18\n")];
    files.extend(ENERGY);
    files.extend(PLATFORM);
    files.extend([
        ("cpu0/topology/physical_package_id", "0\n"),
        ("cpu18/topology/physical_package_id", "1\n"),
    ]);
    let (_folder, roots) = tree("GenuineIntel", &files);
    check(
        detect(&roots, &probe(&roots), |event| Ok(Fake(event))),
        &expect![[r#"
        package-0 Counter(92000) counted true
        package-1 Counter(92018) counted true
        dram-0 Counter(93000) counted true
        dram-1 Counter(93018) counted true
        psys Counter(95000) counted false
        true: perf: package-0, package-1, dram-0, dram-1, psys; psys holds the packages too and is shown, not counted
        remedy: None
    "#]],
    );
}

#[test]
fn dies_are_apart_on_intel_and_one_on_amd() {
    let mut files = vec![("cpumask", "0,8\n")];
    files.extend(ENERGY.into_iter().take(2));
    for (cpu, die) in [("cpu0/topology/die_id", "0\n"), ("cpu8/topology/die_id", "1\n")] {
        files.push((cpu, die));
    }
    files.extend([
        ("cpu0/topology/physical_package_id", "0\n"),
        ("cpu8/topology/physical_package_id", "0\n"),
    ]);
    let (_folder, roots) = tree("GenuineIntel", &files);
    check(
        detect(&roots, &probe(&roots), |event| Ok(Fake(event))),
        &expect![[r#"
        package-0-die-0 Counter(92000) counted true
        package-0-die-1 Counter(92008) counted true
        true: perf: package-0-die-0, package-0-die-1
        remedy: None
    "#]],
    );
    let (_folder, roots) = tree("AuthenticAMD", &files);
    check(
        detect(&roots, &probe(&roots), |event| Ok(Fake(event))),
        &expect![[r#"
        package-0 Counter(92000) counted true
        true: perf: package-0
        remedy: None
    "#]],
    );
}

#[test]
fn what_is_missing_is_said_with_its_remedy() {
    let mut files = vec![("cpumask", "0\n")];
    files.extend(ENERGY);
    let (_folder, roots) = tree("GenuineIntel", &files);
    let denied = |_| Err::<Fake, _>(io::ErrorKind::PermissionDenied.into());
    check(
        detect(&roots, &probe(&roots), denied),
        &expect![[r#"
        false: perf: energy-pkg: permission denied (perf_event_paranoid is 2)
        remedy: Some("sudo sysctl kernel.perf_event_paranoid=0  # until the next boot; to last: sudo setcap cap_perfmon+ep \"$(command -v wattcast)\"")
    "#]],
    );

    files[2].1 = "1e-6\n";
    let (_folder, roots) = tree("GenuineIntel", &files);
    check(
        detect(&roots, &probe(&roots), |event| Ok(Fake(event))),
        &expect![[r#"
        false: perf: energy-pkg has the unknown scale Some("1e-6")
        remedy: None
    "#]],
    );
}

/// The real system call: this kernel's dummy event stands in for the energy
/// events that a virtual machine lacks.
#[test]
fn an_event_opens_and_reads_in_the_running_kernel() {
    let (software, dummy) = (1, 9);
    match open(PowerEvent { unit: software, config: dummy, cpu: 0 }) {
        Ok(mut counter) => assert_eq!(counter.value().unwrap(), 0),
        Err(error) => {
            let kinds = [io::ErrorKind::PermissionDenied, io::ErrorKind::Unsupported];
            assert!(kinds.contains(&error.kind()), "{error}");
        }
    }
}
