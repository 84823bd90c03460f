//! The journal for people and scripts: `audit.jsonl`, one line per request, verification attempt and
//! feedback, and `unsettled.csv`, what did not come to an end.
//!
//! **Invariant:** a line has neither a number nor a code; a user is the journal's hash.

use super::{Entry, folder::Part};
use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{Attempt, Feedback, Note, Place, PutAnswer, SendAnswer, Verdict},
    },
    scenario::Scenario,
};
use serde::Serialize;
use sms_voice_mock::service::time::SimTime;
use std::{
    collections::{BTreeMap, btree_map::Entry as Slot},
    io,
};

/// One line of `audit.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    /// When it ended, in seconds of campaign time since the start.
    t_s: f64,
    event: &'static str,
    session: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nth: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u8>,
    country: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<String>,
    /// When it was let go.
    #[serde(skip_serializing_if = "Option::is_none")]
    released_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    result: &'static str,
}

/// What is known of a message while its lines are written.
#[derive(Default)]
struct Known {
    user: u64,
    id: Option<String>,
    verdict: Option<Verdict>,
    puts: u64,
}

/// Why a row is in `unsettled.csv`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unsettled {
    UnknownSend,
    FeedbackError,
    Pending,
}

/// Writes both files from the parts of a journal, of a run with this scenario.
pub fn write(
    parts: &[Part],
    scenario: &Scenario,
    audit: &mut impl io::Write,
    unsettled: &mut impl io::Write,
) -> io::Result<()> {
    let mut books = Books { scenario, known: BTreeMap::new(), unsettled, rows: BTreeMap::new() };
    // One story out of many: the part whose next entry is the earliest goes on.
    let mut sources: Vec<_> = parts.iter().map(|part| part.entries().peekable()).collect();
    let mut now = SimTime::ZERO;
    loop {
        let next = sources.iter_mut().enumerate().filter_map(|(place, source)| {
            let at = source.peek().map(|entry| instant(entry).unwrap_or(now).max(now));
            at.map(|at| (at, place))
        });
        let Some((at, place)) = next.min() else { break };
        now = at;
        let entry = sources[place].next().expect("peeked");
        books.line(&entry, audit)?;
    }
    books.finish()
}

struct Books<'s, W> {
    scenario: &'s Scenario,
    known: BTreeMap<(u64, u8), Known>,
    unsettled: &'s mut W,
    rows: BTreeMap<Attempt, (CallFacts, Unsettled)>,
}

impl<'s, W: io::Write> Books<'s, W> {
    fn line(&mut self, entry: &Entry, out: &mut impl io::Write) -> io::Result<()> {
        match entry {
            Entry::Sending { call, user, .. } => {
                self.known(call.attempt).user = *user;
                self.rows.insert(call.attempt, (*call, Unsettled::UnknownSend));
                Ok(())
            }
            Entry::Sent { call, answer, at, .. } => self.sent(*call, answer, *at, out),
            Entry::Putting { call, verdict, .. } => {
                let known = self.known(call.attempt);
                known.verdict = Some(*verdict);
                known.puts += 1;
                Ok(())
            }
            Entry::Begun(_) | Entry::Disregarded { .. } => Ok(()),
            Entry::Put { call, at, heard } => {
                let result = match heard.answer {
                    PutAnswer::Done => "acknowledged",
                    PutAnswer::Throttled => "throttled",
                    PutAnswer::Again => "to_be_repeated",
                    PutAnswer::Refused => "refused",
                };
                self.put(call.attempt, call.place, *at, result, out)
            }
            Entry::Note(Note::Entered { at, session, place, nth, right }) => {
                let line = Line {
                    t_s: seconds(*at),
                    event: "verification",
                    session: *session,
                    nth: None,
                    attempt: Some(*nth),
                    country: self.country(*place),
                    user: None,
                    message_id: None,
                    released_s: None,
                    verdict: None,
                    result: if *right { "right" } else { "wrong" },
                };
                write_line(&line, out)
            }
            Entry::Note(Note::Unanswered { at, attempt, place, send: false }) => {
                self.put(*attempt, *place, *at, "unanswered", out)
            }
            Entry::Note(Note::Unanswered { at, attempt, place, send: true }) => {
                let call = self.rows.get(attempt).map(|(call, _)| *call);
                let (due, released) = call.map_or((*at, *at), |call| (call.due, call.released));
                let call = CallFacts { attempt: *attempt, place: *place, due, released };
                self.sent(call, &SendAnswer::Unknown, *at, out)
            }
            Entry::Note(Note::Settled { attempt, feedback, .. }) => {
                self.settled(*attempt, *feedback);
                Ok(())
            }
            Entry::Note(
                Note::Arrived { .. }
                | Note::Finished { .. }
                | Note::Accepted { .. }
                | Note::Reading { .. }
                | Note::Resent { .. }
                | Note::ResendRefused { .. }
                | Note::Held { .. }
                | Note::InLine { .. }
                | Note::Retrying { .. },
            ) => Ok(()),
        }
    }

    fn sent(
        &mut self,
        call: CallFacts,
        answer: &SendAnswer,
        at: SimTime,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        let (id, result) = match answer {
            SendAnswer::Accepted(id) => (Some(id.to_string()), "accepted"),
            SendAnswer::Throttled => (None, "throttled"),
            SendAnswer::Rejected => (None, "rejected"),
            SendAnswer::Unknown => (None, "unknown"),
        };
        match (answer, self.rows.entry(call.attempt)) {
            (SendAnswer::Unknown, _) | (_, Slot::Vacant(_)) => {}
            // An accepted message owes its feedback until that is settled.
            (SendAnswer::Accepted(_), Slot::Occupied(mut row)) => {
                row.get_mut().1 = Unsettled::Pending
            }
            (SendAnswer::Throttled | SendAnswer::Rejected, Slot::Occupied(row)) => _ = row.remove(),
        }
        let known = self.known(call.attempt);
        let user = format!("{:016x}", known.user);
        known.id.clone_from(&id);
        let line = Line {
            t_s: seconds(at),
            event: "request",
            session: call.attempt.session,
            nth: Some(call.attempt.nth),
            attempt: Some(call.attempt.attempt),
            country: self.country(call.place),
            user: Some(user),
            message_id: id,
            released_s: Some(seconds(call.released)),
            verdict: None,
            result,
        };
        write_line(&line, out)
    }

    fn put(
        &mut self,
        attempt: Attempt,
        place: Place,
        at: SimTime,
        result: &'static str,
        out: &mut impl io::Write,
    ) -> io::Result<()> {
        let known = self.known(attempt);
        let (verdict, message_id) = (known.verdict.map(word), known.id.clone());
        let line = Line {
            t_s: seconds(at),
            event: "feedback",
            session: attempt.session,
            nth: Some(attempt.nth),
            attempt: Some(attempt.attempt),
            country: self.country(place),
            user: None,
            message_id,
            released_s: None,
            verdict,
            result,
        };
        write_line(&line, out)
    }

    fn settled(&mut self, settled: Attempt, feedback: Feedback) {
        let ended = match feedback {
            Feedback::Pending => return,
            Feedback::Refused => Some(Unsettled::FeedbackError),
            Feedback::Put(_) | Feedback::NotExpecting | Feedback::Unreported => None,
        };
        // The attempt that was accepted, whatever number the put had.
        let of = |attempt| Attempt { attempt, ..settled };
        let mut rows = self.rows.range_mut(of(0)..=of(u8::MAX));
        let accepted = rows.find(|(_, (_, why))| *why == Unsettled::Pending);
        let Some((attempt, row)) = accepted else { return };
        let attempt = *attempt;
        match ended {
            Some(why) => row.1 = why,
            None => {
                self.rows.remove(&attempt);
                self.known.remove(&(attempt.session, attempt.nth));
            }
        }
    }

    /// Writes what is left over, by session, message and attempt.
    fn finish(self) -> io::Result<()> {
        let out = self.unsettled;
        writeln!(out, "kind,session,nth,attempt,country,message_id,verdict,puts,released_s")?;
        for (attempt, (call, why)) in self.rows {
            let known = self.known.get(&(attempt.session, attempt.nth));
            let id = known.and_then(|known| known.id.as_deref());
            let id = id.filter(|_| why != Unsettled::UnknownSend);
            let verdict = known.and_then(|known| known.verdict).map_or("", word);
            let puts = known.map_or(0, |known| known.puts);
            let country = self.scenario.countries[usize::from(call.place.country)].code;
            let Attempt { session, nth, attempt } = attempt;
            writeln!(
                out,
                "{},{session},{nth},{attempt},{country},{},{verdict},{puts},{}",
                match why {
                    Unsettled::UnknownSend => "unknown_send",
                    Unsettled::FeedbackError => "feedback_error",
                    Unsettled::Pending => "pending",
                },
                id.unwrap_or_default(),
                seconds(call.released),
            )?;
        }
        Ok(())
    }

    fn known(&mut self, attempt: Attempt) -> &mut Known {
        self.known.entry((attempt.session, attempt.nth)).or_default()
    }

    fn country(&self, place: Place) -> &'s str {
        self.scenario.countries[usize::from(place.country)].code.as_str()
    }
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Received => "RECEIVED",
        Verdict::Failed => "FAILED",
    }
}

fn seconds(at: SimTime) -> f64 {
    at.since_start().as_secs_f64()
}

/// When an entry was made; `None` if it does not say.
const fn instant(entry: &Entry) -> Option<SimTime> {
    match entry {
        Entry::Sending { call, .. } | Entry::Putting { call, .. } => Some(call.released),
        Entry::Sent { at, .. } | Entry::Put { at, .. } => Some(*at),
        Entry::Note(
            Note::Arrived { at, .. }
            | Note::Finished { at, .. }
            | Note::Entered { at, .. }
            | Note::Settled { at, .. }
            | Note::Unanswered { at, .. },
        ) => Some(*at),
        Entry::Begun(_)
        | Entry::Disregarded { .. }
        | Entry::Note(
            Note::Accepted { .. }
            | Note::Reading { .. }
            | Note::Resent { .. }
            | Note::ResendRefused { .. }
            | Note::Held { .. }
            | Note::InLine { .. }
            | Note::Retrying { .. },
        ) => None,
    }
}

fn write_line(line: &Line<'_>, out: &mut impl io::Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
