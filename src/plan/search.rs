//! The smallest value of a quota at which the goals hold.
//!
//! **Invariant:** the value found holds for every seed, and one unit less does not for at least one.

use super::trial::Stopped;

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The smallest value; `None` if not even the largest holds.
    pub smallest: Option<u64>,
    /// How many campaigns were played for it.
    pub trials: u32,
}

/// A question whose answer is yes for large values: whether the goals hold at `value` with the seed of
/// this number.
pub trait Question {
    /// Plays it.
    fn holds(&mut self, value: u64, seed: usize) -> Result<bool, Stopped>;
}

impl<F: FnMut(u64, usize) -> Result<bool, Stopped>> Question for F {
    fn holds(&mut self, value: u64, seed: usize) -> Result<bool, Stopped> {
        self(value, seed)
    }
}

/// Looks for the smallest value between 1 and `largest` that holds for all seeds, beginning at `guess`:
/// the better the guess, the fewer trials.
pub fn smallest(
    question: &mut impl Question,
    (guess, largest): (u64, u64),
    seeds: usize,
) -> Result<Found, Stopped> {
    let mut search = Search { question, order: (0..seeds).collect(), trials: 0 };
    let guess = guess.clamp(1, largest);
    let bracket = if search.holds(guess)? {
        Some(search.bracket_below(guess)?)
    } else {
        search.bracket_above(guess, largest)?
    };
    let Some((mut fails, mut holds)) = bracket else {
        return Ok(Found { smallest: None, trials: search.trials });
    };
    while holds - fails > 1 {
        let middle = fails.midpoint(holds);
        if search.holds(middle)? { holds = middle } else { fails = middle }
    }
    Ok(Found { smallest: Some(holds), trials: search.trials })
}

struct Search<'q, Q> {
    question: &'q mut Q,
    /// The seed that broke a goal last comes first: it is the likeliest to break the next.
    order: Vec<usize>,
    trials: u32,
}

impl<Q: Question> Search<'_, Q> {
    fn holds(&mut self, value: u64) -> Result<bool, Stopped> {
        for place in 0..self.order.len() {
            self.trials += 1;
            if !self.question.holds(value, self.order[place])? {
                self.order[..=place].rotate_right(1);
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Steps down from a value that holds, twice as far each time. Nothing holds at zero: a quota of
    /// nothing is none.
    fn bracket_below(&mut self, mut holds: u64) -> Result<(u64, u64), Stopped> {
        let mut step = 1;
        loop {
            let fails = holds.saturating_sub(step);
            if fails == 0 || !self.holds(fails)? {
                return Ok((fails, holds));
            }
            (holds, step) = (fails, step * 2);
        }
    }

    /// Steps up from a value that does not hold.
    fn bracket_above(
        &mut self,
        mut fails: u64,
        largest: u64,
    ) -> Result<Option<(u64, u64)>, Stopped> {
        let mut step = 1;
        while fails < largest {
            let holds = (fails + step).min(largest);
            if self.holds(holds)? {
                return Ok(Some((fails, holds)));
            }
            (fails, step) = (holds, step * 2);
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a search finds where each seed needs at least so much.
    fn found(needs: &[u64], guess: u64) -> Found {
        let mut question = |value, seed: usize| Ok(needs[seed] <= value);
        smallest(&mut question, (guess, 1_000), needs.len()).expect("nobody stops it")
    }

    #[test]
    fn the_smallest_value_holds_for_the_neediest_seed_whatever_the_guess() {
        for guess in [1, 2, 36, 37, 38, 500, 5_000] {
            assert_eq!(found(&[30, 37, 12], guess).smallest, Some(37), "from {guess}");
        }
        assert_eq!(found(&[0], 7).smallest, Some(1));
        assert_eq!(found(&[1_001], 7).smallest, None);
        assert_eq!(found(&[1_000], 7).smallest, Some(1_000));
    }

    #[test]
    fn a_right_guess_costs_each_seed_once_and_the_neediest_once_more() {
        assert_eq!(found(&[37, 20, 12], 37).trials, 4);
    }
}
