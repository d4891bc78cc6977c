//! Frames as records.

use wattcast_core::wire::{Decoder, Frame, Order, Record};

use crate::memory::{array, change, object, put};
use crate::status::told;
use crate::{wc_status, wc_text, wc_u128};

/// Words of eight bytes in a `wc_decoder`.
pub const WC_DECODER_WORDS: usize = 160;

/// Takes bytes as they come and finds the frames in them.
#[repr(C, align(16))]
pub struct wc_decoder {
    mark: u64,
    reserved: u64,
    memory: [u64; WC_DECODER_WORDS],
}

object!(wc_decoder, WC_DECODER_WORDS, b"wc-decod", Decoder);

/// What a record tells; which fields of `wc_record` hold is said beside each.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum wc_record_kind {
    /// Who speaks: `text` is the device, `more` its firmware.
    Boot = 0,
    /// `uptime_us` was `utc_us`.
    Anchor = 1,
    /// `channel` is called `text` and measured by `more`.
    Channel = 2,
    /// `count` samples from `uptime_us` on, one each `period_us`; `value` is the last, in µW.
    Samples = 3,
    /// `channel` had counted `import_uj` and `export_uj` at `uptime_us`.
    Checkpoint = 4,
    /// `text` happened at `uptime_us`; `value` belongs to it.
    Event = 5,
    /// Another record.
    Other = 6,
    /// A record that this library does not know.
    Unknown = 7,
}

/// A record that was read. Texts lie in the decoder until it is used again.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wc_record {
    /// Energy taken in, in µJ.
    pub import_uj: wc_u128,
    /// Energy given out.
    pub export_uj: wc_u128,
    /// µs since boot.
    pub uptime_us: u64,
    /// µs since 1970.
    pub utc_us: u64,
    /// A number, see the kind.
    pub value: i64,
    /// Words, see the kind.
    pub text: wc_text,
    /// More words.
    pub more: wc_text,
    /// The boot that the frame is of.
    pub boot: u32,
    /// Its number within the boot.
    pub sequence: u32,
    /// Frames lost before it.
    pub missing: u32,
    /// Time between samples in µs.
    pub period_us: u32,
    /// The sender.
    pub stream: u16,
    /// Number of samples.
    pub count: u16,
    /// The channel.
    pub channel: u8,
    /// What it tells.
    pub kind: wc_record_kind,
    /// Not 0 where a frame of that number was read before.
    pub repeated: u8,
}

/// Makes a decoder ready.
///
/// # Safety
///
/// `decoder` is null or points to memory for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_decoder_init(decoder: *mut wc_decoder) -> wc_status {
    // SAFETY: as the caller vouches.
    told(unsafe { wc_decoder::make(decoder, Decoder::new()) })
}

/// Reads up to the end of the next frame, and moves `bytes` and `length` behind it.
/// `WC_STATUS_MORE_BYTES` when all are taken; `WC_STATUS_NO_FRAME` where bytes were
/// dropped: call again in both cases, with more bytes in the first.
///
/// # Safety
///
/// `decoder`, `bytes`, `length` and `record` are null or point to one each; `*bytes` is
/// null or points to `*length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wc_decode(
    decoder: *mut wc_decoder,
    bytes: *mut *const u8,
    length: *mut usize,
    record: *mut wc_record,
) -> wc_status {
    told((|| {
        if record.is_null() {
            return Err(wc_status::Pointer);
        }
        // SAFETY: as the caller vouches.
        let (decoder, bytes, length) =
            unsafe { (wc_decoder::open(decoder)?, change(bytes)?, change(length)?) };
        // SAFETY: as the caller vouches.
        let mut rest = unsafe { array(*bytes, *length) }?;
        let outcome = decoder.decode(&mut rest);
        (*bytes, *length) = (rest.as_ptr(), rest.len());
        let frame = outcome.ok_or(wc_status::MoreBytes)?.map_err(|_| wc_status::NoFrame)?;
        // SAFETY: as the caller vouches.
        unsafe { put(record, of(&frame)) }
    })())
}

fn of(frame: &Frame<'_>) -> wc_record {
    let zero = wc_u128 { low: 0, high: 0 };
    let mut told = wc_record {
        import_uj: zero,
        export_uj: zero,
        uptime_us: 0,
        utc_us: 0,
        value: 0,
        text: wc_text::NONE,
        more: wc_text::NONE,
        boot: frame.header.boot,
        sequence: frame.header.sequence,
        missing: match frame.order {
            Order::AfterHole { missing } => missing,
            Order::First { before } => before,
            Order::Next | Order::Repeated => 0,
        },
        period_us: 0,
        stream: frame.header.stream,
        count: 0,
        channel: 0,
        kind: wc_record_kind::Other,
        repeated: u8::from(frame.order == Order::Repeated),
    };
    match &frame.record {
        Ok(Record::Boot(boot)) => {
            told.kind = wc_record_kind::Boot;
            (told.text, told.more) = (wc_text::of(boot.device), wc_text::of(boot.firmware));
        }
        Ok(Record::Anchor(anchor)) => {
            told.kind = wc_record_kind::Anchor;
            (told.uptime_us, told.utc_us) = (anchor.uptime.as_us(), anchor.utc.as_us());
        }
        Ok(Record::Channel(channel)) => {
            told.kind = wc_record_kind::Channel;
            told.channel = channel.id;
            (told.text, told.more) = (wc_text::of(channel.name), wc_text::of(channel.method));
        }
        Ok(Record::Samples(samples)) => {
            told.kind = wc_record_kind::Samples;
            (told.channel, told.count) = (samples.channel, samples.count);
            (told.uptime_us, told.period_us) = (samples.start.as_us(), samples.period_us);
            let last = samples.iter().ok().and_then(Iterator::last);
            told.value = last.map_or(0, |(_, power)| power.as_uw());
        }
        Ok(Record::Checkpoint(checkpoint)) => {
            told.kind = wc_record_kind::Checkpoint;
            (told.channel, told.uptime_us) = (checkpoint.channel, checkpoint.uptime.as_us());
            told.import_uj = wc_u128::of(checkpoint.import.as_uj());
            told.export_uj = wc_u128::of(checkpoint.export.as_uj());
        }
        Ok(Record::Event(event)) => {
            told.kind = wc_record_kind::Event;
            (told.uptime_us, told.value) = (event.uptime.as_us(), event.value);
            told.channel = event.channel.unwrap_or(u8::MAX);
            told.text = wc_text::of(event.text);
        }
        Ok(_) => {}
        Err(_) => told.kind = wc_record_kind::Unknown,
    }
    told
}
