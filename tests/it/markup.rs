//! Whether a page is sound: tags match, ids are there once, and no number is none.

use std::collections::BTreeSet;

/// Tags that have no end.
const VOID: [&str; 5] = ["meta", "link", "br", "hr", "img"];

#[track_caller]
pub(crate) fn assert_sound(html: &str) {
    assert_tags_match(html);
    assert_ids_are_known(html);
    for word in ["NaN", "inf\"", "inf%", "-0.0\""] {
        assert!(!html.contains(word), "{word}");
    }
}

#[track_caller]
fn assert_tags_match(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in html.split('<').skip(1).filter(|part| !part.starts_with('!')) {
        let tag = part.split('>').next().expect("a first part");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().expect("a first part");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "before {part}");
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[track_caller]
fn assert_ids_are_known(html: &str) {
    let mut ids = BTreeSet::new();
    for id in values(html, " id=\"") {
        assert!(ids.insert(id), "{id} is there twice");
        assert!(!id.contains(' '), "{id}");
    }
    let named = values(html, "aria-labelledby=\"").flat_map(str::split_whitespace);
    for id in named.chain(values(html, "href=\"#")) {
        assert!(ids.contains(id), "nothing is called {id}");
    }
}

fn values<'a>(html: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(start).skip(1).map(|rest| rest.split('"').next().expect("a first part"))
}
