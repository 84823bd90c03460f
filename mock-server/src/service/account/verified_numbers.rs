//! Verified destination numbers: the only ones that an account in the sandbox may send to.
//!
//! **Invariant:** a code is drawn, sent as a message, and good until its time or its first right use.

use super::{
    Account,
    arn::{arn, bare},
    filter::{Filter, passing},
    number::FullNumber,
    page::page,
    tag::Tag,
};
use crate::service::{
    answer::{ConflictReason, QuotaReason, ResourceType, ServiceError, ValidationReason},
    identity::MessageId,
    model::Service,
    operation::Operation,
    phone::PhoneNumber,
    request::SendText,
    time::{SimTime, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

const KIND: &str = "verified-destination-number";

/// The quota of an account; AWS does not raise it.
pub(super) const MOST_NUMBERS: usize = 10;

/// A number can be deleted this long after it was made.
const DELETABLE_AFTER_MS: u64 = 24 * 3600 * 1000;

/// How long a code is good. AWS does not document it: an assumption.
const CODE_LIVES_MS: u64 = 24 * 3600 * 1000;

/// A verified number, or one on its way there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::service) struct VerifiedNumber {
    shown: VerifiedNumberInformation,
    code: Option<Code>,
}

/// A number as `DescribeVerifiedDestinationNumbers` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifiedNumberInformation {
    verified_destination_number_arn: String,
    verified_destination_number_id: String,
    destination_phone_number: FullNumber,
    status: Option<String>,
    rcs_agent_id: Option<String>,
    created_timestamp: Timestamp,
}

/// A code that was sent. Not kept across restarts: codes are in no file.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
struct Code {
    #[serde(skip)]
    digits: String,
    sent: Timestamp,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

impl VerifiedNumber {
    fn is_verified(&self) -> bool {
        self.shown.status.as_deref() == Some("VERIFIED")
    }
}

impl Account {
    /// Whether an account in the sandbox may send to this number.
    pub(in crate::service) fn is_verified(&self, number: u64) -> bool {
        let own = |there: &&VerifiedNumber| there.shown.destination_phone_number.digits() == number;
        self.verified_numbers.values().filter(own).any(VerifiedNumber::is_verified)
    }

    fn verified_number(&mut self, id: &str) -> Result<&mut VerifiedNumber, ServiceError> {
        self.verified_numbers.get_mut(bare(KIND, id)).ok_or_else(|| not_found(id))
    }
}

fn not_found(id: &str) -> ServiceError {
    ServiceError::not_found(ResourceType::VerifiedDestinationNumber, id)
}

fn conflict(reason: ConflictReason, id: &str) -> ServiceError {
    ServiceError::conflict(reason, ResourceType::VerifiedDestinationNumber, id)
}

/// `CreateVerifiedDestinationNumber`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVerifiedDestinationNumber {
    destination_phone_number: FullNumber,
    rcs_agent_id: Option<String>,
    tags: Option<Vec<Tag>>,
}

/// What `CreateVerifiedDestinationNumber` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVerifiedDestinationNumberResult {
    #[serde(flatten)]
    number: VerifiedNumberInformation,
    tags: Vec<Tag>,
}

impl Operation for CreateVerifiedDestinationNumber {
    const NAME: &'static str = "CreateVerifiedDestinationNumber";
    type Output = CreateVerifiedDestinationNumberResult;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let (created_timestamp, counted) = (service.date(now), service.counts_resources());
        let numbers = &service.state.account.verified_numbers;
        let number = self.destination_phone_number.e164();
        let same = |there: &VerifiedNumber| there.shown.destination_phone_number == number;
        if numbers.values().any(same) {
            return Err(conflict(ConflictReason::ResourceAlreadyExists, &number.masked()));
        }
        if counted && numbers.len() >= MOST_NUMBERS {
            let reason = QuotaReason::VerifiedDestinationNumbersPerAccount;
            return Err(ServiceError::ServiceQuotaExceeded(reason));
        }
        let id = service.resource_id("verified-");
        let shown = VerifiedNumberInformation {
            verified_destination_number_arn: arn(KIND, &id),
            verified_destination_number_id: id.clone(),
            destination_phone_number: number,
            status: Some("PENDING".to_owned()),
            rcs_agent_id: self.rcs_agent_id,
            created_timestamp,
        };
        let account = &mut service.state.account;
        let tags = account.tag(&shown.verified_destination_number_arn, self.tags);
        let number = VerifiedNumber { shown: shown.clone(), code: None };
        account.verified_numbers.insert(id, number);
        Ok(CreateVerifiedDestinationNumberResult { number: shown, tags })
    }
}

/// `DeleteVerifiedDestinationNumber`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVerifiedDestinationNumber {
    verified_destination_number_id: String,
}

impl Operation for DeleteVerifiedDestinationNumber {
    const NAME: &'static str = "DeleteVerifiedDestinationNumber";
    type Output = VerifiedNumberInformation;

    /// The first 24 hours a number stays, where quotas hold; the reason is an assumption.
    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let (date, counted) = (service.date(now), service.counts_resources());
        let id = self.verified_destination_number_id;
        let account = &mut service.state.account;
        let shown = account.verified_number(&id)?.shown.clone();
        if counted && date.millis() < shown.created_timestamp.millis() + DELETABLE_AFTER_MS {
            return Err(conflict(ConflictReason::ResourceDeletionNotAllowed, &id));
        }
        account.verified_numbers.remove(&shown.verified_destination_number_id);
        account.tags.remove(&shown.verified_destination_number_arn);
        Ok(VerifiedNumberInformation { status: None, rcs_agent_id: None, ..shown })
    }
}

/// `DescribeVerifiedDestinationNumbers`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVerifiedDestinationNumbers {
    verified_destination_number_ids: Option<Vec<String>>,
    destination_phone_numbers: Option<Vec<FullNumber>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
}

/// What `DescribeVerifiedDestinationNumbers` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVerifiedDestinationNumbersResult {
    verified_destination_numbers: Vec<VerifiedNumberInformation>,
    next_token: Option<String>,
}

impl Operation for DescribeVerifiedDestinationNumbers {
    const NAME: &'static str = "DescribeVerifiedDestinationNumbers";
    type Output = DescribeVerifiedDestinationNumbersResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &mut service.state.account;
        let ids = self.verified_destination_number_ids.unwrap_or_default();
        for id in &ids {
            account.verified_number(id)?;
        }
        let numbers = self.destination_phone_numbers.unwrap_or_default();
        let asked = |id: &str, number: &FullNumber| {
            let by_id = ids.iter().any(|asked| bare(KIND, asked) == id);
            let by_number = numbers.iter().any(|asked| asked.digits() == number.digits());
            (ids.is_empty() && numbers.is_empty()) || by_id || by_number
        };
        let found = account
            .verified_numbers
            .iter()
            .map(|(id, number)| (id, number.shown.clone()))
            .filter(|(id, shown)| asked(id, &shown.destination_phone_number));
        let found = passing(found, self.filters.as_deref())?.into_iter();
        let (verified_destination_numbers, next_token) =
            page(Self::NAME, found, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribeVerifiedDestinationNumbersResult { verified_destination_numbers, next_token })
    }
}

/// `SendDestinationNumberVerificationCode`: the code comes as a message of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendDestinationNumberVerificationCode {
    verified_destination_number_id: String,
    origination_identity: Option<String>,
    configuration_set_name: Option<String>,
    context: Option<BTreeMap<String, String>>,
}

/// What `SendDestinationNumberVerificationCode` answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendDestinationNumberVerificationCodeResult {
    message_id: MessageId,
}

impl Operation for SendDestinationNumberVerificationCode {
    const NAME: &'static str = "SendDestinationNumberVerificationCode";
    type Output = SendDestinationNumberVerificationCodeResult;

    /// Sent without feedback and at no cost. AWS bills all but the first: not emulated.
    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let id = self.verified_destination_number_id;
        let number = service.state.account.verified_number(&id)?;
        if number.is_verified() {
            return Err(conflict(ConflictReason::VerificationAlreadyComplete, &id));
        }
        let destination = &number.shown.destination_phone_number;
        let Some(country) = destination.country() else {
            return Err(ServiceError::invalid(
                ValidationReason::InvalidParameter,
                "VerifiedDestinationNumberId",
                "must have a number that belongs to a country",
            ));
        };
        let destination = PhoneNumber::new(destination.digits(), country);
        let (digits, sent) = (service.draw_code(), service.date(now));
        let body = format!("Your verification code is {digits}");
        let context: Vec<_> = self.context.unwrap_or_default().into_iter().collect();
        let request = SendText {
            origination_identity: self.origination_identity.as_deref(),
            configuration_set: self.configuration_set_name.as_deref(),
            message_feedback_enabled: Some(false),
            context: &context,
            ..SendText::new(destination, &body)
        };
        let message_id = service.send_verification(now, &request)?;
        let code = Some(Code { digits, sent });
        service.state.account.verified_number(&id)?.code = code;
        Ok(SendDestinationNumberVerificationCodeResult { message_id })
    }
}

/// `VerifyDestinationNumber`
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VerifyDestinationNumber {
    verified_destination_number_id: String,
    verification_code: String,
}

/// Without the code.
impl fmt::Debug for VerifyDestinationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyDestinationNumber({})", self.verified_destination_number_id)
    }
}

impl Operation for VerifyDestinationNumber {
    const NAME: &'static str = "VerifyDestinationNumber";
    type Output = VerifiedNumberInformation;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let date = service.date(now);
        let id = self.verified_destination_number_id;
        let number = service.state.account.verified_number(&id)?;
        if number.is_verified() {
            return Err(conflict(ConflictReason::VerificationAlreadyComplete, &id));
        }
        let expired = |code: &Code| date.millis() >= code.sent.millis() + CODE_LIVES_MS;
        if number.code.as_ref().is_some_and(expired) {
            return Err(conflict(ConflictReason::VerificationCodeExpired, &id));
        }
        let right = |code: &Code| code.digits == self.verification_code;
        if !number.code.as_ref().is_some_and(right) {
            return Err(ServiceError::invalid(
                ValidationReason::VerificationCodeMismatch,
                "VerificationCode",
                "is not the code that was sent last",
            ));
        }
        number.code = None;
        number.shown.status = Some("VERIFIED".to_owned());
        Ok(VerifiedNumberInformation { rcs_agent_id: None, ..number.shown.clone() })
    }
}
