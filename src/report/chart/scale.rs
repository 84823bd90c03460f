//! From values to places: straight from zero, or by powers of ten.

/// A scale from zero to a round number, with a tick at each of its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Linear {
    pub(super) step: f64,
    pub(super) steps: u32,
}

impl Linear {
    /// The scale up to at least `most`, in about `wanted` steps of 1, 2 or 5 times a power of ten.
    pub(super) fn up_to(most: f64, wanted: u32) -> Self {
        let most = if most > 0.0 && most.is_finite() { most } else { 1.0 };
        let step = nice(most / f64::from(wanted));
        // What lies on a step but for the last bit does not need another one.
        let needed = (1..=2 * wanted).find(|steps| f64::from(*steps) * step >= most * (1.0 - 1e-9));
        Self { step, steps: needed.unwrap_or(wanted) }
    }

    pub(super) fn top(self) -> f64 {
        self.step * f64::from(self.steps)
    }

    pub(super) fn ticks(self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(move |tick| f64::from(tick) * self.step)
    }

    /// Where a value lies: 0 at the bottom, 1 at the top.
    pub(super) fn place(self, value: f64) -> f64 {
        (value / self.top()).clamp(0.0, 1.0)
    }
}

/// A scale by powers of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Log {
    low: f64,
    high: f64,
}

impl Log {
    /// The scale between two positive values, widened to round numbers.
    pub(super) fn between(low: f64, high: f64) -> Self {
        let low = below(low.max(1e-9));
        Self { low, high: above(high.max(low * 2.0)) }
    }

    /// 1, 2 and 5 times each power of ten, or the powers alone where those would be too many.
    pub(super) fn ticks(self) -> Vec<f64> {
        let decades = (self.high / self.low).log10();
        let within = |tick: &f64| *tick >= self.low * 0.999 && *tick <= self.high * 1.001;
        let firsts: &[f64] = if decades > 3.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = (-9..=12).map(|power| 10_f64.powi(power));
        powers
            .flat_map(|power| firsts.iter().map(move |first| first * power))
            .filter(within)
            .collect()
    }

    pub(super) fn place(self, value: f64) -> f64 {
        ((value.max(self.low) / self.low).ln() / (self.high / self.low).ln()).clamp(0.0, 1.0)
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below a value.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let found = [1.0, 2.0, 5.0].into_iter().find(|first| first * power >= value * (1.0 - 1e-9));
    found.unwrap_or(10.0) * power
}

fn above(value: f64) -> f64 {
    nice(value)
}

fn below(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let found = [5.0, 2.0].into_iter().find(|first| first * power <= value * (1.0 + 1e-9));
    found.unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_ticks(most: f64, expected: &[f64]) {
        let ticks: Vec<f64> = Linear::up_to(most, 5).ticks().collect();
        assert_eq!(ticks.len(), expected.len(), "{ticks:?}");
        let near =
            ticks.iter().zip(expected).all(|(tick, expected)| (tick - expected).abs() < 1e-9);
        assert!(near, "{ticks:?}");
    }

    #[test]
    fn ticks_are_round() {
        check_ticks(100.0, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        check_ticks(101.0, &[0.0, 50.0, 100.0, 150.0]);
        check_ticks(7.0, &[0.0, 2.0, 4.0, 6.0, 8.0]);
        check_ticks(0.3, &[0.0, 0.1, 0.2, 0.3]);
    }

    #[test]
    fn nothing_has_a_scale_too() {
        check_ticks(0.0, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        check_ticks(f64::NAN, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    }

    #[test]
    fn a_log_scale_begins_and_ends_at_round_numbers() {
        let scale = Log::between(0.013, 0.34);
        let ticks: Vec<String> = scale.ticks().iter().map(|tick| format!("{tick:.2}")).collect();
        assert_eq!(ticks, ["0.01", "0.02", "0.05", "0.10", "0.20", "0.50"]);
        assert!(scale.place(0.01).abs() < 1e-9);
        assert!((scale.place(0.5) - 1.0).abs() < 1e-9);
    }
}
