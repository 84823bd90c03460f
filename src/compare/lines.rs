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
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The parts that were compared: the whole run is one, and so is each country.
    pub compared: usize,
    /// How many there are.
    pub parts: usize,
}

/// Who is told of it, on any thread.
pub type Watch<'a> = &'a (dyn Fn(Stage) + Sync);

/// Every line: the whole run first, then the countries that both sides have.
pub(super) fn compare(
    [base, new]: [&Side<'_>; 2],
    fit: &Fit,
    options: &Options,
    (threads, watch): (usize, Watch<'_>),
) -> Result<Vec<Line>, ResultsError> {
    let whole = fit.whole.then_some(Scope::Total);
    let countries = fit.countries.iter().map(|code| Scope::Country(code));
    let scopes: Vec<Scope<'_>> = whole.into_iter().chain(countries).collect();
    let (next, compared) = (AtomicUsize::new(0), AtomicUsize::new(0));
    // Decoding and resampling the latencies of one part takes a while, and parts do not know of each other.
    let work = || {
        let mut found = Vec::new();
        while let Some((place, scope)) = take(&next, &scopes) {
            let shares = shares::compare(base, new, scope, fit.paired, options.alpha);
            let latencies = latencies::compare(base, new, scope, fit, options);
            found.push((place, latencies.map(|latencies| (shares, latencies))));
            let compared = compared.fetch_add(1, Ordering::Relaxed) + 1;
            watch(Stage { compared, parts: scopes.len() });
        }
        found
    };
    let mut found = thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(scopes.len())).map(|_| scope.spawn(work)).collect();
        let mut found = work();
        for other in others {
            found.extend(other.join().expect("no panic"));
        }
        found
    });
    found.sort_by_key(|(place, _)| *place);
    let mut drafts = Vec::new();
    for (_, found) in found {
        let (shares, latencies) = found?;
        drafts.extend(shares.into_iter().chain(latencies));
    }
    Ok(judge(drafts, fit.paired, options))
}

fn take<'a>(next: &AtomicUsize, scopes: &[Scope<'a>]) -> Option<(usize, Scope<'a>)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    scopes.get(place).map(|scope| (place, *scope))
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
