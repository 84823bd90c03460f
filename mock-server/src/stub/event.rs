//! Delivery events as JSON: AWS's record, and EventBridge's envelope around it.
//!
//! **Invariant:** no destination number and no text of a message appears.

use super::view::ContextBody;
#[cfg(feature = "http")]
use crate::service::Service;
use crate::service::{
    MessageId,
    events::{EventPage, EventView},
    time::{SimTime, Timestamp},
};
use serde::Serialize;
use std::time::Duration;

/// A page of records.
#[derive(Serialize)]
pub(super) struct EventsBody<'a> {
    events: Vec<EventRecord<'a>>,
    /// What to ask for the events after these with.
    next: u64,
    /// Events between `after` and the first one shown that are not kept any more.
    missed: u64,
    /// Messages without a receipt that have no last event, because too many waited for theirs.
    forgotten: u64,
}

impl<'a> EventsBody<'a> {
    pub(super) fn new(page: &'a EventPage, epoch: Duration) -> Self {
        let events = page.events.iter().map(|event| EventRecord::new(event, epoch)).collect();
        Self { events, next: page.last, missed: page.missed, forgotten: page.forgotten }
    }
}

/// The record that AWS publishes for one event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventRecord<'a> {
    event_type: String,
    event_version: &'static str,
    event_timestamp: u64,
    is_final: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    origination_phone_number: Option<&'a str>,
    is_international_send: bool,
    iso_country_code: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    mcc: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    mnc: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier_name: Option<&'a str>,
    message_id: MessageId,
    message_request_timestamp: u64,
    message_encoding: &'static str,
    message_type: &'static str,
    message_status: &'static str,
    message_status_description: &'static str,
    context: Option<ContextBody<'a>>,
    total_message_parts: u8,
    total_message_price: f64,
    total_carrier_fee: f64,
}

impl<'a> EventRecord<'a> {
    pub(crate) fn new(event: &'a EventView, epoch: Duration) -> Self {
        let millis = |at: SimTime| Timestamp::since_1970(epoch + at.since_start()).millis();
        Self {
            event_type: event.event_type(),
            event_version: "1.0",
            event_timestamp: millis(event.at),
            is_final: event.kind.is_final(),
            origination_phone_number: event.originator.as_deref(),
            is_international_send: false,
            iso_country_code: event.country.to_string(),
            mcc: &event.network.0,
            mnc: &event.network.1,
            carrier_name: event.carrier.as_deref(),
            message_id: event.message_id,
            message_request_timestamp: millis(event.sent),
            message_encoding: event.encoding,
            message_type: event.message_type,
            message_status: event.kind.status(),
            message_status_description: event.kind.description(),
            context: event.context.as_deref().map(ContextBody),
            total_message_parts: event.parts,
            total_message_price: event.price.usd(),
            total_carrier_fee: event.fee.usd(),
        }
    }
}

/// Up to where the outlets have told what came.
#[cfg(feature = "http")]
#[derive(Clone, Copy)]
pub(crate) struct Told {
    /// Of which life of the account.
    generation: u64,
    /// The number of the last event.
    last: u64,
}

#[cfg(feature = "http")]
impl Told {
    /// All that has come so far.
    pub(crate) fn of(service: &Service) -> Self {
        Self { generation: service.generation(), last: service.last_event() }
    }
}

/// Events as the outlets want them.
#[cfg(feature = "http")]
pub(crate) struct Batch {
    /// Up to where that is.
    pub(crate) told: Told,
    /// Events that were not kept long enough.
    pub(crate) missed: u64,
    /// Records, one a line.
    pub(crate) lines: Vec<u8>,
    /// Envelopes.
    pub(crate) envelopes: Vec<Vec<u8>>,
}

/// The events after number `after`, written out as far as they are wanted.
#[cfg(feature = "http")]
pub(crate) fn batch(stub: &super::Stub, told: Told, lines: bool, envelopes: bool) -> Batch {
    let (page, epoch, generation) = stub.with_service(|service, now| {
        let generation = service.generation();
        // Since a reset, events are counted anew.
        let after = if told.generation == generation { told.last } else { 0 };
        (service.events(now, after, usize::MAX), service.epoch(), generation)
    });
    let told = Told { generation, last: page.last };
    let mut batch = Batch { told, missed: page.missed, lines: Vec::new(), envelopes: Vec::new() };
    for event in &page.events {
        if lines {
            batch.lines.extend(written(&EventRecord::new(event, epoch)));
            batch.lines.push(b'\n');
        }
        if envelopes {
            batch.envelopes.push(written(&Envelope::new(event, epoch)));
        }
    }
    batch
}

/// The envelope that EventBridge puts around a record.
#[cfg(feature = "http")]
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Envelope<'a> {
    version: &'static str,
    id: String,
    detail_type: &'static str,
    source: &'static str,
    account: &'static str,
    time: String,
    region: &'static str,
    resources: [&'static str; 0],
    detail: EventRecord<'a>,
}

#[cfg(feature = "http")]
impl<'a> Envelope<'a> {
    pub(crate) fn new(event: &'a EventView, epoch: Duration) -> Self {
        let (account, region) = EventView::account_and_region();
        let detail = EventRecord::new(event, epoch);
        Self {
            version: "0",
            // Told twice, an event keeps its id, as in AWS: only its number is new.
            id: format!("{}-{}", event.message_id, event.kind as u8),
            detail_type: event.detail_type(),
            source: "aws.sms-voice",
            account,
            time: rfc3339(detail.event_timestamp / 1000),
            region,
            resources: [],
            detail,
        }
    }
}

#[cfg(feature = "http")]
fn written(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("events have string keys and finite numbers")
}

/// A date in seconds since 1970 as EventBridge writes it.
#[cfg(feature = "http")]
fn rfc3339(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = crate::service::time::calendar(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(all(test, feature = "http"))]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_709_210_096), "2024-02-29T12:34:56Z");
        assert_eq!(rfc3339(1_795_564_799), "2026-11-24T23:59:59Z");
    }
}
