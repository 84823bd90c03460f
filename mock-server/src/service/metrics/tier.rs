//! Counts that are kept by spans of one width, for a time.
//!
//! **Invariant:** what leaves one tier arrives in the next, or is too old for all of them.

use super::{
    Minute,
    catalogue::{Facet, Metric},
    samples::Samples,
    series::Selection,
};
use crate::service::{country::CountryCode, pairs, price::Money};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Range};

/// What a count is of. The metric comes first, so that those of a metric are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) metric: Metric,
    /// The first minute of the span.
    pub(super) at: Minute,
    pub(super) country: CountryCode,
    pub(super) facet: Facet,
    /// A place among the protect configurations; 0 if there is none.
    pub(super) protect_configuration: u16,
    /// The value of each sample that is counted.
    pub(super) value: u16,
}

const _: () = assert!(size_of::<Key>() <= 12, "counts are small: millions of them may be kept");

impl Key {
    /// The least key of a metric at `at`.
    const fn first(metric: Metric, at: Minute) -> Self {
        let country = CountryCode::of("AA");
        Self { metric, at, country, facet: Facet::None, protect_configuration: 0, value: 0 }
    }
}

/// Counts by spans of one width.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Tier {
    width: Minute,
    kept_for: Minute,
    #[serde(with = "pairs")]
    counts: BTreeMap<Key, u64>,
    #[serde(with = "pairs")]
    spends: BTreeMap<(Metric, Minute), Samples>,
}

impl Tier {
    pub(super) const fn new(width: Minute, kept_for: Minute) -> Self {
        Self { width, kept_for, counts: BTreeMap::new(), spends: BTreeMap::new() }
    }

    pub(super) const fn width(&self) -> Minute {
        self.width
    }

    /// Counts samples.
    pub(super) fn add(&mut self, key: Key, samples: u64) {
        let at = key.at / self.width * self.width;
        *self.counts.entry(Key { at, ..key }).or_default() += samples;
    }

    /// Notes what a month has cost so far.
    pub(super) fn spend(&mut self, metric: Metric, at: Minute, amount: Money) {
        self.add_spend(metric, at, Samples::money(amount));
    }

    fn add_spend(&mut self, metric: Metric, at: Minute, samples: Samples) {
        let at = at / self.width * self.width;
        self.spends
            .entry((metric, at))
            .and_modify(|present| present.add(&samples))
            .or_insert(samples);
    }

    /// Hands what is older than this tier keeps to the next; `now` is a full hour.
    pub(super) fn age(&mut self, now: Minute, mut next: Option<&mut Self>) {
        let end = now.saturating_sub(self.kept_for);
        for metric in Metric::ALL {
            let old: Vec<_> =
                self.counts.range(within(metric, 0..end)).map(|(key, _)| *key).collect();
            for key in old {
                let samples = self.counts.remove(&key);
                if let (Some(next), Some(samples)) = (next.as_deref_mut(), samples) {
                    next.add(key, samples);
                }
            }
        }
        let old: Vec<_> = self.spends.keys().filter(|(_, at)| *at < end).copied().collect();
        for (metric, at) in old {
            let samples = self.spends.remove(&(metric, at));
            if let (Some(next), Some(samples)) = (next.as_deref_mut(), samples) {
                next.add_spend(metric, at, samples);
            }
        }
    }

    /// Adds the samples of a series within `range`, by periods.
    pub(super) fn add_to(
        &self,
        points: &mut BTreeMap<Minute, Samples>,
        selection: &Selection,
        range: Range<Minute>,
        period: Minute,
    ) {
        let metric = selection.metric();
        let mut add = |at: Minute, samples: &Samples| {
            points
                .entry(at / period * period)
                .and_modify(|present| present.add(samples))
                .or_insert_with(|| samples.clone());
        };
        if range.is_empty() {
            return;
        }
        for (key, count) in self.counts.range(within(metric, range.clone())) {
            if selection.takes(key) {
                add(key.at, &Samples::counts(key.value, *count));
            }
        }
        let spends = self.spends.range((metric, range.start)..(metric, range.end));
        spends.for_each(|((_, at), samples)| add(*at, samples));
    }

    /// Every series with a sample at or after `since`, some of them twice.
    pub(super) fn series(&self, since: Minute) -> Vec<Selection> {
        let mut found = Vec::new();
        for metric in Metric::ALL {
            let mut seen = Vec::new();
            for (key, _) in self.counts.range(within(metric, since..Minute::MAX)) {
                let alike = Key { at: 0, value: 0, ..*key };
                if let Err(place) = seen.binary_search(&alike) {
                    seen.insert(place, alike);
                }
            }
            let spent = self.spends.range((metric, since)..(metric, Minute::MAX)).next().is_some();
            seen.extend(spent.then(|| Key::first(metric, 0)));
            let sets = metric.dimension_sets();
            found.extend(
                seen.iter().flat_map(|key| sets.iter().filter_map(|set| Selection::of(key, set))),
            );
        }
        found
    }
}

/// The keys of a metric within a range.
const fn within(metric: Metric, range: Range<Minute>) -> Range<Key> {
    Key::first(metric, range.start)..Key::first(metric, range.end)
}
