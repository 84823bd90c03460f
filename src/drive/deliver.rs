//! The feedback that a dead run owed, put until it is acknowledged or its own time is over.
//!
//! **Invariant:** a value is in the journal before it leaves, and never changes; its answer is in the
//! journal before it counts.

use super::{
    clock::{WallClock, time_of_day},
    signals::Signals,
};
use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{Feedback, Note, PutAnswer},
    },
    journal::{Entry, Journal, OwedPut, Story},
    record::{PutHeard, dashboard::Timeline, latency::CallTimes},
    target::{evidence::listening, sdk::SdkTarget},
};
use std::{collections::VecDeque, io, time::Duration};
use tokio::task::JoinSet;

/// Puts in flight at one time.
const TOGETHER: usize = 16;

/// The shortest and the longest pause after a put that is to be repeated.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));

/// How often signals are looked for while nothing else happens.
const LOOK: Duration = Duration::from_millis(100);

/// AWS's default quota, where nothing else is known: puts per second.
pub const DEFAULT_RATE: f64 = 20.0;

/// The least time for what is owed.
const LEAST: Duration = Duration::from_secs(600);

/// How long feedback may take: twice what the rate allows, at least ten minutes.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a number of messages")]
pub fn time_for(owed: usize, rate: f64) -> Duration {
    let needed = Duration::try_from_secs_f64(2.0 * owed as f64 / rate);
    needed.unwrap_or(Duration::MAX).max(LEAST)
}

/// Puts what is owed, a put every `gap` at most, within `deadline`; `progress` hears the wall time and how
/// much still is. What is left over at the end, because the time was over or a signal came, is pending.
pub async fn deliver(
    story: &mut Story,
    journal: &mut Journal,
    target: &SdkTarget,
    (signals, gap, deadline): (&Signals, Duration, Duration),
    mut progress: impl FnMut(Duration, usize),
) -> io::Result<()> {
    let clock = WallClock::starting_in(Duration::ZERO, 1.0);
    // The same zero as that of the run, by the target's clock.
    let Timeline { earliest, pace, .. } = story.recorder.dashboard.timeline();
    let since_start = move || time_of_day().saturating_sub(earliest).div_f64(pace);
    let patience = story.recorder.scenario().policy.call_timeout;
    let mut waiting: VecDeque<OwedPut> = std::mem::take(&mut story.owed).into();
    let mut flying = JoinSet::new();
    let (mut pause, mut held_until, mut next) = (PAUSES.0, Duration::ZERO, Duration::ZERO);
    loop {
        let now = clock.wall();
        let over = deadline <= now || signals.first().is_some();
        if flying.is_empty() && (waiting.is_empty() || over) {
            break;
        }
        let mut leaving = Vec::new();
        while !over && held_until.max(next) <= now && flying.len() + leaving.len() < TOGETHER {
            let Some(put) = waiting.pop_front() else { break };
            next = now + gap;
            let (call, id, verdict) = (facts(story, &put), put.id.clone(), put.verdict);
            write(story, journal, Entry::Putting { call, id, verdict });
            leaving.push(put);
        }
        journal.commit()?;
        for put in leaving {
            let target = target.clone();
            flying.spawn(async move {
                let sent = since_start();
                let call = target.put_verdict(clock.wall(), &put.id, put.verdict);
                let call = tokio::time::timeout(patience, call);
                let (answer, evidence) = listening(call).await;
                let answered = since_start();
                let times = CallTimes { due: sent, released: sent, sent, answered, evidence };
                (put, answer.unwrap_or(PutAnswer::Again), times)
            });
        }
        let wait = held_until.max(next).saturating_sub(now).clamp(Duration::from_millis(1), LOOK);
        tokio::select! {
            Some(answered) = flying.join_next() => {
                let (mut put, answer, times) = answered.expect("a put does not panic");
                let (call, at) = (facts(story, &put), story.last);
                let heard = PutHeard { verdict: put.verdict, answer, times, measured: false };
                write(story, journal, Entry::Put { call, at, heard });
                journal.commit()?;
                story.recorder.put_answered(at, call, heard);
                match answer {
                    PutAnswer::Done => settle(story, journal, &put, Feedback::Put(put.verdict)),
                    PutAnswer::Refused => settle(story, journal, &put, Feedback::Refused),
                    PutAnswer::Throttled | PutAnswer::Again => {
                        put.attempt.attempt = put.attempt.attempt.saturating_add(1);
                        waiting.push_back(put);
                        // Whatever troubles one put troubles all of them.
                        let now = clock.wall();
                        if held_until <= now {
                            held_until = now + pause;
                            pause = (pause * 2).min(PAUSES.1);
                        }
                    }
                }
                if matches!(answer, PutAnswer::Done | PutAnswer::Refused) {
                    pause = PAUSES.0;
                }
                progress(clock.wall(), waiting.len() + flying.len());
            }
            () = tokio::time::sleep(wait) => {}
        }
    }
    story.owed = waiting.into();
    journal.commit()
}

/// What is left over stays owed: the books say so, and another attempt finds it.
pub fn leave(story: &mut Story, journal: &mut Journal) -> io::Result<()> {
    for put in std::mem::take(&mut story.owed) {
        settle(story, journal, &put, Feedback::Pending);
    }
    journal.commit()
}

fn settle(story: &mut Story, journal: &mut Journal, put: &OwedPut, feedback: Feedback) {
    let note = Note::Settled { at: story.last, attempt: put.attempt, place: put.place, feedback };
    journal.push(&Entry::Note(note));
    story.recorder.note(&note);
}

fn write(story: &mut Story, journal: &mut Journal, entry: Entry) {
    journal.push(&entry);
    if let Entry::Putting { call, .. } = entry {
        story.recorder.put_started(call.released, call);
    }
}

/// Everything after the end happens at the last instant that the run saw: its own time is over.
fn facts(story: &Story, put: &OwedPut) -> CallFacts {
    let OwedPut { attempt, place, .. } = *put;
    CallFacts { attempt, place, due: story.last, released: story.last }
}
