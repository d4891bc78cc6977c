use std::collections::BTreeSet;
use std::fmt::Write;

use expect_test::expect_file;
use tempfile::TempDir;
use wattcast_core::meter::{CounterLimits, CounterMeter, Outcome};
use wattcast_core::units::{Energy, Power, Uptime};

use super::*;
use crate::source::ReadingKind;
use crate::source::cpu_model::probe;

/// A tree in a folder of its own, and the counters in it that are denied.
struct Tree {
    folder: TempDir,
    denied: BTreeSet<PathBuf>,
}

impl Tree {
    fn new(lines: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut denied = BTreeSet::new();
        let mut lines = lines.lines();
        let first = lines.next().unwrap();
        let (vendor, flags) = first.split_once(' ').unwrap_or((first, ""));
        write(
            folder.path(),
            "proc/cpuinfo",
            &format!("vendor_id : {vendor}\nflags : fpu {flags}\n"),
        );
        for line in lines {
            let fields: Vec<&str> = line.split(' ').collect();
            let zone = format!("sys/class/powercap/{}", fields[0]);
            for (file, value) in [("name", 1), ("energy_uj", 2), ("max_energy_range_uj", 3)] {
                write(folder.path(), &format!("{zone}/{file}"), &format!("{}\n", fields[value]));
            }
            if fields.get(4) == Some(&"denied") {
                denied.insert(folder.path().join(&zone).join("energy_uj"));
            }
        }
        Self { folder, denied }
    }

    /// What a user finds, who may not read what is denied; the tests may run
    /// as root, who may.
    fn detect(&self) -> Detection {
        let root = self.folder.path();
        let roots = Roots { sys: root.join("sys"), proc: root.join("proc"), ..Roots::default() };
        detect(&roots, &probe(&roots), |path| {
            if self.denied.contains(path) {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            File::open(path)
        })
    }

    fn set(&self, zone: &str, energy_uj: &str) {
        write(self.folder.path(), &format!("sys/class/powercap/{zone}/energy_uj"), energy_uj);
    }
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(source: &mut Box<dyn Source>) -> Vec<Result<Reading, ReadError>> {
    let mut readings = Vec::new();
    source.read(&Usage::default(), &mut readings);
    readings
}

#[test]
fn trees_of_all_kinds_give_each_joule_once() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/rapl");
    let text = fs::read_to_string(fixtures.join("trees.txt")).unwrap();
    let mut table = String::new();
    for case in text.split("\n== ").skip(1) {
        let (title, lines) = case.split_once('\n').unwrap();
        let tree = Tree::new(lines.trim_end());
        let mut detection = tree.detect();
        let _ = writeln!(table, "== {title}");
        for source in &mut detection.sources {
            let readings = read(source);
            for (channel, reading) in source.channels().iter().zip(readings) {
                let ReadingKind::Counter(spec) = channel.kind else { panic!("a power channel") };
                let _ = writeln!(
                    table,
                    "{} = {:?}, range {:?}, step {} µJ, {}, {:?} ppm",
                    channel.name,
                    reading.unwrap(),
                    spec.range().unwrap(),
                    channel.resolution_uj,
                    if channel.counted { "counted" } else { "not counted" },
                    channel.range_ppm,
                );
            }
        }
        for Finding { available, detail, remedy, .. } in detection.findings {
            let root = tree.folder.path().to_str().unwrap();
            let line = format!("available {available}: {detail}\n  remedy: {remedy:?}");
            let _ = writeln!(table, "{}", line.replace(root, ""));
        }
        table.push('\n');
    }
    expect_file![fixtures.join("trees.expected")].assert_eq(&table);
}

/// From the files through the source into the meter: an advance, a wrap, a
/// failed read that loses nothing, and a reset, each told apart.
#[test]
fn a_counter_that_wraps_fails_and_resets_is_metered_exactly() {
    let tree = Tree::new("GenuineIntel\nintel-rapl:0 package-0 262143320000 262143328850");
    let mut source = tree.detect().sources.remove(0);
    let ReadingKind::Counter(spec) = source.channels()[0].kind else { panic!("a power channel") };
    let limits = CounterLimits::new(Power::from_uw(1_000_000_000)).unwrap();
    let mut meter = CounterMeter::new(spec, limits);
    let mut step = |second: u64, value: &str| {
        tree.set("intel-rapl:0", value);
        match read(&mut source).remove(0) {
            Ok(Reading::Counter(value)) => {
                meter.read(Uptime::from_us(second * 1_000_000), value).unwrap()
            }
            Err(ReadError::Retry(_)) => meter.read_failed(),
            other => panic!("{other:?}"),
        }
    };
    let energy = |outcome: Outcome| outcome.flow().map(|flow| flow.import().as_uj());

    assert_eq!(step(0, "262143320000\n"), Outcome::First);
    assert_eq!(energy(step(1, "262143328000\n")), Some(8_000));
    // 850 µJ to the last step, one step of 61 µJ to zero, 300 µJ on.
    let wrapped = step(2, "300\n");
    assert!(matches!(wrapped, Outcome::Wrapped(_)));
    assert_eq!(wrapped.flow().unwrap().import(), Energy::from_uj(850 + 61 + 300));
    assert_eq!(step(3, ""), Outcome::Unavailable);
    assert_eq!(energy(step(4, "5300\n")), Some(5_000));
    assert!(matches!(step(5, "100\n"), Outcome::Reset(_)));
    assert_eq!(energy(step(6, "1100\n")), Some(1_000));
}
