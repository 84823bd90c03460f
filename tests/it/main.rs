//! Tests of the whole program from outside.

mod architecture;
mod agreement;
mod campaigns;
mod careless_driver;
mod conservation;
mod live;
mod numbers;
mod program;
mod scenario_files;
mod reports;
