//! Where bytes come from.

use std::path::{Path, PathBuf};

/// A place to read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Standard input.
    Stdin,
    /// A TCP server, `host:port`.
    Tcp(String),
    /// A Unix socket.
    Unix(PathBuf),
    /// A serial port.
    Port(PathBuf),
    /// A file or a named pipe.
    File(PathBuf),
}

/// Why a name is no place to read from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing of that name is there.
    #[error("{name}: there is no such port or file; {here}")]
    Missing {
        /// The name.
        name: String,
        /// The ports that are here, in words.
        here: String,
    },
    /// A directory.
    #[error("{0} is a directory; name a port or a file, or see `wattcast report --ledger {0}`")]
    Directory(String),
    /// `tcp:` without a host and a port.
    #[error("`{0}` is no address; write tcp:HOST:PORT, as tcp:localhost:3333")]
    Tcp(String),
    /// Unix sockets on a system that has none.
    #[error("{0}: there are no Unix sockets on this system; use tcp:HOST:PORT")]
    NoUnixSockets(String),
}

impl Address {
    /// From what a person writes: `-`, `tcp:HOST:PORT`, `unix:PATH`, or the
    /// name of a port, socket, pipe or file.
    ///
    /// ```
    /// use wattcast::serial::Address;
    ///
    /// assert_eq!(Address::parse("tcp:localhost:3333"), Ok(Address::Tcp("localhost:3333".into())));
    /// assert!(Address::parse("tcp:localhost").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// See [`AddressError`].
    pub fn parse(name: &str) -> Result<Self, AddressError> {
        if name == "-" {
            return Ok(Self::Stdin);
        }
        if let Some(server) = name.strip_prefix("tcp:") {
            let port = server.rsplit_once(':').map(|(host, port)| (host, port.parse::<u16>()));
            return match port {
                Some((host, Ok(_))) if !host.is_empty() => Ok(Self::Tcp(server.to_owned())),
                _ => Err(AddressError::Tcp(name.to_owned())),
            };
        }
        if let Some(path) = name.strip_prefix("unix:") {
            return if cfg!(unix) {
                Ok(Self::Unix(path.into()))
            } else {
                Err(AddressError::NoUnixSockets(name.to_owned()))
            };
        }
        match std::fs::metadata(name) {
            Ok(metadata) if metadata.is_dir() => Err(AddressError::Directory(name.to_owned())),
            Ok(metadata) => Ok(of_kind(name.into(), &metadata)),
            Err(_) if cfg!(windows) && is_port(Path::new(name)) => Ok(Self::Port(name.into())),
            Err(_) => Err(AddressError::Missing { name: name.to_owned(), here: ports_here() }),
        }
    }

    /// Whether its bytes are sent as it is read, and come again after it was
    /// lost; a file and a pipe have an end.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Tcp(_) | Self::Unix(_) | Self::Port(_))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Tcp(server) => write!(f, "tcp:{server}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Port(path) | Self::File(path) => path.display().fmt(f),
        }
    }
}

#[cfg(unix)]
fn of_kind(path: PathBuf, metadata: &std::fs::Metadata) -> Address {
    use std::os::unix::fs::FileTypeExt;

    let kind = metadata.file_type();
    if kind.is_socket() {
        Address::Unix(path)
    } else if kind.is_char_device() && is_terminal(&path) {
        Address::Port(path)
    } else {
        Address::File(path)
    }
}

#[cfg(not(unix))]
fn of_kind(path: PathBuf, _: &std::fs::Metadata) -> Address {
    if is_port(&path) { Address::Port(path) } else { Address::File(path) }
}

/// By its name: opening a port can wait for its carrier, and reset a board.
#[cfg(unix)]
fn is_terminal(path: &Path) -> bool {
    let file = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = file.to_string_lossy();
    ["/dev/tty", "/dev/cu", "/dev/pts/", "/dev/rfcomm"].iter().any(|it| name.starts_with(it))
}

/// Windows names: `COM3`, `\\.\COM12`.
fn is_port(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_uppercase();
    let number = name.trim_start_matches(r"\\.\").strip_prefix("COM").map(str::parse::<u16>);
    matches!(number, Some(Ok(_)))
}

/// The serial ports of this machine, those of plugged boards first.
#[must_use]
pub fn ports() -> Vec<PathBuf> {
    let mut ports = serial2::SerialPort::available_ports().unwrap_or_default();
    let built_in = |path: &PathBuf| path.to_string_lossy().contains("ttyS");
    ports.sort_by_key(|path| (built_in(path), path.clone()));
    ports
}

fn ports_here() -> String {
    let ports: Vec<String> = ports().iter().map(|path| path.display().to_string()).collect();
    match ports.as_slice() {
        [] => "no serial port is here: is the board plugged in?".to_owned(),
        ports => format!("ports here: {}", ports.join(", ")),
    }
}
