//! The country profiles that are built into the program, and the inheritance from them.

use sms_voice_mock::config::{
    ConfigError, Document, Finding, did_you_mean,
    document::{Node, Value},
};
use std::{fs, path::Path};

macro_rules! profile {
    ($name:literal, $file:literal) => {
        ($name, include_str!(concat!("../../scenarios/profiles/", $file, ".toml")))
    };
}

/// The built-in profiles: a name, and the text of `scenarios/profiles/<name>.toml`.
pub const PROFILES: &[(&str, &str)] = &[
    profile!("AT", "at"),
    profile!("AU", "au"),
    profile!("BE", "be"),
    profile!("BR", "br"),
    profile!("CH", "ch"),
    profile!("CL", "cl"),
    profile!("CZ", "cz"),
    profile!("DK", "dk"),
    profile!("EE", "ee"),
    profile!("ES", "es"),
    profile!("FI", "fi"),
    profile!("FR", "fr"),
    profile!("GB", "gb"),
    profile!("HK", "hk"),
    profile!("HU", "hu"),
    profile!("ID", "id"),
    profile!("IN", "in"),
    profile!("IT", "it"),
    profile!("JE", "je"),
    profile!("LU", "lu"),
    profile!("MX", "mx"),
    profile!("NG", "ng"),
    profile!("NL", "nl"),
    profile!("NO", "no"),
    profile!("PH", "ph"),
    profile!("PL", "pl"),
    profile!("PT", "pt"),
    profile!("RO", "ro"),
    profile!("SA", "sa"),
    profile!("SE", "se"),
    profile!("TR", "tr"),
    profile!("TW", "tw"),
    profile!("US", "us"),
    profile!("VN", "vn"),
    profile!("ZA", "za"),
];

/// Lays under each country the profile it names, and takes the key `profile` away. Paths are
/// relative to `folder`; without one, only built-in profiles are found.
pub(super) fn expand(document: &mut Document, folder: Option<&Path>) -> Vec<Finding> {
    let Some(Node { value: Value::Table(countries), .. }) = document.get_mut("countries") else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (code, country) in countries {
        let path = format!("countries.{code}.profile");
        if let Err(error) = inherit(country, &path, folder) {
            findings.extend_from_slice(error.findings());
        }
    }
    findings
}

fn inherit(country: &mut Node, path: &str, folder: Option<&Path>) -> Result<(), ConfigError> {
    let Value::Table(entries) = &mut country.value else {
        return Ok(());
    };
    let Some(profile) = entries.remove("profile") else {
        return Ok(());
    };
    let Value::Text(name) = &profile.value else {
        return Err(refuse(&profile, path, format!("{path} must be a text in quotes")));
    };
    let base = find(name, folder).map_err(|reason| match reason {
        NotFound::Message(message) => {
            let message = format!("{path} is {name:?}, but {message}");
            refuse(&profile, path, message)
        }
        NotFound::Mistakes(error) => error,
    })?;
    if let Some(nested) = base.root.child("profile") {
        let message = "a profile must not inherit from another profile".to_owned();
        return Err(refuse(nested, path, message));
    }
    country.lay_under(base.root, &["users"]);
    Ok(())
}

enum NotFound {
    Message(String),
    Mistakes(ConfigError),
}

fn find(name: &str, folder: Option<&Path>) -> Result<Document, NotFound> {
    if Path::new(name).extension().is_some_and(|extension| extension == "toml") {
        let path = folder.unwrap_or(Path::new("")).join(name);
        let text = fs::read_to_string(&path).map_err(|error| {
            let path = path.display();
            NotFound::Message(format!("must be a file that can be read: {path}: {error}"))
        })?;
        let shown = path.display().to_string();
        return Document::parse(&text, &shown).map_err(NotFound::Mistakes);
    }
    let Some((name, text)) = PROFILES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = PROFILES.iter().map(|(known, _)| *known).collect();
        let hint = did_you_mean(name, &known);
        let known = known.join(", ");
        return Err(NotFound::Message(format!(
            "must be the path of a .toml file or one of {known}{hint}"
        )));
    };
    let shown = format!("scenarios/profiles/{}.toml", name.to_lowercase());
    Document::parse(text, &shown).map_err(NotFound::Mistakes)
}

fn refuse(node: &Node, path: &str, message: String) -> ConfigError {
    ConfigError::new(vec![Finding { origin: node.origin.clone(), path: path.to_owned(), message }])
}
