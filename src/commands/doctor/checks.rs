//! What is thought of what was read.
//!
//! **Invariant:** nothing here calls anybody or reads a clock.

mod sending;

use super::{findings::Findings, line::Line, policy};
use crate::{
    commands::aws::{account_of, region_of},
    scenario::Scenario,
    target::{
        message,
        sdk::account::{ConfigurationSet, SDK_VERSION, Unread, Why},
    },
};

/// A signature may be this many seconds off, as AWS's errors suggest.
const MOST_SKEW_S: u64 = 300;

/// Off by so many seconds, a clock is not looked after.
const NOTABLE_SKEW_S: u64 = 60;

/// The name of the service in the AWS command line.
pub(super) const CLI: &str = "aws pinpoint-sms-voice-v2";

/// One line for each check.
pub(super) fn lines(found: &Findings, scenario: Option<&Scenario>) -> Vec<Line> {
    if let Some(error) = found.sets.as_ref().err().filter(|error| error.why == Why::Credentials) {
        let mend = "aws sts get-caller-identity shows whose they are; aws sso login renews them";
        return vec![Line::refused("credentials", error.to_string(), mend)];
    }
    let mut lines = vec![account(found), region(found), role(found)];
    match scenario {
        Some(scenario) => {
            lines.extend(sending::originators(found, scenario));
            lines.push(configuration_set(found, scenario));
            lines.extend(sending::simulator_numbers(scenario));
        }
        None => lines.push(Line::warning(
            "scenario",
            "none is given: originators, destinations and leave to send are not checked",
            "otpdrill doctor SCENARIO --target …",
        )),
    }
    lines.push(tier(found));
    lines.push(sending::spend_limit(found, scenario));
    lines.push(sending::quotas(found, scenario));
    lines.push(Line::ok("SDK", format!("aws-sdk-pinpointsmsvoicev2 {SDK_VERSION}")));
    lines.push(clock(found));
    lines.extend(sending::leave_to_send(found, scenario));
    lines.push(leave_to_put(found));
    lines
}

/// What could not be read, and what would let it be.
pub(super) fn unread(check: impl Into<String>, error: &Unread) -> Line {
    let mend = match error.why {
        Why::Denied => policy::statement(error.operation),
        Why::Unreachable | Why::Throttled => "run doctor again".to_owned(),
        Why::Credentials => "aws sts get-caller-identity".to_owned(),
        Why::NotFound | Why::Other => "see the error's code in the API reference".to_owned(),
    };
    match error.why {
        Why::Denied | Why::Credentials => Line::missing(check, error.to_string(), mend),
        Why::Unreachable | Why::Throttled | Why::NotFound | Why::Other => {
            Line::warning(check, error.to_string(), mend)
        }
    }
}

fn account(found: &Findings) -> Line {
    if let Err(error) = &found.sets {
        return unread("account", error);
    }
    match found.arn().and_then(account_of) {
        Some(account) => Line::ok("account", format!("{account} (from an ARN); credentials work")),
        None => Line::missing(
            "account",
            "no resource shows whose it is, which a run must know",
            format!("{CLI} create-configuration-set --configuration-set-name otpdrill"),
        ),
    }
}

fn region(found: &Findings) -> Line {
    let region = &found.place.region;
    match found.arn().and_then(region_of) {
        Some(other) if other != region => Line::missing(
            "region",
            format!("{region} is asked, but the resources are in {other}"),
            format!("export AWS_REGION={other}"),
        ),
        _ => Line::ok("region", format!("{region} ({})", found.place.endpoint)),
    }
}

/// The role writes the metrics: where CloudWatch lists one, the role is or was there.
fn role(found: &Findings) -> Line {
    let check = "service-linked role";
    let create = "aws iam create-service-linked-role --aws-service-name sms-voice.amazonaws.com \
                  (UNCONFIRMED; creating a configuration set creates it too)";
    match &found.metrics_listed {
        Err(error) => {
            let allow = policy::statement("ListMetrics");
            Line::warning(check, format!("CloudWatch cannot be asked: {error}"), allow)
        }
        Ok(true) => Line::ok(check, "CloudWatch lists metrics of AWS/SMSVoice"),
        Ok(false) => Line::warning(
            check,
            "CloudWatch lists no metric of AWS/SMSVoice, as before an account's first message",
            create,
        ),
    }
}

fn configuration_set(found: &Findings, scenario: &Scenario) -> Line {
    let check = "configuration set";
    let Some(name) = message::configuration_set(&scenario.policy) else {
        return Line::ok(check, "the scenario uses none");
    };
    match &found.set {
        None => Line::warning(check, "not looked at", "run doctor again"),
        Some(Err(error)) => unread(check, error),
        Some(Ok(None)) => Line::missing(
            check,
            format!("`{name}` does not exist"),
            format!(
                "{CLI} create-configuration-set --configuration-set-name {name} && \
                 {CLI} set-default-message-feedback-enabled --configuration-set-name {name} \
                 --message-feedback-enabled"
            ),
        ),
        Some(Ok(Some(ConfigurationSet { feedback: false, .. }))) => Line::missing(
            check,
            format!("`{name}` does not switch feedback on"),
            format!(
                "{CLI} set-default-message-feedback-enabled --configuration-set-name {name} \
                 --message-feedback-enabled"
            ),
        ),
        Some(Ok(Some(_))) => Line::ok(check, format!("`{name}` switches feedback on")),
    }
}

fn tier(found: &Findings) -> Line {
    let check = "account tier";
    match &found.tier {
        Err(error) => unread(check, error),
        Ok(Some(tier)) if tier == "SANDBOX" => Line::warning(
            check,
            "sandbox: messages go to simulator numbers and to at most 10 verified numbers",
            "ask AWS Support for production access, in this region",
        ),
        Ok(Some(tier)) => Line::ok(check, tier.to_lowercase()),
        Ok(None) => Line::warning(check, "not told", format!("{CLI} describe-account-attributes")),
    }
}

fn clock(found: &Findings) -> Line {
    let check = "clock";
    let mend = "sudo timedatectl set-ntp true";
    let Some(skew_s) = found.skew_s else {
        return Line::warning(check, "the service's answer has no date", mend);
    };
    let way = if skew_s > 0 { "behind" } else { "ahead of" };
    let text = format!("{} s {way} the service's", skew_s.unsigned_abs());
    match skew_s.unsigned_abs() {
        skew if skew > MOST_SKEW_S => Line::missing(check, text, mend),
        skew if skew > NOTABLE_SKEW_S => Line::warning(check, text, mend),
        // The header has whole seconds, and the answer took a while.
        _ => Line::ok(check, "agrees with the service's"),
    }
}

fn leave_to_put(found: &Findings) -> Line {
    let check = "PutMessageFeedback";
    match &found.put {
        Ok(()) => Line::ok(check, "allowed: asked with an id that no message has"),
        Err(error) => unread(check, error),
    }
}
