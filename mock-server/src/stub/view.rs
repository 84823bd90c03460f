//! Messages and dashboard as JSON.
//!
//! **Invariant:** no full phone number appears.

use crate::{
    config::faults::FaultShape,
    service::{
        MessageId, Service,
        country::CountryCode,
        dashboard::{Dashboard, FeedbackCounts},
        message_log::{Delivery, MessageView},
        time::SimTime,
        views::MessagePage,
    },
    wire::epoch_seconds,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{collections::BTreeMap, time::Duration};

#[derive(Serialize)]
pub(super) struct MessagesBody<'a> {
    messages: Vec<MessageBody<'a>>,
    next: Option<MessageId>,
}

impl<'a> MessagesBody<'a> {
    pub(super) fn new(page: &MessagePage<'a>, epoch: Duration) -> Self {
        let messages = page.messages.iter();
        Self {
            messages: messages.map(|view| MessageBody::new(view, epoch)).collect(),
            next: page.next,
        }
    }
}

/// What goes wrong, and how often it did.
#[derive(Serialize)]
pub(super) struct FaultsBody {
    faults: Vec<FaultBody>,
    /// By kind, since the start or the last reset, drawn errors of the service included.
    injected: BTreeMap<&'static str, u64>,
}

impl FaultsBody {
    pub(super) fn of(service: &Service) -> Self {
        let faults = service.faults();
        let faults = faults.map(|(rule, injected)| FaultBody { rule: rule.into(), injected });
        let injected = service.injected().map(|(kind, count)| (kind.as_str(), count));
        Self { faults: faults.collect(), injected: injected.collect() }
    }
}

/// A rule, as it was said, and how often it was followed.
#[derive(Serialize)]
struct FaultBody {
    #[serde(flatten)]
    rule: FaultShape,
    injected: u64,
}

#[derive(Serialize)]
pub(super) struct MessageBody<'a> {
    message_id: MessageId,
    channel: &'static str,
    destination: String,
    country: String,
    body: Option<&'a str>,
    parts: u8,
    price_usd: f64,
    configuration_set: Option<&'a str>,
    feedback: &'static str,
    accepted_at: f64,
    feedback_at: Option<f64>,
    context: Option<ContextBody<'a>>,
    delivery: Option<DeliveryBody<'a>>,
}

impl<'a> MessageBody<'a> {
    pub(super) fn new(view: &MessageView<'a>, epoch: Duration) -> Self {
        let date = |at| epoch_seconds(epoch, at);
        Self {
            message_id: view.id,
            channel: view.channel.as_str(),
            destination: view.destination.to_string(),
            country: view.country.to_string(),
            body: view.body,
            parts: view.parts,
            price_usd: view.price.usd(),
            configuration_set: view.configuration_set,
            feedback: view.feedback.as_str(),
            accepted_at: date(view.accepted_at),
            feedback_at: view.feedback_at.map(date),
            context: view.context.map(ContextBody),
            delivery: view
                .delivery
                .map(|delivery| DeliveryBody::new(delivery, view.accepted_at, epoch)),
        }
    }
}

/// Pairs as an object.
pub(super) struct ContextBody<'a>(pub(super) &'a [(String, String)]);

impl Serialize for ContextBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// What the carrier does with a message, the future included.
#[derive(Serialize)]
struct DeliveryBody<'a> {
    carrier: &'a str,
    delivered_at: Option<f64>,
    receipt: Option<ReceiptBody>,
}

#[derive(Serialize)]
struct ReceiptBody {
    at: f64,
    claims_delivered: bool,
}

impl<'a> DeliveryBody<'a> {
    fn new(delivery: Delivery<'a>, sent: SimTime, epoch: Duration) -> Self {
        let date = |after| epoch_seconds(epoch, sent + after);
        Self {
            carrier: delivery.carrier,
            delivered_at: delivery.fate.delivered_after.map(date),
            receipt: delivery.fate.receipt.map(|receipt| ReceiptBody {
                at: date(receipt.after),
                claims_delivered: receipt.claims_delivered,
            }),
        }
    }
}

#[derive(Serialize)]
pub(super) struct DashboardBody {
    completed: u64,
    percentage: Option<f64>,
    expecting: u64,
    received: u64,
    failed: u64,
    auto_failed: u64,
    by_country: BTreeMap<String, CountsBody>,
}

#[derive(Serialize)]
struct CountsBody {
    expecting: u64,
    received: u64,
    failed: u64,
    auto_failed: u64,
}

impl DashboardBody {
    pub(super) fn new(dashboard: &Dashboard) -> Self {
        let FeedbackCounts { expecting, received, failed, auto_failed } = dashboard.total;
        let counts = |(code, counts): (&CountryCode, &FeedbackCounts)| {
            let FeedbackCounts { expecting, received, failed, auto_failed } = *counts;
            let counts = CountsBody { expecting, received, failed, auto_failed };
            (code.to_string(), counts)
        };
        Self {
            completed: dashboard.completed(),
            percentage: dashboard.percentage(),
            expecting,
            received,
            failed,
            auto_failed,
            by_country: dashboard.by_country.iter().map(counts).collect(),
        }
    }
}
