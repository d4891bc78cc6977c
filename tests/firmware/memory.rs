//! The memory of the simulated board's planner is enough for what it promises.

use wattcast_core::forecast::{Hour, Model};
use wattcast_core::plan::{Errand, Slots, Standing, pocket};
use wattcast_core::units::CarbonIntensity;
use wattcast_sim::day::intensity_mg;
use wattcast_sim::programs::VALUES;

#[test]
fn two_days_and_the_shipped_network_fit() {
    let hours: Vec<_> =
        (0..48).map(|hour| Some(CarbonIntensity::from_mg_per_kwh(intensity_mg(hour)))).collect();
    let start = Hour::from_hours(0).start();
    let slots = Slots { start, slot_s: 3_600, planned: &hours };
    for max_pauses in [None, Some(0), Some(5)] {
        for run_h in 1..=48 {
            let errand = Errand {
                work_s: run_h * 3_600,
                not_before: None,
                deadline: None,
                standing: Standing::Fresh { home: None },
                min_run_s: 3_600,
                max_pauses,
            };
            let plan = pocket::<24>(&slots, &errand, start, &mut [0; VALUES]);
            assert!(plan.is_ok(), "{run_h} h, {max_pauses:?}: {plan:?}");
        }
    }
    let model = Model::load(wattcast_models::HISTORY).unwrap();
    assert!(model.scratch_words() <= 4 * VALUES);
}
