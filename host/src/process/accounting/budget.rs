//! How much CPU time the search for processes may take.

use std::time::{Duration, Instant};

use nix::time::ClockId;

/// Lets work be done while it has taken less than 0.1 % of one processor, or
/// 50 µs for each sample, whichever is more.
pub(super) struct Budget {
    /// What may still be spent; negative after work that took more.
    left_ns: i64,
    asked: Instant,
    began_ns: i64,
}

impl Budget {
    const PER_SAMPLE_NS: i64 = 50_000;
    /// Rest that is kept for later.
    const MOST_NS: i64 = 1_000_000;

    pub(super) fn new() -> Self {
        Self { left_ns: Self::PER_SAMPLE_NS, asked: Instant::now(), began_ns: 0 }
    }

    /// Whether work may be done in this sample.
    pub(super) fn allows(&mut self) -> bool {
        let now = Instant::now();
        self.earn(now.saturating_duration_since(self.asked));
        self.asked = now;
        self.left_ns > 0
    }

    /// Work begins whose cost is to be measured.
    pub(super) fn begin(&mut self) {
        self.began_ns = cpu_ns();
    }

    /// That work is done.
    pub(super) fn spent(&mut self) {
        self.pay(cpu_ns().saturating_sub(self.began_ns));
    }

    fn earn(&mut self, elapsed: Duration) {
        let share = i64::try_from(elapsed.as_nanos() / 1000).unwrap_or(i64::MAX);
        self.left_ns =
            self.left_ns.saturating_add(share.max(Self::PER_SAMPLE_NS)).min(Self::MOST_NS);
    }

    fn pay(&mut self, ns: i64) {
        self.left_ns = self.left_ns.saturating_sub(ns);
    }
}

fn cpu_ns() -> i64 {
    let now = ClockId::CLOCK_THREAD_CPUTIME_ID.now();
    now.map_or(0, |now| now.tv_sec().saturating_mul(1_000_000_000).saturating_add(now.tv_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costly_work_is_paid_off_before_the_next() {
        let mut budget = Budget::new();
        budget.earn(Duration::from_millis(100));
        // 5 ms of work: at ten samples a second, 1 ms a second is allowed.
        budget.pay(5_000_000);
        let mut skipped = 0;
        while budget.left_ns <= 0 {
            budget.earn(Duration::from_millis(100));
            skipped += 1;
        }
        assert_eq!(skipped, 49);
    }
}
