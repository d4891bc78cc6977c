//! An open place to read from.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serial2::SerialPort;

use super::address::Address;

/// How long a read waits where nothing comes.
const PATIENCE: Duration = Duration::from_millis(100);

pub(super) enum Link {
    Port(Port),
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    Plain(Box<dyn Read + Send>),
}

/// A serial port, raw, eight data bits, no parity.
pub(super) struct Port {
    port: SerialPort,
    /// Held so that no second listener takes half of the bytes.
    _lock: Option<File>,
}

/// What a read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Took {
    Bytes(usize),
    /// Nothing yet.
    Nothing,
    /// No more will come.
    End,
}

impl Link {
    /// Opens a place; a port at `baud`.
    pub(super) fn open(address: &Address, baud: u32) -> io::Result<Self> {
        Ok(match address {
            Address::Stdin => Self::Plain(Box::new(io::stdin())),
            Address::File(path) => Self::Plain(Box::new(File::open(path)?)),
            Address::Tcp(server) => {
                let stream = TcpStream::connect(server.as_str())?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                Self::Tcp(stream)
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                Self::Unix(stream)
            }
            #[cfg(not(unix))]
            Address::Unix(_) => return Err(io::ErrorKind::Unsupported.into()),
            Address::Port(path) => Self::Port(Port::open(path, baud)?),
        })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<Took> {
        let read = match self {
            Self::Port(port) => port.port.read(buffer),
            Self::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
            Self::Plain(reader) => reader.read(buffer),
        };
        match read {
            Ok(0) => Ok(Took::End),
            Ok(read) => Ok(Took::Bytes(read)),
            Err(error) => match error.kind() {
                io::ErrorKind::TimedOut
                | io::ErrorKind::WouldBlock
                | io::ErrorKind::Interrupted => Ok(Took::Nothing),
                _ => Err(error),
            },
        }
    }

    /// Sends bytes where there is a way back.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Port(port) => port.port.write_all(bytes),
            Self::Tcp(stream) => stream.write_all(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write_all(bytes),
            Self::Plain(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Changes the rate of a port; what came at the old one is dropped.
    pub(super) fn set_baud(&mut self, baud: u32) -> io::Result<()> {
        let Self::Port(Port { port, .. }) = self else { return Ok(()) };
        let mut settings = port.get_configuration()?;
        settings.set_baud_rate(baud)?;
        port.set_configuration(&settings)?;
        port.discard_input_buffer()
    }
}

impl Port {
    fn open(path: &Path, baud: u32) -> io::Result<Self> {
        let mut port = SerialPort::open(path, baud)?;
        port.set_read_timeout(PATIENCE)?;
        port.set_write_timeout(Duration::from_secs(2))?;
        let lock = lock(&port)?;
        Ok(Self { port, _lock: lock })
    }
}

#[cfg(unix)]
fn lock(port: &SerialPort) -> io::Result<Option<File>> {
    use std::os::fd::AsFd;

    let file = File::from(port.as_fd().try_clone_to_owned()?);
    match file.try_lock() {
        Err(std::fs::TryLockError::WouldBlock) => Err(io::ErrorKind::ResourceBusy.into()),
        // A port that cannot be locked is read all the same.
        Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(Some(file)),
    }
}

/// Windows opens a port for one program alone.
#[cfg(not(unix))]
fn lock(_: &SerialPort) -> io::Result<Option<File>> {
    Ok(None)
}

/// Why a place cannot be opened, in one line with the mend.
pub(super) fn explain(address: &Address, error: &io::Error) -> String {
    let mend = match (error.kind(), address) {
        (io::ErrorKind::PermissionDenied, Address::Port(_)) => {
            "; join the group of the port (`sudo usermod -aG dialout $USER`) and log in again"
        }
        (io::ErrorKind::PermissionDenied, _) => "; make it readable",
        (io::ErrorKind::ResourceBusy, _) => "; another program reads it: end that one first",
        (io::ErrorKind::ConnectionRefused, _) => "; is the server, such as QEMU, running?",
        (io::ErrorKind::NotFound, Address::Unix(_)) => "; the server makes it when it starts",
        _ => "",
    };
    format!("cannot open {address} ({error}){mend}")
}
