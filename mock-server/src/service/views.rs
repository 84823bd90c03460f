//! What the stub shows of itself: messages and dashboard.

use super::{
    dashboard::{Dashboard, Period},
    identity::MessageId,
    message_log::{Delivery, Details, MessageView, Record},
    model::Service,
    settings::ServiceSettings,
    time::SimTime,
};

/// The course of feedback over a period, by the time of the send.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Where the period begins: for all messages, at the first one.
    pub from: SimTime,
    /// Where it ends.
    pub to: SimTime,
    /// Into how many equal stretches it is cut.
    pub count: usize,
    /// The stretches in which messages that expect feedback were sent, in order.
    pub points: Vec<SeriesPoint>,
}

/// One stretch of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesPoint {
    /// Which stretch, from 0.
    pub place: usize,
    /// Messages that expect feedback.
    pub expecting: u64,
    /// Of those, messages reported as received.
    pub received: u64,
}

/// One page of messages, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePage<'a> {
    /// The messages.
    pub messages: Vec<MessageView<'a>>,
    /// The last message of this page, if another page follows.
    pub next: Option<MessageId>,
}

impl Service {
    /// The dashboard of messages sent from `from` to before `to`. Those that cannot be found any more
    /// are counted by the whole minutes (of UTC; hours, after 15 days) that begin in the period.
    pub fn dashboard(
        &mut self,
        now: SimTime,
        from: Option<SimTime>,
        to: Option<SimTime>,
    ) -> Dashboard {
        let ServiceSettings { retention, retained_messages, .. } = self.campaign.settings;
        let messages = &mut self.state.messages;
        messages.forget(now, retention, retained_messages);
        messages.dashboard(now, Period { from, to })
    }

    /// At most `limit` messages that can still be found, from the oldest or from the one accepted
    /// after `after`; `None` if this service never made `after`.
    #[must_use]
    pub fn messages(
        &self,
        now: SimTime,
        after: Option<MessageId>,
        limit: usize,
    ) -> Option<MessagePage<'_>> {
        let from = match after {
            Some(id) => self.state.ids.number(id)? + 1,
            None => 0,
        };
        let retention = self.campaign.settings.retention;
        let mut found = self.state.messages.since(from, now, retention);
        let messages: Vec<_> = found
            .by_ref()
            .take(limit)
            .map(|(number, record, details)| self.view(now, number, record, details))
            .collect();
        let more = found.next().is_some();
        let next = messages.last().map(|message| message.id).filter(|_| more);
        Some(MessagePage { messages, next })
    }

    /// The newest messages that can still be found, newest first, at most `limit`.
    #[must_use]
    pub fn latest_messages(&self, now: SimTime, limit: usize) -> Vec<MessageView<'_>> {
        let messages = &self.state.messages;
        let from = messages.end().saturating_sub(limit as u64);
        let found = messages.since(from, now, self.campaign.settings.retention);
        let mut latest: Vec<_> = found
            .map(|(number, record, details)| self.view(now, number, record, details))
            .collect();
        latest.reverse();
        latest
    }

    /// Feedback over the period from `from` (or the first message) until now, in `count` stretches. It
    /// looks at every record, as the dashboard does: some ten milliseconds for a million.
    #[must_use]
    pub fn feedback_series(&self, now: SimTime, from: Option<SimTime>, count: usize) -> Series {
        let messages = &self.state.messages;
        let from = from.or_else(|| messages.first_sent()).unwrap_or(now);
        let length = now.since(from).as_nanos().max(1);
        let mut sums = vec![(0, 0); count];
        messages.each_feedback(now, from, |sent, counts| {
            let along = sent.since(from).as_nanos() * count as u128 / length;
            let place = usize::try_from(along).map_or(count - 1, |place| place.min(count - 1));
            sums[place].0 += counts.expecting;
            sums[place].1 += counts.received;
        });
        let point = |(place, (expecting, received)): (usize, (u64, u64))| SeriesPoint {
            place,
            expecting,
            received,
        };
        let points = sums.into_iter().enumerate().filter(|(_, (expecting, _))| *expecting > 0);
        Series { from, to: now, count, points: points.map(point).collect() }
    }

    /// The message with this id, if it can still be found.
    #[must_use]
    pub fn message(&self, now: SimTime, id: MessageId) -> Option<MessageView<'_>> {
        let number = self.state.ids.number(id)?;
        let retention = self.campaign.settings.retention;
        let (found, record, details) = self.state.messages.since(number, now, retention).next()?;
        (found == number).then(|| self.view(now, number, record, details))
    }

    fn view<'a>(
        &'a self,
        now: SimTime,
        number: u64,
        record: &Record,
        details: Option<&'a Details>,
    ) -> MessageView<'a> {
        MessageView {
            id: self.state.ids.id(number),
            channel: record.channel,
            destination: record.destination,
            country: record.country,
            body: details.and_then(|details| details.body.as_deref()),
            parts: record.parts,
            price: record.cost,
            configuration_set: details.and_then(|details| details.configuration_set.as_deref()),
            feedback: record.state(now),
            accepted_at: record.sent,
            feedback_at: (record.fed_back != SimTime::NEVER).then_some(record.fed_back),
            context: details.and_then(|details| details.context.as_deref()),
            delivery: self.delivery(record),
        }
    }

    /// What the carrier does with a message: the same draws as those of whoever plays the user.
    fn delivery(&self, record: &Record) -> Option<Delivery<'_>> {
        let carrier = self.carrier_of(record.country, record.session)?;
        Some(Delivery {
            carrier: &carrier.name,
            fate: carrier.fate(self.dice, record.session, record.nth),
        })
    }
}
