//! What a test asks of its stub.
//!
//! **Invariant:** a failed assertion shows what was seen, numbers masked.

use super::{MockAws, SentMessage};
use crate::service::{
    FeedbackState, MessageId, PhoneNumber,
    dashboard::Dashboard,
    events::EventView,
    faults::{Fault, FaultKind},
    numbering,
};
use std::{
    fmt::Write,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How many messages a failed assertion shows.
const SHOWN: usize = 20;

impl MockAws {
    /// Every message that can still be found (two hours, unless `retention` says otherwise), oldest
    /// first.
    #[must_use]
    pub fn messages(&self) -> Vec<SentMessage> {
        self.stub.with_service(|service, now| {
            let page = service.messages(now, None, usize::MAX);
            let messages = page.map(|page| page.messages).unwrap_or_default();
            messages.iter().map(|view| SentMessage::new(view, service.epoch())).collect()
        })
    }

    /// The newest message to a number in E.164 form. The stub stores a number's country and its last
    /// two digits: numbers that are alike in both are taken for one.
    ///
    /// # Panics
    /// If there is none, or this is not a number.
    #[must_use]
    #[track_caller]
    pub fn message_to(&self, number: &str) -> SentMessage {
        let found = self.messages_to(number).pop();
        found.unwrap_or_else(|| {
            let to = parse(number);
            self.fail(&format!("no message was sent to {to} ({})", to.country()))
        })
    }

    /// The messages to a number, oldest first; which is taken for which, [`MockAws::message_to`] says.
    ///
    /// # Panics
    /// If this is not a number in E.164 form.
    #[must_use]
    #[track_caller]
    pub fn messages_to(&self, number: &str) -> Vec<SentMessage> {
        let number = parse(number);
        let (masked, country) = (number.to_string(), number.country());
        let to_it =
            |message: &SentMessage| message.destination == masked && message.country == country;
        self.messages().into_iter().filter(to_it).collect()
    }

    /// The message with this id.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[track_caller]
    pub fn message(&self, id: &str) -> SentMessage {
        let found = id.parse().ok().and_then(|id: MessageId| {
            self.stub.with_service(|service, now| {
                let epoch = service.epoch();
                service.message(now, id).map(|view| SentMessage::new(&view, epoch))
            })
        });
        found.unwrap_or_else(|| self.fail(&format!("no message has the id `{id}`")))
    }

    /// The feedback numbers of all messages, as the console's dashboard counts them.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        self.stub.with_service(|service, now| service.dashboard(now, None, None))
    }

    /// The delivery events that came until now and are still kept, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<EventView> {
        self.stub.with_service(|service, now| service.events(now, 0, usize::MAX).events)
    }

    /// The date on the stub's clock.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.stub.with_service(|service, now| UNIX_EPOCH + service.epoch() + now.since_start())
    }

    /// Moves the stub's clock on.
    pub fn advance(&self, by: Duration) {
        self.stub.advance(by);
    }

    /// Lets these things go wrong from now on, and nothing else; none ends all of them.
    pub fn set_faults(&self, faults: &[Fault]) {
        self.stub.with_service(|service, now| service.set_faults(now, faults));
    }

    /// How often this went wrong because it was asked for, since the start.
    #[must_use]
    pub fn injected(&self, kind: FaultKind) -> u64 {
        self.stub.with_service(|service, _| {
            service.injected().find(|(own, _)| *own == kind).map_or(0, |(_, count)| count)
        })
    }

    /// Goes back to the start: no messages, no resources, the clock where it began.
    pub fn reset(&self) {
        self.stub.reset();
    }

    /// Checks where a message's feedback stands.
    ///
    /// # Panics
    /// If it stands elsewhere, or there is no such message.
    #[track_caller]
    pub fn assert_feedback(&self, id: &str, expected: FeedbackState) {
        let message = self.message(id);
        let expected = expected.as_str();
        assert!(
            message.feedback.as_str() == expected,
            "the feedback of this message should be {expected}: {message}"
        );
    }

    /// Checks that somebody gave feedback on every message that expects it, in time or late.
    ///
    /// # Panics
    /// If a message was never reported.
    #[track_caller]
    pub fn assert_no_feedback_owed(&self) {
        let owed = [FeedbackState::Expecting, FeedbackState::AutoFailed];
        let messages = self.messages();
        let owing: Vec<_> =
            messages.iter().filter(|message| owed.contains(&message.feedback)).collect();
        assert!(
            owing.is_empty(),
            "feedback is still owed on {} of {} messages:{}",
            owing.len(),
            messages.len(),
            list(owing.into_iter())
        );
    }

    /// Checks that no message was sent.
    ///
    /// # Panics
    /// If one was.
    #[track_caller]
    pub fn assert_nothing_sent(&self) {
        if !self.messages().is_empty() {
            self.fail("no message should have been sent");
        }
    }

    /// Panics with what was to be said and what was sent.
    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let messages = self.messages();
        panic!("{what}; messages sent: {}{}", messages.len(), list(messages.iter()));
    }
}

/// The first messages, a line each.
fn list<'a>(messages: impl ExactSizeIterator<Item = &'a SentMessage>) -> String {
    let more = messages.len().saturating_sub(SHOWN);
    let mut lines = String::new();
    for message in messages.take(SHOWN) {
        write!(lines, "\n  {message}").expect("a string takes everything");
    }
    if more > 0 {
        write!(lines, "\n  and {more} more").expect("a string takes everything");
    }
    lines
}

#[track_caller]
fn parse(number: &str) -> PhoneNumber {
    let digits = number.strip_prefix('+').unwrap_or(number).parse().ok();
    let found =
        digits.and_then(|digits| Some(PhoneNumber::new(digits, numbering::country_of(digits)?)));
    // What was given is not shown: it may be a number all the same.
    found.expect("a number of a country in E.164 form, as in +5511987654321")
}
