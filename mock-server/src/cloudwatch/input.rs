//! Requests, checked as CloudWatch documents its parameters.
//!
//! **Invariant:** what gets past here has an end after its start, and a period of at least a second.

use super::{
    failure::{Failure, Kind},
    node::{Member, Node},
};
use crate::service::metrics::{Dimensions, Metric, Metrics, Minute, NAMESPACE, Samples, Statistic};
use std::{collections::BTreeMap, ops::Range};

/// A `GetMetricData` request.
#[derive(Clone, Debug)]
pub(super) struct DataInput {
    pub(super) queries: Vec<Query>,
    pub(super) span: Span,
    pub(super) ascending: bool,
    pub(super) max_datapoints: usize,
    pub(super) next_token: Option<String>,
}

/// One query of it.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) what: What,
    pub(super) label: Option<String>,
    pub(super) return_data: bool,
}

/// What a query asks for.
#[derive(Clone, Debug)]
pub(super) enum What {
    Stat(Asked, Statistic),
    Expression(String),
}

/// A series over periods.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) dimensions: Vec<(String, String)>,
    /// In seconds.
    pub(super) period: u32,
    pub(super) unit: Option<String>,
}

/// A `GetMetricStatistics` request.
#[derive(Clone, Debug)]
pub(super) struct StatisticsInput {
    pub(super) asked: Asked,
    pub(super) span: Span,
    pub(super) statistics: Vec<(String, Statistic)>,
    pub(super) extended: Vec<(String, Statistic)>,
}

/// A `ListMetrics` request.
#[derive(Clone, Debug)]
pub(super) struct ListInput {
    pub(super) namespace: Option<String>,
    pub(super) metric: Option<String>,
    pub(super) dimensions: Vec<(String, Option<String>)>,
    pub(super) recently_active: bool,
    pub(super) next_token: Option<String>,
}

/// From an instant (inclusive) to another (exclusive), in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: f64,
    pub(super) end: f64,
}

impl Span {
    /// The minutes at which periods of this many minutes may begin. The start is rounded down to the
    /// period, as AWS documents for its lengths.
    pub(super) fn minutes(self, period: Minute) -> Range<Minute> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, which is what is wanted"
        )]
        let minute = |minutes: f64| minutes as Minute;
        let start = minute((self.start / 60.0).floor()) / period * period;
        start..minute((self.end / 60.0).ceil())
    }
}

impl Asked {
    /// The length of a period in minutes; `None` if it is below one, where nothing has data.
    pub(super) const fn minutes(&self) -> Option<Minute> {
        if self.period < 60 { None } else { Some(self.period / 60) }
    }

    /// The metric, if this service has it in the unit asked for.
    pub(super) fn metric(&self) -> Option<Metric> {
        let metric = Metric::named(&self.metric).filter(|_| self.namespace == NAMESPACE)?;
        let unit = self.unit.as_deref();
        unit.is_none_or(|unit| unit == metric.unit().as_str()).then_some(metric)
    }

    /// Its samples; none if there is no such series.
    pub(super) fn points(&self, metrics: &Metrics, span: Span) -> BTreeMap<Minute, Samples> {
        self.try_points(metrics, span).unwrap_or_default()
    }

    fn try_points(&self, metrics: &Metrics, span: Span) -> Option<BTreeMap<Minute, Samples>> {
        let pairs = self.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let selection = metrics.select(self.metric()?, &Dimensions::named(pairs)?)?;
        let period = self.minutes()?;
        Some(metrics.points(&selection, span.minutes(period), period))
    }
}

/// How each operation names its errors.
#[derive(Clone, Copy)]
struct Reader {
    missing: Kind,
    wrong: Kind,
}

const DATA: Reader = Reader { missing: Kind::Validation, wrong: Kind::Validation };
const STATISTICS: Reader =
    Reader { missing: Kind::MissingParameter, wrong: Kind::InvalidParameterValue };
const LIST: Reader =
    Reader { missing: Kind::InvalidParameterValue, wrong: Kind::InvalidParameterValue };

/// The most queries of a request, and the most data points of a page.
const QUERIES: usize = 500;
const DATAPOINTS: i64 = 100_800;

/// Reads a `GetMetricData` request.
pub(super) fn data(input: &Node) -> Result<DataInput, Failure> {
    let root = Member::root(input);
    let queries = DATA.required(&root, "MetricDataQueries")?.items()?;
    if queries.is_empty() || queries.len() > QUERIES {
        let message = format!("MetricDataQueries must have 1 to {QUERIES} members");
        return Err(Failure::validation(message));
    }
    let queries = queries.iter().map(query).collect::<Result<Vec<_>, _>>()?;
    check_ids(&queries)?;
    let max_datapoints = match root.get("MaxDatapoints")? {
        Some(most) => DATA.within(&most, most.integer()?, 1, DATAPOINTS)?,
        None => DATAPOINTS,
    };
    let scan_by = DATA.text(&root, "ScanBy", 1..=64)?;
    let ascending = match scan_by.as_deref() {
        None | Some("TimestampDescending") => false,
        Some("TimestampAscending") => true,
        Some(_) => {
            let message = "ScanBy must be TimestampDescending or TimestampAscending";
            return Err(Failure::validation(message));
        }
    };
    Ok(DataInput {
        queries,
        span: DATA.span(&root)?,
        ascending,
        max_datapoints: usize::try_from(max_datapoints).unwrap_or(1),
        next_token: DATA.text(&root, "NextToken", 1..=4096)?,
    })
}

fn query(member: &Member<'_>) -> Result<Query, Failure> {
    let id = DATA.required_text(member, "Id", 1..=255)?;
    let stat = member.get("MetricStat")?;
    let expression = DATA.text(member, "Expression", 1..=2048)?;
    if let Some(period) = member.get("Period")? {
        DATA.period(&period)?;
    }
    let what = match (stat, expression) {
        (Some(stat), None) => metric_stat(&stat)?,
        (None, Some(expression)) => What::Expression(expression),
        _ => {
            let message = format!("the query '{id}' must have either MetricStat or Expression");
            return Err(Failure::validation(message));
        }
    };
    let return_data = member.get("ReturnData")?.map_or(Ok(true), |flag| flag.flag())?;
    Ok(Query { id, what, label: DATA.text(member, "Label", 0..=2048)?, return_data })
}

fn metric_stat(stat: &Member<'_>) -> Result<What, Failure> {
    let metric = DATA.required(stat, "Metric")?;
    let period = DATA.period(&DATA.required(stat, "Period")?)?;
    let name = DATA.required_text(stat, "Stat", 1..=255)?;
    let asked = Asked {
        namespace: DATA.namespace(&metric)?.ok_or_else(|| DATA.lacks(&metric, "Namespace"))?,
        metric: DATA.required_text(&metric, "MetricName", 1..=255)?,
        dimensions: DATA.dimensions(&metric)?,
        period,
        unit: DATA.text(stat, "Unit", 1..=64)?,
    };
    let statistic = Statistic::named(&name).ok_or_else(|| {
        Failure::validation(format!(
            "{}.Stat must be SampleCount, Average, Sum, Minimum, Maximum or a percentile as in p99.9; \
             sms-voice-mock has no other statistics",
            stat.path()
        ))
    })?;
    Ok(What::Stat(asked, statistic))
}

fn check_ids(queries: &[Query]) -> Result<(), Failure> {
    for (nth, query) in queries.iter().enumerate() {
        let id = &query.id;
        let mut bytes = id.bytes();
        let begins = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        if !begins || !bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(Failure::validation(format!(
                "the Id '{id}' must begin with a lower-case letter and have letters, digits and \
                 underscores only"
            )));
        }
        if queries[..nth].iter().any(|other| other.id == *id) {
            return Err(Failure::validation(format!("the Id '{id}' is used more than once")));
        }
    }
    if queries.iter().any(|query| query.return_data) {
        return Ok(());
    }
    Err(Failure::validation("at least one query must have ReturnData true"))
}

/// Reads a `GetMetricStatistics` request.
pub(super) fn statistics(input: &Node) -> Result<StatisticsInput, Failure> {
    let root = Member::root(input);
    let reader = STATISTICS;
    let asked = Asked {
        namespace: reader.namespace(&root)?.ok_or_else(|| reader.lacks(&root, "Namespace"))?,
        metric: reader.required_text(&root, "MetricName", 1..=255)?,
        dimensions: reader.dimensions(&root)?,
        period: reader.period(&reader.required(&root, "Period")?)?,
        unit: reader.text(&root, "Unit", 1..=64)?,
    };
    let simple = |statistic: &Statistic| !matches!(statistic, Statistic::Percentile(_));
    let statistics = reader.statistics(&root, "Statistics", 5, simple)?;
    let extended = reader.statistics(&root, "ExtendedStatistics", 10, |known| !simple(known))?;
    if statistics.is_empty() && extended.is_empty() {
        let message = "at least one of Statistics and ExtendedStatistics must be given";
        return Err(Failure::new(Kind::InvalidParameterCombination, message));
    }
    Ok(StatisticsInput { asked, span: reader.span(&root)?, statistics, extended })
}

/// Reads a `ListMetrics` request.
pub(super) fn list(input: &Node) -> Result<ListInput, Failure> {
    let root = Member::root(input);
    let recently_active = LIST.text(&root, "RecentlyActive", 1..=64)?;
    if recently_active.as_deref().is_some_and(|span| span != "PT3H") {
        return Err(Failure::value("RecentlyActive must be PT3H"));
    }
    let filters = LIST.members(&root, "Dimensions", 10)?;
    let filter = |filter: &Member<'_>| {
        let name = LIST.required_text(filter, "Name", 1..=255)?;
        Ok((name, LIST.text(filter, "Value", 1..=1024)?))
    };
    Ok(ListInput {
        namespace: LIST.namespace(&root)?,
        metric: LIST.text(&root, "MetricName", 1..=255)?,
        dimensions: filters.iter().map(filter).collect::<Result<_, Failure>>()?,
        recently_active: recently_active.is_some(),
        next_token: LIST.text(&root, "NextToken", 1..=4096)?,
    })
}

type Length = std::ops::RangeInclusive<usize>;

impl Reader {
    fn lacks(self, of: &Member<'_>, name: &str) -> Failure {
        let dot = if of.path().is_empty() { "" } else { "." };
        Failure::new(self.missing, format!("the parameter {}{dot}{name} is required", of.path()))
    }

    fn required<'a>(self, of: &Member<'a>, name: &str) -> Result<Member<'a>, Failure> {
        of.get(name)?.ok_or_else(|| self.lacks(of, name))
    }

    fn wrong(self, of: &Member<'_>, must: &str) -> Failure {
        Failure::new(self.wrong, format!("the parameter {} {must}", of.path()))
    }

    fn text(self, of: &Member<'_>, name: &str, length: Length) -> Result<Option<String>, Failure> {
        let Some(member) = of.get(name)? else { return Ok(None) };
        let text = member.text()?;
        if length.contains(&text.chars().count()) {
            return Ok(Some(text.to_owned()));
        }
        let (least, most) = length.into_inner();
        Err(self.wrong(&member, &format!("must have {least} to {most} characters")))
    }

    fn required_text(self, of: &Member<'_>, name: &str, length: Length) -> Result<String, Failure> {
        self.text(of, name, length)?.ok_or_else(|| self.lacks(of, name))
    }

    fn namespace(self, of: &Member<'_>) -> Result<Option<String>, Failure> {
        let namespace = self.text(of, "Namespace", 1..=255)?;
        if namespace.as_deref().is_some_and(|name| name.starts_with(':')) {
            return Err(self.wrong(of, "must have a Namespace that does not begin with a colon"));
        }
        Ok(namespace)
    }

    fn within(self, of: &Member<'_>, value: i64, least: i64, most: i64) -> Result<i64, Failure> {
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(self.wrong(of, &format!("must be between {least} and {most}")))
    }

    fn period(self, of: &Member<'_>) -> Result<u32, Failure> {
        let period = of.integer()?;
        let known = matches!(period, 1 | 5 | 10 | 30) || (period > 0 && period % 60 == 0);
        let period = u32::try_from(period).ok().filter(|_| known);
        period.ok_or_else(|| self.wrong(of, "must be 1, 5, 10, 30 or a multiple of 60"))
    }

    fn span(self, root: &Member<'_>) -> Result<Span, Failure> {
        let start = self.required(root, "StartTime")?.time()?;
        let end = self.required(root, "EndTime")?;
        let span = Span { start, end: end.time()? };
        if span.start < span.end {
            return Ok(span);
        }
        Err(self.wrong(&end, "must be later than StartTime"))
    }

    fn members<'a>(
        self,
        of: &Member<'a>,
        name: &str,
        most: usize,
    ) -> Result<Vec<Member<'a>>, Failure> {
        let Some(member) = of.get(name)? else { return Ok(Vec::new()) };
        let items = member.items()?;
        if items.len() <= most {
            return Ok(items);
        }
        Err(self.wrong(&member, &format!("must have at most {most} members")))
    }

    fn dimensions(self, of: &Member<'_>) -> Result<Vec<(String, String)>, Failure> {
        let items = self.members(of, "Dimensions", 30)?;
        let dimension = |item: &Member<'_>| {
            let name = self.required_text(item, "Name", 1..=255)?;
            Ok((name, self.required_text(item, "Value", 1..=1024)?))
        };
        items.iter().map(dimension).collect()
    }

    fn statistics(
        self,
        of: &Member<'_>,
        name: &str,
        most: usize,
        fits: impl Fn(&Statistic) -> bool,
    ) -> Result<Vec<(String, Statistic)>, Failure> {
        let items = self.members(of, name, most)?;
        let statistic = |item: &Member<'_>| {
            let name = item.text()?;
            let known = Statistic::named(name).filter(&fits);
            let known = known.ok_or_else(|| self.wrong(item, "is not a statistic known here"))?;
            Ok((name.to_owned(), known))
        };
        items.iter().map(statistic).collect()
    }
}
