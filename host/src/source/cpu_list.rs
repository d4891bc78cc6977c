//! Lists of CPUs as the kernel writes them: `0-3,8`.

/// How many CPUs a list names; a part that is no range counts none.
pub(crate) fn count(list: &str) -> u32 {
    ranges(list)
        .fold(0, |sum: u32, (first, last)| sum.saturating_add((last - first).saturating_add(1)))
}

/// The CPUs of a list, in its order.
#[cfg(target_arch = "x86_64")]
pub(crate) fn cpus(list: &str) -> impl Iterator<Item = u32> {
    ranges(list).flat_map(|(first, last)| first..=last)
}

fn ranges(list: &str) -> impl Iterator<Item = (u32, u32)> {
    list.trim().split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first <= last).then_some((first, last))
    })
}
