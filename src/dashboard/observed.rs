//! What CloudWatch says: points by series, from the API or from a file of its answers.
//!
//! **Invariant:** a series is known by the id of its query, else by its label; what is neither is
//! somebody else's and left out.

use super::{Minute, expected::Expected, minute_of, series::Series};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The points of every series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    series: BTreeMap<Series, BTreeMap<Minute, f64>>,
}

/// Why what was read cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum ObservedError {
    /// It is not what `aws cloudwatch get-metric-data` prints.
    #[error("it is not the JSON of `aws cloudwatch get-metric-data`")]
    Shape(#[source] serde_json::Error),
    /// CloudWatch did not answer a query.
    #[error("the result `{id}` has the status {status}")]
    Status {
        /// The id of the query.
        id: String,
        /// Its status.
        status: String,
    },
    /// A time is none.
    #[error("the result `{id}` has a point at `{time}`, which is not an instant")]
    Time {
        /// The id of the query.
        id: String,
        /// What stands there.
        time: String,
    },
    /// There is not a value for every time.
    #[error("the result `{0}` has not as many values as timestamps")]
    Lengths(String),
    /// Nothing in it is of the run.
    #[error(
        "no result has the id or the label of a series of this run\n\
         `otpdrill verify RUN --queries` prints the queries with their ids"
    )]
    Nothing,
}

impl Observed {
    /// Adds a point; what comes in pieces is summed.
    pub fn add(&mut self, series: &Series, minute: Minute, value: f64) {
        *self.series.entry(series.clone()).or_default().entry(minute).or_default() += value;
    }

    /// The points of a series.
    #[must_use]
    pub fn points(&self, series: &Series) -> Option<&BTreeMap<Minute, f64>> {
        self.series.get(series)
    }

    /// The points of a series, to be changed.
    pub fn points_mut(&mut self, series: &Series) -> &mut BTreeMap<Minute, f64> {
        self.series.entry(series.clone()).or_default()
    }

    /// Reads what `aws cloudwatch get-metric-data` prints: one answer, several of them one after the
    /// other, or a list of them.
    pub fn read(text: &str, expected: &Expected) -> Result<Self, ObservedError> {
        let mut observed = Self::default();
        let mut known = false;
        for answer in answers(text).map_err(ObservedError::Shape)? {
            for result in answer.metric_data_results {
                let of = |series: &&Series| {
                    series.id() == result.id || result.label.as_ref() == Some(&series.to_string())
                };
                let Some(series) = expected.series.keys().find(of) else { continue };
                known = true;
                observed.take(series, result)?;
            }
        }
        if known || expected.series.is_empty() { Ok(observed) } else { Err(ObservedError::Nothing) }
    }

    fn take(&mut self, series: &Series, result: ResultFile) -> Result<(), ObservedError> {
        let ResultFile { id, timestamps, values, status_code, .. } = result;
        if let Some(status) = status_code
            && !matches!(status.as_str(), "Complete" | "PartialData")
        {
            return Err(ObservedError::Status { id, status });
        }
        if timestamps.len() != values.len() {
            return Err(ObservedError::Lengths(id));
        }
        self.series.entry(series.clone()).or_default();
        for (time, value) in timestamps.into_iter().zip(values) {
            let Some(minute) = time.minute() else {
                return Err(ObservedError::Time { id, time: time.text() });
            };
            self.add(series, minute, value);
        }
        Ok(())
    }
}

fn answers(text: &str) -> Result<Vec<AnswerFile>, serde_json::Error> {
    let mut answers = Vec::new();
    for document in serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>() {
        let document = document?;
        if document.is_array() {
            answers.extend(serde_json::from_value::<Vec<_>>(document)?);
        } else {
            answers.push(serde_json::from_value(document)?);
        }
    }
    Ok(answers)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerFile {
    metric_data_results: Vec<ResultFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResultFile {
    #[serde(default)]
    id: String,
    label: Option<String>,
    #[serde(default)]
    timestamps: Vec<serde_json::Value>,
    #[serde(default)]
    values: Vec<f64>,
    status_code: Option<String>,
}

/// An instant as the AWS CLI, boto3 or the wire write it.
trait Dated {
    fn minute(&self) -> Option<Minute>;
    fn text(&self) -> String;
}

impl Dated for serde_json::Value {
    fn minute(&self) -> Option<Minute> {
        match self {
            Self::Number(number) => {
                let minutes = (number.as_f64()? / 60.0).floor();
                (0.0..f64::from(Minute::MAX)).contains(&minutes).then(|| {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "within its range"
                    )]
                    let minutes = minutes as Minute;
                    minutes
                })
            }
            // Without an offset it is UTC: the CLI can be told to write so.
            Self::String(text) => minute_of(text).or_else(|| minute_of(&format!("{text}Z"))),
            Self::Null | Self::Bool(_) | Self::Array(_) | Self::Object(_) => None,
        }
    }

    fn text(&self) -> String {
        self.as_str().map_or_else(|| self.to_string(), str::to_owned)
    }
}
