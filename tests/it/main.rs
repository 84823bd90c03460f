//! Integration tests, one binary.

mod numbers;
