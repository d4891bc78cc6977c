extern crate std;

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

/// One weight at a time, as the format says it.
fn slow(layer: &Dense<'_>, x: &[i16], limits: Limits) -> Vec<i16> {
    (0..layer.outputs())
        .map(|output| {
            let product = |input: usize| {
                let at = output * layer.inputs + place_of(input, layer.inputs);
                i64::from(layer.weights[at].cast_signed()) * i64::from(x[input])
            };
            let bias = layer.bias.get(output).copied().map_or(0, i32::from_le_bytes);
            let sum = (0..layer.inputs).map(product).sum::<i64>() + i64::from(bias);
            let multiplier = i64::from(i32::from_le_bytes(layer.multiplier[output]));
            limits.bound((sum * multiplier + (1 << 31)) >> 32)
        })
        .collect()
}

/// Groups of one to four rows, so many words apart at most.
fn steps(most: usize) -> impl Strategy<Value = Steps> {
    let apart = (1_usize..5, 0..most, 0..most);
    apart.prop_map(|(rows, row, more)| Steps::groups(rows, row, (rows - 1) * row + more))
}

proptest! {
    /// Inputs that end early count as zeros, and a row without any is left.
    #[test]
    fn rows_that_end_early_are_as_told(
        inputs in 1_usize..40, outputs in 1_usize..30, rows in 1_usize..12, steps in steps(40),
        there in 0_usize..400, weight: u8,
    ) {
        let weights = vec![weight; inputs * outputs];
        let multiplier = vec![[0, 0, 0, 1]; outputs];
        let layer = Dense { inputs, bias: &[], multiplier: &multiplier, weights: &weights };
        let x: Vec<i16> = (0..there).map(|at| i16::try_from(at * 91 % 20_000).unwrap()).collect();
        let limits = Limits::SYMMETRIC;
        let expected: Vec<i16> = (0..rows)
            .flat_map(|t| match x.get(steps.at(t)..) {
                None => vec![7; outputs],
                Some(x) => {
                    let mut row = x[..x.len().min(inputs)].to_vec();
                    row.resize(inputs, 0);
                    slow(&layer, &row, limits)
                }
            })
            .collect();
        let mut out = vec![7; rows * outputs];
        layer.rows(&x, steps, limits, &mut out);
        prop_assert_eq!(&out, &expected);
        out.fill(7);
        layer.ready(&mut Room::new()).rows(&x, steps, limits, &mut out);
        prop_assert_eq!(&out, &expected);
    }

    #[test]
    fn every_kernel_gives_the_same_bytes(
        inputs in prop_oneof![9 => 1_usize..90, 1 => 90_usize..300], outputs in 1_usize..40,
        rows in 1_usize..14, steps in steps(100),
        has_bias: bool, rectified: bool, beyond in 0_usize..20, seed: u64,
    ) {
        let mut state = seed | 1;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        };
        let weights: Vec<u8> = (0..inputs * outputs + beyond).map(|_| random()[3]).collect();
        let quad = |bytes: [u8; 8]| [bytes[3], bytes[4], bytes[5], 0];
        let bias: Vec<_> = (0..if has_bias { outputs } else { 0 }).map(|_| quad(random())).collect();
        let multiplier: Vec<_> = (0..outputs).map(|_| quad(random())).collect();
        let x: Vec<i16> = (0..steps.at(rows - 1) + inputs)
            .map(|_| i16::from_le_bytes([random()[5], random()[2]]).max(-MAX_ACTIVATION))
            .collect();
        let layer = Dense { inputs, bias: &bias, multiplier: &multiplier, weights: &weights };
        let limits = if rectified { Limits::RECTIFIED } else { Limits::SYMMETRIC };
        let expected: Vec<i16> =
            (0..rows).flat_map(|t| slow(&layer, &x[steps.at(t)..][..inputs], limits)).collect();

        let mut out = vec![1; rows * outputs];
        layer.rows(&x, steps, limits, &mut out);
        prop_assert_eq!(&out, &expected);
        let mut room = Room::new();
        let ready = layer.ready(&mut room);
        for at in [1, 2] {
            // All at once, and in two calls.
            let first = at * rows / 2 / steps.rows * steps.rows;
            let (here, there) = out.split_at_mut(first * outputs);
            here.fill(4);
            there.fill(4);
            ready.rows(&x, steps, limits, here);
            ready.rows(x.get(steps.at(first)..).unwrap_or_default(), steps, limits, there);
            prop_assert_eq!(&out, &expected);
        }
        out.fill(2);
        plain::rows(&layer, &x, steps, limits, &mut out);
        prop_assert_eq!(&out, &expected);
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        {
            out.fill(3);
            lanes::rows(&layer, &x, steps, limits, &mut out);
            prop_assert_eq!(&out, &expected);
        }
        let one: Vec<i16> = (0..outputs).map(|at| layer.output(at, &x, limits)).collect();
        prop_assert_eq!(&one, &expected[..outputs]);
    }
}
