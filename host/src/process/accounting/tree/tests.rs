//! Random lives of processes in a made-up `/proc`, against what must be found.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// So few ids that they are used again and again.
const LAST_ID: u32 = 90;
const ROOT: u32 = 10;
const STRANGER: u32 = 11;

#[derive(Clone, Debug)]
enum Step {
    /// The process at this place (of all that live) starts another.
    Fork(prop::sample::Index),
    /// It ends; its children go to the root, or to init.
    End(prop::sample::Index),
    /// The tree is brought up to date.
    Look,
}

struct Machine {
    folder: tempfile::TempDir,
    newest: u32,
    started: u64,
    live: BTreeMap<u32, Life>,
}

struct Life {
    parent: u32,
    started: u64,
    /// It descends from the root.
    ours: bool,
}

impl Machine {
    fn new() -> Self {
        let mut machine = Self {
            // In memory where possible: thousands of files come and go.
            folder: tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap(),
            newest: STRANGER,
            started: 0,
            live: BTreeMap::new(),
        };
        machine.add(ROOT, 1, true);
        machine.add(STRANGER, 1, false);
        machine
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn add(&mut self, pid: u32, parent: u32, ours: bool) {
        self.started += 1;
        let life = Life { parent, started: self.started, ours };
        let folder = self.path().join(pid.to_string());
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("statm"), "50 20 10 1 0 5 0").unwrap();
        self.write_stat(pid, &life);
        self.live.insert(pid, life);
        fs::write(self.path().join("loadavg"), format!("0 0 0 1/1 {}\n", self.newest)).unwrap();
    }

    fn write_stat(&self, pid: u32, life: &Life) {
        let Life { parent, started, .. } = life;
        let stat = format!(
            "{pid} (name) S {parent} 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {started} \
             0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0"
        );
        fs::write(self.path().join(format!("{pid}/stat")), stat).unwrap();
    }

    fn choose(&self, index: &prop::sample::Index) -> u32 {
        *index.get(&self.live.keys().copied().collect::<Vec<_>>())
    }

    fn fork(&mut self, index: &prop::sample::Index) {
        if self.live.len() > 40 {
            return;
        }
        let parent = self.choose(index);
        let ours = self.live[&parent].ours;
        loop {
            self.newest = if self.newest == LAST_ID { ROOT } else { self.newest + 1 };
            if !self.live.contains_key(&self.newest) {
                break;
            }
        }
        self.add(self.newest, parent, ours);
    }

    fn end(&mut self, index: &prop::sample::Index) {
        let pid = self.choose(index);
        if pid == ROOT || pid == STRANGER {
            return;
        }
        let ended = self.live.remove(&pid).unwrap();
        fs::remove_dir_all(self.path().join(pid.to_string())).unwrap();
        let reaper = if ended.ours { ROOT } else { 1 };
        let mut live = std::mem::take(&mut self.live);
        for (&orphan, life) in live.iter_mut().filter(|(_, life)| life.parent == pid) {
            life.parent = reaper;
            self.write_stat(orphan, life);
        }
        self.live = live;
    }

    fn ours(&self) -> Vec<u32> {
        let ours = |(&pid, life): (&u32, &Life)| (pid != ROOT && life.ours).then_some(pid);
        self.live.iter().filter_map(ours).collect()
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        15 => any::<prop::sample::Index>().prop_map(Step::Fork),
        12 => any::<prop::sample::Index>().prop_map(Step::End),
        1 => Just(Step::Look),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20,
        max_shrink_iters: 30,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn all_descendants_are_found_and_no_others(
        steps in proptest::collection::vec(step(), 0..250)
    ) {
        let mut machine = Machine::new();
        let mut tree = Tree::new(Proc::new(machine.path()), ROOT);
        tree.start_here();
        let mut forks = 0;
        for step in steps.iter().chain([&Step::Look]) {
            match step {
                // A whole round of ids between two looks cannot be noticed.
                Step::Fork(_) if forks == 30 => {}
                Step::Fork(index) => {
                    forks += 1;
                    machine.fork(index);
                }
                Step::End(index) => machine.end(index),
                Step::Look => {
                    forks = 0;
                    // The held file of a process that has ended gives nothing.
                    tree.drop_files();
                    tree.find_new();
                    tree.go_through();
                    prop_assert_eq!(tree.living(), machine.ours());
                    let pages = machine.ours().len() as u64 * 10;
                    let shared = if pages == 0 { 0 } else { 10 };
                    prop_assert_eq!(tree.resident_bytes(), tree.proc().pages_to_bytes(pages + shared));
                }
            }
        }
    }
}

impl Tree {
    /// Unlike those of `/proc`, files of a folder outlive their process.
    fn drop_files(&mut self) {
        self.members.iter_mut().for_each(|member| member.files = None);
    }
}
