//! CloudWatch through the AWS SDK: the only file that names its types.
//!
//! **Invariant:** it is only read, by `GetMetricData` with plain sums; no metric math, nothing written.

use super::{
    aws::{AwsLink, LinkError},
    connector::LoopbackHttp,
};
use crate::dashboard::{
    Minute, NAMESPACE, PERIOD_S,
    expected::Expected,
    observed::Observed,
    queries::{QUERIES_PER_CALL, span},
    series::Series,
};
use aws_sdk_cloudwatch::{
    Client, Config,
    config::{
        BehaviorVersion, Credentials, IdentityCache, Region, StalledStreamProtectionConfig,
        retry::RetryConfig,
    },
    error::DisplayErrorContext,
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricStat, ScanBy, StatusCode},
};
use std::{io, time::Duration};

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A CloudWatch to read from.
#[derive(Clone, Debug)]
pub struct CloudWatch {
    client: Client,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Nobody answered, or with an error.
    #[error("cannot read CloudWatch: {0}")]
    Unreachable(String),
    /// It answered, but not the question.
    #[error("CloudWatch did not answer the query `{id}`: {status}")]
    NoAnswer {
        /// The id of the query.
        id: String,
        /// What it said.
        status: String,
    },
    /// There is no way to an account.
    #[error(transparent)]
    Link(LinkError),
    /// The system gave no runtime.
    #[error("the system refused what reading CloudWatch needs")]
    System(#[source] io::Error),
}

impl CloudWatch {
    /// The one at `host:port` on this machine.
    #[must_use]
    pub fn on_this_machine(authority: &str) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new(
                "OTPDRILLFAKE",
                "not-a-secret",
                None,
                None,
                "fixed",
            ))
            .identity_cache(IdentityCache::no_cache())
            .endpoint_url(format!("http://{authority}"))
            .http_client(LoopbackHttp::new(authority))
            // Reading has no effect, but who waits does so himself, and sees each failure.
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { client: Client::from_conf(config) }
    }

    /// That of an account, in the region of the link; whoever stands in for AWS on this machine stands in
    /// for CloudWatch, too.
    #[must_use]
    pub fn of_the_account(link: &AwsLink) -> Self {
        let config = aws_sdk_cloudwatch::config::Builder::from(link.shared());
        let config = match link.stand_in() {
            Some(address) => {
                config.endpoint_url(format!("http://{address}")).http_client(link.http_client())
            }
            None => config,
        };
        Self { client: Client::from_conf(config.build()) }
    }

    /// Whether any metric of the service is listed, which the service-linked role writes.
    pub async fn lists_metrics(&self) -> Result<bool, ReadError> {
        let listed = self.client.list_metrics().namespace(NAMESPACE).send();
        let listed = tokio::time::timeout(PATIENCE, listed).await.map_err(|_| too_late())?;
        listed.map(|listed| !listed.metrics().is_empty()).map_err(|error| unreachable(&error))
    }

    /// What text messages have cost in the month of `now` (since 1970), in USD; `None` without a point.
    pub async fn spent_this_month(&self, now: Duration) -> Result<Option<f64>, ReadError> {
        const NAME: &str = "TextMessageMonthlySpend";
        let now = jiff::Timestamp::new(i64::try_from(now.as_secs()).unwrap_or(i64::MAX), 0);
        let now = now.unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
        let begin = now.first_of_month().and_then(|day| day.start_of_day());
        let Ok(begin) = begin else { return Ok(None) };
        let metric = Metric::builder().namespace(NAMESPACE).metric_name(NAME).build();
        let stat = MetricStat::builder().metric(metric).period(3600).stat("Maximum").build();
        let query = MetricDataQuery::builder().id("spent").metric_stat(stat).build();
        let call = self
            .client
            .get_metric_data()
            .start_time(DateTime::from_secs(begin.timestamp().as_second()))
            .end_time(DateTime::from_secs(now.timestamp().as_second() + 3600))
            .metric_data_queries(query)
            .send();
        let read = tokio::time::timeout(PATIENCE, call).await.map_err(|_| too_late())?;
        let read = read.map_err(|error| unreachable(&error))?;
        let values = read.metric_data_results().iter().flat_map(|result| result.values());
        Ok(values.copied().reduce(f64::max))
    }

    /// Reads every series of the expectations, over the run's minutes and an hour more.
    pub async fn read(&self, expected: &Expected) -> Result<Observed, ReadError> {
        let mut observed = Observed::default();
        let Some(span) = span(expected) else { return Ok(observed) };
        let series: Vec<_> = expected.series.keys().collect();
        for some in series.chunks(QUERIES_PER_CALL) {
            self.read_some(some, span, &mut observed).await?;
        }
        Ok(observed)
    }

    async fn read_some(
        &self,
        series: &[&Series],
        (start, end): (Minute, Minute),
        observed: &mut Observed,
    ) -> Result<(), ReadError> {
        let queries: Vec<_> = series.iter().map(|series| query(series)).collect();
        let mut next = None;
        loop {
            let call = self
                .client
                .get_metric_data()
                .start_time(DateTime::from_secs(i64::from(start) * 60))
                .end_time(DateTime::from_secs(i64::from(end) * 60))
                .scan_by(ScanBy::TimestampAscending)
                .set_metric_data_queries(Some(queries.clone()))
                .set_next_token(next);
            let page = tokio::time::timeout(PATIENCE, call.send()).await.map_err(|_| too_late())?;
            let page = page.map_err(|error| unreachable(&error))?;
            for result in page.metric_data_results() {
                let id = result.id().unwrap_or_default();
                let status = result.status_code();
                if !matches!(status, None | Some(StatusCode::Complete | StatusCode::PartialData)) {
                    let status = status.map_or_else(String::new, ToString::to_string);
                    return Err(ReadError::NoAnswer { id: id.to_owned(), status });
                }
                let Some(series) = series.iter().find(|series| series.id() == id) else { continue };
                for (at, value) in result.timestamps().iter().zip(result.values()) {
                    let minute = Minute::try_from(at.secs().div_euclid(60)).unwrap_or(Minute::MAX);
                    observed.add(series, minute, *value);
                }
            }
            next = page.next_token().map(str::to_owned);
            if next.is_none() {
                return Ok(());
            }
        }
    }
}

fn too_late() -> ReadError {
    ReadError::Unreachable(format!("no answer within {} s", PATIENCE.as_secs()))
}

fn unreachable<E: std::error::Error + 'static>(error: &E) -> ReadError {
    ReadError::Unreachable(DisplayErrorContext(error).to_string())
}

fn query(series: &Series) -> MetricDataQuery {
    let dimensions = series.dimensions().into_iter();
    let dimensions =
        dimensions.map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = Metric::builder()
        .namespace(NAMESPACE)
        .metric_name(series.metric.name())
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let period = i32::try_from(PERIOD_S).expect("a minute");
    let sum = MetricStat::builder().metric(metric).period(period).stat("Sum").build();
    MetricDataQuery::builder().id(series.id()).label(series.to_string()).metric_stat(sum).build()
}
