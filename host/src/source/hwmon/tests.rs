use super::*;

/// A fake `/sys` of files below `class/hwmon`.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Roots) {
    let root = tempfile::tempdir().unwrap();
    for (file, content) in files {
        let path = root.path().join("class/hwmon").join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let roots = Roots { sys: root.path().to_owned(), ..Roots::default() };
    (root, roots)
}

fn names(found: &Detection) -> Vec<(String, bool)> {
    let channels = found.sources.iter().flat_map(|source| source.channels());
    channels.map(|channel| (channel.name.clone(), channel.counted)).collect()
}

fn read(found: &mut Detection) -> Vec<Option<Reading>> {
    let mut readings = Vec::new();
    for source in &mut found.sources {
        source.read(&Usage::default(), &mut readings);
    }
    readings.into_iter().map(Result::ok).collect()
}

fn power(microwatts: i64) -> Option<Reading> {
    Some(Reading::Power(Power::from_uw(microwatts)))
}

#[test]
fn cards_are_counted_and_graphics_in_a_processor_is_not() {
    let (root, roots) = tree(&[
        ("hwmon0/name", "amdgpu\n"),
        ("hwmon0/power1_average", "95000000\n"),
        ("hwmon0/power1_input", "97000000\n"),
        ("hwmon0/power1_label", "PPT\n"),
        ("hwmon0/device/drm/card1/dev", "226:1\n"),
        ("hwmon0/device/drm/renderD128/dev", "226:128\n"),
        ("hwmon1/name", "amdgpu\n"),
        ("hwmon1/in1_label", "vddnb\n"),
        ("hwmon1/power1_input", "15000000\n"),
        ("hwmon2/name", "xe\n"),
        ("hwmon2/energy2_input", "5\n"),
        ("hwmon2/energy2_label", "pkg\n"),
        ("hwmon2/energy1_input", "7\n"),
        ("hwmon2/energy1_label", "card\n"),
        ("hwmon2/device/drm/card0/dev", "226:0\n"),
    ]);
    let mut cards = detect_gpus(&roots);
    assert_eq!(names(&cards), [("gpu-card1".to_owned(), true), ("gpu-card0".to_owned(), true)]);
    assert_eq!(read(&mut cards), [power(95_000_000), Some(Reading::Counter(7))]);
    assert_eq!(names(&detect(&roots)), [("hwmon-amdgpu-power1".to_owned(), false)]);

    std::fs::write(root.path().join("class/hwmon/hwmon0/power1_average"), "96000000\n").unwrap();
    assert_eq!(read(&mut cards), [power(96_000_000), Some(Reading::Counter(7))]);
}

#[test]
fn other_sensors_count_only_when_named() {
    let (root, roots) = tree(&[
        ("hwmon3/name", "ina3221\n"),
        ("hwmon3/power1_input", "4200000\n"),
        ("hwmon3/power1_label", "VDD_IN\n"),
        ("hwmon3/power2_input", "N/A\n"),
        ("hwmon3/temp1_input", "40000\n"),
        ("hwmon10/name", "ina3221\n"),
        ("hwmon10/power1_input", "1\n"),
        ("hwmon10/power1_label", "VDD_IN\n"),
    ]);
    let mut found = detect_counted(&roots, &["hwmon-ina3221-vdd_in".to_owned()]);
    let expected = [
        ("hwmon-ina3221-vdd_in", true),
        ("hwmon-ina3221-power2", false),
        ("hwmon-ina3221-vdd_in-2", false),
    ];
    assert_eq!(names(&found), expected.map(|(name, counted)| (name.to_owned(), counted)));
    assert_eq!(read(&mut found), [power(4_200_000), None, power(1)]);
    drop(root);
}

#[test]
fn machine_without_sensors_says_so() {
    let (_root, roots) = tree(&[]);
    for found in [detect(&roots), detect_gpus(&roots)] {
        assert!(found.sources.is_empty());
        assert!(found.findings.iter().all(|finding| !finding.available));
        assert_eq!(found.findings.len(), 1);
    }
}
