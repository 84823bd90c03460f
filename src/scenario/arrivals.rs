//! When sessions arrive: a rate curve of straight pieces.
//!
//! The instant of arrival *k* is where the area under the curve reaches the *k*th sum of gaps, so a
//! ramp is followed exactly and nothing drifts.

use std::time::Duration;

/// When sessions arrive.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalPlan {
    /// The rate curve, one piece after the other.
    pub segments: Vec<Segment>,
    /// What lies between two arrivals.
    pub gaps: Gaps,
    /// No session beyond this number arrives.
    pub max_sessions: Option<u64>,
}

/// One straight piece of the rate curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Sessions per second at its start.
    pub from: f64,
    /// Sessions per second at its end.
    pub to: f64,
    /// Its length.
    pub duration: Duration,
}

/// What lies between two arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// Exponential gaps: people who do not know each other.
    Poisson,
    /// Equal gaps.
    Even,
}

impl ArrivalPlan {
    /// The length of the curve.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.segments.iter().map(|segment| segment.duration).sum()
    }

    /// The expected number of sessions, before a cap.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.segments.iter().map(Segment::area).sum()
    }

    /// The expected number of sessions, at most the cap.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an expected number is shown without decimals")]
    pub fn expected_sessions(&self) -> f64 {
        self.max_sessions.map_or(self.expected(), |max| self.expected().min(max as f64))
    }

    /// The highest rate, in sessions per second.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.segments.iter().map(|segment| segment.from.max(segment.to)).fold(0.0, f64::max)
    }
}

impl Segment {
    /// The expected number of sessions.
    #[must_use]
    pub fn area(&self) -> f64 {
        f64::midpoint(self.from, self.to) * self.duration.as_secs_f64()
    }

    /// Seconds into the piece at which the area reaches `area`.
    #[must_use]
    pub fn seconds_at(&self, area: f64) -> f64 {
        if area <= 0.0 {
            return 0.0;
        }
        let length = self.duration.as_secs_f64();
        let slope = (self.to - self.from) / length;
        // Solves from·t + slope·t²/2 = area in the form that keeps its digits when slope is small.
        let root = (self.from * self.from + 2.0 * slope * area).max(0.0).sqrt();
        (2.0 * area / (self.from + root)).min(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_inverted_exactly() {
        let ramp = Segment { from: 0.0, to: 10.0, duration: Duration::from_secs(20) };
        assert!((ramp.area() - 100.0).abs() < 1e-9);
        assert!((ramp.seconds_at(25.0) - 10.0).abs() < 1e-9);
        let down = Segment { from: 10.0, to: 0.0, duration: Duration::from_secs(20) };
        assert!((down.seconds_at(75.0) - 10.0).abs() < 1e-9);
        let flat = Segment { from: 5.0, to: 5.0, duration: Duration::from_secs(20) };
        assert!((flat.seconds_at(50.0) - 10.0).abs() < 1e-9);
    }
}
