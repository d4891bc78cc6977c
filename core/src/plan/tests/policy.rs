extern crate std;

use super::{grams, plan};
use crate::plan::*;
use crate::units::{CarbonIntensity, Power, Utc};

const HOUR_US: u64 = 3_600_000_000;

fn hour(hour: u64) -> Utc {
    Utc::from_us(hour * HOUR_US)
}

fn ask(job: &Job<'_>, now: Utc, hours: &[u32]) -> Decision {
    let hours = grams(hours);
    let zones = [ZoneOutlook::new(&hours)];
    let outlook = Outlook { start: hour(0), slot_s: 3_600, zones: &zones };
    let plan = plan::<24>(&outlook, job, now, 0);
    decide(plan.as_ref(), &outlook, job, now)
}

/// Every answer that a device can get, with its urgency.
#[test]
fn there_is_an_answer_in_every_case() {
    let job = Job {
        deadline: Some(hour(8)),
        ..Job::new(2 * 3_600, Load::Constant(Power::from_uw(5_000_000)))
    };
    let day = [300, 300, 80, 90, 300, 300, 300, 300];
    let wait = |until: u64, wait_s: u32| Action::WaitUntil { until: hour(until), wait_s };
    let run = |until: u64| Action::Run { zone: 0, until: hour(until) };

    let early = ask(&job, hour(0), &day);
    assert_eq!(
        early,
        Decision { action: wait(2, 7_200), reason: Reason::BetterLater, urgency: Urgency::Low }
    );
    let half_past_one = Utc::from_us(HOUR_US * 3 / 2);
    assert_eq!(ask(&job, half_past_one, &day).action, wait(2, 1_800));
    assert_eq!(
        ask(&job, hour(2), &day),
        Decision { action: run(4), reason: Reason::Planned, urgency: Urgency::Low }
    );
    assert_eq!(ask(&job, hour(5), &day).urgency, Urgency::Medium);
    let pressed = ask(&job, Utc::from_us(HOUR_US * 11 / 2), &day);
    assert_eq!((pressed.reason, pressed.urgency), (Reason::Planned, Urgency::High));
    // Too late to be done in time: run all the same.
    let late = ask(&job, hour(7), &day);
    assert_eq!(late, Decision { action: run(8), reason: Reason::Deadline, urgency: Urgency::High });

    let not_yet = Job { not_before: Some(hour(2)), ..job };
    assert_eq!(ask(&not_yet, hour(0), &day).reason, Reason::NotBefore);
    // No forecast is left, or none that is long enough.
    assert_eq!(ask(&job, hour(6), &[300, 200]).reason, Reason::NoForecast);
    assert_eq!(ask(&job, hour(0), &[300]).action, run(1));
    let dirty =
        Limits { max_intensity: Some(CarbonIntensity::from_mg_per_kwh(10)), ..Limits::NONE };
    let limited = ask(&Job { limits: dirty, ..job }, hour(0), &day);
    assert_eq!(limited.action, wait(1, 3_600));
    assert_eq!(limited.reason, Reason::Limits(Conflict::MaxIntensity { available_s: 0 }));
    assert_eq!(limited.urgency, Urgency::High);
    let done = Job { done_s: 7_200, ..job };
    assert_eq!(ask(&done, hour(0), &day).action, Action::Finished);
    // Times at the ends of what can be told do not overflow.
    let odd = Job { not_before: Some(Utc::MAX), deadline: Some(Utc::MAX), ..job };
    for now in [Utc::ZERO, Utc::MAX] {
        let _ = ask(&odd, now, &day);
    }
}
