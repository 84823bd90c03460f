//! Carrier lookups over the wire.

use crate::shapes::{ask, check_refused};
use serde_json::{Value, json};
use sms_voice_mock::service::{
    CampaignModel, Service,
    carrier::{Carrier, Receipts},
    country::CountryCode,
    distribution::Distribution,
};
use std::{collections::BTreeMap, time::Duration};

fn carrier(name: &str, weight: f64, network: [&str; 2]) -> Carrier {
    let delay = Distribution::fixed(Duration::ZERO);
    let receipts = Receipts { missing: 0.0, false_delivered: 0.0, delay: delay.clone() };
    let [mcc, mnc] = network.map(str::to_owned);
    Carrier { name: name.to_owned(), weight, mcc, mnc, delivered: 1.0, delay, receipts }
}

/// Brazil with two carriers, of which the network of one is known.
fn service() -> Service {
    let carriers = vec![carrier("Vivo", 3.0, ["724", "06"]), carrier("Other", 1.0, ["", ""])];
    let carriers = BTreeMap::from([(CountryCode::of("BR"), carriers)]);
    Service::default().with_campaign(CampaignModel { carriers, ..CampaignModel::default() })
}

fn look_up(service: &mut Service, number: &str) -> Value {
    ask(service, "CarrierLookup", &json!({ "PhoneNumber": number }))
}

#[test]
fn a_number_is_written_as_e164_whatever_it_is_punctuated_with() {
    let service = &mut Service::default();
    for number in ["+447400123456", "+44 7400 123456", "+(44) 7400-123.456", "+44[7400]{123},456"] {
        let answer = look_up(service, number);
        assert_eq!(answer["E164PhoneNumber"], "+447400123456", "{number}");
        assert_eq!(answer["DialingCountryCode"], "44");
        assert_eq!(
            (&answer["IsoCountryCode"], &answer["PhoneNumberType"]),
            (&"GB".into(), &"MOBILE".into())
        );
        // No campaign, no carriers.
        assert_eq!((answer.get("Carrier"), answer.get("MCC")), (None, None));
    }
}

#[test]
fn a_number_of_no_country_is_invalid() {
    let service = &mut Service::default();
    let answer = look_up(service, "+999123456");
    assert_eq!(answer["PhoneNumberType"], "INVALID");
    assert_eq!(answer.get("IsoCountryCode"), None);
}

#[test]
fn what_is_no_number_cannot_be_parsed() {
    let service = &mut Service::default();
    for number in ["+1(((((", "+1234567890123456789012"] {
        let answer = look_up(service, number);
        check_refused(&answer, "ValidationException", "CANNOT_PARSE");
    }
}

#[test]
fn the_same_number_always_has_the_same_carrier() {
    let service = &mut service();
    let mut known = 0;
    for nth in 0..400 {
        let number = format!("+55119{:08}", nth * 7919);
        let answer = look_up(service, &number);
        assert_eq!(look_up(service, &number), answer);
        if answer["Carrier"] == "Vivo" {
            assert_eq!((&answer["MCC"], &answer["MNC"]), (&"724".into(), &"06".into()));
            known += 1;
        } else {
            assert_eq!((&answer["Carrier"], answer.get("MCC")), (&"Other".into(), None));
        }
    }
    assert!((260..=340).contains(&known), "{known} of 400 instead of three in four");
}
