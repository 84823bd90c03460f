//! From two sides to judged lines.

use super::{
    Options,
    adjust::{self, Claim},
    fit::Fit,
    latencies,
    line::{Draft, Family, Line},
    shares,
    side::{Scope, Side},
};
use crate::results::ResultsError;

/// Every line: the whole run first, then the countries that both sides have.
pub(super) fn compare(
    base: &Side<'_>,
    new: &Side<'_>,
    fit: &Fit,
    options: &Options,
) -> Result<Vec<Line>, ResultsError> {
    let whole = fit.whole.then_some(Scope::Total);
    let countries = fit.countries.iter().map(|code| Scope::Country(code));
    let mut drafts = Vec::new();
    for scope in whole.into_iter().chain(countries) {
        drafts.extend(shares::compare(base, new, scope, fit.paired, options.alpha));
        drafts.extend(latencies::compare(base, new, scope, fit, options)?);
    }
    Ok(judge(drafts, fit.paired, options))
}

/// Rises and falls are adjusted apart, so that the promise holds for either.
fn judge(drafts: Vec<Draft>, paired: bool, options: &Options) -> Vec<Line> {
    let tested = |draft: &Draft| {
        draft.estimate.filter(|_| !paired && draft.untested.is_none()).map(|e| [e.rise, e.fall])
    };
    let claims = |direction: usize| {
        let claim = |draft: &Draft| {
            let p = tested(draft)?[direction];
            Some(Claim { p, family: draft.family as usize })
        };
        let claims: Vec<Claim> = drafts.iter().filter_map(claim).collect();
        adjust::adjusted(&claims, &Family::SHARES).into_iter()
    };
    let (mut rises, mut falls) = (claims(0), claims(1));
    let mut line = |draft: Draft| {
        let p = tested(&draft).and_then(|_| Some([rises.next()?, falls.next()?]));
        Line::of(draft, p, paired, options)
    };
    drafts.into_iter().map(&mut line).collect()
}
