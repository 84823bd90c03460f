//! Tests of the whole program from outside.

mod account;
mod architecture;
mod bounds;
mod arrivals;
mod agreement;
mod campaigns;
mod careless_driver;
mod charts;
mod cli;
mod conservation;
mod determinism;
mod doctor;
mod fast_forward;
mod faults;
mod guard;
mod limits;
mod markup;
mod live;
mod metrics;
mod numbers;
#[cfg(feature = "otlp")]
mod otlp;
mod plan_page;
mod plan;
mod privacy;
mod program;
mod scenario_files;
mod reports;
mod report_page;
mod results;
mod resume;
mod tui;
mod verify;
mod windows;
mod web;
