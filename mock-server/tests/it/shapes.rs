//! A caller that holds every answer against the API's own shapes.

use crate::caller::{JSON, json};
use regex_lite::Regex;
use serde_json::Value;
use sms_voice_mock::{
    service::{
        Service,
        settings::{AccountSettings, ServiceSettings, Tier},
        time::SimTime,
    },
    wire::handle,
};
use std::sync::LazyLock;

static MODEL: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/api-shapes.json")).expect("the API's shapes")
});

/// An account whose resources have quotas; nothing else is limited.
pub(crate) fn production() -> Service {
    let account = AccountSettings { tier: Tier::Production, ..AccountSettings::default() };
    Service::new(ServiceSettings { account, ..ServiceSettings::default() })
}

/// Calls an operation at the start of time.
#[track_caller]
pub(crate) fn ask(service: &mut Service, operation: &str, input: &Value) -> Value {
    ask_at(service, SimTime::ZERO, operation, input)
}

/// Calls an operation, and checks that the API could have answered so.
#[track_caller]
pub(crate) fn ask_at(service: &mut Service, now: SimTime, operation: &str, input: &Value) -> Value {
    let target = format!("PinpointSMSVoiceV2.{operation}");
    let reply = handle(service, now, Some(&target), Some(JSON), input.to_string().as_bytes());
    let answer = json(&reply);
    let model = &MODEL["operations"][operation];
    if reply.status == 200 {
        let output = model["output"]["shape"].as_str().expect("an output");
        check(output, &answer, operation);
    } else {
        let errors = model["errors"].as_array().expect("a list of errors");
        let named = errors.iter().any(|error| error["shape"] == answer["__type"]);
        assert!(named, "{operation} has no such error: {answer}");
        let number =
            Regex::new(r"\+[0-9]{4}|(^|[^0-9a-f-])[0-9]{7,11}($|[^0-9a-f])").expect("a pattern");
        assert!(!number.is_match(&answer.to_string()), "a number in full: {answer}");
    }
    answer
}

/// The reason of a refusal, which must be of this kind and name this kind of resource.
#[track_caller]
pub(crate) fn check_refused(answer: &Value, exception: &str, reason_or_resource: &str) {
    assert_eq!(answer["__type"], exception, "{answer}");
    let told = [&answer["Reason"], &answer["ResourceType"]];
    assert!(told.contains(&&Value::from(reason_or_resource)), "{reason_or_resource}: {answer}");
}

/// Every item of a `Describe` operation by its key, read two at a time.
#[track_caller]
pub(crate) fn in_pages(
    service: &mut Service,
    operation: &str,
    mut input: Value,
    (list, key): (&str, &str),
) -> Vec<String> {
    let mut found = Vec::new();
    input["MaxResults"] = 2.into();
    loop {
        let answer = ask(service, operation, &input);
        let shown = keys(&answer, list, key);
        assert!(!shown.is_empty() && shown.len() <= 2, "{answer}");
        found.extend(shown);
        match answer.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => return found,
        }
    }
}

/// One member of every item of a list; an absent list has none.
pub(crate) fn keys(answer: &Value, list: &str, key: &str) -> Vec<String> {
    let items = answer[list].as_array().map_or(&[][..], Vec::as_slice);
    items.iter().map(|item| item[key].as_str().expect("a key").to_owned()).collect()
}

/// Filters as `Describe` operations take them, one value each.
pub(crate) fn filters(pairs: &[(&str, &str)]) -> Value {
    let filter =
        |(name, value): &(&str, &str)| serde_json::json!({ "Name": name, "Values": [value] });
    pairs.iter().map(filter).collect()
}

#[track_caller]
fn check(shape: &str, value: &Value, path: &str) {
    let model = &MODEL["shapes"][shape];
    match model["type"].as_str().expect("a type") {
        "structure" => check_structure(model, value, path),
        "list" => {
            let items = value.as_array().unwrap_or_else(|| panic!("{path} is no list: {value}"));
            // Where the model wants one item at least, nothing was found is still an empty list.
            assert!(model["max"].as_u64().is_none_or(|max| items.len() as u64 <= max), "{path}");
            let member = model["member"]["shape"].as_str().expect("a shape");
            items.iter().for_each(|item| check(member, item, path));
        }
        "map" => {
            let pairs = value.as_object().unwrap_or_else(|| panic!("{path} is no map: {value}"));
            check_size(model, pairs.len(), path);
            let shape = |side: &str| model[side]["shape"].as_str().expect("a shape");
            for (key, value) in pairs {
                check(shape("key"), &Value::from(key.as_str()), path);
                check(shape("value"), value, &format!("{path}.{key}"));
            }
        }
        "string" => check_text(model, value, path),
        "boolean" => assert!(value.is_boolean(), "{path} is {value}"),
        "integer" | "long" => assert!(value.is_i64() || value.is_u64(), "{path} is {value}"),
        "timestamp" => assert!(value.is_number(), "{path} is {value}"),
        other => panic!("{path}: a shape of type {other}"),
    }
}

#[track_caller]
fn check_structure(model: &Value, value: &Value, path: &str) {
    let members = value.as_object().unwrap_or_else(|| panic!("{path} is no structure: {value}"));
    for (name, value) in members {
        let shape = model["members"][name]["shape"].as_str();
        let shape = shape.unwrap_or_else(|| panic!("{path} has no member {name}"));
        check(shape, value, &format!("{path}.{name}"));
    }
    for name in model["required"].as_array().map_or(&[][..], Vec::as_slice) {
        let name = name.as_str().expect("a name");
        assert!(members.contains_key(name), "{path} lacks {name}");
    }
}

#[track_caller]
fn check_text(model: &Value, value: &Value, path: &str) {
    let text = value.as_str().unwrap_or_else(|| panic!("{path} is no string: {value}"));
    check_size(model, text.chars().count(), path);
    if let Some(words) = model["enum"].as_array() {
        assert!(words.contains(value), "{path} is {value}");
    }
    if let Some(pattern) = model["pattern"].as_str() {
        let whole = Regex::new(&format!("^(?:{pattern})$")).expect("a pattern");
        assert!(whole.is_match(text), "{path} does not fit {pattern}");
    }
}

#[track_caller]
fn check_size(model: &Value, size: usize, path: &str) {
    let size = u64::try_from(size).expect("a size");
    assert!(model["min"].as_u64().is_none_or(|min| min <= size), "{path} has {size}");
    assert!(model["max"].as_u64().is_none_or(|max| size <= max), "{path} has {size}");
}
