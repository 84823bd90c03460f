//! What a run leaves for CI servers.

use crate::compare::Comparison;

/// Tells the CI server about a comparison.
pub fn tell_comparison(_found: &Comparison) {}
