//! A board made of what its HAL gives.

use embedded_hal::digital::OutputPin;
use embedded_io::{Read, ReadReady, Write};
use wattcast_core::factor;
use wattcast_core::grid::Factor;
use wattcast_core::units::Uptime;
use wattcast_core::wire::record::Component;
use wattcast_firmware::{Board, ChannelInfo, Identity};

/// The zones that the boards here know by name; edit to taste.
pub const FACTORS: &[Factor] =
    &[factor!("DE"), factor!("FR"), factor!("GB"), factor!("PL"), factor!("US-CA")];

/// What the first channel of the boards here measures.
pub const CHANNEL: ChannelInfo =
    ChannelInfo { name: "board", component: Component::Board, counted: true, stuck_after: 900 };

/// The parts of a board.
pub struct Parts<S, L, T, W> {
    /// Who it is.
    pub identity: Identity,
    /// The line to the host.
    pub line: S,
    /// The switch of the load.
    pub load: L,
    /// Microseconds since the boot; asked at least once a second.
    pub now_us: T,
    /// Feeds the watchdog.
    pub feed: W,
}

impl<S, L, T, W> Board for Parts<S, L, T, W>
where
    S: Read + ReadReady + Write,
    L: OutputPin,
    T: FnMut() -> u64,
    W: FnMut(),
{
    type Serial = S;
    type Load = L;

    fn identity(&self) -> Identity {
        self.identity
    }

    fn now(&mut self) -> Uptime {
        Uptime::from_us((self.now_us)())
    }

    /// Comes back at once, as these UARTs have no buffer to sleep on.
    fn wait_until(&mut self, _: Uptime) {
        core::hint::spin_loop();
    }

    fn serial(&mut self) -> &mut S {
        &mut self.line
    }

    fn load(&mut self) -> &mut L {
        &mut self.load
    }

    fn progress(&mut self) {
        (self.feed)();
    }
}

/// A counter of 32 bits as one that does not wrap, if it is asked often enough.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwrapped {
    last: u32,
    ticks: u64,
}

impl Unwrapped {
    /// All ticks so far, by the counter's value now.
    pub fn at(&mut self, value: u32) -> u64 {
        self.ticks += u64::from(value.wrapping_sub(self.last));
        self.last = value;
        self.ticks
    }
}

/// Two halves of a UART as one line.
#[derive(Debug)]
pub struct Halves<R, W>(pub R, pub W);

/// An error of either half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineError;

impl core::fmt::Display for LineError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the serial line failed")
    }
}

impl core::error::Error for LineError {}

impl embedded_io::Error for LineError {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::Other
    }
}

impl<R, W> embedded_io::ErrorType for Halves<R, W> {
    type Error = LineError;
}

impl<R: Read, W> Read for Halves<R, W> {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, LineError> {
        self.0.read(bytes).map_err(|_| LineError)
    }
}

impl<R: ReadReady, W> ReadReady for Halves<R, W> {
    fn read_ready(&mut self) -> Result<bool, LineError> {
        self.0.read_ready().map_err(|_| LineError)
    }
}

impl<R, W: Write> Write for Halves<R, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, LineError> {
        self.1.write(bytes).map_err(|_| LineError)
    }

    fn flush(&mut self) -> Result<(), LineError> {
        self.1.flush().map_err(|_| LineError)
    }
}
