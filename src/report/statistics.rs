//! What figures of several runs, or of a sample, allow to be said about the truth.
//!
//! The functions are few and small, and a crate for them would bring linear algebra along; each is held
//! against textbooks and SciPy in its tests.
//!
//! **Invariant:** nothing here draws or sorts: the same figures give the same statement.

pub mod normal;
pub mod beta;
pub mod student;
pub mod seeds;
pub mod share;
pub mod power;

/// The place between `low` and `high` where a rising function passes from `below` to not below, as exactly
/// as the numbers can tell.
fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low.midpoint(high);
        if middle <= low || high <= middle {
            return middle;
        }
        if below(middle) { low = middle } else { high = middle }
    }
}

#[cfg(test)]
#[track_caller]
fn assert_near(value: f64, expected: f64, relative: f64) {
    let allowed = relative * expected.abs().max(f64::MIN_POSITIVE);
    assert!((value - expected).abs() <= allowed, "{value}, not {expected}");
}
