//! How far a measured share may be from the true one: the interval of E. B. Wilson (1927).
//!
//! Unlike the textbook interval it stays between 0 and 1 and is honest for few samples and for shares
//! near either end.

/// The standard normal distribution's 97.5 % quantile.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a share of `part` in `whole`; `None` without samples.
#[must_use]
pub fn interval(part: u64, whole: u64) -> Option<[f64; 2]> {
    if whole == 0 {
        return None;
    }
    let (n, share) = (whole as f64, part as f64 / whole as f64);
    let shrink = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / shrink;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / shrink;
    // The ends are exact where nothing or everything counts; rounding must not move them.
    let low = if part == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if part == whole { 1.0 } else { (centre + half).min(1.0) };
    Some([low, high])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_interval(part: u64, whole: u64, expected: [f64; 2]) {
        let [low, high] = interval(part, whole).expect("there are samples");
        let near = (low - expected[0]).abs() < 5e-7 && (high - expected[1]).abs() < 5e-7;
        assert!(near, "{part} of {whole}: [{low}, {high}], not {expected:?}");
    }

    #[test]
    fn the_interval_has_its_known_values() {
        // The closed form, evaluated with forty digits.
        check_interval(15, 50, [0.191_035_5, 0.437_503_5]);
        check_interval(300, 1_000, [0.272_406_8, 0.329_123_9]);
        check_interval(1, 1, [0.206_549_3, 1.0]);
        check_interval(0, 10, [0.0, 0.277_532_8]);
        check_interval(10, 10, [0.722_467_2, 1.0]);
    }

    #[test]
    fn there_is_no_interval_without_samples() {
        assert_eq!(interval(0, 0), None);
    }
}
