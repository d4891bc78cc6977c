//! CRC-32C (Castagnoli), as in iSCSI (RFC 3720) and SCTP (RFC 4960).

#[cfg(not(target_pointer_width = "64"))]
use crc::NoTable;
#[cfg(target_pointer_width = "64")]
use crc::Table;
use crc::{CRC_32_ISCSI, Crc};

/// A workstation spends 16 KiB on a table that takes sixteen bytes a step. A
/// microcontroller that sends three bytes a sample spends none.
#[cfg(target_pointer_width = "64")]
static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);
#[cfg(not(target_pointer_width = "64"))]
static CRC_32C: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISCSI);

/// The checksum of `bytes`.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    CRC_32C.checksum(bytes)
}

/// The checksum of several stretches of bytes, one after the other.
pub(crate) fn checksum_of<const N: usize>(parts: [&[u8]; N]) -> u32 {
    let mut digest = CRC_32C.digest();
    parts.into_iter().for_each(|part| digest.update(part));
    digest.finalize()
}

#[cfg(test)]
mod tests {
    #[test]
    fn matches_the_check_value_of_the_catalogue() {
        assert_eq!(super::checksum(b"123456789"), 0xE306_9283);
        assert_eq!(super::checksum_of([b"1234", b"56789"]), 0xE306_9283);
    }
}
