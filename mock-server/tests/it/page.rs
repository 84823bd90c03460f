//! The page at `/`: what it shows, and what it never does.

use crate::{
    caller::{BR, send, with_feedback},
    cloud_watch::TODAY,
};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        CampaignModel, FeedbackStatus, PhoneNumber, SendText, Service,
        carrier::{Carrier, Receipts},
        country::CountryCode,
        distribution::Distribution,
    },
    stub::Request,
};
use std::time::Duration;

/// A stub whose clock stands.
fn stub(service: Service) -> Stub {
    Stub::new(service, StubClock::starting(Duration::from_secs(TODAY), 0.0))
}

/// The page for a query.
fn page(stub: &Stub, query: &str) -> String {
    let reply = stub.answer(&Request {
        method: "GET",
        path: "/",
        query: Some(query),
        headers: Some(&vec![("host", "127.0.0.1:4711")]),
        ..Request::default()
    });
    assert_eq!((reply.status, reply.content_type), (200, Some("text/html; charset=utf-8")));
    String::from_utf8(reply.body).expect("UTF-8")
}

/// Sends messages, of which some are received, to a number.
fn traffic(stub: &Stub, to: PhoneNumber, count: usize, received: usize) {
    stub.with_service(|service, now| {
        for nth in 0..count {
            let id = send(service, now, &SendText { destination: to, ..with_feedback() });
            if nth < received {
                service.put_message_feedback(now, id, FeedbackStatus::Received);
            }
        }
    });
}

/// What the page shows as its three numbers.
fn numbers(page: &str) -> Vec<&str> {
    let after = page.split("<p class=\"value\">").skip(1);
    after.filter_map(|rest| rest.split('<').next()).collect()
}

#[test]
fn the_page_shows_no_number_no_text_and_no_context() {
    let stub = stub(Service::default());
    let context = [("secret-key".to_owned(), "secret-value".to_owned())];
    stub.with_service(|service, now| {
        send(service, now, &SendText { context: &context, ..with_feedback() });
    });
    stub.advance(Duration::from_secs(10));
    let page = page(&stub, "period=all");
    assert!(page.contains("+…21") && page.contains("TEXT_DELIVERED"), "{page}");
    for hidden in ["123456", "Your code", "secret", "5511987654321", "98765"] {
        assert!(!page.contains(hidden), "{hidden} is on the page");
    }
}

#[test]
fn a_period_counts_what_was_sent_in_it() {
    let stub = stub(Service::default());
    stub.advance(Duration::from_secs(24 * 3_600));
    traffic(&stub, BR, 1_200, 900);
    stub.advance(Duration::from_secs(2 * 3_600 - 1));
    traffic(&stub, BR, 4, 1);
    for (query, expected) in [
        ("", ["1", "25.0 %", "3"]),
        ("period=5m", ["1", "25.0 %", "3"]),
        ("period=3h", ["901", "74.8 %", "3"]),
        ("period=all&live=off", ["901", "74.8 %", "3"]),
        ("period=nonsense", ["1", "25.0 %", "3"]),
    ] {
        assert_eq!(numbers(&page(&stub, query)), expected, "{query}");
    }
    let page = page(&stub, "period=3h");
    assert!(page.contains(">3 hours</a>") && page.contains("of 1,204 that expect feedback"));
    assert_eq!(page.matches("aria-current=\"true\"").count(), 1);
}

#[test]
fn the_page_loads_itself_again_until_it_is_told_to_stop() {
    let stub = stub(Service::default());
    let (live, still) = (page(&stub, "period=3h"), page(&stub, "period=3h&live=off"));
    let refresh = "http-equiv=\"refresh\"";
    assert!(live.contains(refresh) && !still.contains(refresh));
    assert!(live.contains("href=\"/?period=3h&amp;live=off\">pause</a>"), "{live}");
    assert!(still.contains("href=\"/?period=3h\">follow</a>"), "{still}");
    // Other periods keep what was chosen.
    assert!(still.contains("href=\"/?period=1h&amp;live=off\""), "{still}");
}

#[test]
fn the_page_needs_no_script_and_nothing_from_elsewhere() {
    let stub = stub(Service::default());
    traffic(&stub, BR, 3, 1);
    let page = page(&stub, "");
    assert!(page.contains("default-src 'none'"));
    for outside in ["<script", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn an_unused_stub_says_how_to_use_it_at_its_own_address() {
    let stub = stub(Service::default());
    let unused = page(&stub, "");
    assert!(unused.contains("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2=http://127.0.0.1:4711\n"));
    assert_eq!(numbers(&unused), ["0", "–", "0"]);
    traffic(&stub, BR, 1, 0);
    assert!(!page(&stub, "").contains("AWS_ENDPOINT_URL"));
}

#[test]
fn names_from_outside_stay_texts() {
    let carrier = Carrier {
        name: "<b>Vivo</b>".to_owned(),
        weight: 1.0,
        mcc: String::new(),
        mnc: String::new(),
        delivered: 1.0,
        delay: Distribution::fixed(Duration::from_secs(1)),
        receipts: Receipts {
            missing: 0.0,
            false_delivered: 0.0,
            delay: Distribution::fixed(Duration::ZERO),
        },
    };
    let campaign = CampaignModel {
        carriers: [(BR.country(), vec![carrier])].into(),
        ..CampaignModel::default()
    };
    let stub = stub(Service::default().with_campaign(campaign));
    traffic(&stub, BR, 1, 0);
    stub.advance(Duration::from_secs(5));
    let page = page(&stub, "");
    assert!(page.contains("&lt;b&gt;Vivo") && !page.contains("<b>Vivo"), "{page}");
}

#[test]
fn stretches_without_neighbours_were_not_drawn() {
    let stub = stub(Service::default());
    for _ in 0..5 {
        traffic(&stub, BR, 2, 1);
        stub.advance(Duration::from_secs(600));
    }
    let page = page(&stub, "period=1h");
    assert_eq!(page.matches("<circle").count(), 5);
    assert!(!page.contains("<polyline"), "{page}");
}

#[test]
fn sixty_countries_have_a_row_each_the_largest_first() {
    let stub = stub(Service::default());
    let codes = ('A'..='J').flat_map(|a| ('A'..='F').map(move |b| format!("{a}{b}")));
    let countries: Vec<CountryCode> = codes.map(|code| code.parse().expect("a code")).collect();
    for (nth, country) in (1..).zip(&countries) {
        traffic(&stub, PhoneNumber::new(5_511_987_654_321, *country), nth, nth / 2);
    }
    let page = page(&stub, "");
    let rows: Vec<_> = page.split("<th scope=\"row\">").skip(1).map(|row| &row[..2]).collect();
    let expected: Vec<_> = countries.iter().rev().map(CountryCode::as_str).collect();
    assert_eq!(rows, expected);
}
