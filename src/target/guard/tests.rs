//! The guard's rules, one by one.

use super::*;

fn us() -> CountryCode {
    CountryCode::of("US")
}

fn simulator() -> PhoneNumber {
    PhoneNumber::new(14_254_147_755, us())
}

fn rules(max_spend: &str) -> Rules {
    Rules {
        destinations: Destinations::Simulator,
        max_spend: parse_usd(max_spend).expect("an amount"),
        sends_per_second: 1.0,
        puts_per_second: 20.0,
        india: None,
        dry_run: false,
    }
}

fn asked(to: PhoneNumber) -> Asked<'static> {
    let price = Some(PartPrice { price_usd: 0.005, fee_usd: 0.005 });
    Asked { to, country: us(), body: "Your code is 123456", price }
}

fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn the_cap_refuses_the_message_that_would_pass_it_by_a_hair() {
    let guard = Guard::new(rules("0.02999"), Money::ZERO);
    let send = |at| guard.admit_send(secs(at), &asked(simulator()));
    assert_eq!(send(0.0).expect("the first").max_price(), "0.01000");
    drop(send(1.0).expect("the second"));
    assert!(matches!(send(2.0), Err(Refusal::Cap { .. })));
    assert_eq!(usd(guard.spent()), "0.02000");
    assert_eq!(guard.held().by_cap, 1);
}

#[test]
fn what_an_earlier_run_spent_counts() {
    let guard = Guard::new(rules("0.03"), Money::from_nanos(20_000_001));
    assert!(matches!(guard.admit_send(secs(0.0), &asked(simulator())), Err(Refusal::Cap { .. })));
}

#[test]
fn an_amount_that_is_given_back_can_be_spent_again() {
    let guard = Guard::new(rules("0.01"), Money::ZERO);
    let permit = guard.admit_send(secs(0.0), &asked(simulator())).expect("the first");
    assert!(guard.admit_send(secs(1.0), &asked(simulator())).is_err());
    guard.give_back(permit);
    drop(guard.admit_send(secs(2.0), &asked(simulator())).expect("nothing is spent"));
}

#[test]
fn sends_and_puts_and_recipients_keep_their_distance() {
    let guard = Guard::new(Rules { sends_per_second: 4.0, ..rules("9") }, Money::ZERO);
    let failing = PhoneNumber::new(14_254_147_167, us());
    drop(guard.admit_send(secs(0.0), &asked(simulator())).expect("the first"));
    let early = guard.admit_send(secs(0.2), &asked(failing));
    assert!(matches!(early, Err(Refusal::SendRate { .. })), "{early:?}");
    drop(guard.admit_send(secs(0.25), &asked(failing)).expect("a quarter of a second later"));
    let again = guard.admit_send(secs(0.99), &asked(simulator()));
    assert!(matches!(again, Err(Refusal::Recipient { .. })), "{again:?}");
    drop(guard.admit_send(secs(1.0), &asked(simulator())).expect("a second later"));
    assert!(guard.admit_put(secs(0.0)).is_ok());
    assert!(guard.admit_put(secs(0.049)).is_err());
    assert!(guard.admit_put(secs(0.05)).is_ok());
}

#[test]
fn a_list_narrows_and_never_widens() {
    let number = |digits| PhoneNumber::new(digits, CountryCode::of("GB"));
    let verified = [number(447_700_900_123), number(447_700_900_124)];
    let narrowed = |text| AllowList::read(text).and_then(|l| Destinations::narrowed(&verified, &l));
    let one = narrowed("# mine\n+447700900124\n").expect("verified");
    assert!(one.allow(verified[1]) && !one.allow(verified[0]));
    let error = narrowed("+447700900123\n+447700900125\n").expect_err("not verified");
    assert_eq!(error.to_string(), "line 2: +…25 is not a verified number of the account");
    for (text, error) in [
        ("447700900123", ListError::NotANumber { line: 1 }),
        ("\n+4477009001x3", ListError::NotANumber { line: 2 }),
        ("# nobody\n", ListError::Empty),
    ] {
        assert_eq!(AllowList::read(text).err(), Some(error), "{text:?}");
    }
}

#[test]
fn threads_share_one_cap() {
    let guard = Guard::new(Rules { sends_per_second: 1e9, ..rules("0.1") }, Money::ZERO);
    let passed = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u32)
            .map(|thread| {
                let guard = &guard;
                let ask = move |i: u32| {
                    guard.admit_send(secs(f64::from(thread * 100 + i)), &asked(simulator())).is_ok()
                };
                scope.spawn(move || (0..100).filter(|i| ask(*i)).count())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum::<usize>()
    });
    assert!(passed <= 10, "{passed} messages of a cent each for ten cents");
    assert_eq!(guard.spent(), Money::from_nanos(10_000_000) * u32::try_from(passed).expect("few"));
}
