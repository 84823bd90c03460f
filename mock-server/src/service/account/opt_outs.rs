//! Opt-out lists and the numbers on them.
//!
//! **Invariant:** the list `Default` is always there.

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
    model::Service,
    operation::Operation,
    time::{SimTime, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

const KIND: &str = "opt-out-list";

/// The list that every account has.
pub(in crate::service) const DEFAULT: &str = "Default";

/// The default quota of an account; `Default` counts.
pub(super) const MOST_LISTS: usize = 25;

/// A number can be taken off its list once in this time.
const OPT_IN_EVERY_MS: u64 = 30 * 24 * 3600 * 1000;

/// An opt-out list.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::service) struct OptOutList {
    created: Timestamp,
    numbers: BTreeMap<u64, OptedOutNumber>,
    /// When each number was last taken off.
    opted_in: BTreeMap<u64, Timestamp>,
}

/// Without the numbers in full.
impl fmt::Debug for OptOutList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.numbers.values()).finish()
    }
}

/// A number on a list, as `DescribeOptedOutNumbers` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OptedOutNumber {
    opted_out_number: FullNumber,
    opted_out_timestamp: Timestamp,
    end_user_opted_out: bool,
}

/// A list's names, and when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OptOutListInformation {
    opt_out_list_arn: String,
    opt_out_list_name: String,
    tags: Option<Vec<Tag>>,
    created_timestamp: Option<Timestamp>,
}

impl OptOutListInformation {
    fn named(name: &str) -> Self {
        let (opt_out_list_arn, opt_out_list_name) = (arn(KIND, name), name.to_owned());
        Self { opt_out_list_arn, opt_out_list_name, tags: None, created_timestamp: None }
    }

    fn of(name: &str, list: &OptOutList) -> Self {
        Self { created_timestamp: Some(list.created), ..Self::named(name) }
    }
}

impl Account {
    /// Whether a number is on a list.
    pub(in crate::service) fn opted_out(&self, list: &str, number: u64) -> bool {
        self.opt_out_lists
            .get(bare(KIND, list))
            .is_some_and(|list| list.numbers.contains_key(&number))
    }

    /// The bare name of a list that is there.
    pub(super) fn opt_out_list_name(&self, name: &str) -> Result<String, ServiceError> {
        let own = bare(KIND, name);
        if self.opt_out_lists.contains_key(own) { Ok(own.to_owned()) } else { Err(not_found(name)) }
    }

    fn opt_out_list(&mut self, name: &str) -> Result<&mut OptOutList, ServiceError> {
        self.opt_out_lists.get_mut(bare(KIND, name)).ok_or_else(|| not_found(name))
    }

    fn list_is_used(&self, name: &str) -> bool {
        self.phone_numbers.values().any(|number| number.opt_out_list_name == name)
            || self.pools.values().any(|pool| pool.shown.opt_out_list_name == name)
    }
}

fn not_found(name: &str) -> ServiceError {
    ServiceError::not_found(ResourceType::OptOutList, name)
}

/// `CreateOptOutList`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateOptOutList {
    opt_out_list_name: String,
    tags: Option<Vec<Tag>>,
}

impl Operation for CreateOptOutList {
    const NAME: &'static str = "CreateOptOutList";
    type Output = OptOutListInformation;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let (created, counted) = (service.date(now), service.counts_resources());
        let account = &mut service.state.account;
        let name = self.opt_out_list_name;
        if account.opt_out_lists.contains_key(&name) {
            let reason = ConflictReason::ResourceAlreadyExists;
            return Err(ServiceError::conflict(reason, ResourceType::OptOutList, name));
        }
        if counted && account.opt_out_lists.len() >= MOST_LISTS {
            return Err(ServiceError::ServiceQuotaExceeded(QuotaReason::OptOutListsPerAccount));
        }
        let tags = Some(account.tag(&arn(KIND, &name), self.tags));
        let list = OptOutList { created, ..OptOutList::default() };
        let shown = OptOutListInformation { tags, ..OptOutListInformation::of(&name, &list) };
        account.opt_out_lists.insert(name, list);
        Ok(shown)
    }
}

/// `DeleteOptOutList`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteOptOutList {
    opt_out_list_name: String,
}

impl Operation for DeleteOptOutList {
    const NAME: &'static str = "DeleteOptOutList";
    type Output = OptOutListInformation;

    /// That the default list and one in use stay, and with which reasons, is an assumption.
    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &mut service.state.account;
        let name = account.opt_out_list_name(&self.opt_out_list_name)?;
        let conflict = |reason| ServiceError::conflict(reason, ResourceType::OptOutList, &*name);
        if name == DEFAULT {
            return Err(conflict(ConflictReason::ResourceDeletionNotAllowed));
        }
        if account.list_is_used(&name) {
            return Err(conflict(ConflictReason::ResourceNotEmpty));
        }
        let list = account.opt_out_lists.remove(&name).expect("looked up above");
        let shown = OptOutListInformation::of(&name, &list);
        account.tags.remove(&shown.opt_out_list_arn);
        Ok(shown)
    }
}

/// `DescribeOptOutLists`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeOptOutLists {
    opt_out_list_names: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<u8>,
    owner: Option<String>,
}

/// What `DescribeOptOutLists` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeOptOutListsResult {
    opt_out_lists: Vec<OptOutListInformation>,
    next_token: Option<String>,
}

impl Operation for DescribeOptOutLists {
    const NAME: &'static str = "DescribeOptOutLists";
    type Output = DescribeOptOutListsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &service.state.account;
        let names = self.opt_out_list_names.unwrap_or_default();
        let names: Result<Vec<_>, _> =
            names.iter().map(|name| account.opt_out_list_name(name)).collect();
        let names = names?;
        let own = self.owner.as_deref() != Some("SHARED");
        let asked = |name: &&String| own && (names.is_empty() || names.contains(name));
        let lists = account.opt_out_lists.iter().filter(|(name, _)| asked(name));
        let lists = lists.map(|(name, list)| (name, OptOutListInformation::of(name, list)));
        let (opt_out_lists, next_token) =
            page(Self::NAME, lists, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribeOptOutListsResult { opt_out_lists, next_token })
    }
}

/// `DescribeOptedOutNumbers`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeOptedOutNumbers {
    opt_out_list_name: String,
    opted_out_numbers: Option<Vec<FullNumber>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
}

/// What `DescribeOptedOutNumbers` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeOptedOutNumbersResult {
    #[serde(flatten)]
    list: OptOutListInformation,
    opted_out_numbers: Vec<OptedOutNumber>,
    next_token: Option<String>,
}

impl Operation for DescribeOptedOutNumbers {
    const NAME: &'static str = "DescribeOptedOutNumbers";
    type Output = DescribeOptedOutNumbersResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &mut service.state.account;
        let name = account.opt_out_list_name(&self.opt_out_list_name)?;
        let numbers = &account.opt_out_list(&name)?.numbers;
        let asked = self.opted_out_numbers.unwrap_or_default();
        if let Some(missing) = asked.iter().find(|asked| !numbers.contains_key(&asked.digits())) {
            return Err(ServiceError::not_found(ResourceType::OptedOutNumber, missing.masked()));
        }
        let wanted =
            |digits: u64| asked.is_empty() || asked.iter().any(|asked| asked.digits() == digits);
        let shown = numbers.iter().filter(|(digits, _)| wanted(**digits));
        let shown = shown.map(|(digits, number)| (format!("{digits:020}"), number.clone()));
        let shown = passing(shown, self.filters.as_deref())?.into_iter();
        let (opted_out_numbers, next_token) =
            page(Self::NAME, shown, self.next_token.as_deref(), self.max_results)?;
        let list = OptOutListInformation::named(&name);
        Ok(DescribeOptedOutNumbersResult { list, opted_out_numbers, next_token })
    }
}

/// A number and the list that it was put on or taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OptedOutNumberResult {
    #[serde(flatten)]
    list: OptOutListInformation,
    #[serde(flatten)]
    number: OptedOutNumber,
}

/// `PutOptedOutNumber`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutOptedOutNumber {
    opt_out_list_name: String,
    opted_out_number: FullNumber,
}

impl Operation for PutOptedOutNumber {
    const NAME: &'static str = "PutOptedOutNumber";
    type Output = OptedOutNumberResult;

    /// A number that is on the list already stays as it is.
    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let opted_out_timestamp = service.date(now);
        let account = &mut service.state.account;
        let name = account.opt_out_list_name(&self.opt_out_list_name)?;
        let opted_out_number = self.opted_out_number.e164();
        let digits = opted_out_number.digits();
        let fresh =
            OptedOutNumber { opted_out_number, opted_out_timestamp, end_user_opted_out: false };
        let number = account.opt_out_list(&name)?.numbers.entry(digits).or_insert(fresh).clone();
        Ok(OptedOutNumberResult { list: OptOutListInformation::named(&name), number })
    }
}

/// `DeleteOptedOutNumber`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteOptedOutNumber {
    opt_out_list_name: String,
    opted_out_number: FullNumber,
}

impl Operation for DeleteOptedOutNumber {
    const NAME: &'static str = "DeleteOptedOutNumber";
    type Output = OptedOutNumberResult;

    /// A number comes off once in 30 days; that the reason is this one is an assumption.
    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let date = service.date(now);
        let account = &mut service.state.account;
        let name = account.opt_out_list_name(&self.opt_out_list_name)?;
        let list = account.opt_out_list(&name)?;
        let digits = self.opted_out_number.digits();
        let missing = || {
            let masked = self.opted_out_number.masked();
            ServiceError::not_found(ResourceType::OptedOutNumber, masked)
        };
        let number = list.numbers.get(&digits).cloned().ok_or_else(missing)?;
        let again = |last: &Timestamp| date.millis() < last.millis() + OPT_IN_EVERY_MS;
        if list.opted_in.get(&digits).is_some_and(again) {
            return Err(ServiceError::invalid(
                ValidationReason::PhoneNumberCannotBeOptedIn,
                "OptedOutNumber",
                "was taken off this list less than 30 days ago",
            ));
        }
        list.numbers.remove(&digits);
        list.opted_in.insert(digits, date);
        Ok(OptedOutNumberResult { list: OptOutListInformation::named(&name), number })
    }
}
