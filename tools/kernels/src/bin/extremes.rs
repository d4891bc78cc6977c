//! Prints a number made of what the kernels give for many shapes and large numbers,
//! where sums meet the ends of 16 bits: the same for each kernel.
#![no_std]
#![no_main]

#[allow(dead_code, reason = "only what may saturate is asked for")]
#[path = "../../../../core/src/forecast/kernel/mod.rs"]
mod kernel;

use kernel::{Dense, Limits, Steps};
use kernels as _;
use semihosting::println;

#[repr(align(4))]
struct Aligned<T>(T);

#[cortex_m_rt::entry]
fn main() -> ! {
    println!("{}", extremes());
    semihosting::process::exit(0)
}

/// Layers of many shapes, and the small kernels, fed with large numbers.
fn extremes() -> u32 {
    let weights: [u8; 48 * 16] = core::array::from_fn(|i| u8::try_from(i * 73 % 256).unwrap_or(0));
    let bias: [[u8; 4]; 16] = core::array::from_fn(|i| [0, 0, weights[i], 0]);
    let multiplier: [[u8; 4]; 16] = core::array::from_fn(|i| [0, 0, weights[i], 3]);
    let x: [i16; 144] = core::array::from_fn(|i| {
        i16::try_from(i * 7_919 % 65_535)
            .unwrap_or_else(|_| if i % 2 == 0 { 32_767 } else { -32_767 })
    });
    let x = Aligned(x);
    let mut found = 0_u32;
    let mut take = |values: &[i16]| {
        for value in values {
            found = found.wrapping_mul(31).wrapping_add(u32::from(value.cast_unsigned()));
        }
    };
    let narrow = Limits { low: -9_000, high: 9_000 };
    let mut out = [0; 16 * 16];
    for (inputs, outputs, rows) in
        [(43, 6, 3), (42, 14, 9), (4, 5, 4), (3, 7, 6), (48, 16, 5), (1, 3, 16), (40, 2, 2)]
    {
        for limits in [Limits::SYMMETRIC, Limits::RECTIFIED, narrow] {
            for steps in [Steps::groups(3, 4, 20), Steps::every(6), Steps::every(5)] {
                let (bias, multiplier) = (&bias[..outputs], &multiplier[..outputs]);
                for bias in [bias, &[]] {
                    let layer = Dense { inputs, bias, multiplier, weights: &weights };
                    out.fill(0);
                    layer.rows(&x.0, steps, limits, &mut out[..rows * outputs]);
                    take(&out);
                }
            }
        }
    }
    let learned: [[u8; 2]; 48] = core::array::from_fn(|i| x.0[i].to_le_bytes());
    for at in 0..8 {
        let sum = kernel::blend::<6, 4>((&learned, at), (&x.0[50..], at), &x.0[..7]);
        let [a, b, c, d, e, f, ..] = sum.to_le_bytes();
        take(&[[a, b], [c, d], [e, f]].map(i16::from_le_bytes));
    }
    for (left, right) in [(0, 0), (3, 0), (0, 2)] {
        let mut sums = x.0;
        kernel::add_rectified(&mut sums[..61], &x.0[30..], left, right);
        take(&sums);
    }
    found
}
