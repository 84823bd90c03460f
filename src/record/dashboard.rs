//! What the feedback metrics of CloudWatch must count, by minute of the target's clock and country.
//!
//! An event counts in the minute in which the target took it. Our own stub tells that instant with its
//! answer; of anybody else it is known only to lie between the call and its answer. A count therefore
//! has a lowest and a highest value, and the sum of a run is kept beside those of its minutes, because a
//! call that straddles two minutes is in doubt in each of them and in their sum is not.
//!
//! **Invariant:** shards of one run share one timeline, so their cells add up whatever the order.

use super::{PutHeard, latency::CallTimes};
use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{Attempt, PutAnswer, SendAnswer, Verdict},
    },
    scenario::Scenario,
};
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::{
    metrics::{SecondFeedback, StampedAt},
    time::SimTime,
};
use std::{collections::BTreeMap, time::Duration};

/// A minute, counted from 1970-01-01T00:00:00Z.
pub type Minute = u32;

/// What an answer says about its call beyond success and failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The target's own time when it took the call, since 1970-01-01T00:00:00Z, if it tells.
    pub stamp: Option<Duration>,
    /// Whether it surely did nothing: the call was refused whole, or never left.
    pub refused: bool,
}

/// The target's clock as the campaign's shows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// The earliest that the target's clock may have shown when the campaign began, since 1970.
    pub earliest: Duration,
    /// The latest.
    pub latest: Duration,
    /// The target's time per unit of [`CallTimes`].
    pub pace: f64,
}

/// The lowest and the highest that a count may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// What is certain.
    pub lowest: u64,
    /// What is possible.
    pub highest: u64,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Count {
    /// Messages that expect feedback.
    Expecting,
    /// Messages with the feedback `RECEIVED`.
    Received,
    /// Messages with the feedback `FAILED`.
    Failed,
    /// Messages that may have had feedback, nobody knows which.
    Either,
}

/// Counts by minute and country, and their sums.
#[derive(Clone, Debug, PartialEq)]
pub struct DashboardCells {
    timeline: Timeline,
    countries: usize,
    expecting: bool,
    stamped_at: StampedAt,
    second_feedback: SecondFeedback,
    /// A call whose answer does not come in this time is given up.
    patience: Duration,
    /// The minute in which the campaign began, and how many nanoseconds of it had passed.
    start: (Minute, u64),
    first: Minute,
    /// `minutes[(minute - first) × width + count × countries + country]`
    minutes: Vec<Range>,
    sums: Vec<Range>,
    /// Minutes in which an unclear put may have counted, by session and message.
    doubts: BTreeMap<(u64, u8), Vec<Doubt>>,
    /// When messages were sent, where feedback is stamped so.
    sends: BTreeMap<(u64, u8), Window>,
}

/// The minutes in which something may have counted, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    from: Minute,
    to: Minute,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Doubt {
    window: Window,
    count: Count,
}

impl Window {
    /// The minute of this instant.
    fn at(stamp: Duration) -> Self {
        Self { from: minute(stamp), to: minute(stamp) }
    }
}

impl Timeline {
    /// Virtual time: the target's clock is the campaign's.
    #[must_use]
    pub const fn exact(start: Duration) -> Self {
        Self { earliest: start, latest: start, pace: 1.0 }
    }
}

impl Range {
    /// Exactly this.
    #[must_use]
    pub const fn exactly(n: u64) -> Self {
        Self { lowest: n, highest: n }
    }

    /// Whether it leaves nothing open.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        self.lowest == self.highest
    }
}

impl std::ops::AddAssign for Range {
    fn add_assign(&mut self, other: Self) {
        let Self { lowest, highest } = other;
        self.lowest += lowest;
        self.highest += highest;
    }
}

impl Count {
    /// All of them, in the order of the cells.
    pub const ALL: [Self; 4] = [Self::Expecting, Self::Received, Self::Failed, Self::Either];

    const fn of(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Received => Self::Received,
            Verdict::Failed => Self::Failed,
        }
    }
}

impl DashboardCells {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let start = Duration::from_secs(u64::try_from(scenario.start_epoch_s).unwrap_or(0));
        let countries = scenario.countries.len();
        let mut cells = Self {
            timeline: Timeline::exact(start),
            countries,
            expecting: scenario.policy.expects_feedback(),
            stamped_at: scenario.service.metrics.stamped_at,
            second_feedback: scenario.service.metrics.second_feedback,
            patience: scenario.policy.call_timeout,
            start: (0, 0),
            first: 0,
            minutes: Vec::new(),
            sums: vec![Range::default(); Count::ALL.len() * countries],
            doubts: BTreeMap::new(),
            sends: BTreeMap::new(),
        };
        cells.begin(Timeline::exact(start));
        cells
    }

    /// Takes the target's clock from here on; before anything is counted, or never.
    pub fn begin(&mut self, timeline: Timeline) {
        if self.minutes.is_empty() {
            let earliest = timeline.earliest;
            let into = (earliest.as_secs() % 60) * 1_000_000_000;
            self.start = (minute(earliest), into + u64::from(earliest.subsec_nanos()));
            self.first = self.start.0;
            self.timeline = timeline;
        }
    }

    /// The target's clock.
    #[must_use]
    pub const fn timeline(&self) -> Timeline {
        self.timeline
    }

    /// When feedback is stamped.
    #[must_use]
    pub const fn stamped_at(&self) -> StampedAt {
        self.stamped_at
    }

    /// A send was answered.
    pub(super) fn send_answered(&mut self, call: CallFacts, answer: &SendAnswer, times: CallTimes) {
        let sure = match answer {
            SendAnswer::Accepted(_) => true,
            SendAnswer::Unknown => false,
            SendAnswer::Throttled | SendAnswer::Rejected => return,
        };
        if !self.expecting {
            return;
        }
        let window = self.window(times);
        self.add(Count::Expecting, call.place.country, &[window], sure);
        if sure && self.stamped_at == StampedAt::Send {
            self.sends.insert(message(call.attempt), window);
        }
    }

    /// A send of virtual time was accepted that the target took at `at`.
    #[inline]
    pub(super) fn expecting(&mut self, country: u16, at: SimTime) {
        if self.expecting {
            self.add_exactly(Count::Expecting, country, at);
        }
    }

    /// Whether nothing is in doubt, nor any send remembered.
    pub(super) fn is_clear(&self) -> bool {
        self.doubts.is_empty() && self.sends.is_empty()
    }

    /// Feedback of virtual time was taken at `at`, where all [is clear](Self::is_clear).
    #[inline]
    pub(super) fn reported(&mut self, verdict: Verdict, country: u16, at: SimTime) {
        self.add_exactly(Count::of(verdict), country, at);
    }

    /// A put was answered.
    pub(super) fn put_answered(&mut self, call: CallFacts, heard: PutHeard) {
        let PutHeard { verdict, answer, times, .. } = heard;
        let message = message(call.attempt);
        let window = self.sends.get(&message).copied();
        let window = window.unwrap_or_else(|| self.window(times));
        let (count, country) = (Count::of(verdict), call.place.country);
        match answer {
            PutAnswer::Done => {
                let doubts = self.doubts.remove(&message).unwrap_or_default();
                let mut windows: Vec<_> = doubts.iter().map(|doubt| doubt.window).collect();
                if self.second_feedback == SecondFeedback::Count {
                    windows.iter().for_each(|earlier| self.add(count, country, &[*earlier], false));
                    windows.clear();
                }
                windows.push(window);
                self.add(count, country, &windows, true);
            }
            PutAnswer::Throttled => {}
            PutAnswer::Again if times.evidence.refused => {}
            PutAnswer::Again => self.doubt(message, Doubt { window, count }),
            PutAnswer::Refused => {}
        }
    }

    /// The feedback of a message ended: what is still in doubt about it stays so.
    pub(super) fn settled(&mut self, attempt: Attempt, country: u16) {
        let message = message(attempt);
        self.sends.remove(&message);
        let doubts = self.doubts.remove(&message).unwrap_or_default();
        let Some(first) = doubts.first() else { return };
        let alike = doubts.iter().all(|doubt| doubt.count == first.count);
        let count = if alike { first.count } else { Count::Either };
        let windows: Vec<_> = doubts.iter().map(|doubt| doubt.window).collect();
        match self.second_feedback {
            SecondFeedback::Ignore => self.add(count, country, &windows, false),
            SecondFeedback::Count => {
                windows.iter().for_each(|window| self.add(count, country, &[*window], false));
            }
        }
    }

    /// A call was given up unanswered at `at`, before its time was over.
    pub(super) fn unanswered(&mut self, at: SimTime, attempt: Attempt, country: u16, send: bool) {
        let Timeline { earliest, latest, pace } = self.timeline;
        let patience = self.patience.mul_f64(pace);
        let from = (earliest + at.since_start()).saturating_sub(patience).max(earliest);
        let window =
            Window { from: minute(from), to: minute(latest + at.since_start() + patience) };
        if send && self.expecting {
            self.add(Count::Expecting, country, &[window], false);
        } else if !send {
            let window = self.sends.get(&message(attempt)).copied().unwrap_or(window);
            self.doubt(message(attempt), Doubt { window, count: Count::Either });
        }
    }

    fn doubt(&mut self, message: (u64, u8), doubt: Doubt) {
        self.doubts.entry(message).or_default().push(doubt);
    }

    /// When the target may have taken a call.
    fn window(&self, times: CallTimes) -> Window {
        if let Some(stamp) = times.evidence.stamp {
            return Window::at(stamp);
        }
        let Timeline { earliest, latest, pace } = self.timeline;
        let from = earliest + times.sent.mul_f64(pace);
        let to = latest + times.answered.mul_f64(pace);
        Window { from: minute(from), to: minute(to) }
    }

    /// Counts one event that happened at `at`, where the target's clock is the campaign's.
    #[inline]
    fn add_exactly(&mut self, count: Count, country: u16, at: SimTime) {
        debug_assert_eq!(self.timeline, Timeline::exact(self.timeline.earliest));
        let (first, into) = self.start;
        let minutes = into.saturating_add(at.nanos()) / 60_000_000_000;
        let minute = first.saturating_add(Minute::try_from(minutes).unwrap_or(Minute::MAX));
        let place = count as usize * self.countries + usize::from(country);
        self.sums[place] += Range::exactly(1);
        self.row(minute)[place] += Range::exactly(1);
    }

    /// Counts one event that happened in one of these windows, or perhaps not at all.
    fn add(&mut self, count: Count, country: u16, windows: &[Window], sure: bool) {
        let place = count as usize * self.countries + usize::from(country);
        let range = Range { lowest: u64::from(sure), highest: 1 };
        self.sums[place] += range;
        if let [Window { from, to }] = windows
            && from == to
        {
            self.row(*from)[place] += range;
            return;
        }
        let mut minutes: Vec<Minute> =
            windows.iter().flat_map(|window| window.from..=window.to).collect();
        minutes.sort_unstable();
        minutes.dedup();
        let lowest = u64::from(sure && minutes.len() == 1);
        for minute in minutes {
            self.row(minute)[place] += Range { lowest, highest: 1 };
        }
    }

    /// The cells of a minute.
    #[inline]
    fn row(&mut self, minute: Minute) -> &mut [Range] {
        let width = self.sums.len();
        let start = |first: Minute| minute.wrapping_sub(first) as usize * width;
        if self.minutes.len() <= start(self.first) {
            self.make_row(minute);
        }
        &mut self.minutes[start(self.first)..][..width]
    }

    /// Makes room for a minute outside those that there are.
    #[cold]
    fn make_row(&mut self, minute: Minute) {
        let width = self.sums.len();
        if minute < self.first {
            // A clock that was set back: rare, and never by much.
            let missing = (self.first - minute) as usize * width;
            self.minutes.splice(0..0, std::iter::repeat_n(Range::default(), missing));
            self.first = minute;
        }
        let end = ((minute - self.first) as usize + 1) * width;
        self.minutes.resize(self.minutes.len().max(end), Range::default());
    }

    pub(super) fn merge(&mut self, other: Self) {
        if self.minutes.is_empty() {
            (self.timeline, self.start, self.first) = (other.timeline, other.start, other.first);
        }
        for (mine, theirs) in self.sums.iter_mut().zip(&other.sums) {
            *mine += *theirs;
        }
        for (minute, row) in (other.first..).zip(other.minutes.chunks(other.sums.len())) {
            for (mine, theirs) in self.row(minute).iter_mut().zip(row) {
                *mine += *theirs;
            }
        }
        self.doubts.extend(other.doubts);
        self.sends.extend(other.sends);
    }

    /// The minutes with any count, each with a way to ask for a country's.
    pub fn minutes(&self) -> impl Iterator<Item = (Minute, Cells<'_>)> {
        let countries = self.countries;
        (self.first..)
            .zip(self.minutes.chunks(self.sums.len()))
            .map(move |(minute, ranges)| (minute, Cells { countries, ranges }))
    }

    /// The sums of the run.
    #[must_use]
    pub fn sums(&self) -> Cells<'_> {
        Cells { countries: self.countries, ranges: &self.sums }
    }
}

/// One count of every kind and country.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    countries: usize,
    ranges: &'a [Range],
}

impl Cells<'_> {
    /// A country's count.
    #[must_use]
    pub fn get(&self, count: Count, country: usize) -> Range {
        self.ranges[count as usize * self.countries + country]
    }
}

const fn message(attempt: Attempt) -> (u64, u8) {
    (attempt.session, attempt.nth)
}

fn minute(since_1970: Duration) -> Minute {
    Minute::try_from(since_1970.as_secs() / 60).unwrap_or(Minute::MAX)
}
