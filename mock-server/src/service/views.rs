//! What the stub shows of itself: messages and dashboard.

use super::{
    dashboard::{Dashboard, Period},
    identity::MessageId,
    message_log::{Delivery, Details, MessageView, Record},
    model::Service,
    time::SimTime,
};

/// One page of messages, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePage<'a> {
    /// The messages.
    pub messages: Vec<MessageView<'a>>,
    /// The last message of this page, if another page follows.
    pub next: Option<MessageId>,
}

impl Service {
    /// The dashboard of messages sent from `from` to before `to`. Messages beyond retention and
    /// feedback hour are counted by the whole minutes (since the start of the timeline) that begin
    /// in the period.
    pub fn dashboard(
        &mut self,
        now: SimTime,
        from: Option<SimTime>,
        to: Option<SimTime>,
    ) -> Dashboard {
        let messages = &mut self.state.messages;
        messages.forget(now, self.campaign.settings.retention);
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
            body: details.map(|details| &*details.body),
            parts: record.parts,
            price: record.cost,
            configuration_set: details.and_then(|details| details.configuration_set.as_deref()),
            feedback: record.state(now),
            accepted_at: record.sent,
            feedback_at: (record.fed_back != SimTime::NEVER).then_some(record.fed_back),
            context: details.map_or(&[], |details| &*details.context),
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
