//! `manifest.json` read back.

use super::ResultsError;
use serde::Deserialize;

/// Where a run's files came from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Manifest {
    /// The version that played it.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// Of `scenario.toml`.
    pub scenario_sha256: String,
    /// The seed.
    pub seed: u64,
    /// Who answered.
    pub target: String,
    /// Campaign time per wall time.
    pub speed: f64,
    /// The command line, the program's name first.
    pub argv: Vec<String>,
    /// When it began, RFC 3339, by the clock on the wall.
    pub start: String,
    /// When it ended, by the same clock.
    pub end: String,
    /// How many cores worked.
    pub cores: usize,
}

impl Manifest {
    pub(super) fn read(file: &'static str, text: &str) -> Result<Self, ResultsError> {
        serde_json::from_str(text).map_err(|error| ResultsError::json(file, &error))
    }
}
