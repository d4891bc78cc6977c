//! CRC-32C (Castagnoli), as in iSCSI (RFC 3720) and SCTP (RFC 4960).

use crc::{CRC_32_ISCSI, Crc, Table};

/// A workstation spends 16 KiB on a table that takes sixteen bytes a step; a
/// microcontroller has 1 KiB to spare for one byte a step.
#[cfg(target_pointer_width = "64")]
static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
#[cfg(not(target_pointer_width = "64"))]
static CRC_32C: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// The checksum of `bytes`.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    CRC_32C.checksum(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn matches_the_check_value_of_the_catalogue() {
        assert_eq!(super::checksum(b"123456789"), 0xE306_9283);
    }
}
