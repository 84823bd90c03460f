//! What the account lets through: the rules on a send that are not about the message itself.
//!
//! They are asked in this order, and the first that is broken answers: the account's status, the
//! sandbox, the originator, simulator numbers, opt-outs, protection, the message type, the capability.
//! AWS does not document an order: this one is an assumption.
//!
//! **Invariant:** nothing here changes anything.

use super::{
    account::{
        opt_outs::DEFAULT,
        originators::{Originator, OriginatorKind},
        protect::{ProtectedMessage, Protection, Verdict},
    },
    answer::{AccessReason, ConflictReason, ResourceType, ServiceError, ValidationReason},
    model::Service,
    pool::Pool,
    request::SendText,
    settings::{AccountStatus, Quotas, Tier},
    simulator::simulator_number,
    time::SimTime,
};

/// Parts per second of a message without an originator of the account's own: AWS's shared routes.
const SHARED_ROUTES: f64 = 20.0;

/// Parts per second of a sender ID.
const SENDER_ID: f64 = 10.0;

/// What the rules found out about a send that passes them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Passed {
    /// What kind of originator it has; `None` for one that only an open account knows.
    pub(super) originator: Option<OriginatorKind>,
    /// Whom the message comes from, as events show it, where that is not what the call says.
    pub(super) shown: Option<String>,
    /// Whether the message is promotional: by the call, else by its set, else by its originator.
    pub(super) promotional: bool,
    /// Its documented parts per second; `None` in an open account.
    pub(super) parts_per_second: Option<f64>,
    /// What the protect configuration said that looked at it; `None` where there is none.
    pub(super) protection: Option<Protection>,
}

/// The defaults of a message's configuration set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SetDefaults<'a> {
    pub(super) feedback: bool,
    pub(super) message_type: Option<&'a str>,
    pub(super) sender_id: Option<&'a str>,
    pub(super) protect_configuration: Option<&'a str>,
}

impl Service {
    /// The defaults of the configuration set that a request names.
    pub(super) fn defaults(&self, request: &SendText<'_>) -> Result<SetDefaults<'_>, ServiceError> {
        let Some(name) = request.configuration_set else {
            return Ok(SetDefaults::default());
        };
        let set = self.configuration_set(name)?;
        Ok(SetDefaults {
            feedback: set.default_message_feedback_enabled,
            message_type: set.default_message_type.as_deref(),
            sender_id: set.default_sender_id.as_deref(),
            protect_configuration: set.protect_configuration_id.as_deref(),
        })
    }

    /// Asks every rule.
    pub(super) fn judge(
        &self,
        now: SimTime,
        request: &SendText<'_>,
        defaults: SetDefaults<'_>,
    ) -> Result<Passed, ServiceError> {
        self.check_status()?;
        self.check_sandbox(request)?;
        let originator = self.originator_of(request, defaults)?;
        check_simulator(request, originator.as_ref())?;
        self.check_opt_out(request, originator.as_ref())?;
        let protection = self.check_protection(now, request, defaults)?;
        check_type(request, defaults, originator.as_ref())?;
        let own = originator.as_ref();
        let rate = || own.map_or(SHARED_ROUTES, |originator| originator.parts_per_second);
        // A rate that the settings name beats the originator's own.
        let usual = Quotas::aws_default().parts_per_second;
        let named = self.settings().quotas.parts_per_second.is_some_and(|rate| Some(rate) != usual);
        let limited = self.settings().account.tier != Tier::Open && !named;
        let shown = own
            .map(|originator| originator.shown.as_str())
            .or_else(|| defaults.sender_id.filter(|_| request.origination_identity.is_none()));
        let only_promotional = own.is_some_and(|originator| {
            originator.message_types.iter().all(|own| own == "PROMOTIONAL")
        });
        Ok(Passed {
            shown: shown.filter(|_| shown != request.origination_identity).map(str::to_owned),
            promotional: request
                .message_type
                .or(defaults.message_type)
                .map_or(only_promotional, |what| what == "PROMOTIONAL"),
            originator: own.map(|originator| originator.kind),
            parts_per_second: limited.then(rate),
            protection,
        })
    }

    fn check_status(&self) -> Result<(), ServiceError> {
        match self.settings().account.status {
            AccountStatus::Active => Ok(()),
            AccountStatus::Disabled => {
                Err(ServiceError::AccessDenied(AccessReason::AccountDisabled))
            }
            AccountStatus::LowReputation => {
                Err(ServiceError::AccessDenied(AccessReason::InsufficientAccountReputation))
            }
        }
    }

    /// The originator; `None` where AWS (or an open account) would choose one that is not ours.
    fn originator_of(
        &self,
        request: &SendText<'_>,
        defaults: SetDefaults<'_>,
    ) -> Result<Option<Originator>, ServiceError> {
        let account = &self.state.account;
        let country = request.destination.country();
        let identity = request.origination_identity.or(defaults.sender_id);
        if let Some((name, pool)) = self.pool(request) {
            let reached = pool.reaches(country);
            let (reason, kind) = (ConflictReason::NoOriginationIdentitiesFound, ResourceType::Pool);
            return reached
                .then_some(None)
                .ok_or_else(|| ServiceError::conflict(reason, kind, name));
        }
        let tier = self.settings().account.tier;
        if account.has_no_originator() && tier == Tier::Open {
            return Ok(None);
        }
        match account.originator(identity, country) {
            Ok(originator) => Ok(Some(originator)),
            Err(_) if tier == Tier::Open && !account.knows(identity) => Ok(None),
            // AWS sends for accounts without an originator by its shared routes, and lets sender
            // IDs be made up where a country does not register them.
            Err(_) if tier == Tier::Production && identity.is_none_or(is_sender_id) => {
                let sender_id = |name: &str| Originator::dynamic_sender_id(name, SENDER_ID);
                Ok(identity.map(sender_id))
            }
            Err(error) => Err(error),
        }
    }

    /// The pool of the settings that a request names as its originator.
    pub(super) fn pool<'r>(&self, request: &SendText<'r>) -> Option<(&'r str, &Pool)> {
        let name = request.origination_identity?;
        Some((name, self.settings().pools.get(name)?))
    }

    fn check_sandbox(&self, request: &SendText<'_>) -> Result<(), ServiceError> {
        let number = request.destination.digits();
        let free = self.settings().account.tier != Tier::Sandbox
            || self.state.account.is_verified(number)
            || simulator_number(number).is_some();
        if free {
            return Ok(());
        }
        Err(ServiceError::conflict(
            ConflictReason::DestinationPhoneNumberNotVerified,
            ResourceType::VerifiedDestinationNumber,
            request.destination.to_string(),
        ))
    }

    fn check_opt_out(
        &self,
        request: &SendText<'_>,
        originator: Option<&Originator>,
    ) -> Result<(), ServiceError> {
        let list = originator.map_or(DEFAULT, |originator| &originator.opt_out_list);
        if !self.state.account.opted_out(list, request.destination.digits()) {
            return Ok(());
        }
        Err(ServiceError::conflict(
            ConflictReason::DestinationPhoneNumberOptedOut,
            ResourceType::OptedOutNumber,
            request.destination.to_string(),
        ))
    }

    fn check_protection(
        &self,
        now: SimTime,
        request: &SendText<'_>,
        defaults: SetDefaults<'_>,
    ) -> Result<Option<Protection>, ServiceError> {
        let message = ProtectedMessage {
            capability: request.channel.capability(),
            country: request.destination.country(),
            number: request.destination.digits(),
            at: self.date(now),
        };
        let (asked, of_set) = (request.protect_configuration, defaults.protect_configuration);
        let protection = self.state.account.protection(asked, of_set, &message)?;
        let Some(Protection { configuration, verdict }) = &protection else { return Ok(None) };
        let reason = match verdict {
            Verdict::Allowed => return Ok(protection),
            Verdict::CountryBlocked => {
                ConflictReason::DestinationCountryBlockedByProtectConfiguration
            }
            Verdict::NumberBlocked => {
                ConflictReason::DestinationPhoneNumberBlockedByProtectNumberOverride
            }
        };
        Err(ServiceError::conflict(reason, ResourceType::ProtectConfiguration, configuration))
    }
}

/// The protect configuration that refused a send; `None` if something else did.
pub(super) fn blocked_by(error: &ServiceError) -> Option<&str> {
    let ServiceError::Conflict { reason, id, .. } = error else { return None };
    let protective = [
        ConflictReason::DestinationCountryBlockedByProtectConfiguration,
        ConflictReason::DestinationPhoneNumberBlockedByProtectNumberOverride,
    ];
    protective.contains(reason).then_some(id)
}

/// A simulator originator reaches the simulator numbers of its country and nobody else. Which error
/// AWS gives is not documented.
fn check_simulator(
    request: &SendText<'_>,
    originator: Option<&Originator>,
) -> Result<(), ServiceError> {
    let simulated = originator.filter(|originator| originator.simulator);
    let reached = simulator_number(request.destination.digits()).map(|number| number.country);
    if simulated.is_none_or(|originator| reached.is_some() && reached == originator.country) {
        return Ok(());
    }
    Err(ServiceError::invalid(
        ValidationReason::InvalidIdentityForDestinationCountry,
        "OriginationIdentity",
        "is a simulator number, which reaches the simulator numbers of its country only",
    ))
}

/// An originator sends what it is made for.
fn check_type(
    request: &SendText<'_>,
    defaults: SetDefaults<'_>,
    originator: Option<&Originator>,
) -> Result<(), ServiceError> {
    let Some(originator) = originator else {
        return Ok(());
    };
    let conflict =
        |reason| Err(ServiceError::conflict(reason, originator.resource, &originator.id));
    let sends = |what: &str| originator.message_types.iter().any(|own| own == what);
    if request.message_type.or(defaults.message_type).is_some_and(|what| !sends(what)) {
        return conflict(ConflictReason::MessageTypeMismatch);
    }
    let capability = request.channel.capability();
    if !originator.capabilities.iter().any(|own| own == capability) {
        return conflict(ConflictReason::NumberCapabilitiesMismatch);
    }
    Ok(())
}

/// Whether an identity can be a sender ID: no number, no ARN, no id of another resource.
fn is_sender_id(identity: &str) -> bool {
    // The ids of the account's own resources are none, however they are mistyped.
    let fits = identity.len() <= 11
        && !["phone-", "pool-", "sender-"].iter().any(|prefix| identity.starts_with(prefix))
        && identity.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    fits && identity.bytes().any(|byte| byte.is_ascii_alphabetic())
}
