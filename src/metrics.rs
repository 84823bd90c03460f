//! A run as metrics: families with labels, from a snapshot, and the formats that collectors read.
//!
//! Our own small model, because the values are sums that shards have posted already: client libraries
//! count for themselves, and the text format is a page long.
//!
//! **Invariant:** labels are an operation, an outcome, a country, a kind of problem, or what the run is;
//! never a number, a code, or an id of a message.

pub mod catalogue;
pub mod exposition;

pub use catalogue::families;

/// One metric with all its series.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its name, without the suffix `_total` of counters.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    /// Its unit, which is also the end of its name; empty for counts.
    pub unit: &'static str,
    /// Its series.
    pub series: Series,
}

/// The series of one metric, all of one kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// Sums that only grow.
    Counter(Vec<(Labels, f64)>),
    /// What may rise and fall.
    Gauge(Vec<(Labels, f64)>),
    /// How long things took.
    Histogram(Vec<(Labels, Buckets)>),
}

/// Names and values.
pub type Labels = Vec<(&'static str, String)>;

/// How many were at most as long as each bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    /// The bounds, in seconds, rising.
    pub bounds: &'static [f64],
    /// How many were at most as long.
    pub at_most: Vec<u64>,
    /// How many there were.
    pub count: u64,
    /// All of them together, in seconds.
    pub sum: f64,
}
