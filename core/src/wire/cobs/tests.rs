extern crate std;

use proptest::prelude::*;
use std::vec::Vec;

use super::*;

/// Bytes with the zeros and the long runs without them that stuffing is about.
fn plain() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => Just(0_u8), 1 => Just(0xFF), 20 => any::<u8>()];
    prop_oneof![
        prop::collection::vec(byte, 1..=MAX_BODY),
        prop::collection::vec(1_u8.., 250..=MAX_BODY),
    ]
}

fn stuff(plain: &[u8]) -> Vec<u8> {
    let mut buffer = [0xAA; MAX_FRAME];
    buffer[LEAD..LEAD + plain.len()].copy_from_slice(plain);
    let len = stuff_in_place(&mut buffer, plain.len()).unwrap();
    buffer[..len].to_vec()
}

proptest! {
    #[test]
    fn agrees_with_the_cobs_crate(plain in plain()) {
        let ours = stuff(&plain);
        prop_assert_eq!(ours.iter().position(|&byte| byte == 0), Some(ours.len() - 1));
        let mut theirs = [0; MAX_FRAME];
        let len = cobs::encode(&plain, &mut theirs);
        prop_assert_eq!(&ours[..ours.len() - 1], &theirs[..len]);
    }

    #[test]
    fn unstuffs_what_was_stuffed_in_any_pieces(plain in plain(), cut in any::<prop::sample::Index>()) {
        let stuffed = stuff(&plain);
        let (front, back) = stuffed[..stuffed.len() - 1].split_at(cut.index(stuffed.len()));
        let mut unstuffer: Unstuffer = Unstuffer::new();
        unstuffer.push(front);
        unstuffer.push(back);
        prop_assert_eq!(unstuffer.finish(), Ok(plain.as_slice()));
    }
}

#[test]
fn tells_a_cut_block_from_too_many_bytes() {
    let mut unstuffer: Unstuffer = Unstuffer::new();
    unstuffer.push(&[5, 1, 2]);
    assert_eq!(unstuffer.finish(), Err(Broken::Cut));
    unstuffer.push(&[1; MAX_FRAME]);
    assert_eq!(unstuffer.finish(), Err(Broken::TooLong));
    unstuffer.push(&[2, 9]);
    assert_eq!(unstuffer.finish(), Ok([9].as_slice()));
}
