//! The series of the feedback metrics, and the ids under which they are asked for.
//!
//! **Invariant:** an id names one series, and a series has one id, whoever asked.

use std::{collections::BTreeMap, fmt};

const EXPECTING: &str = "NumberOfTextMessagesExpectingFeedback";
const WITH: &str = "NumberOfTextMessagesWithFeedback";
const COUNTRY: &str = "IsoCountryCode";
const STATUS: &str = "MessageFeedbackStatus";

/// A metric of message feedback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedbackMetric {
    /// `NumberOfTextMessagesExpectingFeedback`
    Expecting,
    /// `NumberOfTextMessagesWithFeedback`
    With,
}

/// A feedback that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// `RECEIVED`
    Received,
    /// `FAILED`
    Failed,
}

/// One series: a metric and its dimensions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// The metric.
    pub metric: FeedbackMetric,
    /// Of this country alone.
    pub country: Option<String>,
    /// Of this feedback alone; only with [`FeedbackMetric::With`].
    pub status: Option<Status>,
}

impl FeedbackMetric {
    /// AWS's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expecting => EXPECTING,
            Self::With => WITH,
        }
    }
}

impl Status {
    /// AWS's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Failed => "FAILED",
        }
    }
}

impl Series {
    /// Every series of these countries: the documented sets of dimensions of both metrics.
    #[must_use]
    pub fn all(countries: &[String]) -> Vec<Self> {
        let places = || std::iter::once(None).chain(countries.iter().cloned().map(Some));
        let expecting = places().map(|country| Self {
            metric: FeedbackMetric::Expecting,
            country,
            status: None,
        });
        let statuses = [None, Some(Status::Received), Some(Status::Failed)];
        let with = places().flat_map(|country| {
            statuses.map(|status| Self {
                metric: FeedbackMetric::With,
                country: country.clone(),
                status,
            })
        });
        expecting.chain(with).collect()
    }

    /// The series of a metric with exactly these dimensions, if it is one of ours.
    #[must_use]
    pub fn named(name: &str, dimensions: &BTreeMap<String, String>) -> Option<Self> {
        let metric = [FeedbackMetric::Expecting, FeedbackMetric::With];
        let metric = metric.into_iter().find(|metric| metric.name() == name)?;
        let (mut country, mut status) = (None, None);
        for (dimension, value) in dimensions {
            match (dimension.as_str(), metric) {
                (COUNTRY, _) => country = Some(value.clone()),
                (STATUS, FeedbackMetric::With) => status = Some(status_named(value)?),
                _ => return None,
            }
        }
        Some(Self { metric, country, status })
    }

    /// Its dimensions by name.
    #[must_use]
    pub fn dimensions(&self) -> BTreeMap<String, String> {
        let country = self.country.as_ref().map(|code| (COUNTRY.to_owned(), code.clone()));
        let status = self.status.map(|status| (STATUS.to_owned(), status.name().to_owned()));
        country.into_iter().chain(status).collect()
    }

    /// Its id in a query: `expecting`, `expecting_us`, `with_received`, `with_us_failed`.
    #[must_use]
    pub fn id(&self) -> String {
        let metric = match self.metric {
            FeedbackMetric::Expecting => "expecting",
            FeedbackMetric::With => "with",
        };
        let country = self.country.as_ref().map(|code| format!("_{}", code.to_lowercase()));
        let status = self.status.map(|status| format!("_{}", status.name().to_lowercase()));
        [metric.to_owned(), country.unwrap_or_default(), status.unwrap_or_default()].concat()
    }
}

fn status_named(name: &str) -> Option<Status> {
    [Status::Received, Status::Failed].into_iter().find(|status| status.name() == name)
}

/// Its label: the metric's name, country and status, as far as it has them.
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.metric.name())?;
        if let Some(country) = &self.country {
            write!(f, " {country}")?;
        }
        self.status.map_or(Ok(()), |status| write!(f, " {}", status.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_have_ids_of_their_own_and_are_found_by_their_dimensions() {
        let all = Series::all(&["BR".to_owned(), "US".to_owned()]);
        assert_eq!(all.len(), 3 + 9);
        let ids: std::collections::BTreeSet<_> = all.iter().map(Series::id).collect();
        assert_eq!(ids.len(), all.len());
        assert!(ids.contains("with_us_received"));
        for series in &all {
            let found = Series::named(series.metric.name(), &series.dimensions());
            assert_eq!(found.as_ref(), Some(series));
        }
    }
}
