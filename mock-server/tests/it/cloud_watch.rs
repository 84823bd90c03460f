//! A reader of the metrics, as CloudWatch's own callers read them.

use crate::caller::json;
use serde_json::{Value, json};
use sms_voice_mock::{Stub, stub::Request};

/// A day that all of these tests happen on, counted from 1970.
pub(crate) const TODAY: u64 = 1_764_028_800;

/// The points of a metric of that day, by the hour.
#[track_caller]
pub(crate) fn points(stub: &Stub, metric: &str, dimensions: &[(&str, &str)]) -> Vec<Value> {
    let dimension = |(name, value): &(&str, &str)| json!({ "Name": name, "Value": value });
    let body = json!({
        "Namespace": "AWS/SMSVoice",
        "MetricName": metric,
        "Dimensions": dimensions.iter().map(dimension).collect::<Vec<_>>(),
        "StartTime": TODAY,
        "EndTime": TODAY + 86_400,
        "Period": 3_600,
        "Statistics": ["Sum", "SampleCount", "Maximum"],
    });
    let reply = stub.answer(&Request {
        method: "POST",
        path: "/",
        target: Some("GraniteServiceVersion20100801.GetMetricStatistics"),
        content_type: Some("application/x-amz-json-1.1"),
        body: body.to_string().as_bytes(),
        ..Request::default()
    });
    assert_eq!(reply.status, 200, "{}", json(&reply));
    json(&reply)["Datapoints"].as_array().cloned().unwrap_or_default()
}
