//! One figure of a run, by its path in `summary.json`, of all countries or of one.

use super::{Results, ResultsError, Row};
use crate::report::{
    by_time::{latency_of, statistic},
    thresholds::look_up,
};
use serde_json::Value;

impl Results {
    /// The figure at this path; `None` if the run does not have it.
    pub fn figure(&self, path: &str, country: Option<&str>) -> Result<Option<f64>, ResultsError> {
        let Some(code) = country else {
            let tree = serde_json::to_value(&self.summary).expect("numbers and names");
            return Ok(look_up(&tree, path).and_then(Value::as_f64));
        };
        let Some((metric, name)) = latency_of(path) else {
            return Ok(self.country(code).and_then(|row| of_row(row, path)));
        };
        let Some(log) = self.latency(metric).filter(|log| log.countries().contains(&code)) else {
            return Ok(None);
        };
        Ok(statistic(&log.country_total(code)?, name).value)
    }
}

fn of_row(row: &Row, path: &str) -> Option<f64> {
    // From the counts, because shares are rounded in the table.
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let attempted = row.messages_attempted;
    let count = match path {
        "conversion.session" => return share(row.verified, row.sessions),
        "conversion.message" => return share(row.received, row.expecting),
        "conversion.coverage" => return share(row.received + row.failed, row.expecting),
        "shares.throttled" => return share(row.throttled, attempted),
        "shares.rejected" => return share(row.rejected, attempted),
        "shares.unknown" => return share(row.unknown, attempted),
        "cost_usd" => return Some(row.cost_usd),
        "sessions.arrived" => row.sessions,
        "sessions.verified" => row.verified,
        "messages.attempted" => row.messages_attempted,
        "messages.accepted" => row.messages_accepted,
        "messages.throttled" => row.throttled,
        "messages.rejected" => row.rejected,
        "messages.unknown" => row.unknown,
        "messages.expecting" => row.expecting,
        "messages.not_expecting" => row.not_expecting,
        "messages.received" => row.received,
        "messages.failed" => row.failed,
        "messages.unreported" => row.unreported,
        "messages.feedback_errors" => row.feedback_errors,
        "messages.pending" => row.pending,
        _ => return None,
    };
    Some(count as f64)
}
