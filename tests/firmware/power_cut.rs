//! The power goes at every single write of the flash, and in the middle of
//! every erase.

use wattcast_core::units::{CarbonMass, Money, TotalEnergy};
use wattcast_core::wire::record::Kept;
use wattcast_firmware::keep::{FlashKeep, Keep};
use wattcast_sim::flash::{Flash, PAGE};

const BYTES: usize = 3 * PAGE;
type Chip = Flash<BYTES>;

fn open(flash: Chip) -> FlashKeep<Chip> {
    FlashKeep::new(flash, 0..768).unwrap()
}

/// The total of a channel after so many savings; long numbers, short ones.
fn total(channel: u8, saving: u64) -> Kept {
    let uj = u128::from(saving) << (saving % 100);
    Kept {
        channel,
        import: TotalEnergy::from_uj(uj),
        export: TotalEnergy::from_uj(u128::from(saving)),
        carbon: CarbonMass::from_ug(saving * 1_000_003),
        cost: Money::from_micro(-i64::try_from(saving).unwrap()),
        without_carbon: TotalEnergy::ZERO,
    }
}

/// Boots and saves two channels in turn until the power goes. Gives how many
/// savings of each were confirmed.
fn live(keep: &mut FlashKeep<Chip>, from: [u64; 2], savings: u64) -> [u64; 2] {
    let mut confirmed = from;
    if keep.boot().is_err() {
        return confirmed;
    }
    for saving in 1..=savings {
        for channel in [0_u8, 1] {
            let of = &mut confirmed[usize::from(channel)];
            if keep.save(&total(channel, from[usize::from(channel)] + saving)).is_err() {
                return confirmed;
            }
            *of = from[usize::from(channel)] + saving;
        }
    }
    confirmed
}

#[test]
fn no_cut_costs_more_than_the_saving_that_it_cuts() {
    const SAVINGS: u64 = 40;
    let mut whole = open(Chip::new());
    live(&mut whole, [0, 0], SAVINGS);
    let steps = whole.into_flash().steps;
    assert!(steps > 400, "every page is to be erased more than once: {steps} steps");

    for cut in 0..steps {
        let mut flash = Chip::new();
        flash.cut_after(cut);
        let mut keep = open(flash);
        let confirmed = live(&mut keep, [0, 0], SAVINGS);

        let mut flash = keep.into_flash();
        flash.power_on();
        let mut keep = open(flash);
        let mut found = [0; 2];
        for channel in [0_u8, 1] {
            let sure = confirmed[usize::from(channel)];
            let kept = keep.load(channel).unwrap_or_else(|e| panic!("cut at {cut}: {e:?}"));
            let saving = kept.map_or(0, |kept| u64::try_from(kept.export.as_uj()).unwrap());
            // What was confirmed, or the saving that the cut fell into.
            assert!(saving == sure || saving == sure + 1, "cut at {cut}: {saving}, not {sure}");
            assert_eq!(kept.unwrap_or(total(channel, 0)), total(channel, saving), "cut at {cut}");
            found[usize::from(channel)] = saving;
        }
        // And it goes on from there.
        let end = live(&mut keep, found, 3);
        assert_eq!(end, [found[0] + 3, found[1] + 3], "cut at {cut}");
        assert_eq!(keep.load(1), Ok(Some(total(1, end[1]))), "cut at {cut}");
    }
}

#[test]
fn boots_are_counted_through_cuts() {
    let mut flash = Chip::new();
    let mut last = 0;
    for cut in 0..400 {
        flash.cut_after(cut % 7);
        let mut keep = open(flash);
        let counted = keep.boot();
        flash = keep.into_flash();
        flash.power_on();
        let mut keep = open(flash);
        let boot = keep.boot().unwrap();
        assert!(boot > last && counted.is_ok_and(|counted| counted < boot) | counted.is_err());
        (last, flash) = (boot, keep.into_flash());
    }
}
