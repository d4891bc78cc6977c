//! The key under which the records of this user's runs are tagged: 64
//! hexadecimal digits in a file that only the owner may read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use wattcast_core::wire::DeviceKey;

const KEY_LEN: usize = 32;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is not a key.
    #[error("{0} does not hold 64 hexadecimal digits; remove it, and the next run makes a new key")]
    Damaged(PathBuf),
    /// It cannot be read or made.
    #[error("no key at {path} ({error}); make that directory writable, or put a key there")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// Reads the key; `None` where there is none.
///
/// # Errors
///
/// The file cannot be read or holds something else.
pub fn load_key(path: &Path) -> Result<Option<DeviceKey>, KeyError> {
    match std::fs::read(path) {
        Ok(text) => match parse(text.trim_ascii()) {
            Some(key) => Ok(Some(DeviceKey::from_bytes(key))),
            None => Err(KeyError::Damaged(path.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(KeyError::Io { path: path.to_owned(), error }),
    }
}

/// Reads the key, or makes one. Of two that make one at a time, both use that
/// of the first.
///
/// # Errors
///
/// As [`load_key`], and where it cannot be made.
pub fn load_or_create_key(path: &Path) -> Result<DeviceKey, KeyError> {
    if let Some(key) = load_key(path)? {
        return Ok(key);
    }
    let failed = |error| KeyError::Io { path: path.to_owned(), error };
    create(path).map_err(failed)?;
    load_key(path)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
}

fn create(path: &Path) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)?;

    let mut bytes = [0; KEY_LEN];
    getrandom::fill(&mut bytes).map_err(io::Error::from)?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();

    // Written aside and linked, so that nobody reads half a key.
    let aside = dir.join(format!("key.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&aside).and_then(|mut file| {
        file.write_all(format!("{digits}\n").as_bytes())?;
        file.sync_all()
    });
    let linked = written.and_then(|()| match std::fs::hard_link(&aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    let _ = std::fs::remove_file(&aside);
    linked
}

fn parse(digits: &[u8]) -> Option<[u8; KEY_LEN]> {
    let digits = std::str::from_utf8(digits).ok().filter(|it| it.len() == 2 * KEY_LEN)?;
    let mut key = [0; KEY_LEN];
    for (index, byte) in key.iter_mut().enumerate() {
        let pair = digits.get(2 * index..2 * index + 2)?;
        *byte = u8::from_str_radix(pair, 16).ok().filter(|_| !pair.contains('+'))?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_for_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config/wattcast/key");
        assert!(load_key(&path).unwrap().is_none());
        load_or_create_key(&path).unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        load_or_create_key(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
        assert_eq!(first.trim().len(), 64);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, "+1".repeat(32)).unwrap();
        assert!(matches!(load_or_create_key(&path), Err(KeyError::Damaged(_))));
    }
}
