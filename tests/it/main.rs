//! Tests of the whole program from outside.

mod architecture;
mod campaigns;
mod careless_driver;
mod conservation;
mod numbers;
mod scenario_files;
mod reports;
