//! Pages of lists.
//!
//! A page token is, in hexadecimal, the operation that gave it and the key of the last item shown: it
//! stays good whatever is created or deleted meanwhile.
//!
//! **Invariant:** following the tokens shows each item that was there all the time exactly once.

use crate::service::answer::{ServiceError, ValidationReason};

/// The longest page, and the length of one if nothing is asked for (an assumption).
const PAGE: u8 = 100;

/// One page: the items, and what to ask for the next one with.
pub(in crate::service) type Page<T> = (Vec<T>, Option<String>);

/// The page after `next_token` of these items, which come sorted by their key.
pub(in crate::service) fn page<K: AsRef<str>, T>(
    operation: &str,
    items: impl Iterator<Item = (K, T)>,
    next_token: Option<&str>,
    max_results: Option<u8>,
) -> Result<Page<T>, ServiceError> {
    let after = next_token.map(|token| key_of_token(operation, token)).transpose()?;
    let follows = |(key, _): &(K, T)| after.as_deref().is_none_or(|after| after < key.as_ref());
    let mut rest = items.filter(follows).peekable();
    let most = usize::from(max_results.unwrap_or(PAGE));
    let (mut shown, mut last) = (Vec::new(), None);
    while shown.len() < most
        && let Some((key, item)) = rest.next()
    {
        shown.push(item);
        last = Some(key);
    }
    let more = rest.peek().is_some();
    Ok((shown, last.filter(|_| more).map(|key| token_of_key(operation, key.as_ref()))))
}

fn token_of_key(operation: &str, key: &str) -> String {
    format!("{operation}/{key}").bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn key_of_token(operation: &str, token: &str) -> Result<String, ServiceError> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = token.as_bytes().chunks(2).map(byte).collect();
    bytes
        .filter(|_| token.len().is_multiple_of(2))
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|said| Some(said.strip_prefix(operation)?.strip_prefix('/')?.to_owned()))
        .ok_or_else(|| {
            ServiceError::invalid(
                ValidationReason::InvalidNextToken,
                "NextToken",
                "must be one that this operation gave",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_without_gap_or_repetition() {
        let items = || ["a", "b", "c"].into_iter().map(|key| (key, key));
        let (first, token) = page("List", items(), None, Some(2)).expect("a page");
        assert_eq!(first, ["a", "b"]);
        let (second, end) = page("List", items(), token.as_deref(), Some(2)).expect("a page");
        assert_eq!((second, end), (vec!["c"], None));
        let (all, end) = page("List", items(), None, Some(3)).expect("a page");
        assert_eq!((all.len(), end), (3, None));
    }

    #[test]
    fn a_token_of_nobody_is_refused() {
        let of_another = token_of_key("Describe", "a");
        for token in ["x", "0", "zz", "61", &of_another] {
            assert!(page("List", [("a", 1)].into_iter(), Some(token), None).is_err(), "{token}");
        }
    }
}
