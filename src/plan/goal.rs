//! What must hold for a plan to fit, as in `expired_in_queue{country=BR} < 0.1%`.

mod parse;

pub use parse::GoalError;

use super::{figures, limit::Limit, seen::Seen};
use crate::{
    record::demand::Stock,
    report::percentile::value_at,
    scenario::{Scenario, threshold::Comparison},
};
use hdrhistogram::Histogram;
use sms_voice_mock::service::bound::Bound;

/// A condition on a figure of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// As it was written.
    pub expr: String,
    /// The figure.
    pub figure: Figure,
    /// The country it is restricted to, as an index into the scenario's.
    pub country: Option<usize>,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub limit: f64,
}

/// What a goal can be about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// Sessions that expired or could not be sent a code, more than without limits, of all sessions.
    ExpiredInQueue,
    /// Verified sessions fewer than without limits, of all sessions.
    ConversionLost,
    /// Throttled sends of all sends.
    Throttled,
    /// From when a message was asked for to when it left, in seconds.
    SendDelay(Statistic),
    /// From when a verdict was known to when AWS had it, in seconds.
    FeedbackDelay(Statistic),
    /// The most messages waiting at one time.
    QueuePeak,
    /// The most open sessions at one time.
    InFlightPeak,
    /// The most puts owed at one time.
    BacklogPeak,
    /// A count of sessions.
    Sessions(&'static str),
    /// A count of messages.
    Messages(&'static str),
    /// Sessions verified of sessions arrived.
    SessionConversion,
    /// Messages received of messages expecting feedback.
    MessageConversion,
    /// Messages with any feedback of messages expecting it.
    Coverage,
    /// USD of the dearest hour, day or month, or in all.
    Cost(Period),
}

/// What is asked of many delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// What so many of a hundred do not exceed.
    Percentile(f64),
    /// The mean.
    Mean,
    /// The longest.
    Max,
}

/// Over which time a cost adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The dearest hour.
    Hour,
    /// The dearest day.
    Day,
    /// The dearest calendar month.
    Month,
    /// The whole campaign.
    Campaign,
}

/// Whether more quota makes a figure better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    /// More quota makes it smaller.
    Harm,
    /// More quota makes it larger.
    Good,
    /// More quota does something else, or nothing.
    Other,
}

/// The goals that hold where nobody says any: nothing to speak of is lost, nobody waits long, and AWS has
/// feedback long before the hour after which it gives up.
pub const DEFAULT: [&str; 4] = [
    "expired_in_queue < 0.1%",
    "conversion_lost < 0.1%",
    "send_delay.p99 < 5s",
    "feedback_delay.p99 < 1m",
];

impl Goal {
    /// The goals of a scenario for which none were named: [`DEFAULT`], and those of its thresholds that more
    /// quota can help with.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Vec<Self> {
        let read = |text: &str| Self::parse(text, scenario).ok();
        let own = scenario.thresholds.iter().filter_map(|threshold| read(&threshold.expr));
        let own = own.filter(Self::is_searched);
        DEFAULT.iter().filter_map(|text| read(text)).chain(own).collect()
    }

    /// Whether more quota can only help: a goal that the search can use.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        match (self.figure.sense(), self.comparison) {
            (Sense::Harm, Comparison::Below | Comparison::AtMost) => true,
            (Sense::Harm, Comparison::Equal) => self.limit <= 0.0,
            (Sense::Good, Comparison::Above | Comparison::AtLeast) => true,
            (Sense::Harm | Sense::Good | Sense::Other, _) => false,
        }
    }

    /// Whether it can be told from a part of a campaign and the rest of the one without limits: sums can,
    /// the highest of something cannot.
    #[must_use]
    pub const fn is_of_sums(&self) -> bool {
        !matches!(
            self.figure,
            Figure::QueuePeak | Figure::InFlightPeak | Figure::BacklogPeak | Figure::Cost(_)
        )
    }

    /// Whether more of a limit can help it: sends and puts share none, and whoever has spent too much neither
    /// waits nor is throttled.
    #[must_use]
    pub fn heeds(&self, limit: Limit) -> bool {
        match self.figure {
            Figure::FeedbackDelay(_) | Figure::BacklogPeak => limit.is_of_puts(),
            // What holds sends up spares them throttling.
            Figure::Throttled | Figure::Messages("throttled") => {
                let own = matches!(limit, Limit::Limiter | Limit::Workers);
                !own && !limit.is_of_puts() && limit != Limit::Account(Bound::Spend)
            }
            Figure::SendDelay(_) | Figure::QueuePeak => {
                !limit.is_of_puts() && limit != Limit::Account(Bound::Spend)
            }
            Figure::ExpiredInQueue
            | Figure::ConversionLost
            | Figure::Sessions(_)
            | Figure::Messages("accepted" | "rejected")
            | Figure::SessionConversion => !limit.is_of_puts(),
            Figure::MessageConversion
            | Figure::Coverage
            | Figure::Messages(_)
            | Figure::InFlightPeak
            | Figure::Cost(_) => true,
        }
    }

    /// The figure in a campaign, beside the same campaign without limits; `None` without samples.
    #[must_use]
    pub fn observed(&self, scenario: &Scenario, seen: &Seen<'_>) -> Option<f64> {
        let here = self.country;
        let (cell, without) = (seen.cell(here), seen.free.cell(here));
        let demand = &seen.limited.demand;
        let peak = |stock| f64::from(demand.level(stock, here).into_iter().max().unwrap_or(0));
        match self.figure {
            Figure::ExpiredInQueue => {
                share(figures::expired_more(&cell, &without).max(0), cell.sessions.arrived)
            }
            Figure::ConversionLost => {
                share(figures::conversion_lost(&cell, &without).max(0), cell.sessions.arrived)
            }
            Figure::Throttled => {
                let throttled = i64::try_from(cell.messages.throttled).ok()?;
                share(throttled, cell.messages.attempted)
            }
            Figure::SendDelay(statistic) => {
                statistic.of(&seen.delays(|trial| trial.demand.send_delay(here)))
            }
            Figure::FeedbackDelay(statistic) => {
                statistic.of(&seen.delays(|trial| trial.demand.feedback_delay(here)))
            }
            Figure::QueuePeak => Some(peak(Stock::Queue)),
            Figure::InFlightPeak => Some(peak(Stock::InFlight)),
            Figure::BacklogPeak => Some(peak(Stock::Owed)),
            Figure::Sessions(name) => count(&cell.sessions, name),
            Figure::Messages(name) => count(&cell.messages, name),
            Figure::SessionConversion => cell.session_conversion(),
            Figure::MessageConversion => cell.message_conversion(),
            Figure::Coverage => cell.coverage(),
            Figure::Cost(period) => {
                let cost = figures::cost(scenario, seen.limited, here);
                Some(match period {
                    Period::Hour => cost.hour_max,
                    Period::Day => cost.day,
                    Period::Month => cost.month,
                    Period::Campaign => cost.total,
                })
            }
        }
    }

    /// Whether it holds for what was observed. A figure without samples does not, but for a delay:
    /// where nothing was sent, nothing was late.
    #[must_use]
    pub fn holds(&self, observed: Option<f64>) -> bool {
        observed.map_or_else(
            || matches!(self.figure, Figure::SendDelay(_) | Figure::FeedbackDelay(_)),
            |observed| self.comparison.holds(observed, self.limit),
        )
    }

    /// The worse of two observations.
    #[must_use]
    pub fn worse(&self, one: Option<f64>, other: Option<f64>) -> Option<f64> {
        let (Some(a), Some(b)) = (one, other) else { return one.or(other) };
        Some(match self.comparison {
            Comparison::Above | Comparison::AtLeast => a.min(b),
            Comparison::Below | Comparison::AtMost => a.max(b),
            Comparison::Equal | Comparison::NotEqual => {
                if self.holds(Some(a)) {
                    b
                } else {
                    a
                }
            }
        })
    }
}

impl Figure {
    fn sense(self) -> Sense {
        match self {
            Self::ExpiredInQueue
            | Self::ConversionLost
            | Self::Throttled
            | Self::SendDelay(_)
            | Self::FeedbackDelay(_)
            | Self::QueuePeak
            | Self::BacklogPeak
            | Self::Sessions("expired" | "send_failed" | "unfinished" | "dropped")
            | Self::Messages("throttled" | "rejected" | "pending" | "feedback_errors") => {
                Sense::Harm
            }
            Self::Sessions("verified")
            | Self::Messages("accepted" | "received")
            | Self::SessionConversion
            | Self::MessageConversion
            | Self::Coverage => Sense::Good,
            Self::InFlightPeak | Self::Sessions(_) | Self::Messages(_) | Self::Cost(_) => {
                Sense::Other
            }
        }
    }
}

impl Statistic {
    /// Its value in seconds, of delays in microseconds; `None` without any.
    #[must_use]
    pub fn of(self, delays: &Histogram<u64>) -> Option<f64> {
        if delays.is_empty() {
            return None;
        }
        let micros = match self {
            Self::Percentile(percent) => value_at(delays, percent)? as f64,
            Self::Mean => delays.mean(),
            Self::Max => delays.max() as f64,
        };
        Some(micros / 1e6)
    }
}

fn share(part: i64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A count by the name that it has in `summary.json`.
fn count(counts: &impl serde::Serialize, name: &str) -> Option<f64> {
    serde_json::to_value(counts).ok()?.get(name)?.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Source, parse};

    #[test]
    fn a_goal_heeds_the_limits_that_can_help_it() {
        let text = "name = \"x\"\n[arrivals]\nstages = [{ constant = { rate = 1.0, duration = \"1s\" } }]\n\
            [countries.BR]\nprofile = \"BR\"\n";
        let loaded = parse(text, Source { name: "x", folder: None }, &[], None).expect("valid");
        let [sends, puts, spend] =
            [Bound::SendRate, Bound::PutRate, Bound::Spend].map(Limit::Account);
        let heeded = |goal: &str| {
            let goal = Goal::parse(goal, &loaded.scenario).expect("a goal");
            [sends, Limit::Limiter, spend, puts].map(|limit| goal.heeds(limit))
        };
        assert_eq!(heeded("expired_in_queue < 1%"), [true, true, true, false]);
        assert_eq!(heeded("messages.throttled < 9"), [true, false, false, false]);
        assert_eq!(heeded("send_delay.p99 < 1s"), [true, true, false, false]);
        assert_eq!(heeded("feedback_delay.p99 < 1s"), [false, false, false, true]);
        assert_eq!(heeded("conversion.message > 50%"), [true; 4]);
    }
}
