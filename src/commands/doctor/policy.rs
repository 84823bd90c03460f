//! The IAM statements that a run, `doctor` and `verify` need, and no more.

/// What reads an account; these actions know no narrower resource that a doctor could name.
const READS: [&str; 10] = [
    "sms-voice:DescribeAccountAttributes",
    "sms-voice:DescribeConfigurationSets",
    "sms-voice:DescribePhoneNumbers",
    "sms-voice:DescribePools",
    "sms-voice:DescribeSenderIds",
    "sms-voice:DescribeSpendLimits",
    "sms-voice:DescribeVerifiedDestinationNumbers",
    "cloudwatch:GetMetricData",
    "cloudwatch:GetMetricStatistics",
    "cloudwatch:ListMetrics",
];

/// What a message may be sent with.
const SENDS_WITH: [&str; 5] =
    ["configuration-set", "phone-number", "pool", "protect-configuration", "sender-id"];

/// The policy, as AWS's console and command line take it.
pub(super) fn text() -> String {
    let reads = quoted(&READS.map(str::to_owned));
    let with = quoted(&SENDS_WITH.map(|kind| format!("arn:aws:sms-voice:*:*:{kind}/*")));
    let statements = [
        ("ReadTheAccount", reads, "\"*\"".to_owned()),
        ("SendMessages", "\"sms-voice:SendTextMessage\"".to_owned(), with),
        (
            "PutFeedback",
            "\"sms-voice:PutMessageFeedback\"".to_owned(),
            "\"arn:aws:sms-voice:*:*:message/*\"".to_owned(),
        ),
    ];
    let statement = |(sid, action, resource): &(&str, String, String)| {
        format!(
            "    {{\n      \"Sid\": \"{sid}\",\n      \"Effect\": \"Allow\",\n      \"Action\": {action},\n      \
             \"Resource\": {resource}\n    }}"
        )
    };
    let statements: Vec<_> = statements.iter().map(statement).collect();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n",
        statements.join(",\n")
    )
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("        \"{name}\"")).collect();
    format!("[\n{}\n      ]", names.join(",\n"))
}

/// The statement that allows one action, on one line.
pub(super) fn statement(action: &str) -> String {
    let (service, resource) = match action {
        "PutMessageFeedback" => ("sms-voice", "arn:aws:sms-voice:*:*:message/*"),
        "ListMetrics" => ("cloudwatch", "*"),
        _ => ("sms-voice", "*"),
    };
    format!(
        "{{\"Effect\": \"Allow\", \"Action\": \"{service}:{action}\", \"Resource\": \"{resource}\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_json_with_three_statements() {
        let policy: serde_json::Value = serde_json::from_str(&text()).expect("JSON");
        assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(3));
        assert_eq!(policy["Statement"][2]["Resource"], "arn:aws:sms-voice:*:*:message/*");
        let one: serde_json::Value =
            serde_json::from_str(&statement("DescribePools")).expect("JSON");
        assert_eq!(one["Action"], "sms-voice:DescribePools");
    }
}
