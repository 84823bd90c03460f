//! What is read of an account, each by a call of its own.
//!
//! **Invariant:** nothing is judged here.

use crate::{
    drive::clock::time_of_day,
    scenario::Scenario,
    target::{
        cloudwatch::{CloudWatch, ReadError},
        guard::MaxPrice,
        message,
        sdk::account::{AccountReader, ConfigurationSet, Originator, SpendLimit, Unread, Why},
    },
};
use sms_voice_mock::service::{
    country::CountryCode, phone::PhoneNumber, price::part_price, simulator::simulator_numbers,
};

/// Where it was looked.
#[derive(Clone, Debug)]
pub(super) struct Where {
    pub(super) region: String,
    pub(super) endpoint: String,
}

/// Everything that was read.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) place: Where,
    /// Configuration sets, whatever their names.
    pub(super) sets: Result<Vec<ConfigurationSet>, Unread>,
    /// The one that the scenario names.
    pub(super) set: Option<Result<Option<ConfigurationSet>, Unread>>,
    pub(super) originators: Result<Vec<Originator>, Unread>,
    pub(super) verified: Result<(Vec<PhoneNumber>, Option<String>), Unread>,
    pub(super) tier: Result<Option<String>, Unread>,
    pub(super) spend: Result<Option<SpendLimit>, Unread>,
    /// Whether messages may be sent; `None` where there is nobody to ask it for.
    pub(super) send: Option<Result<(), Unread>>,
    pub(super) put: Result<(), Unread>,
    /// How far the service's clock is ahead of ours, in seconds.
    pub(super) skew_s: Option<i64>,
    /// Whether CloudWatch lists metrics of the service, which the service-linked role writes.
    pub(super) metrics_listed: Result<bool, ReadError>,
    /// What text messages have cost this month, in USD, as far as CloudWatch knows.
    pub(super) spent_usd: Option<f64>,
}

impl Findings {
    /// Reads everything; one call after the other, since an account has one a second.
    pub(super) async fn gather(
        reader: &AccountReader,
        cloudwatch: &CloudWatch,
        place: Where,
        scenario: Option<&Scenario>,
    ) -> Self {
        let sets = reader.configuration_sets().await;
        let skew_s = reader.server_date().and_then(|date| skew_s(&date));
        let name = scenario.and_then(|scenario| message::configuration_set(&scenario.policy));
        let set = match name {
            // Before a set that is there was seen, its absence means nothing.
            Some(name) if sets.is_ok() => Some(reader.configuration_set(name).await),
            _ => None,
        };
        let mut findings = Self {
            place,
            set,
            originators: reader.originators().await,
            verified: reader.verified_numbers().await,
            tier: reader.tier().await,
            spend: reader.spend_limit().await,
            send: None,
            put: reader.probe_put().await,
            skew_s,
            sets,
            metrics_listed: cloudwatch.lists_metrics().await,
            spent_usd: cloudwatch.spent_this_month(time_of_day()).await.ok().flatten(),
        };
        if let Some(scenario) = scenario {
            findings.send = findings.probe_send(reader, scenario).await;
        }
        findings
    }

    /// A dry run to a country that has a number which may be texted; best to one that the originator
    /// reaches, so that the answer tells of leave and not of reach.
    async fn probe_send(
        &self,
        reader: &AccountReader,
        scenario: &Scenario,
    ) -> Option<Result<(), Unread>> {
        let identity = &scenario.policy.origination_identity;
        let own = || self.originators.iter().flatten().filter(|it| it.is(identity));
        let countries = || scenario.countries.iter().map(|country| country.code);
        let reached = countries().filter(|country| own().any(|it| it.reaches(*country)));
        let to = reached.chain(countries()).find_map(|country| self.number(country))?;
        let price = part_price(&scenario.service, to.country())?;
        let max_price = MaxPrice::covering(price.cost(1))?;
        let set = self.set.as_ref().and_then(|set| set.as_ref().ok()?.as_ref());
        let set = set.map(|set| set.name.as_str());
        Some(reader.probe_send(identity, set, to, max_price).await)
    }

    fn number(&self, country: CountryCode) -> Option<PhoneNumber> {
        let simulator = simulator_numbers(country).map(|[success, _]| success);
        let verified = self.verified.as_ref().ok().map(|(numbers, _)| numbers.iter());
        simulator.or_else(|| verified?.find(|number| number.country() == country).copied())
    }

    /// Where and why nobody could be asked.
    pub(super) fn unreachable(&self) -> Option<(String, String)> {
        let error = self.sets.as_ref().err().filter(|error| error.why == Why::Unreachable)?;
        Some((self.place.endpoint.clone(), error.reason.clone()))
    }

    /// An ARN of the account: of a configuration set if there is one, for those are never shared.
    pub(super) fn arn(&self) -> Option<&str> {
        let set = self.sets.iter().flatten().next().map(|set| set.arn.as_str());
        let verified = || self.verified.as_ref().ok()?.1.as_deref();
        let originator = || self.originators.as_ref().ok()?.first().map(|it| it.arn.as_str());
        set.or_else(verified).or_else(originator)
    }
}

/// Seconds that a `Date` header is ahead of this machine's clock.
fn skew_s(date: &str) -> Option<i64> {
    let theirs = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    let ours = i64::try_from(time_of_day().as_secs()).ok()?;
    Some(theirs - ours)
}
