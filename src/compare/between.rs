//! Differences between the runs of one side: what no single run can show.
//!
//! Runs differ for reasons that last longer than a run: another machine, a busy neighbour, a colder cache. Where
//! sides have several runs, a difference must stand out from that, too.

use super::{estimate::Shift, resample::variance};

/// How many runs beyond the first of each side it takes to know how much runs differ.
const FEWEST: usize = 4;

/// The shift between two lists of one figure per run, by Student's test with the variance of both lists; `None`
/// if there are too few runs to know. A side with a single run borrows the other's variance.
#[must_use]
pub fn shift(base: &[f64], new: &[f64]) -> Option<Shift> {
    let beyond = |side: &[f64]| side.len().saturating_sub(1);
    let freedom = beyond(base) + beyond(new);
    if freedom < FEWEST || base.is_empty() || new.is_empty() {
        return None;
    }
    let squares = |side: &[f64]| variance(side) * beyond(side) as f64;
    let pooled = (squares(base) + squares(new)) / freedom as f64;
    let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
    let error = (pooled * (1.0 / base.len() as f64 + 1.0 / new.len() as f64)).sqrt();
    Some(Shift { by: mean(new) - mean(base), error, freedom: freedom as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_students_test_of_two_samples() {
        // scipy.stats.ttest_ind([1.3, 1.5, 1.2], [1.0, 1.2, 0.9, 1.1]): t = 2.6680
        let found = shift(&[1.0, 1.2, 0.9, 1.1], &[1.3, 1.5, 1.2]).expect("enough runs");
        assert!((found.by / found.error - 2.668_000_487).abs() < 1e-6, "{found:?}");
        assert!((found.freedom - 5.0).abs() < 1e-12);
    }

    #[test]
    fn one_new_run_is_judged_by_how_much_the_old_ones_differ() {
        let found = shift(&[1.0, 1.1, 0.9, 1.0, 1.0], &[1.05]).expect("enough runs");
        assert!((found.by - 0.05).abs() < 1e-12);
        assert!((found.error - (0.005_f64 * 1.2).sqrt()).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn few_runs_say_nothing_about_how_much_runs_differ() {
        assert_eq!(shift(&[1.0, 1.1], &[1.0, 1.2]), None);
        assert_eq!(shift(&[1.0; 9], &[]), None);
    }
}
