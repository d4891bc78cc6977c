//! The time zone of this machine.

use jiff::tz::TimeZone;

/// The zone that `TZ` names, else that of the system.
///
/// On Unix the system's own file is read as it is: to look it up by its name,
/// jiff first lists its whole database of zones, which takes as long as all
/// else that a start does.
pub(crate) fn local_zone() -> TimeZone {
    if cfg!(unix) && std::env::var_os("TZ").is_none() {
        let file = std::fs::read("/etc/localtime").unwrap_or_default();
        if let Ok(zone) = TimeZone::tzif("Local", &file) {
            return zone;
        }
    }
    TimeZone::system()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn it_is_the_zone_of_the_system() {
        for month in 0..24 {
            let time = Timestamp::from_second(1_767_000_000 + month * 2_600_000).unwrap();
            let offset = TimeZone::system().to_offset(time);
            assert_eq!(local_zone().to_offset(time), offset, "{time}");
        }
    }
}
