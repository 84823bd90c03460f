//! Accepted messages, in the order of their acceptance.
//!
//! A record takes 48 bytes (the deque that holds it may reserve as much again). It lives as long as
//! its message can be found: for the retention time, or until there are too many newer ones. Then it
//! becomes part of its minute's counts, where it still fails at its hour. Text, context and
//! configuration set are kept for the newest messages only.
//!
//! **Invariant:** no phone number is stored, only the last two digits of each.

use super::{
    archive::Archive,
    carrier::Fate,
    channel::Channel,
    country::CountryCode,
    dashboard::{Dashboard, FeedbackCounts, Period},
    feedback::{FeedbackState, FeedbackStatus, Reported},
    identity::MessageId,
    phone::MaskedNumber,
    price::Money,
    time::SimTime,
};
use serde::{Deserialize, Serialize};
use std::{collections::VecDeque, fmt, time::Duration};

/// One accepted message.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(into = "Row", from = "Row")]
pub(super) struct Record {
    pub(super) sent: SimTime,
    pub(super) session: u64,
    /// When feedback was last given; `NEVER` if it was not.
    pub(super) fed_back: SimTime,
    pub(super) cost: Money,
    pub(super) nth: u32,
    pub(super) country: CountryCode,
    pub(super) destination: MaskedNumber,
    /// Ten, or eleven where pairs were kept together.
    pub(super) parts: u8,
    pub(super) reported: Reported,
    /// Calls of `PutMessageFeedback` so far; stays at 255.
    pub(super) puts: u8,
    pub(super) channel: Channel,
}

const _: () = assert!(size_of::<Record>() <= 48, "the documentation says 48 bytes");

/// A record as it is written down: there may be a million of them.
type Row = (
    SimTime,
    u64,
    Option<SimTime>,
    Money,
    u32,
    CountryCode,
    MaskedNumber,
    u8,
    Reported,
    u8,
    Channel,
);

impl From<Record> for Row {
    fn from(record: Record) -> Self {
        let Record {
            sent,
            session,
            fed_back,
            cost,
            nth,
            country,
            destination,
            parts,
            reported,
            puts,
            channel,
        } = record;
        let fed_back = (fed_back != SimTime::NEVER).then_some(fed_back);
        (sent, session, fed_back, cost, nth, country, destination, parts, reported, puts, channel)
    }
}

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        let (sent, session, fed_back, cost, nth, country, destination, ..) = row;
        let (.., parts, reported, puts, channel) = row;
        let fed_back = fed_back.unwrap_or(SimTime::NEVER);
        Self {
            sent,
            session,
            fed_back,
            cost,
            nth,
            country,
            destination,
            parts,
            reported,
            puts,
            channel,
        }
    }
}

impl Record {
    pub(super) fn state(&self, now: SimTime) -> FeedbackState {
        self.reported.state(self.sent, now)
    }

    /// Its feedback as the dashboard sees it: none where its channel has no such metrics.
    fn counted(&self, now: SimTime) -> FeedbackState {
        if self.channel.has_feedback_metrics() { self.state(now) } else { FeedbackState::None }
    }

    /// Its feedback as the dashboard counts it.
    fn counts(&self, now: SimTime) -> Option<FeedbackCounts> {
        FeedbackCounts::of(self.counted(now))
    }

    /// Notes a status that somebody reported.
    pub(super) fn report(&mut self, now: SimTime, status: FeedbackStatus) {
        self.reported = Reported::Status(status);
        self.fed_back = now;
    }
}

/// What is kept of the newest messages beside their records. Text and context are in no file.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Details {
    #[serde(skip)]
    pub(super) body: Option<Box<str>>,
    #[serde(skip)]
    pub(super) context: Option<Box<[(String, String)]>>,
    pub(super) configuration_set: Option<Box<str>>,
    pub(super) originator: Option<Box<str>>,
}

/// Without the text, which has a code in it, and the context, which may have one.
impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Details").finish_non_exhaustive()
    }
}

/// A message as `/_mock/messages` shows it.
#[derive(Clone, PartialEq)]
pub struct MessageView<'a> {
    /// Its id.
    pub id: MessageId,
    /// What it is.
    pub channel: Channel,
    /// Who got it.
    pub destination: MaskedNumber,
    /// Their country.
    pub country: CountryCode,
    /// What it says; `None` once it is not among the newest.
    pub body: Option<&'a str>,
    /// How many parts it took.
    pub parts: u8,
    /// What it cost.
    pub price: Money,
    /// The configuration set it was sent with.
    pub configuration_set: Option<&'a str>,
    /// Where its feedback stands.
    pub feedback: FeedbackState,
    /// When it was accepted.
    pub accepted_at: SimTime,
    /// When feedback was last given.
    pub feedback_at: Option<SimTime>,
    /// The pairs that came with it; `None` once it is not among the newest.
    pub context: Option<&'a [(String, String)]>,
    /// What its carrier does with it; `None` if the country's carriers are not known.
    pub delivery: Option<Delivery<'a>>,
}

/// Without the text, which has a code in it.
impl fmt::Debug for MessageView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("MessageView");
        shown.field("id", &self.id).field("destination", &self.destination);
        shown.field("feedback", &self.feedback).finish_non_exhaustive()
    }
}

/// What a carrier does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// The carrier's name.
    pub carrier: &'a str,
    /// What becomes of the message, seen from the end of time.
    pub fate: Fate,
}

/// All messages.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MessageLog {
    records: VecDeque<Record>,
    /// The number of the first record.
    first: u64,
    details: VecDeque<Details>,
    archive: Archive,
}

impl MessageLog {
    /// No messages, on a timeline that starts `epoch` after 1970.
    pub(super) const fn new(epoch: Duration) -> Self {
        Self {
            records: VecDeque::new(),
            first: 0,
            details: VecDeque::new(),
            archive: Archive::new(epoch),
        }
    }

    /// Whether no message was ever accepted.
    pub(super) fn is_unused(&self) -> bool {
        self.end() == 0
    }

    /// The number that the next message gets.
    pub(super) fn end(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// The number of the oldest message that is not yet part of a minute's counts.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// Adds a message, with its details if `keep` says that any are kept.
    pub(super) fn push(&mut self, record: Record, keep: usize, details: impl FnOnce() -> Details) {
        self.records.push_back(record);
        if keep > 0 {
            self.details.push_back(details());
            if self.details.len() > keep {
                self.details.pop_front();
            }
        }
    }

    /// What is kept of the message with this number, if it is among the newest.
    pub(super) fn details(&self, number: u64) -> Option<&Details> {
        let place = number.checked_sub(self.end() - self.details.len() as u64)?;
        self.details.get(usize::try_from(place).ok()?)
    }

    /// Lets go of the records that are not within `retention` or not among the newest `most`.
    pub(super) fn forget(&mut self, now: SimTime, retention: Duration, most: Option<u32>) {
        let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
        while let Some(record) = self.records.front()
            && (record.sent + retention <= now || self.records.len() > most)
        {
            self.archive.add(record.sent, record.country, record.counted(now));
            self.records.pop_front();
            self.first += 1;
        }
        self.archive.settle(now);
        let spare = self.details.len().saturating_sub(self.records.len());
        self.details.drain(..spare);
    }

    /// The message with this number, if it was accepted less than `retention` ago.
    pub(super) fn find(
        &mut self,
        number: u64,
        now: SimTime,
        retention: Duration,
    ) -> Option<&mut Record> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.records.get_mut(place).filter(|record| now < record.sent + retention)
    }

    /// The messages from number `from` on that can be found at `now`, oldest first.
    pub(super) fn since(
        &self,
        from: u64,
        now: SimTime,
        retention: Duration,
    ) -> impl Iterator<Item = (u64, &Record, Option<&Details>)> {
        let start = self.records.partition_point(|record| record.sent + retention <= now);
        let asked = usize::try_from(from.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let start = start.max(asked).min(self.records.len());
        let bare = self.records.len() - self.details.len();
        self.records.range(start..).enumerate().map(move |(nth, record)| {
            let place = start + nth;
            let details = place.checked_sub(bare).and_then(|place| self.details.get(place));
            (self.first + place as u64, record, details)
        })
    }

    /// When the oldest message that is still counted was sent, to the minute for archived ones.
    pub(super) fn first_sent(&self) -> Option<SimTime> {
        self.archive.first().or_else(|| self.records.front().map(|record| record.sent))
    }

    /// Hands over the feedback of everything sent from `from` on, with the time of the send.
    pub(super) fn each_feedback(
        &self,
        now: SimTime,
        from: SimTime,
        mut take: impl FnMut(SimTime, FeedbackCounts),
    ) {
        self.archive.each(now, from, &mut take);
        let start = self.records.partition_point(|record| record.sent < from);
        for record in self.records.range(start..) {
            if let Some(counts) = record.counts(now) {
                take(record.sent, counts);
            }
        }
    }

    /// The dashboard of the messages sent in a period: exact for those whose record lives, by whole
    /// minutes for older ones.
    pub(super) fn dashboard(&self, now: SimTime, period: Period) -> Dashboard {
        let mut dashboard = Dashboard::default();
        self.archive.add_to(now, &mut dashboard, period);
        let sent_in_period = self.records.iter().filter(|record| period.contains(record.sent));
        for record in sent_in_period {
            if let Some(counts) = record.counts(now) {
                dashboard.add(record.country, counts);
            }
        }
        dashboard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_bounded_by_the_retention_and_by_their_number() {
        let record = Record {
            sent: SimTime::ZERO,
            session: 0,
            fed_back: SimTime::NEVER,
            cost: Money::ZERO,
            nth: 0,
            country: CountryCode::of("BR"),
            destination: crate::service::PhoneNumber::new(55, CountryCode::of("BR")).masked(),
            parts: 1,
            reported: Reported::Nothing,
            puts: 0,
            channel: Channel::Text,
        };
        let mut log = MessageLog::new(Duration::ZERO);
        let (retention, most) = (Duration::from_secs(60), Some(50));
        for second in 0..20_000 {
            let sent = SimTime::from_secs(second);
            log.push(Record { sent, ..record }, 5, Details::default);
            log.forget(sent, retention, None);
        }
        assert_eq!((log.records.len(), log.details.len()), (60, 5));
        log.forget(SimTime::from_secs(20_000), retention, most);
        assert_eq!((log.records.len(), log.details.len()), (50, 5));
        let now = SimTime::from_secs(20_000);
        let dashboard = log.dashboard(now, Period { from: None, to: None });
        assert_eq!(dashboard.total.expecting, 20_000);
        assert_eq!(dashboard.total.auto_failed, 20_000 - 3_599);
    }
}
