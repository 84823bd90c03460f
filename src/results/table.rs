//! `conversion.csv` and its siblings read back.

use super::ResultsError;
use serde::Deserialize;

/// What the last row is called.
const TOTAL: &str = "TOTAL";

/// The rows of a table and their sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// One row for each part of the run, as they stand in the file.
    pub rows: Vec<Row>,
    /// The row `TOTAL`: the whole run.
    pub total: Row,
}

/// One row. Of the columns that name it, those that the file has not are empty.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[expect(missing_docs, reason = "the columns are explained in `reports/README.md`")]
pub struct Row {
    #[serde(default)]
    pub country: String,
    #[serde(default)]
    pub carrier: String,
    #[serde(default)]
    pub template: String,
    pub sessions: u64,
    pub verified: u64,
    pub session_conversion: Option<f64>,
    pub messages_attempted: u64,
    pub messages_accepted: u64,
    pub throttled: u64,
    pub rejected: u64,
    pub unknown: u64,
    pub expecting: u64,
    pub not_expecting: u64,
    pub received: u64,
    pub failed: u64,
    pub unreported: u64,
    pub feedback_errors: u64,
    pub pending: u64,
    pub message_conversion: Option<f64>,
    pub ci95_low: Option<f64>,
    pub ci95_high: Option<f64>,
    pub coverage: Option<f64>,
    pub delivered: Option<u64>,
    pub dlr_delivered: Option<u64>,
    pub verify_p50_s: Option<f64>,
    pub verify_p95_s: Option<f64>,
    pub message_parts: u64,
    pub cost_usd: f64,
}

impl Table {
    pub(super) fn read(file: &'static str, text: &str) -> Result<Self, ResultsError> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Result<Vec<Row>, _> = reader.deserialize().collect();
        let mut rows = rows.map_err(|error| ResultsError::csv(file, &error))?;
        match rows.pop() {
            Some(total) if total.country == TOTAL || total.template == TOTAL => {
                Ok(Self { rows, total })
            }
            _ => {
                let last = reader.position().line();
                let cut = "must end with the row TOTAL: the file was cut";
                Err(ResultsError::content(file, last, cut))
            }
        }
    }
}

impl Row {
    /// Wilson's 95 % interval of the message conversion.
    #[must_use]
    pub fn ci95(&self) -> Option<[f64; 2]> {
        self.ci95_low.zip(self.ci95_high).map(|(low, high)| [low, high])
    }
}
