//! What the service tells CloudWatch (namespace `AWS/SMSVoice`).
//!
//! Every count is kept once, by minute, country and what else divides its metric; each documented set
//! of dimensions is a sum over these. Which metric has which sets is not documented in full: see
//! [`Metric::dimension_sets`] for what is assumed.
//!
//! Points age as CloudWatch's do: a minute is kept for 15 days, then becomes part of five minutes for
//! 63 days, then of an hour for 455 days. What a country can take is bounded by that.
//!
//! **Invariant:** the passing of a message's hour moves nothing here, and a dry run counts nowhere.

mod catalogue;
mod samples;
mod series;
mod settings;
mod tier;

pub use catalogue::{Dimension, Facet, Metric, OriginationIdentityType, Unit};
pub use samples::{Samples, Statistic};
pub use series::{Dimensions, Selection, Series};
pub use settings::{MetricsSettings, SecondFeedback, StampedAt};

use super::{
    channel::Channel, country::CountryCode, feedback::FeedbackStatus, price::Money, time::SimTime,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Range, time::Duration};
use tier::{Key, Tier};

/// The namespace of every metric.
pub const NAMESPACE: &str = "AWS/SMSVoice";

/// A minute, counted from 1970-01-01T00:00:00Z.
pub type Minute = u32;

const DAY: Minute = 24 * 60;

/// Everything that CloudWatch was told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Metrics {
    epoch: Duration,
    /// Of one minute, five and sixty.
    tiers: [Tier; 3],
    protect_configurations: ProtectConfigurations,
    /// The hour in which points last moved from tier to tier.
    settled: Minute,
    /// The first minute that is not shown yet.
    #[serde(skip, default = "everything")]
    hidden_from: Minute,
}

const fn everything() -> Minute {
    Minute::MAX
}

/// An accepted message, as far as metrics tell about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub(super) channel: Channel,
    pub(super) country: CountryCode,
    /// `None` where the service chose an originator that is not the account's own.
    pub(super) originator: Option<OriginationIdentityType>,
    pub(super) parts: u32,
    /// Whether feedback is expected.
    pub(super) expecting: bool,
    /// What its channel has cost in this month, with it.
    pub(super) month_to_date: Money,
}

/// A message on which feedback is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fed {
    pub(super) channel: Channel,
    pub(super) country: CountryCode,
    pub(super) sent: SimTime,
    /// Whether somebody gave feedback on it before.
    pub(super) again: bool,
}

/// A message that a protect configuration has looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Protected<'a> {
    /// What it is.
    pub(super) channel: Channel,
    /// Where it was to go.
    pub(super) country: CountryCode,
    /// What it was to come from.
    pub(super) originator: Option<OriginationIdentityType>,
    /// The id of the protect configuration.
    pub(super) protect_configuration: &'a str,
    /// Whether it was blocked.
    pub(super) blocked: bool,
}

impl Metrics {
    /// No points, on a timeline that starts `epoch` after 1970.
    pub(super) fn new(epoch: Duration) -> Self {
        let tiers = [Tier::new(1, 15 * DAY), Tier::new(5, 63 * DAY), Tier::new(60, 455 * DAY)];
        Self {
            epoch,
            tiers,
            protect_configurations: ProtectConfigurations::default(),
            settled: 0,
            hidden_from: Minute::MAX,
        }
    }

    /// Counts an accepted message: what is expected of it, its parts, its cost.
    pub(super) fn accepted(&mut self, now: SimTime, message: &Accepted) {
        let Accepted { channel, country, originator, parts, expecting, month_to_date } = *message;
        if expecting && let Some(metric) = Metric::expecting_feedback(channel) {
            self.count(now, metric, country, Facet::None, 1);
        }
        if let Some(metric) = Metric::parts_sent(channel) {
            self.count(now, metric, country, Facet::of_originator(originator), parts);
        }
        if let Some(metric) = Metric::monthly_spend(channel) {
            let at = self.minute(now);
            self.tiers[0].spend(metric, at, month_to_date);
        }
        self.settle(now);
    }

    /// Counts feedback on a message.
    pub(super) fn feedback(
        &mut self,
        now: SimTime,
        settings: MetricsSettings,
        message: &Fed,
        status: FeedbackStatus,
    ) {
        if message.again && settings.second_feedback == SecondFeedback::Ignore {
            return;
        }
        let at = match settings.stamped_at {
            StampedAt::Feedback => now,
            StampedAt::Send => message.sent,
        };
        if let Some(metric) = Metric::with_feedback(message.channel) {
            self.count(at, metric, message.country, Facet::of_status(status), 1);
        }
        self.settle(now);
    }

    /// Counts a delivery receipt by the parts it stands for. Duplicates of it count again, as AWS
    /// documents.
    pub fn delivered(
        &mut self,
        now: SimTime,
        channel: Channel,
        country: CountryCode,
        originator: Option<OriginationIdentityType>,
        parts: u32,
    ) {
        if let Some(metric) = Metric::parts_delivered(channel) {
            self.count(now, metric, country, Facet::of_originator(originator), parts);
        }
        self.settle(now);
    }

    /// Counts what a protect configuration decided about a message: 1 if it blocked it, else 0.
    pub(super) fn protected(&mut self, now: SimTime, message: &Protected<'_>) {
        if let Some(metric) = Metric::blocked_by_protect(message.channel) {
            let place = self.protect_configurations.place(message.protect_configuration);
            let key = Key {
                metric,
                at: self.minute(now),
                country: message.country,
                facet: Facet::of_originator(message.originator),
                protect_configuration: place,
                value: u16::from(message.blocked),
            };
            self.tiers[0].add(key, 1);
        }
        self.settle(now);
    }

    fn count(
        &mut self,
        at: SimTime,
        metric: Metric,
        country: CountryCode,
        facet: Facet,
        value: u32,
    ) {
        let value = u16::try_from(value).expect("a message has at most eleven parts");
        let at = self.minute(at);
        let key = Key { metric, at, country, facet, protect_configuration: 0, value };
        self.tiers[0].add(key, 1);
    }

    /// Moves what is too old for its tier to the next, once an hour.
    pub(super) fn settle(&mut self, now: SimTime) {
        let hour = self.minute(now) / 60 * 60;
        if hour <= self.settled {
            return;
        }
        self.settled = hour;
        let [minutes, fives, hours] = &mut self.tiers;
        minutes.age(hour, Some(fives));
        fives.age(hour, Some(hours));
        hours.age(hour, None);
    }

    /// Shows whole minutes only once they are `delay` old; without a delay everything at once.
    pub(super) fn publish(&mut self, now: SimTime, delay: Duration) {
        self.hidden_from =
            if delay.is_zero() { Minute::MAX } else { self.minute(now.saturating_sub(delay)) };
    }

    /// The minute that an instant falls into.
    #[must_use]
    pub fn minute(&self, at: SimTime) -> Minute {
        let minutes = (self.epoch + at.since_start()).as_secs() / 60;
        // The end of this count is the year 10136.
        Minute::try_from(minutes).unwrap_or(Minute::MAX)
    }

    /// The samples of a series by periods of `period` minutes (at least 1) that begin within `range`,
    /// each period aligned to 1970 and taken as a whole. Periods without samples are absent, and so is what is
    /// kept by longer spans than the period can show.
    #[must_use]
    pub fn points(
        &self,
        selection: &Selection,
        range: Range<Minute>,
        period: Minute,
    ) -> BTreeMap<Minute, Samples> {
        let from = range.start.next_multiple_of(period);
        let to = range.end.checked_next_multiple_of(period).unwrap_or(Minute::MAX);
        let to = to.min(self.hidden_from);
        let mut points = BTreeMap::new();
        let fitting = self.tiers.iter().filter(|tier| period.is_multiple_of(tier.width()));
        fitting.for_each(|tier| tier.add_to(&mut points, selection, from..to, period));
        points
    }

    /// Every series with a sample at or after `since` among those kept by the minute.
    #[must_use]
    pub fn series(&self, since: Minute) -> Vec<Series> {
        let mut found = self.tiers[0].series(since);
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|series| self.name_series(series)).collect()
    }

    /// The series of a metric with exactly these dimensions; `None` if there is no such series.
    #[must_use]
    pub fn select(&self, metric: Metric, dimensions: &Dimensions) -> Option<Selection> {
        let place = match &dimensions.protect_configuration {
            Some(id) => Some(self.protect_configurations.find(id)?),
            None => None,
        };
        Selection::new(metric, dimensions, place)
    }

    fn name_series(&self, selection: Selection) -> Series {
        let id = selection.protect_configuration();
        Series::new(selection, id.and_then(|place| self.protect_configurations.id(place)))
    }
}

/// The ids of protect configurations, each stored once; a key holds a place, and 0 stands for none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct ProtectConfigurations {
    ids: Vec<Box<str>>,
    places: BTreeMap<Box<str>, u16>,
}

impl ProtectConfigurations {
    /// The place of an id. Past the 65,535th, ids have no place: their messages then count only where
    /// protect configurations are not told apart.
    fn place(&mut self, id: &str) -> u16 {
        if let Some(place) = self.find(id) {
            return place;
        }
        let Ok(place) = u16::try_from(self.ids.len() + 1) else { return 0 };
        self.ids.push(id.into());
        self.places.insert(id.into(), place);
        place
    }

    fn find(&self, id: &str) -> Option<u16> {
        self.places.get(id).copied()
    }

    fn id(&self, place: u16) -> Option<&str> {
        let id = self.ids.get(usize::from(place).checked_sub(1)?)?;
        Some(id)
    }
}
