//! Delivery events: what becomes of a message after it was accepted, told at model time.
//!
//! ```text
//!  TEXT_QUEUED ──► TEXT_SUCCESSFUL ──receipt──► TEXT_DELIVERED | TEXT_UNREACHABLE (or as set)
//!        │                └──no receipt, 72 h──► TEXT_UNKNOWN
//!        └──► TEXT_TTL_EXPIRED     the carrier would take it later than its time to live
//! ```
//!
//! The carrier's part is the same draw as that of whoever plays the user. What AWS does not document
//! is a setting: whether every message is queued first, how soon a carrier accepts, and which failure
//! a lost message has.
//!
//! A message waits with one entry for its next stage, so what is kept is what is under way. Three days
//! of silence can be many: of messages without a receipt, a bounded number waits, and those beyond are
//! only counted. Events that have come are kept in a ring of the newest.
//!
//! **Invariant:** an event comes once (but for duplicates that were asked for), never before its time.

pub mod event;
pub mod settings;
mod waiting;

use super::{
    channel::Channel, country::CountryCode, dice::Draw, faults::FaultedCall,
    metrics::OriginationIdentityType, model::Service, price::Money, segments::Encoding,
    simulator::simulator_number, time::SimTime,
};
use event::Kind;
pub use event::{Event, EventPage, EventView};
use serde::{Deserialize, Serialize};
pub use settings::EventSettings;
use std::{collections::VecDeque, time::Duration};
use waiting::{Due, Waiting};

/// After this long without a receipt AWS calls a message's fate unknown.
const UNKNOWN_AFTER: Duration = Duration::from_secs(72 * 3600);

/// What of a message its events need, even when its record is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traced {
    /// The number of the message.
    pub(super) number: u64,
    pub(super) session: u64,
    pub(super) nth: u32,
    pub(super) sent: SimTime,
    pub(super) country: CountryCode,
    pub(super) channel: Channel,
    pub(super) parts: u8,
    pub(super) encoding: Encoding,
    pub(super) promotional: bool,
    pub(super) originator: Option<OriginationIdentityType>,
    /// A simulator number, and whether it succeeds.
    pub(super) simulated: Option<bool>,
    /// Price and fee together.
    pub(super) cost: Money,
    pub(super) fee: Money,
}

/// All events: those to come, and the newest that came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Events {
    waiting: Waiting,
    came: VecDeque<Event>,
    /// How many have come.
    count: u64,
}

impl Events {
    /// The number of the oldest event that is still kept; events are counted from 1.
    fn first(&self) -> u64 {
        self.count + 1 - self.came.len() as u64
    }

    /// The number of the oldest message that an event that came, or is to come, tells of.
    pub(super) fn oldest_message(&self) -> Option<u64> {
        let came = self.came.iter().map(|event| event.message.number);
        came.chain(self.waiting.numbers()).min()
    }

    fn push(&mut self, event: Event, keep: usize) {
        if self.came.len() >= keep {
            self.came.pop_front();
        }
        self.came.push_back(event);
        self.count += 1;
    }
}

impl Service {
    /// Begins to follow a message that was accepted.
    pub(super) fn trace(&mut self, message: Traced, time_to_live: Option<Duration>) {
        let settings = &self.campaign.settings.events;
        let (kind, after) = match time_to_live {
            Some(lives) if lives < settings.carrier_accepts_after => (Kind::TtlExpired, lives),
            _ => (Kind::Successful, settings.carrier_accepts_after),
        };
        let queued = settings.queued && message.channel.is_queued();
        self.let_events_come(message.sent);
        if queued {
            self.tell(message.sent, Kind::Queued, message);
        }
        let (at, message) = (message.sent + after, Box::new(message));
        let sent = message.sent;
        self.state.events.waiting.push(Due { at, kind, message });
        self.let_events_come(sent);
    }

    /// Lets every event come whose time has come.
    pub fn let_events_come(&mut self, now: SimTime) {
        while let Some(due) = self.state.events.waiting.next(now) {
            self.come(due);
        }
    }

    fn come(&mut self, due: Due) {
        let Due { at, kind, message } = due;
        let told = *message;
        if kind == Kind::Successful {
            let (kind, after) = self.end_of(&message);
            // The carrier accepted it before it said how it ended.
            let at = at.max(message.sent + after);
            self.state.events.waiting.push(Due { at, kind, message });
        }
        self.tell(at, kind, told);
    }

    /// Tells an event, once or twice.
    fn tell(&mut self, at: SimTime, kind: Kind, message: Traced) {
        let copies = if self.comes_twice(at, kind, &message) { 2 } else { 1 };
        let keep = self.events_kept();
        for _ in 0..copies {
            if kind == Kind::Delivered {
                self.note_parts_delivered(at, &message);
            }
            self.state.events.push(Event { at, kind, message }, keep);
        }
    }

    /// How a message ends, and how long after its send.
    fn end_of(&self, message: &Traced) -> (Kind, Duration) {
        let settings = &self.campaign.settings.events;
        let ends = |delivered| if delivered { Kind::Delivered } else { settings.lost_as };
        if let Some(succeeds) = message.simulated {
            return (ends(succeeds), settings.delivered_after);
        }
        let Some(carrier) = self.carrier_of(message.country, message.session) else {
            return (Kind::Delivered, settings.delivered_after);
        };
        match carrier.fate(self.dice, message.session, message.nth).receipt {
            Some(receipt) => (ends(receipt.claims_delivered), receipt.after),
            None => (Kind::Unknown, UNKNOWN_AFTER),
        }
    }

    /// Whether an event is told twice, as AWS's at-least-once delivery allows.
    fn comes_twice(&mut self, at: SimTime, kind: Kind, message: &Traced) -> bool {
        let share = self.campaign.settings.events.duplicate_share;
        let nth = message.nth.wrapping_mul(16).wrapping_add(kind as u32);
        let call = FaultedCall {
            operation: message.channel.operation(),
            country: Some(message.country),
            address: Some((message.session, Draw::EventFault, nth)),
        };
        self.state.faults.duplicates(self.dice, at, call)
            || (share > 0.0 && self.dice.happens(share, message.session, Draw::DuplicateEvent, nth))
    }

    /// What the metrics make of a delivery receipt, told once or twice.
    fn note_parts_delivered(&mut self, at: SimTime, message: &Traced) {
        let Traced { channel, country, originator, parts, .. } = *message;
        self.state.metrics.delivered(at, channel, country, originator, parts.into());
    }

    /// The number of the last event that has come.
    #[must_use]
    pub const fn last_event(&self) -> u64 {
        self.state.events.count
    }

    /// At most `limit` events after number `after`, oldest first.
    pub fn events(&mut self, now: SimTime, after: u64, limit: usize) -> EventPage {
        self.let_events_come(now);
        let events = &self.state.events;
        let first = events.first();
        let skipped = usize::try_from((after + 1).saturating_sub(first)).unwrap_or(usize::MAX);
        let shown = events.came.iter().enumerate().skip(skipped).take(limit);
        let shown: Vec<_> =
            shown.map(|(place, event)| self.event_view(first + place as u64, event)).collect();
        let missed = first.saturating_sub(after + 1);
        let last = shown.last().map_or(after.min(events.count), |event| event.number);
        EventPage { events: shown, last, missed, forgotten: events.waiting.forgotten() }
    }

    /// The newest events that are kept, newest first, at most `limit`.
    pub fn latest_events(&mut self, now: SimTime, limit: usize) -> Vec<EventView> {
        self.let_events_come(now);
        let newest = self.state.events.count.saturating_sub(limit as u64);
        let mut latest = self.events(now, newest, limit).events;
        latest.reverse();
        latest
    }

    /// Whether a destination is a simulator number, and whether that succeeds.
    pub(super) fn simulated(digits: u64) -> Option<bool> {
        simulator_number(digits).map(|number| number.succeeds)
    }
}
