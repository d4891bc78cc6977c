//! One writer per ledger.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// Opens a file that only its owner may read: command lines can hold secrets.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Windows locks are mandatory and would shut readers out; refusing other
    // writers at the time of opening does not.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, FILE_SHARE_READ);
    options
}

#[cfg(windows)]
const FILE_SHARE_READ: u32 = 1;
#[cfg(windows)]
const ERROR_SHARING_VIOLATION: i32 = 32;

/// Creates a file that did not exist, for this writer alone.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let file = options().create_new(true).open(path)?;
    take(&file);
    Ok(file)
}

/// Opens or creates a file for appending. `None`: another writer holds it.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    match options().create(true).open(path) {
        Ok(file) => Ok(take(&file).then_some(file)),
        #[cfg(windows)]
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a writer holds the file now.
pub(super) fn is_held(path: &Path) -> bool {
    #[cfg(windows)]
    {
        let opened = OpenOptions::new().append(true).open(path);
        matches!(opened, Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION))
    }
    #[cfg(not(windows))]
    File::open(path)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Locks the file; `false` where another writer has. A file system without
/// locks counts as locked: files are created under names of their own.
fn take(file: &File) -> bool {
    if cfg!(windows) {
        return true;
    }
    // A reader that asks whether the file is held, holds it for a moment.
    for _ in 0..20 {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
            Ok(()) | Err(TryLockError::Error(_)) => return true,
        }
    }
    false
}
