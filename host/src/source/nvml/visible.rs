//! Which GPUs `CUDA_VISIBLE_DEVICES` leaves to a program.

/// What is known of a GPU before it is opened for reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// Marketing name, such as `NVIDIA A100-SXM4-40GB`.
    pub name: String,
    /// Such as `GPU-8932f937-d72c-4106-c12f-20bd9faed9f6`; empty where the
    /// driver does not tell.
    pub uuid: String,
}

/// The answer of `CUDA_VISIBLE_DEVICES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Visible {
    /// One entry per GPU.
    These(Vec<bool>),
    /// Numbers that cannot be mapped; all GPUs are taken.
    Unclear,
}

/// Reads the value of `CUDA_VISIBLE_DEVICES` as CUDA does: numbers or
/// beginnings of UUIDs, and nothing counts from the first invalid entry on.
///
/// CUDA numbers GPUs fastest first unless `in_bus_order`, NVML in bus order,
/// so numbers map only where that is set or all GPUs are of one kind. An entry
/// for a MIG slice names no GPU, so it leaves all visible.
pub(super) fn visible(value: &str, in_bus_order: bool, gpus: &[Identity]) -> Visible {
    let one_kind = gpus.windows(2).all(|pair| matches!(pair, [a, b] if a.name == b.name));
    let mut shown = vec![false; gpus.len()];
    for entry in value.split(',').map(str::trim) {
        if entry.starts_with("MIG-") {
            return Visible::Unclear;
        }
        let index = match entry.parse::<usize>() {
            Ok(_) if !one_kind && !in_bus_order => return Visible::Unclear,
            Ok(index) => Some(index),
            Err(_) => by_uuid(entry, gpus),
        };
        match index.and_then(|index| shown.get_mut(index)) {
            Some(flag) => *flag = true,
            None => break,
        }
    }
    Visible::These(shown)
}

/// The one GPU whose UUID begins so.
fn by_uuid(entry: &str, gpus: &[Identity]) -> Option<usize> {
    if !entry.starts_with("GPU-") {
        return None;
    }
    let mut found = gpus.iter().enumerate().filter(|(_, gpu)| gpu.uuid.starts_with(entry));
    let (index, _) = found.next()?;
    found.next().is_none().then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpus(names: &[&str]) -> Vec<Identity> {
        let gpu = |(i, name): (usize, &&str)| Identity {
            name: (*name).to_owned(),
            uuid: format!("GPU-{i}0ab-{name}"),
        };
        names.iter().enumerate().map(gpu).collect()
    }

    #[test]
    fn value_is_read_as_cuda_does() {
        let same = gpus(&["A100", "A100", "A100"]);
        let shown = |value| visible(value, false, &same);
        let these = |flags: [bool; 3]| Visible::These(flags.to_vec());
        assert_eq!(shown("0,2"), these([true, false, true]));
        assert_eq!(shown(""), these([false; 3]));
        assert_eq!(shown("-1"), these([false; 3]));
        assert_eq!(shown("1, 7, 0"), these([false, true, false]));
        assert_eq!(shown("GPU-20,GPU-0"), these([true, false, true]));
        assert_eq!(shown("GPU-"), these([false; 3]));
        assert_eq!(shown("MIG-1f"), Visible::Unclear);

        let mixed = gpus(&["A100", "T4"]);
        assert_eq!(visible("0", false, &mixed), Visible::Unclear);
        assert_eq!(visible("0", true, &mixed), Visible::These(vec![true, false]));
        assert_eq!(visible("GPU-10", false, &mixed), Visible::These(vec![false, true]));
    }
}
