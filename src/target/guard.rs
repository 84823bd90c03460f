//! The guard: what stands in front of every call wherever the target counts as AWS.
//!
//! A send passes if its number is an allowed destination, its text is one part with a known price, the
//! amount is still free below the spend cap, and neither the account's rate nor the recipient's is
//! exceeded. The amount is reserved before the call leaves, and given back only where it is certain
//! that nothing was sent. Threads of one process share one guard.
//!
//! **Invariant:** nothing here reads a clock, waits or calls anybody; what it refuses changes nothing
//! but its own counts, and no text of it shows a number or a code.

mod campaign;
mod destinations;
mod pace;
mod refusal;
mod usd;

pub use campaign::{Unfit, check_campaign};
pub use destinations::{AllowList, Destinations, ListError};
pub use refusal::Refusal;
pub use usd::{MaxPrice, UsdError, parse_usd, usd};

use pace::{Pace, Recipients};
use sms_voice_mock::service::{
    country::CountryCode, numbering::country_of, phone::PhoneNumber, price::Money, segments,
    settings::PartPrice,
};
use std::{sync::Mutex, time::Duration};

/// Sends per second that AWS's documentation gives an account.
pub const DEFAULT_SEND_RATE: f64 = 1.0;

/// Calls of `PutMessageFeedback` per second that AWS's documentation gives an account.
pub const DEFAULT_PUT_RATE: f64 = 20.0;

/// What was agreed to.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whom a message may go to.
    pub destinations: Destinations,
    /// What all messages together may cost.
    pub max_spend: Money,
    /// Sends per second.
    pub sends_per_second: f64,
    /// Puts per second.
    pub puts_per_second: f64,
    /// India's registration, which messages to India need.
    pub india: Option<India>,
    /// Whether AWS is asked to check and not to send.
    pub dry_run: bool,
}

/// The ids under which a sender and a template are registered in India.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct India {
    /// `IN_ENTITY_ID`
    pub entity_id: String,
    /// `IN_TEMPLATE_ID`
    pub template_id: String,
}

/// A message that wants to leave.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Where it goes.
    pub to: PhoneNumber,
    /// The country that the campaign means.
    pub country: CountryCode,
    /// Its text.
    pub body: &'a str,
    /// What one part costs there; `None` where no price is known.
    pub price: Option<PartPrice>,
}

/// Leave for one call, and the amount that it may cost.
#[derive(Debug)]
#[must_use = "the amount of a permit is spent unless the permit is given back"]
pub struct Permit {
    reserved: Money,
    max_price: MaxPrice,
}

impl Permit {
    /// The price that AWS must not exceed: the amount reserved.
    #[must_use]
    pub fn max_price(&self) -> String {
        self.max_price.to_string()
    }

    /// The amount reserved.
    #[must_use]
    pub const fn reserved(&self) -> Money {
        self.reserved
    }
}

/// The guard of a run.
#[derive(Debug)]
pub struct Guard {
    rules: Rules,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Reserved and not given back.
    spent: Money,
    sends: Pace,
    puts: Pace,
    recipients: Recipients,
    held: Held,
}

/// How often a call was held back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Sends that would have passed the spend cap.
    pub by_cap: u64,
    /// Sends and puts that came too soon.
    pub by_rate: u64,
    /// Sends that may never leave.
    pub for_good: u64,
    /// Calls that left, and whose credentials AWS did not take.
    pub by_credentials: u64,
}

impl Guard {
    /// A guard by these rules; `spent` is what the same consent has paid for already.
    #[must_use]
    pub fn new(rules: Rules, spent: Money) -> Self {
        let state = State {
            spent,
            sends: Pace::new(rules.sends_per_second),
            puts: Pace::new(rules.puts_per_second),
            recipients: Recipients::default(),
            held: Held::default(),
        };
        Self { rules, state: Mutex::new(state) }
    }

    /// What was agreed to.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Whether a message may leave `now` (wall time of the run); if so its price is reserved.
    pub fn admit_send(&self, now: Duration, asked: &Asked<'_>) -> Result<Permit, Refusal> {
        let max_price = self.look_at(asked);
        let mut state = self.state.lock().expect("no holder panics");
        let admitted = max_price.and_then(|price| state.admit_send(now, asked, price, &self.rules));
        if let Err(refusal) = &admitted {
            state.held.count(refusal);
        }
        admitted
    }

    /// What can be said of a message without knowing any other.
    fn look_at(&self, asked: &Asked<'_>) -> Result<MaxPrice, Refusal> {
        let Asked { to, country, body, price } = *asked;
        if country_of(to.digits()) != Some(country) {
            return Err(Refusal::Foreign { to: to.masked(), country });
        }
        if !self.rules.destinations.allow(to) {
            return Err(Refusal::NotAllowed { to: to.masked() });
        }
        if country == CountryCode::of("IN") && self.rules.india.is_none() {
            return Err(Refusal::India);
        }
        let parts = segments::parts(body).count;
        if parts != 1 {
            return Err(Refusal::ManyParts { parts });
        }
        let price = price.ok_or(Refusal::NoPrice { country })?;
        MaxPrice::covering(price.cost(parts)).ok_or(Refusal::TooDear { country })
    }

    /// Gives the amount of a call back of which it is certain that AWS did not take it.
    pub fn give_back(&self, permit: Permit) {
        let mut state = self.state.lock().expect("no holder panics");
        let left = state.spent.nanos().saturating_sub(permit.reserved.nanos());
        state.spent = Money::from_nanos(left);
    }

    /// Whether a put may leave `now`.
    pub fn admit_put(&self, now: Duration) -> Result<(), Refusal> {
        let mut state = self.state.lock().expect("no holder panics");
        let admitted = state.puts.admit(now).map_err(|wait| Refusal::PutRate { wait });
        if let Err(refusal) = &admitted {
            state.held.count(refusal);
        }
        admitted
    }

    /// Counts a call whose credentials AWS did not take.
    pub fn note_credentials_refused(&self) {
        self.state.lock().expect("no holder panics").held.by_credentials += 1;
    }

    /// What is spent: every send that was accepted or whose outcome is not known.
    #[must_use]
    pub fn spent(&self) -> Money {
        self.state.lock().expect("no holder panics").spent
    }

    /// How often the guard held a call back.
    #[must_use]
    pub fn held(&self) -> Held {
        self.state.lock().expect("no holder panics").held
    }
}

impl State {
    fn admit_send(
        &mut self,
        now: Duration,
        asked: &Asked<'_>,
        max_price: MaxPrice,
        rules: &Rules,
    ) -> Result<Permit, Refusal> {
        let reserved = max_price.amount();
        let after = self.spent + reserved;
        // A sum that no longer fits is not below any cap.
        if rules.max_spend < after || after == Money::from_nanos(u64::MAX) {
            return Err(Refusal::Cap { cap: rules.max_spend, spent: self.spent, reserved });
        }
        let to = asked.to.digits();
        self.recipients.check(now, to).map_err(|wait| Refusal::Recipient { wait })?;
        self.sends.admit(now).map_err(|wait| Refusal::SendRate { wait })?;
        self.recipients.note(now, to);
        self.spent = after;
        Ok(Permit { reserved, max_price })
    }
}

impl Held {
    fn count(&mut self, refusal: &Refusal) {
        let counter = if matches!(refusal, Refusal::Cap { .. }) {
            &mut self.by_cap
        } else if refusal.is_for_now() {
            &mut self.by_rate
        } else {
            &mut self.for_good
        };
        *counter += 1;
    }
}

impl std::fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked").field("to", &self.to).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
