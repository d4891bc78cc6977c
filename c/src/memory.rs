//! Objects in memory of the caller, and pointers that are checked before use.

use crate::wc_status;

/// Text of the library or of a frame, not ended by a zero.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_text {
    /// UTF-8.
    pub at: *const u8,
    /// Its bytes.
    pub length: usize,
}

impl wc_text {
    pub(crate) const NONE: Self = Self { at: core::ptr::null(), length: 0 };

    pub(crate) const fn of(text: &str) -> Self {
        Self { at: text.as_ptr(), length: text.len() }
    }
}

/// An object to read; `None` for a null or unaligned pointer.
///
/// # Safety
///
/// Where it is neither, it points to a `T` that nobody changes for `'a`.
pub(crate) unsafe fn read<'a, T>(pointer: *const T) -> Result<&'a T, wc_status> {
    if !pointer.is_aligned() {
        return Err(wc_status::Pointer);
    }
    // SAFETY: aligned, and the caller vouches for the rest.
    unsafe { pointer.as_ref() }.ok_or(wc_status::Pointer)
}

/// An object to change.
///
/// # Safety
///
/// As [`read`], and nobody else reads it for `'a`.
pub(crate) unsafe fn change<'a, T>(pointer: *mut T) -> Result<&'a mut T, wc_status> {
    if !pointer.is_aligned() {
        return Err(wc_status::Pointer);
    }
    // SAFETY: aligned, and the caller vouches for the rest.
    unsafe { pointer.as_mut() }.ok_or(wc_status::Pointer)
}

/// An array to read; where `length` is 0 the pointer does not matter.
///
/// # Safety
///
/// As [`read`], for `length` objects one after another.
pub(crate) unsafe fn array<'a, T>(pointer: *const T, length: usize) -> Result<&'a [T], wc_status> {
    if length == 0 {
        return Ok(&[]);
    }
    check(pointer, length)?;
    // SAFETY: not null, aligned, no longer than memory can be; the caller
    // vouches for the rest.
    Ok(unsafe { core::slice::from_raw_parts(pointer, length) })
}

/// An array to change; where `length` is 0 the pointer does not matter.
///
/// # Safety
///
/// As [`change`], for `length` objects one after another.
pub(crate) unsafe fn array_mut<'a, T>(
    pointer: *mut T,
    length: usize,
) -> Result<&'a mut [T], wc_status> {
    if length == 0 {
        return Ok(&mut []);
    }
    check(pointer, length)?;
    // SAFETY: not null, aligned, no longer than memory can be; the caller
    // vouches for the rest.
    Ok(unsafe { core::slice::from_raw_parts_mut(pointer, length) })
}

fn check<T>(pointer: *const T, length: usize) -> Result<(), wc_status> {
    let bytes = length.checked_mul(size_of::<T>()).and_then(|bytes| isize::try_from(bytes).ok());
    if pointer.is_null() || !pointer.is_aligned() || bytes.is_none() {
        return Err(wc_status::Pointer);
    }
    Ok(())
}

/// A text of C, ended by a zero, of at most 512 bytes.
///
/// # Safety
///
/// Where it is not null, it points to bytes that are ended by a zero.
pub(crate) unsafe fn text<'a>(pointer: *const core::ffi::c_char) -> Result<&'a str, wc_status> {
    const MOST: usize = 512;
    if pointer.is_null() {
        return Err(wc_status::Pointer);
    }
    let start = pointer.cast::<u8>();
    // SAFETY: no byte behind the zero is read.
    let ended = (0..=MOST).find(|at| unsafe { *start.add(*at) } == 0);
    let length = ended.ok_or(wc_status::Argument)?;
    // SAFETY: these bytes were read just now.
    let bytes = unsafe { core::slice::from_raw_parts(start, length) };
    core::str::from_utf8(bytes).map_err(|_| wc_status::Argument)
}

/// Writes a result.
///
/// # Safety
///
/// Where it is not null, it points to memory for a `T`.
pub(crate) unsafe fn put<T>(pointer: *mut T, value: T) -> Result<(), wc_status> {
    if pointer.is_null() || !pointer.is_aligned() {
        return Err(wc_status::Pointer);
    }
    // SAFETY: not null, aligned, and the caller vouches for the memory.
    unsafe { pointer.write(value) };
    Ok(())
}

/// Lets an object of C hold one of Rust in memory of the caller. Its size is the
/// same on every target; a mark tells that it was made ready. The struct itself
/// stands outside, where cbindgen reads it.
macro_rules! object {
    ($name:ident, $words:ident, $mark:literal, $inner:ty) => {
        const _: () = assert!(size_of::<$inner>() <= 8 * $words && align_of::<$inner>() <= 16);
        const _: () = assert!(size_of::<$name>() == 16 + 8 * $words);
        // Nothing is run when the caller's memory goes out of use.
        const _: () = assert!(!core::mem::needs_drop::<$inner>());

        impl $name {
            const READY: u64 = u64::from_be_bytes(*$mark);

            /// Makes it ready.
            ///
            /// # Safety
            ///
            /// Where `this` is not null, it points to memory of this size.
            #[allow(dead_code, reason = "not every object needs every function")]
            unsafe fn make(this: *mut Self, inner: $inner) -> Result<(), $crate::wc_status> {
                if this.is_null() || !this.is_aligned() {
                    return Err($crate::wc_status::Pointer);
                }
                // SAFETY: in bounds and aligned: the size is checked above, the
                // memory begins at 16 bytes. Nothing is read, so it may hold
                // anything before.
                unsafe {
                    (&raw mut (*this).memory).cast::<$inner>().write(inner);
                    (&raw mut (*this).reserved).write(0);
                    (&raw mut (*this).mark).write(Self::READY);
                }
                Ok(())
            }

            /// What it holds.
            ///
            /// # Safety
            ///
            /// Where `this` is not null, it points to such an object, or to
            /// bytes that were never made one, and nobody else uses it.
            #[allow(dead_code, reason = "not every object needs every function")]
            unsafe fn open<'a>(this: *mut Self) -> Result<&'a mut $inner, $crate::wc_status> {
                // SAFETY: as the caller vouches.
                let this = unsafe { $crate::memory::change(this) }?;
                if this.mark != Self::READY {
                    return Err($crate::wc_status::NotReady);
                }
                // SAFETY: the mark says that `make` has written it.
                Ok(unsafe { &mut *(&raw mut this.memory).cast::<$inner>() })
            }

            /// As `open`, to read only.
            ///
            /// # Safety
            ///
            /// As `open`; others may read it too.
            #[allow(dead_code, reason = "not every object needs every function")]
            unsafe fn look<'a>(this: *const Self) -> Result<&'a $inner, $crate::wc_status> {
                // SAFETY: as the caller vouches.
                let this = unsafe { $crate::memory::read(this) }?;
                if this.mark != Self::READY {
                    return Err($crate::wc_status::NotReady);
                }
                // SAFETY: the mark says that `make` has written it.
                Ok(unsafe { &*(&raw const this.memory).cast::<$inner>() })
            }
        }
    };
}

pub(crate) use object;
