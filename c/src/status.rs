//! What every function returns.

/// How a call went. Whatever is not `WC_STATUS_OK` leaves the objects as they were,
/// and what was to be written as it was.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum wc_status {
    /// It did what was asked.
    Ok = 0,
    /// A pointer is null, or not aligned.
    Pointer = 1,
    /// An object was not made ready by its `_init` function.
    NotReady = 2,
    /// A number or text is out of range.
    Argument = 3,
    /// A sum does not fit its type.
    Overflow = 4,
    /// The memory lent is too small.
    Memory = 5,
    /// There is no such zone.
    UnknownZone = 6,
    /// The bytes are not a model that this library reads.
    BadModel = 7,
    /// There is too little history for any forecast.
    NoHistory = 8,
    /// No plan keeps to all that was asked.
    NoPlan = 9,
    /// More bytes are needed for a frame; no error.
    MoreBytes = 10,
    /// Bytes that are no frame were dropped; go on.
    NoFrame = 11,
    /// Intensities of two bases are not added.
    MixedBasis = 12,
}

/// Turns the result of a body into what C sees.
pub(crate) fn told(result: Result<(), wc_status>) -> wc_status {
    match result {
        Ok(()) => wc_status::Ok,
        Err(status) => status,
    }
}
