//! `--what-if`: the same questions about other values of a key.

use super::{
    Inquiry, figures,
    findings::WhatIf,
    goal::Goal,
    judge, play_both,
    trial::{Player, Stopped},
};
use crate::{record::cells::Tariff, scenario::Scenario};

/// At most so many combinations are played.
pub const MOST: usize = 100;

/// One combination of values and the scenario it gives.
#[derive(Clone, Debug)]
pub struct Variant {
    /// What was set: path and value.
    pub sets: Vec<[String; 2]>,
    /// The scenario with these values.
    pub scenario: Scenario,
    /// What its messages cost.
    pub tariff: Tariff,
    /// What must hold in it: its countries may be others.
    pub goals: Vec<Goal>,
}

/// Why a text is no sweep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SweepError {
    /// It has not the form of one.
    #[error(
        "`--what-if {0}` must be written as `path=a,b,c`, as in `service.quotas.SendTextMessage=10,20,50`"
    )]
    Form(String),
    /// The same key twice.
    #[error("`--what-if` has the key `{0}` twice: write all its values once, with commas between")]
    Twice(String),
    /// The seed.
    #[error(
        "`--what-if` cannot change `seed`: all combinations are played with the same seeds, so that nothing else makes a difference; how many is said by `--seeds`"
    )]
    Seed,
    /// Too many.
    #[error("`--what-if` asks for {0} combinations, and {MOST} is the most: leave some values out")]
    TooMany(usize),
}

/// Every combination of the values of all sweeps, each a list of path and value; none without sweeps.
pub fn combinations(sweeps: &[String]) -> Result<Vec<Vec<[String; 2]>>, SweepError> {
    let mut axes: Vec<(&str, Vec<&str>)> = Vec::new();
    for sweep in sweeps {
        let axis = read(sweep).ok_or_else(|| SweepError::Form(sweep.clone()))?;
        if axis.0 == "seed" {
            return Err(SweepError::Seed);
        }
        if axes.iter().any(|(path, _)| *path == axis.0) {
            return Err(SweepError::Twice(axis.0.to_owned()));
        }
        axes.push(axis);
    }
    let count = axes.iter().fold(1_usize, |count, (_, values)| count.saturating_mul(values.len()));
    if count > MOST {
        return Err(SweepError::TooMany(count));
    }
    if axes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(axes.iter().fold(vec![Vec::new()], |rows, (path, values)| cross(&rows, path, values)))
}

fn cross(rows: &[Vec<[String; 2]>], path: &str, values: &[&str]) -> Vec<Vec<[String; 2]>> {
    let longer = |row: &Vec<[String; 2]>, value: &str| {
        let mut row = row.clone();
        row.push([path.to_owned(), value.to_owned()]);
        row
    };
    rows.iter().flat_map(|row| values.iter().map(move |value| longer(row, value))).collect()
}

/// The path and its values. Commas inside brackets and quotes belong to a value.
fn read(sweep: &str) -> Option<(&str, Vec<&str>)> {
    let (path, text) = sweep.split_once('=')?;
    let (mut values, mut from, mut depth, mut quote) = (Vec::new(), 0, 0_u32, None);
    for (at, sign) in text.char_indices() {
        match (quote, sign) {
            (Some(open), _) if open == sign => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(sign),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                values.push(text[from..at].trim());
                from = at + 1;
            }
            (None, _) => {}
        }
    }
    values.push(text[from..].trim());
    let path = path.trim();
    let whole = !path.is_empty() && values.iter().all(|value| !value.is_empty());
    whole.then_some((path, values))
}

/// What comes of each variant, in their order.
pub(super) fn answers(inquiry: &Inquiry<'_>, player: &Player<'_>) -> Result<Vec<WhatIf>, Stopped> {
    let answered = inquiry.variants.iter().map(|variant| answer(inquiry, player, variant));
    answered.collect()
}

fn answer(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    variant: &Variant,
) -> Result<WhatIf, Stopped> {
    let scenario = &variant.scenario;
    let played = play_both(scenario, &variant.tariff, inquiry.seeds, player)?;
    let results = judge(&variant.goals, scenario, &played);
    let broken = results.iter().filter(|goal| !goal.ok).map(|goal| goal.expr.clone());
    let broken: Vec<String> = broken.collect();
    let (limited, free) = (&played.limited[0], &played.free[0]);
    Ok(WhatIf {
        sets: variant.sets.clone(),
        fits: broken.is_empty(),
        broken,
        figures: figures::figures(scenario, limited, free, None),
        cost_usd: figures::cost_of_both(scenario, limited, free),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_is_there_once_in_the_order_of_typing() {
        let sweeps = ["a.b=1,2", "c=[1, 2],\"x,y\",{ z = 1, w = 2 }"].map(str::to_owned);
        let rows = combinations(&sweeps).expect("valid");
        assert_eq!(rows.len(), 6);
        let pair = |path: &str, value: &str| [path.to_owned(), value.to_owned()];
        assert_eq!(rows[0], [pair("a.b", "1"), pair("c", "[1, 2]")]);
        assert_eq!(rows[4], [pair("a.b", "2"), pair("c", "\"x,y\"")]);
        assert_eq!(combinations(&[]), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_sweep_is_refused_with_the_reason() {
        let refused = |sweeps: &[&str]| {
            let sweeps: Vec<String> = sweeps.iter().map(|sweep| (*sweep).to_owned()).collect();
            combinations(&sweeps).expect_err("refused").to_string()
        };
        assert!(refused(&["seed"]).contains("path=a,b,c"));
        assert!(refused(&["seed=1,,2"]).contains("path=a,b,c"));
        assert!(refused(&["a=1", "a=2"]).contains("twice"));
        assert!(refused(&["seed=1,2"]).contains("`--seeds`"));
        let many = "a=1,2,3,4,5,6,7,8,9,10,11";
        assert!(refused(&[many, &many.replace('a', "b")]).contains("121 combinations"));
    }
}
