//! Where the firmware panicked, remembered over the reset that follows.
//!
//! The place lies in memory that the start-up code leaves alone (`.uninit` of
//! cortex-m-rt and riscv-rt), sealed by a number: after power came on, what is
//! there is noise and is not taken for a place.

use core::mem::MaybeUninit;
use core::panic::PanicInfo;
use core::ptr::addr_of_mut;

/// Bytes of the name of a file that are kept: its end, which tells most.
const NAME: usize = 48;
const SEAL: u32 = 0x5741_5454;

#[derive(Clone, Copy)]
#[repr(C)]
struct Kept {
    seal: u32,
    line: u32,
    len: u32,
    name: [u8; NAME],
}

#[unsafe(link_section = ".uninit.wattcast")]
static mut KEPT: MaybeUninit<Kept> = MaybeUninit::uninit();

/// Remembers the place of a panic. For panic handlers, before they reset.
pub fn remember(info: &PanicInfo<'_>) {
    let (file, line) = info.location().map_or(("", 0), |place| (place.file(), place.line()));
    let bytes = file.as_bytes();
    let end = bytes.get(bytes.len().saturating_sub(NAME)..).unwrap_or_default();
    let mut name = [0; NAME];
    for (slot, byte) in name.iter_mut().zip(end) {
        *slot = *byte;
    }
    let len = u32::try_from(end.len()).unwrap_or(0);
    let kept = Kept { seal: SEAL ^ line ^ len, line, len, name };
    // SAFETY: only a panic handler writes here, and nothing runs beside or
    // after it.
    unsafe { addr_of_mut!(KEPT).write_volatile(MaybeUninit::new(kept)) };
}

/// The place of the panic that ended the last run, once.
pub fn take() -> Option<(&'static str, u32)> {
    let words = addr_of_mut!(KEPT).cast::<u32>();
    // SAFETY: called at the start, before anything else can run; it begins with
    // three words, of which every pattern is valid, read as volatile, so that
    // what the last run left is what is read.
    let [seal, line, len] = [0, 1, 2].map(|at| unsafe { words.add(at).read_volatile() });
    // SAFETY: as above.
    unsafe { words.write_volatile(0) };
    let is_sealed = seal == SEAL ^ line ^ len;
    let len = usize::try_from(len).ok()?;
    if !is_sealed || len > NAME {
        return None;
    }
    // SAFETY: nothing writes there again but a panic, after which nobody reads.
    let name = unsafe { &*addr_of_mut!(KEPT).cast::<Kept>() }.name.get(..len)?;
    let name = core::str::from_utf8(name).ok()?;
    Some((name, line))
}
