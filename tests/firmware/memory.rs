//! The memory of the simulated board's planner is enough for what it promises.

use wattcast_core::forecast::{Hour, Model};
use wattcast_core::plan::{Job, Limits, Load, Outlook, ZoneOutlook, optimal_needs};
use wattcast_core::units::{CarbonIntensity, Power};
use wattcast_sim::day::intensity_mg;
use wattcast_sim::programs::{CHOICES, VALUES};

#[test]
fn two_days_and_the_shipped_network_fit() {
    let hours: Vec<_> =
        (0..48).map(|hour| Some(CarbonIntensity::from_mg_per_kwh(intensity_mg(hour)))).collect();
    let zones = [ZoneOutlook::new(&hours)];
    let start = Hour::from_hours(0).start();
    let outlook = Outlook { start, slot_s: 3_600, zones: &zones };
    for max_pauses in [None, Some(0)] {
        for run_h in [1, 6, 24] {
            let limits = Limits { min_run_s: 3_600, max_pauses, ..Limits::NONE };
            let load = Load::Constant(Power::from_uw(120_000_000));
            let job = Job { limits, ..Job::new(run_h * 3_600, load) };
            let needs = optimal_needs(&outlook, &job, start).unwrap();
            assert!(needs.values <= VALUES && needs.choices <= CHOICES, "{run_h} h: {needs:?}");
        }
    }
    let model = Model::load(wattcast_models::HISTORY).unwrap();
    assert!(model.scratch_words() <= 4 * VALUES);
}
