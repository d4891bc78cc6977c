//! Meters a real PMBus monitor, emulated by QEMU on the board's I2C bus. Before
//! each moment at which something is due it says so on the third UART and waits
//! for a byte: whoever answers may move volts and amperes meanwhile, and the
//! clock is what was announced. `q` ends it.
#![no_std]
#![no_main]

use qemu_mps2::exit;
use qemu_mps2::i2c::{SHIELD_1, TwoPins};
use qemu_mps2::parts::NoLoad;
use qemu_mps2::uart::{FIRST, THIRD, Uart};
use wattcast_core::units::Uptime;
use wattcast_core::wire::record::{BootCause, Component};
use wattcast_firmware::keep::Forgetful;
use wattcast_firmware::planning::MeterOnly;
use wattcast_firmware::sensor::pmbus::{ADM1272, Pmbus};
use wattcast_firmware::{App, Board, Channel, ChannelInfo, Identity, Settings};
use wattcast_sim::programs::FACTORS;

const ADDRESS: u8 = 0x10;
const SHUNT_UOHM: u32 = 300;

struct Lockstep {
    now: Uptime,
    line: Uart,
    talk: Uart,
    load: NoLoad,
    is_over: bool,
    fault: Option<(&'static str, u32)>,
}

impl Board for Lockstep {
    type Serial = Uart;
    type Load = NoLoad;

    fn identity(&self) -> Identity {
        let cause = if self.fault.is_some() { BootCause::Fault } else { BootCause::PowerOn };
        Identity { device: "qemu-mps2", cause, stream: 0, fault: self.fault }
    }

    fn now(&mut self) -> Uptime {
        self.now
    }

    fn wait_until(&mut self, moment: Uptime) {
        self.talk.text("at");
        self.talk.number(moment.as_us());
        let answer = loop {
            if let Some(byte) = self.talk.take() {
                break byte;
            }
        };
        match answer {
            b'q' => self.is_over = true,
            b'p' => panic!("asked to"),
            _ => self.now = moment,
        }
    }

    fn serial(&mut self) -> &mut Uart {
        &mut self.line
    }

    fn load(&mut self) -> &mut NoLoad {
        &mut self.load
    }

    fn progress(&mut self) {}
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let Some(mut sensor) = Pmbus::new(TwoPins::open(SHIELD_1), ADDRESS, ADM1272, SHUNT_UOHM) else {
        exit::success()
    };
    let info =
        ChannelInfo { name: "rail", component: Component::Board, counted: true, stuck_after: 0 };
    let settings = Settings::default();
    let channels = [Channel::new(0, info, &mut sensor, settings.sample_us)];
    let board = Lockstep {
        now: Uptime::ZERO,
        line: Uart::open(FIRST),
        talk: Uart::open(THIRD),
        load: NoLoad,
        is_over: false,
        fault: wattcast_board::fault::take(),
    };
    let mut app = App::start(board, Forgetful, MeterOnly, channels, FACTORS, settings);
    while !app.board().is_over {
        let next = app.run_due();
        app.board().wait_until(next);
    }
    app.finish();
    exit::success()
}
