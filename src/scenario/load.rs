//! From a file to a scenario: profiles, `--set` and the seed applied, every mistake named.

use super::{
    Scenario,
    file::{NotRead, ScenarioFile},
    profiles,
};
use jiff::Timestamp;
use sms_voice_mock::config::{
    self, ConfigError, Document, Finding, document::Node, override_at::Override,
    shape::expand_quotas,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A scenario and the file it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The checked scenario.
    pub scenario: Scenario,
    /// The same as it would be written, with every default, profile, `--set` and seed in place.
    pub file: ScenarioFile,
    /// The text that was read.
    pub source: String,
}

impl Loaded {
    /// The text of `scenario.toml`: loading it gives the same scenario.
    #[must_use]
    pub fn resolved(&self) -> String {
        toml::to_string(&self.file).expect("a scenario that was read can be written")
    }
}

/// Why there is no scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not text.
    #[error("{}:{line}: the scenario file is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line of the first byte that is not UTF-8.
        line: usize,
    },
    /// The file has mistakes.
    #[error(transparent)]
    Mistakes(#[from] ConfigError),
}

/// Loads a scenario file. `sets` are `path=value` texts; `seed` beats the file's.
pub fn load(path: &Path, sets: &[String], seed: Option<u64>) -> Result<Loaded, ScenarioError> {
    let bytes = fs::read(path)
        .map_err(|source| ScenarioError::Unreadable { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        ScenarioError::NotText {
            path: path.to_owned(),
            line: valid.split(|byte| *byte == b'\n').count(),
        }
    })?;
    let source = Source { name: &path.display().to_string(), folder: path.parent() };
    Ok(parse(&text, source, sets, seed)?)
}

/// Where a scenario's text comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What it is called in messages.
    pub name: &'a str,
    /// Where profiles given by path are looked for.
    pub folder: Option<&'a Path>,
}

/// Reads a scenario from its text.
pub fn parse(
    text: &str,
    source: Source<'_>,
    sets: &[String],
    seed: Option<u64>,
) -> Result<Loaded, ConfigError> {
    let mut document = Document::parse(text, source.name)?;
    let mut overrides = read_overrides(sets)?;
    if let Some(seed) = seed {
        overrides.push(seed_override(seed));
    }
    let findings = resolve(&mut document, &overrides, source.folder);
    let mut file: ScenarioFile = match config::read(&document) {
        Ok(file) if findings.is_empty() => file,
        Ok(_) => return Err(ConfigError::new(findings)),
        Err(error) => return Err(with(error, findings)),
    };
    file.fill();
    read_replay(&mut file, &document, source.folder)?;
    let scenario = file.check().map_err(|problems| document.locate(&problems))?;
    Ok(Loaded { scenario, file, source: text.to_owned() })
}

/// Reads the log that is to be played again, if there is one. Without a start of its own the campaign
/// starts with it.
fn read_replay(
    file: &mut ScenarioFile,
    document: &Document,
    folder: Option<&Path>,
) -> Result<(), ConfigError> {
    let Some(replay) = &mut file.arrivals.replay else {
        return Ok(());
    };
    let countries: Vec<&str> = file.countries.keys().map(String::as_str).collect();
    let first = replay.read(folder, &countries).map_err(|error| {
        ConfigError::new(match error {
            NotRead::Rows(findings) => findings,
            NotRead::File(message) => {
                let path = "arrivals.replay.file".to_owned();
                let (origin, message) =
                    (document.origin(&path).clone(), format!("{path} {message}"));
                vec![Finding { origin, path, message }]
            }
        })
    })?;
    if document.get("start").is_none() {
        let first = Timestamp::from_second(first).expect("rows are dated before 2200");
        file.start = first.to_string();
    }
    Ok(())
}

/// A seed that TOML cannot hold is kept as text, so that the schema refuses it with the range.
fn seed_override(seed: u64) -> Override {
    let value = i64::try_from(seed)
        .map_or_else(|_| toml::Value::String(seed.to_string()), toml::Value::Integer);
    Override::by_flag(&format!("--seed {seed}"), "seed", value)
}

fn with(error: ConfigError, findings: Vec<Finding>) -> ConfigError {
    if findings.is_empty() { error } else { error.and(ConfigError::new(findings)) }
}

fn read_overrides(sets: &[String]) -> Result<Vec<Override>, ConfigError> {
    let (mut read, mut findings) = (Vec::new(), Vec::new());
    for set in sets {
        match Override::parse(set) {
            Ok(set) => read.push(set),
            Err(error) => findings.extend_from_slice(error.findings()),
        }
    }
    if findings.is_empty() { Ok(read) } else { Err(ConfigError::new(findings)) }
}

/// Writes profiles and named tables out, and applies the overrides, whose paths are those of the
/// scenario written out: only a `profile` is set before.
fn resolve(document: &mut Document, sets: &[Override], folder: Option<&Path>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (profiles, others): (Vec<_>, Vec<_>) =
        sets.iter().partition(|set| set.path().ends_with(".profile"));
    for set in profiles {
        findings.extend(mistakes(set.apply(document, None)));
    }
    findings.extend(expand(document, folder));
    let defaults = written_out(document);
    for set in others {
        findings.extend(mistakes(set.apply(document, defaults.as_ref())));
    }
    // Once more, for a country or quotas that were set as a whole.
    findings.extend(expand(document, folder));
    findings
}

fn expand(document: &mut Document, folder: Option<&Path>) -> Vec<Finding> {
    expand_quotas(document, "service.quotas");
    profiles::expand(document, folder)
}

fn mistakes(result: Result<(), ConfigError>) -> Vec<Finding> {
    result.map_or_else(|error| error.findings().to_vec(), |()| Vec::new())
}

/// The document with every default, so that overrides can reach into those; `None` if it has
/// mistakes.
fn written_out(document: &Document) -> Option<Document> {
    let mut file: ScenarioFile = config::read(document).ok()?;
    file.fill();
    let value = toml::Value::try_from(file).ok()?;
    Some(Document { root: Node::from_toml(value, &document.root.origin) })
}
