//! How deep the stack went: what it has not reached still holds a pattern.

const PATTERN: u32 = 0xA5A5_5A5A;
/// Bytes below the present depth that are left alone.
const MARGIN: usize = 256;

unsafe extern "C" {
    /// The highest address of the stack, from the linker script.
    static _stack_start: u32;
    /// The first address after the variables.
    static __sheap: u32;
    static __sbss: u32;
    static __ebss: u32;
    static __sdata: u32;
    static __edata: u32;
}

fn bounds() -> (usize, usize) {
    ((&raw const __sheap).addr(), (&raw const _stack_start).addr())
}

/// How deep the stack is now, in bytes.
#[must_use]
#[inline(never)]
pub fn depth() -> usize {
    let here = 0_u32;
    let (_, top) = bounds();
    top - (&raw const here).addr()
}

/// Writes the pattern over the stack that is not in use. Call it first.
#[inline(never)]
pub fn paint() {
    let here = 0_u32;
    let (bottom, _) = bounds();
    let end = (&raw const here).addr().saturating_sub(MARGIN);
    for address in (bottom..end).step_by(4) {
        // SAFETY: between the variables and the stack pointer lies memory that
        // nobody uses; nothing runs beside this.
        unsafe { core::ptr::with_exposed_provenance_mut::<u32>(address).write_volatile(PATTERN) };
    }
}

/// The most bytes of stack that were in use since [`paint`].
#[must_use]
pub fn high_water() -> usize {
    let (bottom, top) = bounds();
    let untouched = (bottom..top).step_by(4).take_while(|address| {
        // SAFETY: aligned memory between the variables and the end of the stack.
        let word = unsafe { core::ptr::with_exposed_provenance::<u32>(*address).read_volatile() };
        word == PATTERN
    });
    top - bottom - untouched.count() * 4
}

/// Bytes of the variables.
#[must_use]
pub fn statics() -> usize {
    let size = |from: *const u32, to: *const u32| to.addr() - from.addr();
    size(&raw const __sbss, &raw const __ebss) + size(&raw const __sdata, &raw const __edata)
}
