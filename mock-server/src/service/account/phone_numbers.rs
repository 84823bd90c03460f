//! Phone numbers that the account leases.
//!
//! **Invariant:** a number is made up, belongs to the country that was asked for, and is nobody
//! else's here.

use super::{
    Account,
    arn::{arn, bare},
    filter::{Filter, passing},
    limits::{MessagingLimits, parts_per_second},
    number::{FullNumber, masked_identity},
    opt_outs::DEFAULT,
    page::page,
    pools::HandedDown,
    tag::Tag,
};
use crate::service::{
    answer::{ConflictReason, QuotaReason, ResourceType, ServiceError, ValidationReason},
    country::CountryCode,
    dice::Draw,
    model::Service,
    numbering,
    operation::Operation,
    time::{SimTime, Timestamp},
};
use serde::{Deserialize, Serialize};

const KIND: &str = "phone-number";

/// The default quota of an account.
pub(super) const MOST_NUMBERS: usize = 25;

/// A phone number, as `DescribePhoneNumbers` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LeasedNumber {
    phone_number_arn: String,
    pub(super) phone_number_id: String,
    pub(super) phone_number: FullNumber,
    status: String,
    pub(super) iso_country_code: CountryCode,
    pub(super) message_type: String,
    pub(super) number_capabilities: Vec<String>,
    pub(super) number_type: String,
    monthly_leasing_price: String,
    pub(super) two_way_enabled: bool,
    pub(super) two_way_channel_arn: Option<String>,
    pub(super) two_way_channel_role: Option<String>,
    pub(super) self_managed_opt_outs_enabled: bool,
    pub(super) opt_out_list_name: String,
    international_sending_enabled: Option<bool>,
    deletion_protection_enabled: bool,
    pub(super) pool_id: Option<String>,
    registration_id: Option<String>,
    messaging_limits: Option<MessagingLimits>,
    created_timestamp: Timestamp,
}

impl Account {
    /// The number with this id, ARN or number.
    pub(super) fn leased_number(&self, identity: &str) -> Option<&LeasedNumber> {
        let digits = identity.trim_start_matches('+');
        let is_number =
            |number: &&LeasedNumber| number.phone_number.as_str().trim_start_matches('+') == digits;
        let by_id = self.phone_numbers.get(bare(KIND, identity));
        by_id.or_else(|| self.phone_numbers.values().find(is_number))
    }

    pub(super) fn phone_number_mut(&mut self, id: &str) -> Result<&mut LeasedNumber, ServiceError> {
        self.phone_numbers.get_mut(bare(KIND, id)).ok_or_else(|| not_found(id))
    }
}

fn not_found(id: &str) -> ServiceError {
    ServiceError::not_found(ResourceType::PhoneNumber, masked_identity(id))
}

/// `RequestPhoneNumber`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestPhoneNumber {
    iso_country_code: String,
    message_type: String,
    number_capabilities: Vec<String>,
    number_type: String,
    opt_out_list_name: Option<String>,
    pool_id: Option<String>,
    registration_id: Option<String>,
    international_sending_enabled: Option<bool>,
    deletion_protection_enabled: Option<bool>,
    tags: Option<Vec<Tag>>,
}

/// What `RequestPhoneNumber` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestPhoneNumberResult {
    #[serde(flatten)]
    number: LeasedNumber,
    tags: Vec<Tag>,
}

impl RequestPhoneNumber {
    /// The country, if a number of this type can be had there.
    fn country(&self) -> Result<CountryCode, ServiceError> {
        let refused = |reason, name, message: &str| ServiceError::invalid(reason, name, message);
        let country: CountryCode =
            self.iso_country_code.parse().expect("the API's pattern was checked");
        if numbering::calling_code(country).is_none() {
            return Err(refused(
                ValidationReason::CountryNotEnabled,
                "IsoCountryCode",
                "is not a country with a numbering plan of its own",
            ));
        }
        let only_us = matches!(&*self.number_type, "SIMULATOR" | "TEN_DLC" | "TOLL_FREE");
        if only_us && country != CountryCode::of("US") {
            return Err(refused(
                ValidationReason::InvalidParameter,
                "NumberType",
                "is to be had in US only",
            ));
        }
        if self.number_type == "SIMULATOR" && self.message_type != "TRANSACTIONAL" {
            return Err(refused(
                ValidationReason::InvalidParameter,
                "MessageType",
                "must be TRANSACTIONAL for a simulator number",
            ));
        }
        Ok(country)
    }
}

impl Operation for RequestPhoneNumber {
    const NAME: &'static str = "RequestPhoneNumber";
    type Output = RequestPhoneNumberResult;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let country = self.country()?;
        let (created_timestamp, counted) = (service.date(now), service.counts_resources());
        let account = &service.state.account;
        if counted && account.phone_numbers.len() >= MOST_NUMBERS {
            return Err(ServiceError::ServiceQuotaExceeded(QuotaReason::PhoneNumbersPerAccount));
        }
        let list = self.opt_out_list_name.as_deref();
        let list = list.map(|name| account.opt_out_list_name(name)).transpose()?;
        let pool = self.pool_id.as_deref().filter(|id| !id.is_empty());
        let pool = pool.map(|id| account.open_pool(id, counted)).transpose()?;
        let handed_down = match pool {
            Some(pool) => pool.hands_down(&self.message_type, list)?,
            None => HandedDown::new(list.unwrap_or_else(|| DEFAULT.to_owned())),
        };
        let pool_id = pool.map(|pool| pool.id().to_owned());
        let phone_number = service.make_up_number(country)?;
        let id = service.resource_id("phone-");
        let messaging_limits =
            MessagingLimits::of(&self.number_type, country, &self.number_capabilities);
        let number = LeasedNumber {
            phone_number_arn: arn(KIND, &id),
            phone_number_id: id.clone(),
            phone_number,
            status: "ACTIVE".to_owned(),
            iso_country_code: country,
            message_type: self.message_type,
            number_capabilities: self.number_capabilities,
            number_type: self.number_type,
            monthly_leasing_price: "1.00".to_owned(),
            two_way_enabled: handed_down.two_way_enabled,
            two_way_channel_arn: handed_down.two_way_channel_arn,
            two_way_channel_role: handed_down.two_way_channel_role,
            self_managed_opt_outs_enabled: handed_down.self_managed_opt_outs_enabled,
            opt_out_list_name: handed_down.opt_out_list_name,
            international_sending_enabled: Some(
                self.international_sending_enabled.unwrap_or(false),
            ),
            deletion_protection_enabled: self.deletion_protection_enabled.unwrap_or(false),
            pool_id,
            registration_id: self.registration_id,
            messaging_limits: Some(messaging_limits),
            created_timestamp,
        };
        let account = &mut service.state.account;
        let tags = account.tag(&number.phone_number_arn, self.tags);
        account.join(number.pool_id.as_deref(), &id);
        account.phone_numbers.insert(id, number.clone());
        // AWS answers PENDING and activates later; a number here can be used at once.
        let shown = LeasedNumber { status: "PENDING".to_owned(), messaging_limits: None, ..number };
        Ok(RequestPhoneNumberResult { number: shown, tags })
    }
}

/// How often a number is drawn before a country counts as having none left.
const MOST_DRAWS: usize = 1000;

impl Service {
    /// A number of this country that the account does not have yet. Where hardly one is left, the
    /// account's quota answers (an assumption: AWS does not say what it does).
    fn make_up_number(&mut self, country: CountryCode) -> Result<FullNumber, ServiceError> {
        for _ in 0..MOST_DRAWS {
            let nth = self.next_draw();
            let drawn = numbering::draw(country, &mut self.dice.at(nth, Draw::MadeUpNumber, 0));
            let fits = drawn.filter(|digits| numbering::country_of(*digits) == Some(country));
            let number = fits.map(FullNumber::of);
            let free =
                |number: &FullNumber| self.state.account.leased_number(number.as_str()).is_none();
            if let Some(number) = number.filter(free) {
                return Ok(number);
            }
        }
        Err(ServiceError::ServiceQuotaExceeded(QuotaReason::PhoneNumbersPerAccount))
    }
}

/// `DescribePhoneNumbers`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribePhoneNumbers {
    phone_number_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
    owner: Option<String>,
}

/// What `DescribePhoneNumbers` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribePhoneNumbersResult {
    phone_numbers: Vec<LeasedNumber>,
    next_token: Option<String>,
}

impl Operation for DescribePhoneNumbers {
    const NAME: &'static str = "DescribePhoneNumbers";
    type Output = DescribePhoneNumbersResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let numbers = &service.state.account.phone_numbers;
        let ids = self.phone_number_ids.unwrap_or_default();
        if let Some(missing) = ids.iter().find(|id| !numbers.contains_key(bare(KIND, id))) {
            return Err(not_found(missing));
        }
        let own = self.owner.as_deref() != Some("SHARED");
        let asked =
            |id: &str| own && (ids.is_empty() || ids.iter().any(|own| bare(KIND, own) == id));
        let found = numbers.iter().filter(|(id, _)| asked(id)).map(|(id, n)| (id, n.clone()));
        let found = passing(found, self.filters.as_deref())?.into_iter();
        let (phone_numbers, next_token) =
            page(Self::NAME, found, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribePhoneNumbersResult { phone_numbers, next_token })
    }
}

/// `UpdatePhoneNumber`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdatePhoneNumber {
    phone_number_id: String,
    two_way_enabled: Option<bool>,
    two_way_channel_arn: Option<String>,
    two_way_channel_role: Option<String>,
    self_managed_opt_outs_enabled: Option<bool>,
    opt_out_list_name: Option<String>,
    international_sending_enabled: Option<bool>,
    deletion_protection_enabled: Option<bool>,
}

impl Operation for UpdatePhoneNumber {
    const NAME: &'static str = "UpdatePhoneNumber";
    type Output = LeasedNumber;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &mut service.state.account;
        let list = self.opt_out_list_name.as_deref();
        let list = list.map(|name| account.opt_out_list_name(name)).transpose()?;
        let number = account.phone_number_mut(&self.phone_number_id)?;
        number.check_outside_pools()?;
        let two_way_enabled = self.two_way_enabled.unwrap_or(number.two_way_enabled);
        let channel = self.two_way_channel_arn.or_else(|| number.two_way_channel_arn.clone());
        if two_way_enabled && channel.is_none() {
            return Err(ServiceError::invalid(
                ValidationReason::TwoWayChannelNotPresent,
                "TwoWayChannelArn",
                "is required where TwoWayEnabled is true",
            ));
        }
        number.two_way_enabled = two_way_enabled;
        number.two_way_channel_arn = channel.filter(|_| two_way_enabled);
        let role = self.two_way_channel_role.or_else(|| number.two_way_channel_role.clone());
        number.two_way_channel_role = role.filter(|_| two_way_enabled);
        let own = self.self_managed_opt_outs_enabled;
        number.self_managed_opt_outs_enabled = own.unwrap_or(number.self_managed_opt_outs_enabled);
        number.opt_out_list_name = list.unwrap_or_else(|| number.opt_out_list_name.clone());
        number.international_sending_enabled =
            self.international_sending_enabled.or(number.international_sending_enabled);
        let protection = self.deletion_protection_enabled;
        number.deletion_protection_enabled =
            protection.unwrap_or(number.deletion_protection_enabled);
        Ok(LeasedNumber { pool_id: None, messaging_limits: None, ..number.clone() })
    }
}

/// `ReleasePhoneNumber`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReleasePhoneNumber {
    phone_number_id: String,
}

/// What `ReleasePhoneNumber` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleasePhoneNumberResult(serde_json::Value);

impl Operation for ReleasePhoneNumber {
    const NAME: &'static str = "ReleasePhoneNumber";
    type Output = ReleasePhoneNumberResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &mut service.state.account;
        let number = account.phone_number_mut(&self.phone_number_id)?.clone();
        let id = &number.phone_number_id;
        if number.deletion_protection_enabled {
            return Err(number.conflict(ConflictReason::DeletionProtectionEnabled));
        }
        number.check_outside_pools()?;
        account.phone_numbers.remove(id);
        account.tags.remove(&number.phone_number_arn);
        let released = LeasedNumber {
            status: "DELETED".to_owned(),
            messaging_limits: None,
            international_sending_enabled: None,
            ..number
        };
        let mut shown = serde_json::to_value(&released).expect("a number has string keys");
        // The one member that its answer does not have and that is never absent.
        shown.as_object_mut().expect("an object").remove("DeletionProtectionEnabled");
        Ok(ReleasePhoneNumberResult(shown))
    }
}

impl LeasedNumber {
    /// A number in a pool is neither changed nor released, nor put into another pool.
    pub(super) fn check_outside_pools(&self) -> Result<(), ServiceError> {
        match self.pool_id {
            None => Ok(()),
            Some(_) => Err(self.conflict(ConflictReason::PhoneNumberAssociatedToPool)),
        }
    }

    fn conflict(&self, reason: ConflictReason) -> ServiceError {
        ServiceError::conflict(reason, ResourceType::PhoneNumber, &self.phone_number_id)
    }

    /// Parts per second that the number may send.
    pub(super) fn parts_per_second(&self) -> f64 {
        parts_per_second(&self.number_type, self.iso_country_code)
    }
}
