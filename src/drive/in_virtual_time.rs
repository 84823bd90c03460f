//! Virtual time, by the driver that a scenario needs.

use super::{
    fast_forward::{fast_forward, needs_global_queue},
    signals::VirtualWish,
    simulate::simulate,
};
use crate::{record::Recorder, scenario::Scenario, watch::abort::Aborted};
use sms_voice_mock::service::time::SimTime;

/// A driver of virtual time. All give the same results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VirtualDriver {
    /// Each session in one go, from one meeting with others to the next.
    FastForward,
    /// One global queue: slower, and what the other is judged by.
    GlobalQueue,
}

impl VirtualDriver {
    /// The driver for a scenario; if that is not the fast one, why not.
    #[must_use]
    pub fn of(scenario: &Scenario) -> (Self, Option<&'static str>) {
        match needs_global_queue(scenario) {
            None => (Self::FastForward, None),
            reason => (Self::GlobalQueue, reason),
        }
    }

    /// Plays the scenario of an empty recorder to its end, on so many threads if the driver can. `watch` sees the time
    /// now and then, for progress, and can end the run early. What broke a condition of `abort_unless` comes back.
    pub fn play(
        self,
        recorder: &mut Recorder,
        threads: usize,
        watch: impl FnMut(SimTime) -> VirtualWish,
    ) -> Option<Aborted> {
        match self {
            Self::FastForward => {
                fast_forward(recorder, threads, watch);
                None
            }
            Self::GlobalQueue => simulate(recorder, watch),
        }
    }
}
