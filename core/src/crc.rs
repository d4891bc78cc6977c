//! CRC-32C (Castagnoli), as in iSCSI (RFC 3720) and SCTP (RFC 4960).

#[cfg(not(target_pointer_width = "64"))]
use small::checksum_of_all;
#[cfg(target_pointer_width = "64")]
pub(crate) use wide::checksum;
#[cfg(target_pointer_width = "64")]
use wide::checksum_of_all;

/// The checksum of `bytes`.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    checksum_of([bytes])
}

/// The checksum of several stretches of bytes, one after the other.
pub(crate) fn checksum_of<const N: usize>(parts: [&[u8]; N]) -> u32 {
    checksum_of_all(&parts)
}

/// A workstation spends 16 KiB on tables that take sixteen bytes a step.
#[cfg(target_pointer_width = "64")]
mod wide {
    use crc::{CRC_32_ISCSI, Crc, Table};

    pub(super) static CRC_32C: Crc<u32, Table<BLOCK>> =
        Crc::<u32, Table<BLOCK>>::new(&CRC_32_ISCSI);
    /// Bytes of a step.
    const BLOCK: usize = 16;

    /// What is left after the last sixteen bytes takes one step too, where the
    /// crate takes one a byte: most frames are short.
    pub(crate) fn checksum(bytes: &[u8]) -> u32 {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let Some(last) = bytes.last_chunk::<BLOCK>() else { return CRC_32C.checksum(bytes) };
        let blocks = blocks.iter().map(|block| u128::from_le_bytes(*block));
        let state = blocks.fold(u32::MAX, |state, block| step(block ^ u128::from(state)));
        if rest.is_empty() {
            return !state;
        }
        // Zeros in front change nothing where the state goes with the first byte
        // that is left; what of it reaches past the last one is not yet due.
        let before = 8 * (BLOCK - rest.len());
        let block = u128::from_le_bytes(*last) >> before << before;
        let beyond = if rest.len() < size_of::<u32>() { state >> (8 * rest.len()) } else { 0 };
        !(step(block ^ u128::from(state) << before) ^ beyond)
    }

    /// The state after sixteen bytes, the state before mixed into the first
    /// four: table k knows what a byte does that k others follow.
    fn step(block: u128) -> u32 {
        let rows = CRC_32C.table().iter().rev();
        let of = |(row, byte): (&[u32; 256], u8)| row.get(usize::from(byte)).copied().unwrap_or(0);
        rows.zip(block.to_le_bytes()).map(of).fold(0, |sum, part| sum ^ part)
    }

    pub(super) fn checksum_of_all(parts: &[&[u8]]) -> u32 {
        let mut digest = CRC_32C.digest();
        parts.iter().for_each(|part| digest.update(part));
        digest.finalize()
    }
}

/// A microcontroller that sends three bytes a sample spends 64 bytes on one
/// that takes half a byte a step.
#[cfg(any(test, not(target_pointer_width = "64")))]
mod small {
    static HALVES: [u32; 16] = halves();

    const fn halves() -> [u32; 16] {
        // The polynomial, lowest bit last.
        const POLYNOMIAL: u32 = 0x82F6_3B78;
        let mut table = [0_u32; 16];
        let mut rest: &mut [u32] = &mut table;
        let mut half = 0_u32;
        while let Some((slot, behind)) = rest.split_first_mut() {
            let (mut crc, mut bit) = (half, 0);
            while bit < 4 {
                crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
                bit += 1;
            }
            *slot = crc;
            rest = behind;
            half += 1;
        }
        table
    }

    pub(super) fn checksum_of_all(parts: &[&[u8]]) -> u32 {
        let mut crc = u32::MAX;
        for part in parts {
            for byte in *part {
                crc ^= u32::from(*byte);
                crc = step(step(crc));
            }
        }
        !crc
    }

    fn step(crc: u32) -> u32 {
        let half = usize::try_from(crc & 15).unwrap_or(0);
        crc >> 4 ^ HALVES.get(half).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use proptest::prelude::*;

    #[test]
    fn matches_the_check_value_of_the_catalogue() {
        assert_eq!(super::checksum(b"123456789"), 0xE306_9283);
        assert_eq!(super::checksum_of([b"1234", b"56789"]), 0xE306_9283);
        assert_eq!(super::small::checksum_of_all(&[b"1234", b"56789"]), 0xE306_9283);
    }

    #[cfg(target_pointer_width = "64")]
    proptest! {
        #[test]
        fn any_length_gives_what_the_crate_gives(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(super::checksum(&bytes), super::wide::CRC_32C.checksum(&bytes));
            prop_assert_eq!(super::checksum(&bytes), super::small::checksum_of_all(&[&bytes]));
        }
    }
}
