//! Every count adds up, whatever the scenario.

use crate::campaigns::{random, simulated};
use otpdrill::record::cells::Cell;

#[test]
fn sums_hold_in_two_hundred_random_scenarios() {
    let _alone = crate::program::alone();
    let mut all = Cell::default();
    for seed in 0..200 {
        let recorder = simulated(&random(seed));
        recorder.cells.iter().for_each(|(_, _, cell)| cell.assert_conserved());
        let total = recorder.cells.sum(|_| true);
        total.assert_conserved();
        let series: Vec<_> = recorder.series.intervals().flatten().collect();
        let arrived: u64 = series.iter().map(|tally| tally.arrived).sum();
        let ended: u64 = series.iter().map(|tally| tally.ended).sum();
        let started: u64 = series.iter().map(|tally| tally.calls_started).sum();
        let answered: u64 = series.iter().map(|tally| tally.calls_answered).sum();
        assert_eq!((arrived, ended), (total.sessions.arrived, arrived), "seed {seed}");
        assert_eq!(started, answered, "seed {seed}");
        assert_eq!(started, total.messages.attempted + total.puts.attempted, "seed {seed}");
        all += total;
    }
    let (sessions, messages) = (all.sessions, all.messages);
    let reached = [
        sessions.verified,
        sessions.expired,
        sessions.locked_out,
        sessions.abandoned,
        sessions.rate_limited,
        sessions.send_failed,
        sessions.unfinished,
        messages.throttled,
        messages.unknown,
        messages.not_expecting,
        messages.received,
        messages.failed,
        messages.unreported,
        messages.pending,
        all.resends.sent,
        all.resends.resend_limit,
        all.resends.cool_down,
        all.resends.rate_limited,
    ];
    assert!(reached.iter().all(|n| *n > 0), "the scenarios reach everything: {all:?}");
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_does_not() {
    for seed in [3, 4, 5] {
        let (first, second) = (simulated(&random(seed)), simulated(&random(seed)));
        assert_eq!(first, second, "seed {seed}");
    }
    let (one, two) =
        (simulated(&crate::campaigns::rich(1, 500)), simulated(&crate::campaigns::rich(2, 500)));
    assert_ne!(one.cells.sum(|_| true), two.cells.sum(|_| true));
}
