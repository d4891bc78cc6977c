//! The control groups of this process, in which a container's limits stand.

use std::path::{Path, PathBuf};

use super::Roots;
use super::sysfs::text;

/// Folders of the group that the controller holds this process in and of all
/// groups above it, of version 2 or 1, innermost first.
pub(super) fn groups(roots: &Roots, controller: &str) -> Vec<PathBuf> {
    let text = text(&roots.proc.join("self/cgroup")).unwrap_or_default();
    let lines = text.lines().filter_map(|line| {
        // `0::/path` of version 2, `N:cpu,cpuacct:/path` of version 1.
        let mut fields = line.splitn(3, ':');
        let root = match (fields.next()?, fields.next()?) {
            ("0", "") => roots.sys.join("fs/cgroup"),
            (_, names) if names.split(',').any(|name| name == controller) => {
                roots.sys.join("fs/cgroup").join(controller)
            }
            _ => return None,
        };
        Some((root, fields.next()?.trim_start_matches('/')))
    });
    lines
        .flat_map(|(root, path)| {
            Path::new(path).ancestors().map(|group| root.join(group)).collect::<Vec<_>>()
        })
        .collect()
}

/// The number that a file of a group holds.
pub(super) fn number(group: &Path, file: &str) -> Option<u64> {
    text(&group.join(file))?.parse().ok()
}
