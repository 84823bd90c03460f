//! `CarrierLookup`: which carrier a number belongs to, as far as the campaign's carriers say.
//!
//! **Invariant:** the same number always has the same carrier. A lookup costs nothing here.

use super::number::FullNumber;
use crate::service::{
    answer::{ServiceError, ValidationReason},
    carrier::choose,
    dice::Draw,
    model::Service,
    numbering,
    operation::Operation,
    time::SimTime,
};
use serde::{Deserialize, Serialize};

/// `CarrierLookup`
#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CarrierLookup {
    phone_number: String,
}

/// Without the number.
impl std::fmt::Debug for CarrierLookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CarrierLookup")
    }
}

/// What `CarrierLookup` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CarrierLookupResult {
    #[serde(rename = "E164PhoneNumber")]
    e164_phone_number: FullNumber,
    #[serde(rename = "DialingCountryCode")]
    dialing_country_code: Option<String>,
    #[serde(rename = "IsoCountryCode")]
    iso_country_code: Option<String>,
    #[serde(rename = "MCC")]
    mcc: Option<String>,
    #[serde(rename = "MNC")]
    mnc: Option<String>,
    #[serde(rename = "Carrier")]
    carrier: Option<String>,
    #[serde(rename = "PhoneNumberType")]
    phone_number_type: &'static str,
}

impl Operation for CarrierLookup {
    const NAME: &'static str = "CarrierLookup";
    type Output = CarrierLookupResult;

    /// A number of no country is `INVALID`, any other `MOBILE`: numbers are not validated further.
    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let digits: String = self.phone_number.chars().filter(char::is_ascii_digit).collect();
        let parsed = digits.parse::<u64>().ok().filter(|_| (2..=15).contains(&digits.len()));
        let Some(digits) = parsed else {
            return Err(ServiceError::invalid(
                ValidationReason::CannotParse,
                "PhoneNumber",
                "must have 2 to 15 digits",
            ));
        };
        let number = FullNumber::of(digits);
        let country = number.country();
        let carriers = country.and_then(|country| service.campaign.carriers.get(&country));
        let carrier = carriers.map(|carriers| {
            let u = service.dice.unit(digits, Draw::Carrier, 0);
            &carriers[choose(carriers.iter().map(|carrier| carrier.weight), u)]
        });
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Ok(CarrierLookupResult {
            e164_phone_number: number,
            dialing_country_code: country
                .and_then(numbering::calling_code)
                .map(|code| code.to_string()),
            iso_country_code: country.map(|country| country.to_string()),
            mcc: carrier.and_then(|carrier| text(&carrier.mcc)),
            mnc: carrier.and_then(|carrier| text(&carrier.mnc)),
            carrier: carrier.map(|carrier| carrier.name.clone()),
            phone_number_type: if country.is_some() { "MOBILE" } else { "INVALID" },
        })
    }
}
