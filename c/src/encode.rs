//! Records as frames.

use core::ffi::c_char;

use wattcast_core::meter::Counts;
use wattcast_core::units::{Anchor, Power, Quality, Uptime, Utc};
use wattcast_core::wire::record::{
    Boot, BootCause, Channel, Checkpoint, Component, Event, EventKind, Scope,
};
use wattcast_core::wire::{
    DeviceKey, EncodeError, Encoder, MAX_DELTAS, MAX_FRAME, Pack, Ratchet, Record, SamplesPacker,
};

use crate::memory::{array, array_mut, object, put, text};
use crate::status::told;
use crate::{account, wc_account, wc_status};

/// A buffer of so many bytes holds any frame.
pub const WC_MAX_FRAME: usize = 512;
const _: () = assert!(WC_MAX_FRAME == MAX_FRAME);

/// Bytes of a key.
pub const WC_KEY_LENGTH: usize = 32;

/// Numbers and seals frames.
#[derive(Clone)]
pub(crate) enum Sealer {
    Open(Encoder),
    Tagged(Encoder<Ratchet>),
}

/// Words of eight bytes in a `wc_encoder`.
pub const WC_ENCODER_WORDS: usize = 16;

/// Numbers the frames of one boot.
#[repr(C, align(16))]
pub struct wc_encoder {
    mark: u64,
    reserved: u64,
    memory: [u64; WC_ENCODER_WORDS],
}

object!(wc_encoder, WC_ENCODER_WORDS, b"wc-encod", Sealer);

/// Where a frame is to be written.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_buffer {
    /// `WC_MAX_FRAME` bytes are always enough.
    pub at: *mut u8,
    /// Its bytes.
    pub room: usize,
    /// Bytes of the frame that was written, its closing zero included.
    pub length: usize,
}

/// Makes an encoder ready for the frames of a boot; with a key of `WC_KEY_LENGTH` bytes
/// each is tagged, without one, null, none is.
///
/// # Safety
///
/// `encoder` is null or points to memory for one; `key` is null or points to its bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_encoder_init(
    encoder: *mut wc_encoder,
    stream: u16,
    boot: u32,
    key: *const u8,
) -> wc_status {
    told((|| {
        let sealer = if key.is_null() {
            Sealer::Open(Encoder::new(stream, boot))
        } else {
            // SAFETY: as the caller vouches.
            let bytes = unsafe { array(key, WC_KEY_LENGTH) }?;
            let bytes = bytes.first_chunk().ok_or(wc_status::Argument)?;
            Sealer::Tagged(Encoder::tagged(&DeviceKey::from_bytes(*bytes), stream, boot))
        };
        // SAFETY: as the caller vouches.
        unsafe { wc_encoder::make(encoder, sealer) }
    })())
}

/// Tells who speaks: the first record of a boot.
///
/// # Safety
///
/// `encoder` and `buffer` are null or point to one each; the texts are ended by zeros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_encode_boot(
    encoder: *mut wc_encoder,
    device: *const c_char,
    firmware: *const c_char,
    version: *const c_char,
    buffer: *mut wc_buffer,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let (device, firmware, version) =
            unsafe { (text(device)?, text(firmware)?, text(version)?) };
        let boot = Boot { device, firmware, version, cause: BootCause::Unknown };
        // SAFETY: as the caller vouches.
        unsafe { write(encoder, &Record::Boot(boot), buffer) }
    })())
}

/// Ties a moment since boot to UTC, both in µs.
///
/// # Safety
///
/// `encoder` and `buffer` are null or point to one each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_encode_anchor(
    encoder: *mut wc_encoder,
    uptime_us: u64,
    utc_us: u64,
    uncertainty_us: u32,
    buffer: *mut wc_buffer,
) -> wc_status {
    let (uptime, utc) = (Uptime::from_us(uptime_us), Utc::from_us(utc_us));
    let record = Record::Anchor(Anchor { uptime, utc, uncertainty_us });
    // SAFETY: as the caller vouches.
    told(unsafe { write(encoder, &record, buffer) })
}

/// Describes a measured channel; before its first use. Its energy lies within
/// `error_ppm` millionths.
///
/// # Safety
///
/// `encoder` and `buffer` are null or point to one each; the texts are ended by zeros.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_encode_channel(
    encoder: *mut wc_encoder,
    channel: u8,
    name: *const c_char,
    method: *const c_char,
    resolution_uj: u64,
    error_ppm: u32,
    buffer: *mut wc_buffer,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let (name, method) = unsafe { (text(name)?, text(method)?) };
        let record = Record::Channel(Channel {
            id: channel,
            name,
            component: Component::Load,
            scope: Scope::Machine,
            quality: Quality::Measured,
            method,
            resolution_uj,
            low_ppm: 1_000_000_u32.saturating_sub(error_ppm),
            high_ppm: 1_000_000_u32.saturating_add(error_ppm),
            counted: true,
        });
        // SAFETY: as the caller vouches.
        unsafe { write(encoder, &record, buffer) }
    })())
}

/// Tells `count` samples of power in µW, taken at a fixed period, rounded to whole
/// steps of `step_uw`. `WC_STATUS_MEMORY` where they do not fit one frame.
///
/// # Safety
///
/// `encoder` and `buffer` are null or point to one each; `power_uw` to `count` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_encode_samples(
    encoder: *mut wc_encoder,
    channel: u8,
    start_us: u64,
    period_us: u32,
    step_uw: i64,
    power_uw: *const i64,
    count: usize,
    buffer: *mut wc_buffer,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let powers = unsafe { array(power_uw, count) }?;
        let packer = SamplesPacker::<MAX_DELTAS>::new(channel, period_us, Power::from_uw(step_uw));
        let mut packer = packer.ok_or(wc_status::Argument)?;
        let mut at = Uptime::from_us(start_us);
        for power in powers {
            if packer.push(at, Power::from_uw(*power)) == Pack::Full {
                return Err(wc_status::Memory);
            }
            let next = at.checked_add(Uptime::from_us(u64::from(period_us)));
            at = next.ok_or(wc_status::Overflow)?;
        }
        let samples = packer.record().ok_or(wc_status::Argument)?;
        // SAFETY: as the caller vouches.
        unsafe { write(encoder, &Record::Samples(samples), buffer) }
    })())
}

/// Tells the totals of an account.
///
/// # Safety
///
/// `encoder`, `account` and `buffer` are null or point to one each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_encode_checkpoint(
    encoder: *mut wc_encoder,
    channel: u8,
    account: *const wc_account,
    buffer: *mut wc_buffer,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let account = unsafe { account::look(account) }?;
        let record = Record::Checkpoint(Checkpoint::new(channel, account, Counts::NONE));
        // SAFETY: as the caller vouches.
        unsafe { write(encoder, &record, buffer) }
    })())
}

/// Tells something that a person should know.
///
/// # Safety
///
/// `encoder` and `buffer` are null or point to one each; the text is ended by a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_encode_warning(
    encoder: *mut wc_encoder,
    uptime_us: u64,
    words: *const c_char,
    buffer: *mut wc_buffer,
) -> wc_status {
    told((|| {
        // SAFETY: as the caller vouches.
        let text = unsafe { text(words) }?;
        let uptime = Uptime::from_us(uptime_us);
        let event = Event { uptime, kind: EventKind::Warning, channel: None, value: 0, text };
        // SAFETY: as the caller vouches.
        unsafe { write(encoder, &Record::Event(event), buffer) }
    })())
}

/// # Safety
///
/// As the functions above say.
unsafe fn write(
    encoder: *mut wc_encoder,
    record: &Record<'_>,
    buffer: *mut wc_buffer,
) -> Result<(), wc_status> {
    // SAFETY: as the caller vouches.
    let (sealer, told) = unsafe { (wc_encoder::open(encoder)?, crate::memory::change(buffer)?) };
    // SAFETY: as the caller vouches.
    let bytes = unsafe { array_mut(told.at, told.room) }?;
    let frame = match sealer {
        Sealer::Open(encoder) => encoder.encode(record, bytes),
        Sealer::Tagged(encoder) => encoder.encode(record, bytes),
    };
    let length = frame.map(<[u8]>::len).map_err(|error| match error {
        EncodeError::RecordTooLong => wc_status::Argument,
        EncodeError::BufferTooSmall => wc_status::Memory,
        EncodeError::SequenceExhausted => wc_status::Overflow,
    })?;
    // SAFETY: checked when it was read.
    unsafe { put(&raw mut told.length, length) }
}
