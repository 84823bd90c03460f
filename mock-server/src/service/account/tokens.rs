//! Client tokens: a repeated call is answered again, and changes nothing.
//!
//! How long AWS remembers a token is not documented. That the same token with another input is
//! refused, and how, is an assumption.
//!
//! **Invariant:** only answers of calls that succeeded are remembered.

use super::Account;
use crate::service::answer::{ServiceError, ValidationReason};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// How many of the newest answers are remembered.
const REMEMBERED: usize = 1000;

/// A call with a token, and its answer.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::service) struct Remembered {
    operation: String,
    token: String,
    input: Value,
    output: Value,
}

/// Without input and output, which may hold phone numbers.
impl fmt::Debug for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Remembered({})", self.operation)
    }
}

impl Account {
    /// The answer to the same call before.
    pub(crate) fn remembered(
        &self,
        operation: &str,
        token: &str,
        input: &Value,
    ) -> Result<Option<&Value>, ServiceError> {
        let same = |call: &&Remembered| call.operation == operation && call.token == token;
        match self.tokens.iter().find(same) {
            None => Ok(None),
            Some(call) if call.input == *input => Ok(Some(&call.output)),
            Some(_) => Err(ServiceError::invalid(
                ValidationReason::InvalidParameter,
                "ClientToken",
                "was used for a call with other members",
            )),
        }
    }

    /// Remembers an answer.
    pub(crate) fn remember(&mut self, operation: &str, token: &str, input: Value, output: Value) {
        if self.tokens.len() == REMEMBERED {
            self.tokens.pop_front();
        }
        let (operation, token) = (operation.to_owned(), token.to_owned());
        self.tokens.push_back(Remembered { operation, token, input, output });
    }
}
