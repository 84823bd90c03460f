//! Who can send where, how much and how fast.

use super::{CLI, Findings, Line, policy, unread};
use crate::{
    commands::aws::Expected,
    scenario::Scenario,
    target::{
        guard::{DEFAULT_PUT_RATE, DEFAULT_SEND_RATE, usd},
        sdk::account::{Originator, OriginatorKind, SpendLimit, Why},
    },
};
use sms_voice_mock::service::{country::CountryCode, price::Money, simulator};

/// For each country, whether the scenario's originator can send there.
pub(super) fn originators(found: &Findings, scenario: &Scenario) -> Vec<Line> {
    let all = match &found.originators {
        Ok(all) => all,
        Err(error) => return vec![unread("originator", error)],
    };
    let identity = &scenario.policy.origination_identity;
    let countries = scenario.countries.iter().map(|country| country.code);
    countries.map(|country| originator(found, all, identity, country)).collect()
}

fn originator(found: &Findings, all: &[Originator], identity: &str, country: CountryCode) -> Line {
    let check = format!("originator {country}");
    let own: Vec<_> = all.iter().filter(|originator| originator.is(identity)).collect();
    let pools: Vec<_> = own
        .iter()
        .filter(|originator| matches!(originator.kind, OriginatorKind::Pool { .. }))
        .map(|pool| pool.id.as_str())
        .collect();
    let in_pool = |it: &&Originator| it.pool.as_deref().is_some_and(|pool| pools.contains(&pool));
    let mut able = own.iter().copied().chain(all.iter().filter(in_pool));
    if able.any(|originator| originator.reaches(country)) {
        return Line::ok(check, "the scenario's originator can send there");
    }
    let mend = request(identity, country);
    if own.is_empty() && !is_like_a_sender_id(identity) {
        return Line::missing(check, "the scenario's originator is not the account's own", mend);
    }
    if !pools.is_empty() {
        let text = "none of the pool's numbers can send there (its sender IDs are not looked at)";
        return Line::warning(check, text, mend);
    }
    let sandbox = matches!(&found.tier, Ok(Some(tier)) if tier == "SANDBOX");
    let registered = ["US", "CA"].map(CountryCode::of).contains(&country);
    if is_like_a_sender_id(identity) && !sandbox && !registered {
        let text = format!(
            "sender ID {identity} is not the account's own there, and may be taken all the same"
        );
        return Line::warning(check, text, mend);
    }
    Line::missing(check, "the scenario's originator cannot send there", mend)
}

/// Letters and digits, too short for an id of anything else.
fn is_like_a_sender_id(identity: &str) -> bool {
    identity.len() <= 11
        && identity.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        && identity.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn request(identity: &str, country: CountryCode) -> String {
    if country == CountryCode::of("US") {
        return format!(
            "{CLI} request-phone-number --iso-country-code US --message-type TRANSACTIONAL \
             --number-capabilities SMS --number-type SIMULATOR, and its id as \
             policy.origination_identity"
        );
    }
    let sender_id = if is_like_a_sender_id(identity) { identity } else { "SENDERID" };
    format!(
        "{CLI} request-sender-id --sender-id {sender_id} --iso-country-code {country}, and it as \
         policy.origination_identity"
    )
}

/// The countries that simulator numbers do not reach.
pub(super) fn simulator_numbers(scenario: &Scenario) -> Vec<Line> {
    let countries = scenario.countries.iter().map(|country| country.code);
    let without = countries.filter(|country| simulator::simulator_numbers(*country).is_none());
    let without: Vec<_> = without
        .map(|country| {
            Line::missing(
                format!("simulator numbers {country}"),
                "AWS has none",
                format!(
                    "leave {country} out, or --destinations verified with a number of your own \
                     there: {CLI} create-verified-destination-number"
                ),
            )
        })
        .collect();
    if without.is_empty() {
        return vec![Line::ok("simulator numbers", "every country of the scenario has them")];
    }
    without
}

/// Whether what AWS lets the account spend in a month is enough for the scenario.
pub(super) fn spend_limit(found: &Findings, scenario: Option<&Scenario>) -> Line {
    let check = "spend limit";
    let limit = match &found.spend {
        Err(error) => return unread(check, error),
        Ok(None) => {
            return Line::warning(check, "not told", format!("{CLI} describe-spend-limits"));
        }
        Ok(Some(limit)) => *limit,
    };
    let SpendLimit { enforced_usd, max_usd } = limit;
    let cost = scenario.map_or(Money::ZERO, |scenario| Expected::of(scenario).cost);
    let spent = found.spent_usd.unwrap_or(0.0);
    let (limit, needs) = (enforced_usd as f64, cost.nanos() as f64 / 1e9);
    let enough = spent + needs <= limit;
    let left = match found.spent_usd {
        Some(spent) => format!("{:.2} left", (limit - spent).max(0.0)),
        None => "how much is left, CloudWatch does not tell".to_owned(),
    };
    let text =
        format!("USD {enforced_usd} a month, {left}; the scenario needs about {}", usd(cost));
    if enough {
        return Line::ok(check, text);
    }
    let needed = cost.nanos().div_ceil(1_000_000_000) + spent_whole(spent);
    let mend = if needed <= max_usd {
        format!("{CLI} set-text-message-spend-limit-override --monthly-limit {needed}")
    } else {
        format!("ask AWS Support for a monthly spend limit of USD {needed}")
    };
    Line::missing(check, text, mend)
}

/// What was spent, in whole USD above it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a month costs less than 2^53 USD, and never less than nothing"
)]
fn spent_whole(usd: f64) -> u64 {
    usd.max(0.0).ceil() as u64
}

/// Whether the documented quotas, lowered by the originator's own limit, are enough.
pub(super) fn quotas(found: &Findings, scenario: Option<&Scenario>) -> Line {
    let identity = scenario.map(|scenario| scenario.policy.origination_identity.as_str());
    let all = found.originators.iter().flatten();
    let own = all.filter(|it| identity.is_some_and(|identity| it.is(identity)));
    let limit = own.filter_map(|originator| originator.parts_per_second).min();
    let limit =
        limit.map_or_else(String::new, |limit| format!("; the originator's {limit} parts/s"));
    let quota =
        format!("{DEFAULT_SEND_RATE} sends/s and {DEFAULT_PUT_RATE} puts/s by default{limit}");
    match scenario.map(|scenario| scenario.arrivals.peak()) {
        Some(peak) if peak > DEFAULT_SEND_RATE => Line::warning(
            "quotas",
            format!("{quota}, but up to {peak} users arrive a second"),
            "lower the arrivals, or raise the quotas in Service Quotas and use --max-rate",
        ),
        _ => Line::ok("quotas", quota),
    }
}

/// Whether messages may be sent, asked by a dry run.
pub(super) fn leave_to_send(found: &Findings, scenario: Option<&Scenario>) -> Option<Line> {
    let check = "SendTextMessage";
    scenario?;
    let error = match &found.send {
        None => {
            let text = "not probed: no country of the scenario has a number that may be texted";
            let mend = format!("{CLI} create-verified-destination-number");
            return Some(Line::warning(check, text, mend));
        }
        Some(Ok(())) => return Some(Line::ok(check, "allowed: a dry run passed")),
        Some(Err(error)) => error,
    };
    let by_iam = error.why == Why::Denied && !error.reason.contains('(');
    Some(match error.why {
        Why::Denied if by_iam => Line::missing(check, error.to_string(), policy::statement(check)),
        Why::Denied => Line::missing(check, error.to_string(), "open a case with AWS Support"),
        Why::Other if error.reason.contains("PRICE_OVER_THRESHOLD") => Line::missing(
            check,
            format!("{error}: AWS's price is above the price table, which is dated"),
            "set service.prices.COUNTRY.price_usd and .fee_usd from AWS's price list",
        ),
        Why::NotFound | Why::Other => {
            let mend = "set policy.origination_identity to an originator of the account";
            Line::missing(check, error.to_string(), mend)
        }
        Why::Unreachable | Why::Throttled | Why::Credentials => unread(check, error),
    })
}
