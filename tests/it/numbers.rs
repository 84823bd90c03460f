//! The shipped country profiles and the table of countries, held against an independent oracle:
//! a port of Google's libphonenumber.
//!
//! **Invariant:** nothing here trusts a pattern: every number is asked about one by one.

use otpdrill::scenario::country::NumberPattern;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberType, Region};
use sms_voice_mock::{
    config::{
        problem::Problems,
        shape::{CarrierShape, DistributionShape},
    },
    service::{
        country::CountryCode,
        numbering::{calling_code, country_of},
    },
};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Territories whose mobile numbers are another country's too, so that none can tell them apart.
const INDISTINGUISHABLE: [&str; 8] = ["AX", "BL", "CC", "CX", "EH", "MF", "SJ", "VA"];

/// A profile as it stands on disk.
struct Profile {
    country: CountryCode,
    text: String,
}

impl Profile {
    fn table(&self) -> toml::Table {
        self.text.parse().expect("a profile is TOML")
    }

    fn numbers(&self) -> NumberPattern {
        let table = self.table();
        let pattern = table["number"].as_str().expect("a text");
        NumberPattern::parse(pattern).expect("a number pattern")
    }
}

fn profiles() -> Vec<Profile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/profiles");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder of profiles")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .collect();
    paths.sort();
    let profile = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let stem = stem.expect("a name in ASCII");
        Profile {
            country: stem.to_uppercase().parse().expect("named by country"),
            text: fs::read_to_string(path).expect("readable"),
        }
    };
    paths.iter().map(profile).collect()
}

fn region(country: CountryCode) -> Region {
    country.as_str().parse().expect("a region of the oracle")
}

#[track_caller]
fn check_mobile_number(digits: u64, country: CountryCode) {
    let number: PhoneNumber = format!("+{digits}").parse().expect("E.164");
    assert!(number.is_valid(), "+{digits} is no valid number");
    assert_eq!(number.get_region_code(), Some(region(country)), "+{digits}");
    let kind = number.get_type();
    assert!(
        matches!(kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile),
        "+{digits} is {kind:?}"
    );
    assert_eq!(country_of(digits), Some(country), "+{digits}");
}

#[test]
fn every_number_of_a_profile_is_a_valid_mobile_number_of_its_country() {
    for profile in profiles() {
        let numbers = profile.numbers();
        // Large users, spread over all of u64 by a multiplier that is odd.
        let large = (1..=1_000_u64).map(|nth| nth.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for user in (0..1_000).chain(large) {
            check_mobile_number(numbers.number(user), profile.country);
        }
    }
}

#[test]
fn the_oracles_example_of_every_region_is_found_in_that_region() {
    let mut checked = 0;
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        let Ok(example) = PHONE_NUMBER_UTIL
            .get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
        else {
            continue;
        };
        let digits = example.to_string()[1..].parse().expect("digits");
        let name = region.as_region_str();
        let found = country_of(digits).map(|country| country.to_string());
        if INDISTINGUISHABLE.contains(&name.as_ref()) {
            let owner = example.get_region_code().expect("valid");
            assert_eq!(found.as_deref(), Some(owner.as_region_str().as_ref()));
        } else {
            assert_eq!(found.as_deref(), Some(name.as_ref()), "+{digits}");
        }
        checked += 1;
    }
    assert!(checked > 235, "the oracle gave {checked} examples only");
}

#[test]
fn the_calling_code_of_every_region_is_the_oracles() {
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        let name = region.as_region_str();
        let country = name.as_ref().parse().expect("two letters");
        let expected = PHONE_NUMBER_UTIL.get_country_code_for_region(region);
        assert_eq!(calling_code(country).map(i32::from), expected, "{name}");
    }
}

#[test]
fn there_is_a_profile_for_every_country_of_the_simulator_and_ten_more() {
    let shipped: Vec<String> =
        profiles().iter().map(|profile| profile.country.to_string()).collect();
    let expected = "AT AU BE BR CH CL CZ DK EE ES FI FR GB HK HU ID IN IT JE LU MX NG NL NO PH PL \
                    PT RO SA SE TR TW US VN ZA";
    assert_eq!(shipped.join(" "), expected);
}

#[test]
fn every_carrier_and_every_delay_of_a_profile_is_accepted() {
    for profile in profiles() {
        let table = profile.table();
        let mut problems = Problems::default();
        for carrier in table["carriers"].as_array().expect("a list") {
            let shape: CarrierShape = carrier.clone().try_into().expect("a carrier");
            shape.check("carriers", &mut problems);
        }
        for key in ["read_delay", "resend_after", "gives_up_after"] {
            let shape: DistributionShape = table["users"][key].clone().try_into().expect(key);
            shape.check(key, &mut problems);
        }
        assert!(problems.is_empty(), "{}: {problems:?}", profile.country);
    }
}

#[test]
fn every_constant_of_a_profile_names_its_source_or_is_called_an_assumption() {
    for profile in profiles() {
        let mut above = "";
        for line in profile.text.lines() {
            let constant = line.split_once(" = ").is_some_and(|(key, rest)| {
                key != "name" && rest.bytes().any(|byte| byte.is_ascii_digit())
            });
            assert!(
                !constant || states_origin(line) || states_origin(above),
                "{}: `{line}` does not say where it is from",
                profile.country
            );
            above = line;
        }
    }
}

fn states_origin(line: &str) -> bool {
    line.split_once('#').is_some_and(|(_, comment)| {
        ["assumption", "source:", "grade"].iter().any(|word| comment.contains(word))
    })
}
