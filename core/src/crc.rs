//! CRC-32C (Castagnoli), as in iSCSI (RFC 3720) and SCTP (RFC 4960).

#[cfg(not(target_pointer_width = "64"))]
use small::checksum_of_all;

/// The checksum of `bytes`.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    checksum_of([bytes])
}

/// The checksum of several stretches of bytes, one after the other.
pub(crate) fn checksum_of<const N: usize>(parts: [&[u8]; N]) -> u32 {
    checksum_of_all(&parts)
}

/// A workstation spends 16 KiB on a table that takes sixteen bytes a step.
#[cfg(target_pointer_width = "64")]
fn checksum_of_all(parts: &[&[u8]]) -> u32 {
    use crc::{CRC_32_ISCSI, Crc, Table};

    static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
    let mut digest = CRC_32C.digest();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize()
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
    #[test]
    fn matches_the_check_value_of_the_catalogue() {
        assert_eq!(super::checksum(b"123456789"), 0xE306_9283);
        assert_eq!(super::checksum_of([b"1234", b"56789"]), 0xE306_9283);
        assert_eq!(super::small::checksum_of_all(&[b"1234", b"56789"]), 0xE306_9283);
    }
}
