//! What every operation on the account's resources is: an input, an output, and an act.
//!
//! Inputs and outputs have the API's own members, so that the wire reads and writes them as they are.
//! An input is well-formed: the wire checked it against the API's shapes.
//!
//! **Invariant:** an act that ends with an error changes nothing.

use super::{
    answer::{Outcome, Reply, ServiceError},
    country::CountryCode,
    model::Service,
    time::SimTime,
};
use serde::{Serialize, de::DeserializeOwned};

/// An operation of the API that only looks at, or changes, the account's resources.
pub trait Operation: DeserializeOwned {
    /// Its name.
    const NAME: &'static str;

    /// What it answers.
    type Output: Serialize;

    /// Where its message goes, if it sends one.
    fn country(&self) -> Option<CountryCode> {
        None
    }

    /// Does it.
    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError>;
}

/// The answer of an operation that has nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Nothing {}

impl Service {
    /// Does an operation if its quota allows. It takes no time.
    pub fn call<O: Operation>(&mut self, now: SimTime, input: O) -> Reply<O::Output> {
        if self.state.limits.admit_control(now, O::NAME) {
            Reply::plain(input.act(self, now))
        } else {
            Reply::plain(Outcome::Refused(ServiceError::Throttling))
        }
    }
}
