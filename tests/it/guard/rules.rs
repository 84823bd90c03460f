//! The attempts of a run that has begun: the guard itself refuses, with the exit code that follows.

use otpdrill::{
    exit::Exit,
    target::guard::{Asked, Destinations, Guard, Refusal, Rules, parse_usd},
};
use sms_voice_mock::service::{
    country::CountryCode, phone::PhoneNumber, price::Money, settings::PartPrice,
};
use std::time::Duration;

const SIMULATOR: u64 = 14_254_147_755;

fn guard(max_spend: &str) -> Guard {
    let rules = Rules {
        destinations: Destinations::Simulator,
        max_spend: parse_usd(max_spend).expect("an amount"),
        sends_per_second: 1.0,
        puts_per_second: 20.0,
        india: None,
        dry_run: false,
    };
    Guard::new(rules, Money::ZERO)
}

fn asked(digits: u64, country: &str) -> Asked<'static> {
    let country = CountryCode::of(country);
    let price = Some(PartPrice { price_usd: 0.01, fee_usd: 0.0 });
    Asked { to: PhoneNumber::new(digits, country), country, body: "Your code is 123456", price }
}

#[track_caller]
fn check_never(asked: &Asked<'_>, exit: Exit, says: &str) {
    let guard = guard("1");
    let refusal = guard.admit_send(Duration::ZERO, asked).expect_err(says);
    assert!(refusal.to_string().contains(says), "{refusal}");
    assert_eq!((refusal.is_for_now(), refusal.exit()), (false, Some(exit)), "{refusal}");
    assert_eq!((guard.held().for_good, guard.spent()), (1, Money::ZERO));
}

#[test]
fn a_message_that_must_not_leave_never_does() {
    check_never(&asked(15_551_234_567, "US"), Exit::Usage, "+…67 is not an allowed destination");
    check_never(&asked(5_511_987_654_321, "BR"), Exit::Usage, "+…21 is not an allowed destination");
    // A number of one country under the name of another.
    check_never(&asked(447_860_019_066, "US"), Exit::Usage, "+…66 is not a number of US");
    check_never(&asked(999, "US"), Exit::Usage, "+…99 is not a number of US");
    let long = "x".repeat(161);
    let two = Asked { body: &long, ..asked(SIMULATOR, "US") };
    check_never(&two, Exit::Scenario, "2 parts");
    let unpriced = Asked { price: None, ..asked(SIMULATOR, "US") };
    check_never(&unpriced, Exit::Scenario, "no price is known for US");
    let price = Some(PartPrice { price_usd: 99.999_995, fee_usd: 0.0 });
    check_never(&Asked { price, ..asked(SIMULATOR, "US") }, Exit::Scenario, "USD 100 or more");
}

#[test]
fn one_cent_over_the_cap_is_refused_with_fourteen() {
    let guard = guard("0.02");
    let send = |at| guard.admit_send(Duration::from_secs(at), &asked(SIMULATOR, "US"));
    drop((send(0).expect("one cent"), send(1).expect("two cents")));
    let refusal = send(2).expect_err("three cents");
    assert_eq!(refusal.exit(), Some(Exit::SpendCap));
    let says = "would cost up to USD 0.01000, but of --max-spend 0.02000 USD 0.02000 is spent";
    assert!(refusal.to_string().contains(says), "{refusal}");
}

#[test]
fn what_comes_too_soon_is_refused_for_now() {
    let guard = guard("1");
    let at = Duration::from_millis;
    drop(guard.admit_send(at(0), &asked(SIMULATOR, "US")).expect("the first"));
    let again = guard.admit_send(at(999), &asked(SIMULATOR, "US")).expect_err("one recipient");
    assert!(matches!(again, Refusal::Recipient { .. }));
    let other = guard.admit_send(at(999), &asked(447_860_019_066, "GB")).expect_err("the rate");
    assert!(matches!(other, Refusal::SendRate { .. }));
    guard.admit_put(at(0)).expect("the first");
    let put = guard.admit_put(at(49)).expect_err("20 a second");
    for refusal in [again, other, put] {
        assert_eq!((refusal.is_for_now(), refusal.exit()), (true, None), "{refusal}");
    }
    assert_eq!(guard.held().by_rate, 3);
}
