use super::*;

fn enter(place: &Path, chain: &str, id: &str) -> Presence {
    let since = Utc::from_us(7);
    Presence::enter_under(place, &RunTag::within(chain, id), since).unwrap()
}

fn seen(presence: &mut Presence) -> Vec<(String, Relation)> {
    presence.others().map(|run| (run.run_id.clone(), run.relation)).collect()
}

fn files(place: &Path) -> usize {
    fs::read_dir(place.join(own_folder())).unwrap().count()
}

#[test]
fn runs_see_each_other_and_how_they_nest() {
    let place = tempfile::tempdir().unwrap();
    let mut outer = enter(place.path(), "", "outer");
    assert_eq!(seen(&mut outer), []);
    let mut inner = enter(place.path(), "outer", "inner");
    let mut other = enter(place.path(), "", "other");
    let of = |id: &str, relation| (id.to_owned(), relation);
    let sorted = |presence: &mut Presence| {
        let mut seen = seen(presence);
        seen.sort_by(|a, b| a.0.cmp(&b.0));
        seen
    };
    use Relation::{Around, Beside, Within};
    assert_eq!(sorted(&mut outer), [of("inner", Within), of("other", Beside)]);
    assert_eq!(sorted(&mut inner), [of("other", Beside), of("outer", Around)]);
    assert_eq!(sorted(&mut other), [of("inner", Beside), of("outer", Beside)]);
    // One that has ended was there all the same.
    drop(other);
    assert_eq!(sorted(&mut outer), [of("inner", Within), of("other", Beside)]);
    drop((outer, inner));
    assert_eq!(files(place.path()), 0);
}

#[test]
fn what_a_crash_left_is_removed() {
    let place = tempfile::tempdir().unwrap();
    drop(enter(place.path(), "", "first"));
    let folder = place.path().join(own_folder());
    fs::write(folder.join("1~7~begins"), "").unwrap();
    let crashed = File::create(folder.join("1~7~crashed")).unwrap();
    crashed.set_modified(SystemTime::now() - 2 * STALE).unwrap();
    let mut run = enter(place.path(), "", "second");
    assert_eq!(seen(&mut run), []);
    assert_eq!(files(place.path()), 2);
    assert!(!folder.join("1~7~crashed").exists());
}

#[cfg(unix)]
#[test]
fn somebody_elses_folder_is_refused_and_traps_are_stepped_over() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = tempfile::tempdir().unwrap();
    let tag = RunTag::within("", "run");
    let target = place.path().join("target");
    fs::create_dir(&target).unwrap();
    symlink(&target, place.path().join(own_folder())).unwrap();
    assert!(Presence::enter_under(place.path(), &tag, Utc::ZERO).is_err());
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);

    fs::remove_file(place.path().join(own_folder())).unwrap();
    fs::create_dir(place.path().join(own_folder())).unwrap();
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(place.path().join(own_folder()), open).unwrap();
    assert!(Presence::enter_under(place.path(), &tag, Utc::ZERO).is_err());

    fs::remove_dir(place.path().join(own_folder())).unwrap();
    let foreign = place.path().join("wattcast-other");
    fs::create_dir(&foreign).unwrap();
    symlink("/dev/zero", foreign.join("1~2~link")).unwrap();
    nix::unistd::mkfifo(&foreign.join("1~2~pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    fs::write(foreign.join("no run"), "").unwrap();
    fs::write(foreign.join("1~2~ended"), "").unwrap();
    let live = File::create(foreign.join("9~3~theirs")).unwrap();
    live.lock().unwrap();
    let mut run = Presence::enter_under(place.path(), &tag, Utc::ZERO).unwrap();
    let theirs = OtherRun {
        pid: 9,
        run_id: "theirs".to_owned(),
        since: Utc::from_us(3),
        relation: Relation::Beside,
    };
    assert_eq!(run.others().collect::<Vec<_>>(), [&theirs]);
    // Nothing of theirs is touched.
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 5);
}
