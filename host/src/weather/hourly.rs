//! One value per hour.

use std::collections::BTreeMap;

use wattcast_core::forecast::{Hour, Weather};

use super::{Source, Values, WeatherFile, cover, whole};

/// Files that keep what runs of 00 UTC said three days before have at 07 to 09
/// what their lead of 81 h says (see `runs`).
const REPEATED: std::ops::Range<u32> = 7..10;

pub(super) fn assemble(mut hours: BTreeMap<Hour, Values>) -> Option<WeatherFile> {
    let (first, last) = (*hours.first_key_value()?.0, *hours.last_key_value()?.0);
    if repeats(&hours) {
        let changed: Vec<_> = hours
            .keys()
            .filter(|hour| REPEATED.contains(&(hour.as_hours() % 24)))
            .filter_map(|hour| {
                let covering = hour.as_hours() / 24 * 24 + REPEATED.end;
                Some((*hour, *hours.get(&Hour::from_hours(covering))?))
            })
            .collect();
        for (hour, by) in changed {
            hours.entry(hour).and_modify(|values| cover(values, by));
        }
    }
    let all = first.as_hours()..=last.as_hours();
    let told = all.map(|hour| {
        hours.get(&Hour::from_hours(hour)).map_or(Weather::MISSING, |values| whole(*values))
    });
    let source = Source::Hourly { age_hours: 0 };
    Some(WeatherFile { start: first, told: told.collect(), source })
}

/// Whether irradiance and rain of 06 and 07 UTC are the same nearly every day,
/// and those of 09 and 10 are not.
fn repeats(hours: &BTreeMap<Hour, Values>) -> bool {
    let same = |of_day: u32| -> (usize, usize) {
        let pairs = hours.iter().filter(|(hour, _)| hour.as_hours() % 24 == of_day);
        let pairs = pairs.filter_map(|(hour, values)| {
            let [.., sun, rain] = *values;
            let [.., next_sun, next_rain] = *hours.get(&hour.later(1))?;
            Some((sun, rain) == (next_sun, next_rain))
        });
        pairs.fold((0, 0), |(same, all), is_same| (same + usize::from(is_same), all + 1))
    };
    let (broken, days) = same(REPEATED.start - 1);
    let (whole, _) = same(REPEATED.end - 1);
    days >= 30 && broken * 100 >= days * 95 && whole * 2 < days
}
