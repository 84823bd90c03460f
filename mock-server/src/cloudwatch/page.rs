//! Pages of results and the tokens that lead to the next.
//!
//! **Invariant:** a token fits the request it was given for, and no other.

use super::failure::{Failure, Kind};
use std::{
    fmt::Debug,
    hash::{DefaultHasher, Hash, Hasher},
};

/// Where a page begins: 0 without a token.
pub(super) fn start(token: Option<&str>, request: &impl Debug) -> Result<usize, Failure> {
    let Some(token) = token else { return Ok(0) };
    let (place, digest) = token.split_once('-').unwrap_or_default();
    let known = digest == self::digest(request);
    let place = usize::from_str_radix(place, 16).ok().filter(|_| known);
    place.ok_or_else(|| {
        let message = "the parameter NextToken was not given out for this request";
        Failure::new(Kind::InvalidNextToken, message)
    })
}

/// The token of the page that begins at `place`.
pub(super) fn token(place: usize, request: &impl Debug) -> String {
    format!("{place:x}-{}", digest(request))
}

fn digest(request: &impl Debug) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{request:?}").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
