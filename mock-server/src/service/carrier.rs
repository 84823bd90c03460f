//! The carrier: what becomes of an accepted message, and what its delivery receipt claims.
//!
//! Fate is drawn from an address, so the harness that plays the user and the stub that emits the
//! delivery events agree about every message without talking to each other.

use super::{
    dice::{Dice, Draw},
    distribution::Distribution,
    time::Nanos,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One mobile network of a country.
#[derive(Clone, Debug, PartialEq)]
pub struct Carrier {
    /// Its name in reports.
    pub name: String,
    /// Its share of the country's users, relative to the other carriers' weights.
    pub weight: f64,
    /// Mobile country code, three digits; empty if not known.
    pub mcc: String,
    /// Mobile network code, two or three digits; empty if not known.
    pub mnc: String,
    /// The probability that an accepted message reaches the handset.
    pub delivered: f64,
    /// From the send to the handset.
    pub delay: Distribution,
    /// What its delivery receipts claim.
    pub receipts: Receipts,
}

/// What a carrier's delivery receipts claim, which need not be what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipts {
    /// The share of messages that never get a receipt.
    pub missing: f64,
    /// The share of *undelivered* messages whose receipt says "delivered" all the same.
    pub false_delivered: f64,
    /// How long after the event (or after the send, for what never arrived) the receipt comes.
    pub delay: Distribution,
}

/// What becomes of one accepted message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// From the send to the handset; `None` if it never arrives.
    pub delivered_after: Option<Duration>,
    /// The delivery receipt; `None` if there is none.
    pub receipt: Option<Receipt>,
}

/// A delivery receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// From the send to the receipt.
    pub after: Duration,
    /// Whether it claims that the message reached the handset.
    pub claims_delivered: bool,
}

impl Carrier {
    /// What becomes of message `nth` of a session.
    #[must_use]
    pub fn fate(&self, dice: Dice, session: u64, nth: u32) -> Fate {
        let delivered_after = self.delivered_after(dice, session, nth);
        let claim = self.receipt_claims(dice, session, nth, delivered_after.is_some());
        let receipt = claim.map(|claims_delivered| {
            let delay = self.receipts.delay.sample(&mut dice.at(session, Draw::ReceiptDelay, nth));
            let after = delivered_after.unwrap_or_default() + delay;
            Receipt { after: after.into(), claims_delivered }
        });
        Fate { delivered_after: delivered_after.map(Duration::from), receipt }
    }

    /// Of its fate, only how long message `nth` of a session takes to the handset; `None` if it never arrives.
    #[inline]
    #[must_use]
    pub fn delivered_after(&self, dice: Dice, session: u64, nth: u32) -> Option<Nanos> {
        let delivered = dice.happens(self.delivered, session, Draw::Delivered, nth);
        delivered.then(|| self.delay.sample(&mut dice.at(session, Draw::DeliveryDelay, nth)))
    }

    /// Of its fate, only whether the receipt claims that message `nth` of a session was delivered, as it was or not;
    /// `None` if there is no receipt.
    #[inline]
    #[must_use]
    pub fn receipt_claims(
        &self,
        dice: Dice,
        session: u64,
        nth: u32,
        delivered: bool,
    ) -> Option<bool> {
        let mut claim = dice.at(session, Draw::Receipt, nth);
        let missing = claim.unit() < self.receipts.missing;
        (!missing).then(|| delivered || claim.unit() < self.receipts.false_delivered)
    }
}

/// Weights to choose by, added up beforehand.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The sum of the weights up to each of the first places, itself included; without bounds where there are fewer.
    upto: [f64; ROW],
    /// The same of further places.
    further: Box<[f64]>,
    total: f64,
    /// The last place with any weight.
    last: usize,
}

/// So many places are compared without a loop, of which the processor would guess wrong when it ends.
const ROW: usize = 4;

impl Choice {
    /// A choice among places with these weights.
    #[must_use]
    pub fn among(weights: impl Iterator<Item = f64>) -> Self {
        let (mut total, mut last) = (0.0, 0);
        let (mut upto, mut further) = ([f64::INFINITY; ROW], Vec::new());
        for (place, weight) in weights.enumerate() {
            total += weight;
            last = if weight > 0.0 { place } else { last };
            match upto.get_mut(place) {
                Some(upto) => *upto = total,
                None => further.push(total),
            }
        }
        Self { upto, further: further.into(), total, last }
    }

    /// The place that a uniform number `u` chooses.
    ///
    /// # Panics
    /// If there is no weight above zero.
    #[inline]
    #[must_use]
    pub fn place(&self, u: f64) -> usize {
        assert!(self.total > 0.0, "one of the weights must be above zero");
        let chosen = u * self.total;
        // No early return, which the processor would guess wrong, too.
        let mut place = self.upto.map(|upto| usize::from(upto <= chosen)).iter().sum::<usize>();
        if place == ROW && !self.further.is_empty() {
            place += self.further.partition_point(|upto| *upto <= chosen);
        }
        place.min(self.last)
    }
}

/// The place that a uniform number `u` chooses among `weights`.
///
/// # Panics
/// If there is no weight above zero.
#[must_use]
pub fn choose(weights: impl Iterator<Item = f64>, u: f64) -> usize {
    Choice::among(weights).place(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_of_zero_is_never_chosen() {
        for u in [0.0, 0.3, 0.5, 0.999_999_999_999] {
            assert_eq!(choose([0.0, 1.0, 0.0].into_iter(), u), 1);
        }
        assert_eq!(choose([1.0, 3.0].into_iter(), 0.24), 0);
        assert_eq!(choose([1.0, 3.0].into_iter(), 0.26), 1);
        let zeros = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        assert_eq!([0.4, 0.6, 0.999].map(|u| choose(zeros.into_iter(), u)), [1, 6, 6]);
        for count in 1..20_u32 {
            let even = || (0..count).map(|_| 1.0);
            let middle = |place: u32| (f64::from(place) + 0.5) / f64::from(count);
            assert!((0..count).all(|place| choose(even(), middle(place)) == place as usize));
        }
    }
}
