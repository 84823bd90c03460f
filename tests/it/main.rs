//! Tests of the whole program from outside.

mod scenario_files;
mod reports;
