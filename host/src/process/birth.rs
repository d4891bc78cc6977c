//! Telling a process from a later one of the same id.

/// When a process was started, by the kernel's count; nothing where it is gone
/// or the system does not tell.
#[must_use]
pub fn birth_of(pid: u32) -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let proc = super::procfs::Proc::new(std::path::Path::new("/proc"));
        proc.process(pid).filter(|stat| !stat.is_zombie()).map(|stat| stat.started)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pid;
        None
    }
}

/// Whether the process that was born then still lives.
#[must_use]
pub fn lives(pid: u32, birth: u64) -> bool {
    birth_of(pid) == Some(birth)
}
