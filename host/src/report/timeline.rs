//! The course of a channel in bounded memory.

/// Most points that are kept.
const MOST_POINTS: usize = 512;

/// Cumulative energy over time, thinned out as it grows. Between two points
/// the power counts as constant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    points: Vec<Point>,
    last: Option<Point>,
    stride: u32,
    skipped: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Point {
    at_us: u64,
    energy_uj: u128,
}

impl Timeline {
    /// Adds a point; time and energy never step back.
    pub(super) fn push(&mut self, at_us: u64, energy_uj: u128) {
        if self.points.is_empty() {
            // Totals count from boot or the start of the run.
            self.points.push(Point { at_us: 0, energy_uj: 0 });
        }
        let point = Point { at_us, energy_uj };
        self.last = Some(point);
        self.skipped += 1;
        if self.skipped < self.stride {
            return;
        }
        self.skipped = 0;
        self.points.push(point);
        if self.points.len() >= MOST_POINTS {
            let mut index = 0_usize;
            self.points.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride = self.stride.max(1) * 2;
        }
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }

    /// First and last moment, in µs of uptime.
    #[must_use]
    pub fn span_us(&self) -> Option<(u64, u64)> {
        Some((self.points.first()?.at_us, self.last?.at_us))
    }

    /// Energy from the start up to a moment of uptime.
    #[must_use]
    pub fn energy_at_uj(&self, at_us: u64) -> u128 {
        let after = self.points.partition_point(|point| point.at_us <= at_us);
        let before = after.checked_sub(1).and_then(|index| self.points.get(index));
        let Some(before) = before else { return 0 };
        let next = self.points.get(after).or(self.last.as_ref()).unwrap_or(before);
        let span = u128::from(next.at_us.saturating_sub(before.at_us));
        let done = u128::from(at_us.saturating_sub(before.at_us)).min(span);
        let added = next.energy_uj.saturating_sub(before.energy_uj);
        before.energy_uj + super::share::of(added, done, span).unwrap_or(0)
    }
}
