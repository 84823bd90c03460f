//! What messages cost, added up in four places and by hand.

use crate::{
    caller::{BR, json},
    cloud_watch::{TODAY, points},
};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        Outcome, PhoneNumber, SendText, Service, ServiceError, country::CountryCode,
        settings::ServiceSettings,
    },
    stub::Request,
};
use std::time::Duration;

/// Billionths of a US dollar, written as a decimal number of dollars; no floating point involved.
fn nanos(decimal: &str) -> u64 {
    let (whole, fraction) = decimal.split_once('.').unwrap_or((decimal, ""));
    assert!(fraction.len() <= 9, "{decimal}");
    format!("{whole}{fraction:0<9}").parse().expect("a decimal number")
}

/// Every country of the price table, and what a part costs there with its fee.
fn table() -> Vec<(CountryCode, u64)> {
    let lines = include_str!("../../data/prices.csv").lines();
    let rows = lines.filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|line| {
        let [country, price, fee] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("three columns: {line}")
        };
        (country.parse().expect("a country"), nanos(price) + nanos(fee))
    })
    .collect()
}

/// To every country one text of each size from one part to ten, and what each costs.
fn messages() -> Vec<(PhoneNumber, String, u64)> {
    // By turns in either alphabet, every part full.
    let text = |parts: usize| match parts {
        1 => "code".to_owned(),
        parts if parts.is_multiple_of(2) => "a".repeat(153 * parts),
        parts => "验".repeat(67 * parts),
    };
    let mut messages = Vec::new();
    for (nth, (country, part)) in (0..).zip(table()) {
        for parts in 1..=10 {
            let number = PhoneNumber::new(10_000_000_000 + nth, country);
            messages.push((number, text(parts), part * parts as u64));
        }
    }
    messages
}

/// A stub on a clock that stands, with this limit if any.
fn stub(spend_limit_usd: Option<f64>) -> Stub {
    let service = Service::new(ServiceSettings { spend_limit_usd, ..ServiceSettings::default() });
    Stub::new(service, StubClock::starting(Duration::from_secs(TODAY), 0.0))
}

fn try_send(stub: &Stub, to: PhoneNumber, text: &str) -> Result<(), ServiceError> {
    let outcome =
        stub.with_service(|service, now| service.send_text_message(now, &SendText::new(to, text)));
    match outcome.outcome {
        Outcome::Answered(_) => Ok(()),
        Outcome::Refused(error) => Err(error),
        Outcome::Reset { .. } | Outcome::Hung => panic!("nothing goes wrong here"),
    }
}

/// Every price that `/_mock/messages` shows, in billionths of a dollar.
fn shown(stub: &Stub) -> Vec<u64> {
    let mut prices = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!("limit=1000&after={after}");
        let reply = stub.answer(&Request {
            method: "GET",
            path: "/_mock/messages",
            query: Some(&query),
            ..Request::default()
        });
        let page = json(&reply);
        for message in page["messages"].as_array().expect("messages") {
            prices.push(nanos(&message["price_usd"].to_string()));
        }
        let Some(next) = page["next"].as_str() else { return prices };
        next.clone_into(&mut after);
    }
}

/// A number of billionths as dollars, to the cent.
fn cents(nanos: u64) -> String {
    let cents = (nanos + 5_000_000) / 10_000_000;
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[test]
fn prices_and_spend_of_2460_messages_add_up_to_the_cent() {
    let messages = messages();
    let expected: Vec<_> = messages.iter().map(|(.., cost)| *cost).collect();
    let sum: u64 = expected.iter().sum();
    let stub = stub(None);
    for (to, text, _) in &messages {
        try_send(&stub, *to, text).expect("accepted");
    }
    assert_eq!(messages.len(), 2460);
    assert_eq!(shown(&stub), expected);
    let [month] = &points(&stub, "TextMessageMonthlySpend", &[])[..] else { panic!("one hour") };
    let spent = month["Maximum"].as_f64().expect("dollars");
    assert_eq!(format!("{spent:.2}"), cents(sum));
    // To the billionth, too: no sum is taken of rounded amounts.
    assert_eq!(nanos(&format!("{spent:.9}")), sum);
}

#[test]
fn the_limit_acts_on_the_same_sum() {
    let messages = messages();
    let sum: u64 = messages.iter().map(|(.., cost)| cost).sum();
    let limit = |nanos: u64| {
        let usd = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
        stub(Some(usd.parse().expect("dollars")))
    };
    let refused = |stub: &Stub| {
        let sends = messages.iter().map(|(to, text, _)| try_send(stub, *to, text));
        sends.filter(Result::is_err).count()
    };
    let enough = limit(sum);
    assert_eq!(refused(&enough), 0);
    assert!(try_send(&enough, BR, "one more").is_err(), "not a cent is left");
    assert_eq!(refused(&limit(sum - 1)), 1);
}

#[test]
fn parts_sent_are_the_parts_that_are_billed() {
    let stub = stub(None);
    for (to, text, _) in &messages() {
        try_send(&stub, *to, text).expect("accepted");
    }
    let [sent] = &points(&stub, "NumberOfTextMessagePartsSent", &[])[..] else {
        panic!("one hour")
    };
    assert_eq!((&sent["Sum"], &sent["SampleCount"]), (&(246.0 * 55.0).into(), &2460.0.into()));
}
