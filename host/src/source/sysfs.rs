//! A file of `/sys` that is read again and again: opened once, then one system
//! call per reading.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::ReadError;

/// An open attribute. The kernel writes its value anew at each read from the
/// start.
#[derive(Debug)]
pub(crate) struct Attribute {
    path: PathBuf,
    file: File,
}

impl Attribute {
    /// Opens the file.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        let file = File::open(&path)?;
        Ok(Self { path, file })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its value as a whole number.
    pub(crate) fn integer(&self) -> Result<i64, ReadError> {
        self.parse("a whole number")
    }

    /// Its value as a count, which is never negative.
    pub(crate) fn count(&self) -> Result<u64, ReadError> {
        self.parse("a count")
    }

    /// Its value as a word, such as `Discharging`.
    pub(crate) fn word(&self) -> Result<String, ReadError> {
        self.parse("a word")
    }

    fn parse<T: std::str::FromStr>(&self, expected: &str) -> Result<T, ReadError> {
        // The longest value read here is a 64-bit number or a short word.
        let mut buffer = [0; 64];
        let length =
            read_from_start(&self.file, &mut buffer).map_err(|error| self.failed(&error))?;
        buffer
            .get(..length)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .and_then(|text| text.trim().parse().ok())
            .ok_or_else(|| {
                ReadError::Retry(format!("{}: its content is not {expected}", self.path.display()))
            })
    }

    fn failed(&self, error: &io::Error) -> ReadError {
        let line = format!("{}: {error}", self.path.display());
        if is_gone(error) { ReadError::Gone(line) } else { ReadError::Retry(line) }
    }
}

/// Whether the device behind an attribute was removed. sysfs then answers
/// ENODEV, ENXIO or ENOENT, also on a file that is still open.
fn is_gone(error: &io::Error) -> bool {
    const ENXIO: i32 = 6;
    const ENODEV: i32 = 19;
    error.kind() == ErrorKind::NotFound
        || (cfg!(unix) && matches!(error.raw_os_error(), Some(ENXIO | ENODEV)))
}

#[cfg(unix)]
fn read_from_start(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, 0)
}

#[cfg(not(unix))]
fn read_from_start(mut file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    use std::io::Seek;

    file.rewind()?;
    file.read(buffer)
}

/// Most bytes of a file that are read.
const LIMIT: u64 = 4 << 20;

/// The content of a file of the kernel without the white space around it,
/// where it can be read. Most fit one read, of which the standard library
/// makes eight, since such a file does not tell its length.
pub(crate) fn text(path: &Path) -> Option<String> {
    let mut bytes = Vec::with_capacity(4096);
    File::open(path).ok()?.take(LIMIT).read_to_end(&mut bytes).ok()?;
    Some(std::str::from_utf8(&bytes).ok()?.trim().to_owned())
}

/// The entries of a directory in the order of their names; none where it
/// cannot be listed.
pub(crate) fn entries(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort_by_key(|path| {
        let name = file_name(path);
        let number = name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>();
        // hwmon10 comes after hwmon9.
        (number.unwrap_or(0), name)
    });
    paths
}

/// The last part of a path as text.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
