//! Tests of the whole program from outside.

mod architecture;
mod agreement;
mod campaigns;
mod careless_driver;
mod cli;
mod conservation;
mod determinism;
mod faults;
mod limits;
mod live;
mod numbers;
mod privacy;
mod program;
mod scenario_files;
mod reports;
mod resume;
mod verify;
