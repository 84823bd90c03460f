//! A first guess at the smallest quota, from the demand alone: campaigns are dear, and a good guess
//! saves most of them.
//!
//! **Invariant:** no result depends on a guess, only how soon it is found.

/// The quota per second at which a fluid of this demand would wait no longer than `patience` seconds, but
/// for the given share of it.
#[must_use]
pub(super) fn quota(demand: &[u32], patience: f64, share: f64) -> u64 {
    let peak = demand.iter().copied().max().unwrap_or(0);
    let (mut low, mut high) = (0, u64::from(peak).max(1));
    while high - low > 1 {
        let middle = low.midpoint(high);
        if late(demand, middle as f64, patience) <= share { high = middle } else { low = middle }
    }
    high
}

/// The share of the demand that would wait longer than `patience`.
fn late(demand: &[u32], quota: f64, patience: f64) -> f64 {
    let (mut line, mut late, mut all) = (0.0_f64, 0.0, 0.0);
    for count in demand {
        let count = f64::from(*count);
        line = (line + count - quota).max(0.0);
        all += count;
        if line > quota * patience {
            late += count.min(line - quota * patience);
        }
    }
    if all > 0.0 { late / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_lies_between_the_mean_and_the_peak() {
        let demand: Vec<u32> = (0..3_600).map(|s| if s % 600 < 30 { 100 } else { 10 }).collect();
        assert_eq!(quota(&demand, 0.0, 0.0), 100);
        let patient = quota(&demand, 30.0, 0.001);
        assert!((15..60).contains(&patient), "{patient}");
        assert_eq!(quota(&[], 1.0, 0.001), 1);
    }
}
