//! The lines of shares.

use super::{
    between,
    counts::{Counts, SHARES, Samples, Share},
    estimate::Estimate,
    line::{Draft, Family, NOTHING_TO_FIND, Unit},
    share::{self, Counted},
    side::{Scope, Side},
};

/// How many blocks of time it takes to see how bursty throttles are.
const FEWEST_BLOCKS: usize = 10;
const TOO_SHORT: &str =
    "throttles come in bursts, and there are fewer than 10 intervals to tell how much";

/// The lines of shares of one country or of the whole run; one without samples on either side has none.
pub(super) fn compare(
    base: &Side<'_>,
    new: &Side<'_>,
    scope: Scope<'_>,
    paired: bool,
    alpha: f64,
) -> Vec<Draft> {
    let sides = [base, new].map(|side| (side, Known::of(side, scope)));
    let shares = SHARES.iter().filter_map(|share| {
        let [before, after] = [&sides[0], &sides[1]].map(|(_, known)| known.counted(share));
        let (before, after) = (before?, after?);
        let estimate = share::compare(before, after);
        let known = before.whole > 0 || after.whole > 0;
        let bursts = share.samples == Samples::Throttles && !paired;
        let short = |(side, counted): (&Side<'_>, Counted)| {
            counted.part > 0 && side.blocks() < FEWEST_BLOCKS
        };
        let too_short = bursts && (short((base, before)) || short((new, after)));
        let blind = estimate.is_some() && !share::can_surprise(before, after, alpha);
        let blind = blind.then_some(NOTHING_TO_FIND);
        let between = || between_runs(base, new, scope, share, [before, after]);
        let estimate = match estimate {
            Some(estimate) if paired => Some(Estimate::exact(estimate.effect)),
            estimate => estimate.map(|estimate| between().unwrap_or(estimate)),
        };
        known.then(|| Draft {
            metric: share.name.to_owned(),
            country: scope.name().to_owned(),
            figures: [before.share(), after.share()],
            samples: [before.whole, after.whole],
            unit: Unit::Share,
            worse: share.worse,
            family: family(scope, share),
            estimate: estimate.filter(|_| !too_short),
            untested: if too_short { Some(TOO_SHORT) } else { blind },
        })
    });
    shares.collect()
}

fn family(scope: Scope<'_>, share: &Share) -> Family {
    match scope {
        Scope::Total => Family::Total,
        Scope::Country(_) if share.is_conversion() => Family::Conversion,
        Scope::Country(_) => Family::Shares,
    }
}

/// What one side knows of one scope.
struct Known {
    counts: Counts,
    bursts: f64,
    throttles: f64,
}

impl Known {
    fn of(side: &Side<'_>, scope: Scope<'_>) -> Self {
        let counts = side.counts(scope);
        let there = counts.throttled() > 0;
        let bursts = if there { side.burst_variance(scope) } else { 0.0 };
        let throttles = if there { side.throttle_variance(scope) } else { 0.0 };
        Self { counts, bursts, throttles }
    }

    fn counted(&self, share: &Share) -> Option<Counted> {
        let (part, whole) = share.of(&self.counts)?;
        let within = self.counts.design(share.samples);
        let alone = Counted { part, whole, design: 1.0 };
        let independent = variance(alone);
        let of_independent =
            |variance: f64| if independent > 0.0 { variance / independent } else { 0.0 };
        let design = match share.samples {
            Samples::Throttles => of_independent(self.throttles).max(within),
            Samples::Sessions | Samples::Conversions => within + of_independent(self.bursts),
            Samples::Messages | Samples::Attempts => within,
        };
        Some(Counted { part, whole, design })
    }
}

/// The variance of a share.
fn variance(counted: Counted) -> f64 {
    let share = counted.share().unwrap_or(0.0);
    share * (1.0 - share) / counted.whole.max(1) as f64 * counted.design
}

/// The difference by how much runs differ, where that is known and more than chance inside them.
fn between_runs(
    base: &Side<'_>,
    new: &Side<'_>,
    scope: Scope<'_>,
    share: &Share,
    [before, after]: [Counted; 2],
) -> Option<Estimate> {
    let by_run = |side: &Side<'_>| -> Option<Vec<f64>> {
        let share_of = |counts: Counts| {
            let (part, whole) = share.of(&counts)?;
            Counted { part, whole, design: 1.0 }.share()
        };
        side.runs.iter().map(|run| share_of(run.counts(scope))).collect()
    };
    let shift = between::shift(&by_run(base)?, &by_run(new)?)?;
    let inside = (variance(before) + variance(after)).sqrt();
    (shift.error > inside).then(|| shift.absolute())
}
