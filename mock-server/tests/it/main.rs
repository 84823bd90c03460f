//! Tests of the stub from outside.
