//! Metrics as text, as Prometheus and whoever speaks its formats read it.
//!
//! **Invariant:** what is written can be read: labels and help texts are escaped, counts of buckets rise.

use super::{Buckets, Family, Labels, Series};
use std::fmt::{self, Write};

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus's own text format, version 0.0.4.
    Prometheus,
    /// `OpenMetrics`, version 1.0.0.
    OpenMetrics,
}

impl Format {
    /// What a client that sends this `Accept` header shall have.
    #[must_use]
    pub fn wanted(accept: Option<&str>) -> Self {
        let open = accept.is_some_and(|accept| accept.contains("application/openmetrics-text"));
        if open { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// The value of `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Writes all families.
#[must_use]
pub fn write(families: &[Family], format: Format) -> String {
    let mut out = String::new();
    for family in families {
        family.write(format, &mut out).expect("a text takes everything");
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

impl Family {
    fn write(&self, format: Format, out: &mut String) -> fmt::Result {
        let Self { name, help, unit, series } = self;
        let suffix = if matches!(series, Series::Counter(_)) { "_total" } else { "" };
        // `OpenMetrics` names a family without the suffix of its samples, Prometheus with it.
        let title = if format == Format::OpenMetrics { "" } else { suffix };
        let kind = match series {
            Series::Counter(_) => "counter",
            Series::Gauge(_) => "gauge",
            Series::Histogram(_) => "histogram",
        };
        writeln!(out, "# HELP {name}{title} {}", escaped(help))?;
        writeln!(out, "# TYPE {name}{title} {kind}")?;
        if format == Format::OpenMetrics && !unit.is_empty() {
            writeln!(out, "# UNIT {name} {unit}")?;
        }
        match series {
            Series::Counter(series) | Series::Gauge(series) => {
                for (labels, value) in series {
                    writeln!(out, "{name}{suffix}{} {value}", Braces(labels, None))?;
                }
            }
            Series::Histogram(series) => {
                for (labels, buckets) in series {
                    buckets.write(name, labels, out)?;
                }
            }
        }
        Ok(())
    }
}

impl Buckets {
    fn write(&self, name: &str, labels: &Labels, out: &mut String) -> fmt::Result {
        for (bound, count) in self.bounds.iter().zip(&self.at_most) {
            let le = format!("{bound:?}");
            writeln!(out, "{name}_bucket{} {count}", Braces(labels, Some(&le)))?;
        }
        writeln!(out, "{name}_bucket{} {}", Braces(labels, Some("+Inf")), self.count)?;
        writeln!(out, "{name}_count{} {}", Braces(labels, None), self.count)?;
        writeln!(out, "{name}_sum{} {}", Braces(labels, None), self.sum)
    }
}

/// Labels in braces, with a bound if there is one.
struct Braces<'a>(&'a Labels, Option<&'a str>);

impl fmt::Display for Braces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = self.0.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs = pairs.chain(self.1.map(|bound| ("le", bound)));
        let mut before = '{';
        for (name, value) in pairs {
            write!(f, "{before}{name}=\"{}\"", escaped(value))?;
            before = ',';
        }
        if before == ',' { f.write_char('}') } else { Ok(()) }
    }
}

/// Backslashes, quotes and ends of lines. A quote in a help text need not be escaped, so none is there.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families() -> Vec<Family> {
        let evil = vec![("target", "a\"b\\c\nd".to_owned())];
        let buckets = Buckets { bounds: &[0.5, 1.0], at_most: vec![1, 3], count: 4, sum: 7.5 };
        vec![
            Family { name: "a", help: "A.", unit: "", series: Series::Counter(vec![(evil, 3.0)]) },
            Family {
                name: "b_seconds",
                help: "B.",
                unit: "seconds",
                series: Series::Histogram(vec![(Labels::new(), buckets)]),
            },
        ]
    }

    #[test]
    fn prometheus_reads_counters_by_their_whole_name_and_escaped_labels() {
        let expected = "\
# HELP a_total A.
# TYPE a_total counter
a_total{target=\"a\\\"b\\\\c\\nd\"} 3
# HELP b_seconds B.
# TYPE b_seconds histogram
b_seconds_bucket{le=\"0.5\"} 1
b_seconds_bucket{le=\"1.0\"} 3
b_seconds_bucket{le=\"+Inf\"} 4
b_seconds_count 4
b_seconds_sum 7.5
";
        assert_eq!(write(&families(), Format::Prometheus), expected);
    }

    #[test]
    fn openmetrics_has_units_and_an_end() {
        let text = write(&families(), Format::OpenMetrics);
        assert!(text.starts_with("# HELP a A.\n# TYPE a counter\na_total{"), "{text}");
        assert!(text.contains("# UNIT b_seconds seconds\n"), "{text}");
        assert!(text.ends_with("b_seconds_sum 7.5\n# EOF\n"), "{text}");
    }

    #[test]
    fn the_format_is_the_clients_choice() {
        let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        assert_eq!(Format::wanted(Some(accept)), Format::OpenMetrics);
        assert_eq!(Format::wanted(Some("text/plain")), Format::Prometheus);
        assert_eq!(Format::wanted(None), Format::Prometheus);
    }
}
