//! Counts, one cell per country, carrier and template.

use crate::{
    engine::outcome::{Feedback, Outcome, Place, Refusal, Verdict},
    scenario::Scenario,
};
use serde::{Deserialize, Serialize};
use std::ops::{AddAssign, SubAssign};

/// What one message costs, so that cost is a sum of integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// Message parts, by template.
    pub parts: Vec<u32>,
    /// Billionths of a USD per part (price and fee), by country.
    pub nano_usd: Vec<u64>,
}

/// How sessions ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of `summary.json` and of `Outcome`")]
pub struct Sessions {
    pub arrived: u64,
    pub verified: u64,
    pub expired: u64,
    pub locked_out: u64,
    pub abandoned: u64,
    pub rate_limited: u64,
    pub send_failed: u64,
    pub dropped: u64,
    pub unfinished: u64,
}

/// How messages ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of `summary.json`")]
pub struct Messages {
    pub attempted: u64,
    pub accepted: u64,
    pub throttled: u64,
    pub rejected: u64,
    pub unknown: u64,
    pub expecting: u64,
    pub not_expecting: u64,
    pub received: u64,
    pub failed: u64,
    pub unreported: u64,
    pub feedback_errors: u64,
    pub pending: u64,
}

/// Calls of `PutMessageFeedback`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Puts {
    /// Calls that left.
    pub attempted: u64,
    /// Answered with success.
    pub acknowledged: u64,
    /// Throttled, timed out or a fault of the service.
    pub repeated: u64,
    /// Refused for good.
    pub refused: u64,
    /// Unanswered when the run was cut off.
    pub unanswered: u64,
}

/// What became of users' requests for another code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resends {
    /// Codes made.
    pub sent: u64,
    /// Refused: the session had all its codes.
    pub resend_limit: u64,
    /// Refused: the last code was too recent.
    pub cool_down: u64,
    /// Refused by the user's or the country's rate limit.
    pub rate_limited: u64,
}

/// All counts of one country, carrier and template, or a sum of such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// How sessions ended.
    pub sessions: Sessions,
    /// How messages ended.
    pub messages: Messages,
    /// Calls of `PutMessageFeedback`.
    pub puts: Puts,
    /// What became of requests for another code.
    pub resends: Resends,
    /// Accepted messages that reach the handset.
    pub delivered: u64,
    /// Accepted messages whose receipt claims that they did.
    pub dlr_delivered: u64,
    /// Parts of accepted messages.
    pub parts: u64,
    /// Cost of accepted messages, in billionths of a USD.
    pub nano_usd: u64,
    /// What one accepted message adds to `parts` and `nano_usd`; zero in sums.
    each: (u64, u64),
}

impl Sessions {
    /// How many have ended, in whatever way.
    #[must_use]
    pub const fn ended(&self) -> u64 {
        // Destructured on purpose: a new way to end must be counted here before it compiles.
        let Self {
            arrived: _,
            verified,
            expired,
            locked_out,
            abandoned,
            rate_limited,
            send_failed,
            dropped,
            unfinished,
        } = *self;
        let by_itself = verified + expired + locked_out + abandoned + rate_limited + send_failed;
        by_itself + dropped + unfinished
    }

    pub(super) fn count(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Verified => &mut self.verified,
            Outcome::Expired => &mut self.expired,
            Outcome::LockedOut => &mut self.locked_out,
            Outcome::Abandoned => &mut self.abandoned,
            Outcome::RateLimited => &mut self.rate_limited,
            Outcome::SendFailed => &mut self.send_failed,
            Outcome::Dropped => &mut self.dropped,
            Outcome::Unfinished => &mut self.unfinished,
        } += 1;
    }

    /// Every arrival ends exactly once.
    ///
    /// # Panics
    /// If it does not.
    pub fn assert_conserved(&self) {
        assert_eq!(self.arrived, self.ended(), "sessions: {self:?}");
    }
}

impl Messages {
    pub(super) fn settle(&mut self, feedback: Feedback) {
        *match feedback {
            Feedback::NotExpecting => &mut self.not_expecting,
            Feedback::Put(Verdict::Received) => &mut self.received,
            Feedback::Put(Verdict::Failed) => &mut self.failed,
            Feedback::Unreported => &mut self.unreported,
            Feedback::Refused => &mut self.feedback_errors,
            Feedback::Pending => &mut self.pending,
        } += 1;
    }

    /// Every attempt has one answer, every accepted message one fate of its feedback.
    ///
    /// # Panics
    /// If it has not.
    pub fn assert_conserved(&self) {
        let Self {
            attempted,
            accepted,
            throttled,
            rejected,
            unknown,
            expecting,
            not_expecting,
            received,
            failed,
            unreported,
            feedback_errors,
            pending,
        } = *self;
        assert_eq!(attempted, accepted + throttled + rejected + unknown, "messages: {self:?}");
        assert_eq!(accepted, expecting + not_expecting, "messages: {self:?}");
        let told = received + failed + unreported + feedback_errors + pending;
        assert_eq!(expecting, told, "messages: {self:?}");
    }
}

impl Resends {
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        *match refusal {
            Refusal::ResendLimit => &mut self.resend_limit,
            Refusal::CoolDown => &mut self.cool_down,
            Refusal::PerUser | Refusal::PerCountry => &mut self.rate_limited,
        } += 1;
    }
}

impl Cell {
    /// A message was accepted that is delivered, or of which a receipt claims that it is.
    #[inline]
    pub(super) fn accept(&mut self, (delivered, claimed): (bool, bool), expecting: bool) {
        self.messages.expecting += u64::from(expecting);
        self.delivered += u64::from(delivered);
        self.dlr_delivered += u64::from(claimed);
        self.parts += self.each.0;
        self.nano_usd += self.each.1;
    }

    /// Nothing was lost and nothing counted twice.
    ///
    /// # Panics
    /// If something was.
    pub fn assert_conserved(&self) {
        self.sessions.assert_conserved();
        self.messages.assert_conserved();
        let Puts { attempted, acknowledged, repeated, refused, unanswered } = self.puts;
        assert_eq!(attempted, acknowledged + repeated + refused + unanswered, "{:?}", self.puts);
    }

    /// Sessions verified of sessions arrived.
    #[must_use]
    pub fn session_conversion(&self) -> Option<f64> {
        share(self.sessions.verified, self.sessions.arrived)
    }

    /// Messages received of messages expecting feedback.
    #[must_use]
    pub fn message_conversion(&self) -> Option<f64> {
        share(self.messages.received, self.messages.expecting)
    }

    /// Messages with any feedback of messages expecting it.
    #[must_use]
    pub fn coverage(&self) -> Option<f64> {
        share(self.messages.received + self.messages.failed, self.messages.expecting)
    }

    /// What the accepted messages cost, in USD.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a cost is shown with six decimals")]
    pub fn cost_usd(&self) -> f64 {
        self.nano_usd as f64 / 1e9
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown with six decimals")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Sums of fields, and differences from a sum that holds all of the other.
macro_rules! add_fields {
    ($type:ty: $($field:ident),+) => {
        impl AddAssign for $type {
            fn add_assign(&mut self, other: Self) {
                // Destructured on purpose: a new field must be added here before it compiles.
                let Self { $($field),+ } = other;
                $(self.$field += $field;)+
            }
        }

        impl SubAssign for $type {
            fn sub_assign(&mut self, other: Self) {
                let Self { $($field),+ } = other;
                $(self.$field -= $field;)+
            }
        }
    };
}

add_fields!(Sessions: arrived, verified, expired, locked_out, abandoned, rate_limited, send_failed,
    dropped, unfinished);
add_fields!(Messages: attempted, accepted, throttled, rejected, unknown, expecting, not_expecting,
    received, failed, unreported, feedback_errors, pending);
add_fields!(Puts: attempted, acknowledged, repeated, refused, unanswered);
add_fields!(Resends: sent, resend_limit, cool_down, rate_limited);

impl AddAssign for Cell {
    fn add_assign(&mut self, other: Self) {
        let Self {
            sessions,
            messages,
            puts,
            resends,
            delivered,
            dlr_delivered,
            parts,
            nano_usd,
            each: _,
        } = other;
        self.sessions += sessions;
        self.messages += messages;
        self.puts += puts;
        self.resends += resends;
        self.delivered += delivered;
        self.dlr_delivered += dlr_delivered;
        self.parts += parts;
        self.nano_usd += nano_usd;
    }
}

impl SubAssign for Cell {
    fn sub_assign(&mut self, other: Self) {
        self.sessions -= other.sessions;
        self.messages -= other.messages;
        self.puts -= other.puts;
        self.resends -= other.resends;
        self.delivered -= other.delivered;
        self.dlr_delivered -= other.dlr_delivered;
        self.parts -= other.parts;
        self.nano_usd -= other.nano_usd;
    }
}

/// A cell for every country, carrier and template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    cells: Vec<Cell>,
    places: Vec<Place>,
    /// The first cell of each country.
    offsets: Vec<usize>,
    templates: usize,
}

impl Cells {
    pub(super) fn new(scenario: &Scenario, tariff: Tariff) -> Self {
        let small = |n: usize| u16::try_from(n).expect("a scenario has fewer than 65,536 of each");
        let (mut cells, mut places, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
        for (country, usd) in scenario.countries.iter().zip(tariff.nano_usd) {
            offsets.push(cells.len());
            let country_index = small(offsets.len() - 1);
            for carrier in 0..country.carriers.len() {
                for (template, parts) in tariff.parts.iter().enumerate() {
                    let each = (u64::from(*parts), u64::from(*parts) * usd);
                    cells.push(Cell { each, ..Cell::default() });
                    places.push(Place {
                        country: country_index,
                        carrier: small(carrier),
                        template: small(template),
                    });
                }
            }
        }
        Self { cells, places, offsets, templates: scenario.templates.len() }
    }

    /// What a message there costs, in billionths of a USD.
    #[must_use]
    pub fn price(&self, place: Place) -> u64 {
        self.cells[self.index(place)].each.1
    }

    /// How many cells there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.cells.len()
    }

    /// The number of a place's cell.
    #[inline]
    #[must_use]
    pub fn index(&self, place: Place) -> usize {
        self.offsets[usize::from(place.country)]
            + usize::from(place.carrier) * self.templates
            + usize::from(place.template)
    }

    #[inline]
    pub(super) fn get_mut(&mut self, place: Place) -> &mut Cell {
        let index = self.index(place);
        &mut self.cells[index]
    }

    /// Every place with its number and its counts.
    pub fn iter(&self) -> impl Iterator<Item = (usize, Place, &Cell)> {
        let numbered = self.places.iter().zip(&self.cells).enumerate();
        numbered.map(|(number, (place, cell))| (number, *place, cell))
    }

    /// The sum over the places that `keep` keeps.
    #[must_use]
    pub fn sum(&self, keep: impl Fn(Place) -> bool) -> Cell {
        let mut sum = Cell::default();
        self.iter().filter(|(_, place, _)| keep(*place)).for_each(|(_, _, cell)| sum += *cell);
        sum
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.cells.iter_mut().zip(&other.cells) {
            *mine += *theirs;
        }
    }
}
