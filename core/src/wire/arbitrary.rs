//! Any record, for property tests. Texts are leaked, so that records borrow
//! from nothing.

extern crate std;

use proptest::collection;
use proptest::prelude::*;
use std::boxed::Box;
use std::string::String;
use std::vec;

use super::record::*;
use crate::units::*;

fn text() -> impl Strategy<Value = &'static str> {
    collection::vec(any::<char>(), 0..20)
        .prop_map(|chars| &*Box::leak(chars.into_iter().collect::<String>().into_boxed_str()))
}

fn bytes() -> impl Strategy<Value = &'static [u8]> {
    collection::vec(any::<u8>(), 0..200).prop_map(|bytes| &*Box::leak(bytes.into_boxed_slice()))
}

fn one_of<T: Copy + core::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn uptime() -> impl Strategy<Value = Uptime> {
    any::<u64>().prop_map(Uptime::from_us)
}

fn utc() -> impl Strategy<Value = Utc> {
    any::<u64>().prop_map(Utc::from_us)
}

fn intensity() -> impl Strategy<Value = CarbonIntensity> {
    any::<u32>().prop_map(CarbonIntensity::from_mg_per_kwh)
}

fn counts() -> impl Strategy<Value = Counts> {
    any::<[u32; 8]>().prop_map(
        |[advanced, wrapped, reset, unavailable, gaps, duplicates, backward, saturated]| Counts {
            advanced,
            wrapped,
            reset,
            unavailable,
            gaps,
            duplicates,
            backward,
            saturated,
        },
    )
}

fn boot() -> impl Strategy<Value = Record<'static>> {
    use BootCause::*;
    let cause = one_of(&[Unknown, PowerOn, BrownOut, Watchdog, Requested, Fault]);
    (text(), text(), text(), cause).prop_map(|(device, firmware, version, cause)| {
        Record::Boot(Boot { device, firmware, version, cause })
    })
}

fn channel() -> impl Strategy<Value = Record<'static>> {
    use Component::*;
    let kind = (
        one_of(&[Cpu, Idle, Ram, Gpu, Board, Battery, Load]),
        one_of(&[Scope::Process, Scope::Machine]),
        one_of(&[Quality::Measured, Quality::Modelled, Quality::Assumed]),
    );
    let numbers = any::<(u8, u64, u32, u32, bool)>();
    (text(), text(), kind, numbers).prop_map(|(name, method, kind, numbers)| {
        let (component, scope, quality) = kind;
        let (id, resolution_uj, low_ppm, high_ppm, counted) = numbers;
        Record::Channel(Channel {
            id,
            name,
            component,
            scope,
            quality,
            method,
            resolution_uj,
            low_ppm,
            high_ppm,
            counted,
        })
    })
}

fn samples() -> impl Strategy<Value = Record<'static>> {
    (any::<(u8, u64, u32, u16, i64, i64)>(), bytes()).prop_map(|(numbers, deltas)| {
        let (channel, start, period_us, count, first, step) = numbers;
        Record::Samples(Samples {
            channel,
            start: Uptime::from_us(start),
            period_us,
            count,
            first: Power::from_uw(first),
            step: Power::from_uw(step),
            deltas,
        })
    })
}

/// A checkpoint with any values.
pub(super) fn checkpoint() -> impl Strategy<Value = Record<'static>> {
    (any::<(u8, u64, u128, u128, Option<u64>, Option<i64>)>(), counts()).prop_map(
        |((channel, uptime, import, export, carbon, cost), counts)| {
            Record::Checkpoint(Checkpoint {
                channel,
                uptime: Uptime::from_us(uptime),
                import: TotalEnergy::from_uj(import),
                export: TotalEnergy::from_uj(export),
                carbon: carbon.map(CarbonMass::from_ug),
                cost: cost.map(Money::from_micro),
                counts,
            })
        },
    )
}

fn intensity_record() -> impl Strategy<Value = Record<'static>> {
    use IntensitySource::*;
    let source = one_of(&[Measured, Live, Forecast, TypicalDay, Yearly, Given, World]);
    let basis = one_of(&[Basis::LifeCycle, Basis::Direct]);
    (utc(), text(), intensity(), basis, source, any::<u16>(), text()).prop_map(
        |(from, zone, intensity, basis, source, year, name)| {
            Record::Intensity(Intensity { from, zone, intensity, basis, source, year, name })
        },
    )
}

fn event() -> impl Strategy<Value = Record<'static>> {
    use EventKind::*;
    let kind = one_of(&[
        Started,
        Exited,
        Signalled,
        Finished,
        Mark,
        Gap,
        SourceLost,
        SensorFault,
        Overlap,
        Paused,
        Resumed,
        Budget,
        Command,
        LeftBehind,
        Warning,
        Accepted,
        Refused,
        Switched,
        SelfTest,
    ]);
    (uptime(), kind, any::<Option<u8>>(), any::<i64>(), text()).prop_map(
        |(uptime, kind, channel, value, text)| {
            Record::Event(Event { uptime, kind, channel, value, text })
        },
    )
}

/// A record of any kind with any values.
pub(super) fn record() -> impl Strategy<Value = Record<'static>> {
    let pue = (1_000_000..=10_000_000_u32).prop_map(|pue| Pue::from_millionths(pue).unwrap());
    prop_oneof![
        boot(),
        (uptime(), utc(), any::<u32>()).prop_map(|(uptime, utc, uncertainty_us)| {
            Record::Anchor(Anchor { uptime, utc, uncertainty_us })
        }),
        channel(),
        samples(),
        checkpoint(),
        intensity_record(),
        (text(), utc(), any::<(u32, u32)>(), text(), bytes()).prop_map(
            |(zone, from, (slot_s, quantile_ppm), method, values)| {
                Record::Forecast(Forecast { zone, from, slot_s, quantile_ppm, method, values })
            }
        ),
        (text(), utc(), utc(), intensity(), any::<(u16, u16)>()).prop_map(
            |(zone, start, end, expected, (index, of))| {
                Record::Plan(Plan { zone, start, end, expected, index, of })
            }
        ),
        event(),
        (text(), text(), any::<u8>())
            .prop_map(|(key, value, part)| { Record::Attribute(Attribute { key, value, part }) }),
        (uptime(), pue, text())
            .prop_map(|(from, pue, currency)| { Record::Pricing(Pricing { from, pue, currency }) }),
        any::<(u64, u64, u64)>().prop_map(|(uptime, cpu_time_us, rss_bytes)| {
            Record::Usage(Usage { uptime: Uptime::from_us(uptime), cpu_time_us, rss_bytes })
        }),
        any::<(u8, [u128; 3], u64, i64)>().prop_map(
            |(channel, [import, export, without], carbon, cost)| {
                Record::Kept(Kept {
                    channel,
                    import: TotalEnergy::from_uj(import),
                    export: TotalEnergy::from_uj(export),
                    carbon: CarbonMass::from_ug(carbon),
                    cost: Money::from_micro(cost),
                    without_carbon: TotalEnergy::from_uj(without),
                })
            }
        ),
    ]
}
