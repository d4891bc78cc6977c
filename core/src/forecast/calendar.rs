//! Sine and cosine of the hour of the day and of the time of the year, 2048
//! being 1.

/// `round(2048 sin(2π i / 24))`, and a quarter of a turn more, for cosines.
const DAY: [i16; 30] = [
    0, 530, 1024, 1448, 1774, 1978, 2048, 1978, 1774, 1448, 1024, 530, 0, -530, -1024, -1448,
    -1774, -1978, -2048, -1978, -1774, -1448, -1024, -530, 0, 530, 1024, 1448, 1774, 1978,
];

/// `round(2048 sin(2π i / 64))`.
const YEAR: [i16; 64] = [
    0, 201, 400, 595, 784, 965, 1138, 1299, 1448, 1583, 1703, 1806, 1892, 1960, 2009, 2038, 2048,
    2038, 2009, 1960, 1892, 1806, 1703, 1583, 1448, 1299, 1138, 965, 784, 595, 400, 201, 0, -201,
    -400, -595, -784, -965, -1138, -1299, -1448, -1583, -1703, -1806, -1892, -1960, -2009, -2038,
    -2048, -2038, -2009, -1960, -1892, -1806, -1703, -1583, -1448, -1299, -1138, -965, -784, -595,
    -400, -201,
];

/// Sine and cosine of an hour of the day, 0 to 23.
pub(super) fn hour_of_day(hour: usize) -> [i16; 2] {
    let at = |hour: usize| DAY.get(hour).copied().unwrap_or(0);
    [at(hour), at(hour + 6)]
}

/// Sine and cosine of one of 64 phases of the year.
pub(super) fn phase_of_year(phase: usize) -> [i16; 2] {
    let at = |phase: usize| YEAR.get(phase % 64).copied().unwrap_or(0);
    [at(phase), at(phase + 16)]
}
