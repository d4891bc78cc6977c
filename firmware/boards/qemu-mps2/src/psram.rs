//! The 16 MB of memory beside the processor's own, for what no small board
//! would hold.

use core::ptr::slice_from_raw_parts_mut;
use core::sync::atomic::{AtomicBool, Ordering};

const START: usize = 0x2100_0000;
const LENGTH: usize = 16 << 20;

static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// So many values and bytes of it, zero; `None` where they do not fit, or where
/// it was taken before.
pub fn take(values: usize, bytes: usize) -> Option<(&'static mut [i64], &'static mut [u8])> {
    let size = values.checked_mul(size_of::<i64>())?;
    if size.checked_add(bytes)? > LENGTH || IS_TAKEN.swap(true, Ordering::Relaxed) {
        return None;
    }
    let values = slice_from_raw_parts_mut(START as *mut i64, values);
    let bytes = slice_from_raw_parts_mut((START + size) as *mut u8, bytes);
    // SAFETY: the memory is there on every board of this family, the linker
    // gives it to nobody, it is handed out once, and the two do not overlap.
    // Every bit pattern is an integer.
    Some(unsafe { (&mut *values, &mut *bytes) })
}
