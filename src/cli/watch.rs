//! How a run can be watched.

use clap::{Args, builder::BoolishValueParser};

/// What shows a run while it runs.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "To watch it")]
pub struct WatchArgs {
    /// Shows a dashboard in this terminal; `?` lists its keys, `q` stops the run as Ctrl-C does.
    #[arg(long, env = "OTPDRILL_TUI", value_parser = BoolishValueParser::new())]
    pub tui: bool,
    /// Serves a page that shows the run and keeps itself up to date, `/report` (the report so far) and
    /// `/metrics`, until the run ends.
    /// A port alone is one of this machine, as in `--web 8089` (0 picks one); an address that others can
    /// reach must be typed here, as in `--web 0.0.0.0:8089`.
    #[arg(long, value_name = "ADDR", env = "OTPDRILL_WEB")]
    pub web: Option<String>,
    /// Serves `/metrics` for Prometheus until the run ends, as in `--metrics 9464`; `docs/metrics.md`
    /// lists them.
    #[arg(long, value_name = "ADDR", env = "OTPDRILL_METRICS")]
    pub metrics: Option<String>,
    /// Pushes metrics to an OTLP collector over HTTP, as in `--otlp http://localhost:4318`, every five
    /// seconds and at the end.
    #[cfg(feature = "otlp")]
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otlp: Option<String>,
    /// Whether the address of the page was typed, and does not come from the environment.
    #[arg(skip)]
    pub web_typed: bool,
    /// The same of the metrics.
    #[arg(skip)]
    pub metrics_typed: bool,
}
