//! Numbers for people: the same in every locale.

use std::time::Duration;

/// A count with its thousands apart.
#[must_use]
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A share as a percentage; a dash where it does not exist.
#[must_use]
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", share * 100.0))
}

/// Milliseconds with a unit that suits their size; a dash where they do not exist.
#[must_use]
pub fn millis(millis: Option<f64>) -> String {
    match millis {
        None => "-".to_owned(),
        Some(millis) if millis < 100.0 => format!("{millis:.2} ms"),
        Some(millis) if millis < 1_000.0 => format!("{millis:.0} ms"),
        Some(millis) if millis < 600_000.0 => format!("{:.1} s", millis / 1e3),
        Some(millis) => format!("{:.1} min", millis / 6e4),
    }
}

/// A length of time in its two largest units.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", span.as_secs_f64()),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// Any figure, without digits that say nothing.
#[must_use]
pub fn figure(figure: f64) -> String {
    let text = format!("{figure:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let counts = [0, 999, 1_000, 12_345_678].map(count);
        assert_eq!(counts, ["0", "999", "1,000", "12,345,678"]);
    }

    #[test]
    fn a_figure_has_no_digits_that_say_nothing() {
        assert_eq!([0.7, 50.0, 0.333_333_333, 100.0].map(figure), ["0.7", "50", "0.333333", "100"]);
    }

    #[test]
    fn time_is_told_in_its_two_largest_units() {
        let told =
            [30_120, 90_000, 7_260_000, 90_000_000].map(|ms| span(Duration::from_millis(ms)));
        assert_eq!(told, ["30.1 s", "1 min 30 s", "2 h 1 min", "1 d 1 h"]);
    }
}
