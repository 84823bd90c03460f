//! Tests of the whole program from outside.

mod account;
mod architecture;
mod bounds;
mod agreement;
mod campaigns;
mod careless_driver;
mod cli;
mod conservation;
mod determinism;
mod doctor;
mod faults;
mod guard;
mod limits;
mod live;
mod numbers;
mod privacy;
mod program;
mod scenario_files;
mod reports;
mod resume;
mod verify;
