//! A day of a small workshop at 12 V: a computer that builds all day, as it was
//! recorded, and made up beside it a cooling box that comes and goes, a light in
//! the evening, noise, and the faults that a sensor can have.

/// Seconds of a day.
pub const DAY_S: u64 = 86_400;
/// The shunt in µΩ.
pub const SHUNT_UOHM: u32 = 2_000;

/// The computer, in mW, a sample a second; see `traces/README.md`.
const COMPUTER_MW: [u16; 390] = include!("../traces/build.in");

/// What the INA226 shows: steps of 2.5 µV across the shunt and of 1.25 mV on
/// the bus; `None` where it does not answer.
#[must_use]
pub fn registers(at_us: u64, load: bool) -> Option<(i16, u16)> {
    let second = at_us / 1_000_000 % DAY_S;
    match second {
        // Unplugged for ten minutes.
        36_000..36_600 => return None,
        // Frozen for twenty.
        54_000..55_200 => return Some((2_000, 9_600)),
        // A short circuit, beyond the scale.
        64_800..64_805 => return Some((i16::MAX, 7_000)),
        _ => {}
    }
    let noise = noise(second);
    let place = usize::try_from(second).unwrap_or(0) % COMPUTER_MW.len();
    let computer_mw = COMPUTER_MW.get(place).copied().map_or(0, i32::from);
    // 800 steps are 1 A, at 12.1 V.
    let mut steps = computer_mw * 8 / 121;
    if second % 3_600 < 1_500 {
        steps += 3_200;
    }
    if (64_900..82_800).contains(&second) {
        steps += 1_600;
    }
    if load {
        steps += 8_000;
    }
    // The battery feeds back for a while around noon.
    if (43_200..45_000).contains(&second) {
        steps -= 6_000;
    }
    let bus = 9_680_i32 - steps / 40 + noise % 3;
    let shunt = steps + noise % 17 - 8;
    Some((i16::try_from(shunt).unwrap_or(i16::MAX), u16::try_from(bus).unwrap_or(0)))
}

/// The same for the same second, and of no order (Marsaglia's xorshift).
fn noise(second: u64) -> i32 {
    let mut x = second.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for _ in 0..3 {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    i32::try_from(x % 1_000).unwrap_or(0)
}

/// The carbon intensity of a made-up grid, in mg/kWh: cleanest past noon, dirty
/// in the evening, a little other each day. Hours since 1970.
#[must_use]
pub fn intensity_mg(hour: u32) -> u32 {
    const SHAPE: [u32; 24] = [
        310, 300, 295, 290, 300, 330, 370, 390, 360, 300, 240, 190, 160, 150, 165, 210, 280, 360,
        420, 440, 430, 400, 360, 330,
    ];
    let place = usize::try_from(hour % 24).unwrap_or(0);
    let shape = SHAPE.get(place).copied().unwrap_or(0);
    let day = hour / 24;
    let weekend = if day % 7 >= 5 { 40 } else { 0 };
    (shape - weekend + day * 37 % 50) * 1_000 + hour * 7_919 % 5_000
}
