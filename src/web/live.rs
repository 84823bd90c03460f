//! A page that keeps itself up to date: by a small script, or else by being loaded again.
//!
//! **Invariant:** the page stays whole without a script, and loads nothing but what its server offers.

/// Where the script is.
pub(super) const SCRIPT_PATH: &str = "/live.js";

/// The script.
pub(super) const SCRIPT: &str = include_str!("live.js");

/// What is put into the head of a page.
const HEAD: &str = "<script src=\"/live.js\" defer></script>\n\
     <noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>\n";

/// The page's own policy, which would forbid the script; the server sends another one with it.
const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\"";

/// Makes a whole page one that keeps itself up to date.
pub(super) fn keep_up_to_date(page: &str) -> String {
    let mut page = without_policy(page);
    if let Some(end) = page.find("</head>") {
        page.insert_str(end, HEAD);
    }
    page
}

fn without_policy(page: &str) -> String {
    let found = page.split_once(POLICY);
    let found = found.and_then(|(before, rest)| Some((before, rest.split_once('>')?.1)));
    found.map_or_else(|| page.to_owned(), |(before, after)| format!("{before}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_takes_the_place_of_the_policy_that_forbids_it() {
        let page = "<head><meta http-equiv=\"Content-Security-Policy\" content=\"x\"><title>t</title></head>";
        let live = keep_up_to_date(page);
        assert_eq!(live, format!("<head><title>t</title>{HEAD}</head>"));
    }
}
