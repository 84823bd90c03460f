//! Who arrives in each piece of the rate curve: the rates of all countries and attacks, side by side.
//!
//! A session is drawn by one search among the running sums of a piece, which stand together in memory.
//!
//! **Invariant:** there is a row for each segment of the plan, and the sums of a row end in its rates.

use super::{Attack, Expected, Origin, Segment, course};
use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// The rates of each country and attack in every piece of the curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    countries: usize,
    /// Countries and attacks.
    width: usize,
    pieces: Vec<Piece>,
    /// For each piece, for each country and then each attack: the rates at its start and end, with all
    /// those before it.
    sums: Vec<[f64; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    from: u64,
    until: u64,
    /// One over its length in nanoseconds.
    per_nano: f64,
}

impl Mix {
    /// A mix without pieces, of so many countries and attacks.
    #[must_use]
    pub fn new(countries: usize, attacks: usize) -> Self {
        Self { countries, width: countries + attacks, pieces: Vec::new(), sums: Vec::new() }
    }

    /// Appends the piece between two instants (nanoseconds since the start), whose rates at its start
    /// and end are given for each country and then each attack.
    #[expect(clippy::cast_precision_loss, reason = "lengths need no more than 53 bits")]
    pub fn push(&mut self, from: u64, until: u64, rates: &[[f64; 2]]) {
        debug_assert!(rates.len() == self.width && from < until);
        self.pieces.push(Piece { from, until, per_nano: 1.0 / (until - from) as f64 });
        let mut sum = [0.0; 2];
        for [start, end] in rates {
            sum = [sum[0] + start, sum[1] + end];
            self.sums.push(sum);
        }
    }

    /// Where the session comes from that is due at `at` in `piece`; `unit` is its draw from (0, 1).
    #[inline]
    #[must_use]
    pub fn origin(&self, piece: u32, at: SimTime, unit: f64, attacks: &[Attack]) -> Origin {
        let stream = self.stream(piece as usize, at, unit);
        let small = |place| u16::try_from(place).expect("fewer than 65,536 countries");
        match stream.checked_sub(self.countries) {
            None => Origin { country: small(stream), attack: None },
            Some(attack) => Origin {
                country: attacks[attack].country,
                attack: Some(u8::try_from(attack).expect("few attacks")),
            },
        }
    }

    #[inline]
    fn stream(&self, piece: usize, at: SimTime, unit: f64) -> usize {
        let row = self.row(piece);
        let total = row[self.width - 1];
        let into = match self.pieces[piece].share_at(at.nanos()) {
            // Where nobody has arrived yet, it is the next one that counts.
            0.0 if total[0] <= 0.0 => 0.5,
            into => into,
        };
        let level = |[start, end]: [f64; 2]| start + (end - start) * into;
        let target = unit * level(total);
        let place = row.partition_point(|sums| level(*sums) <= target);
        // Rounding can lead past the last one that has a rate.
        if place < self.width { place } else { self.last_with_rate(piece) }
    }

    fn last_with_rate(&self, piece: usize) -> usize {
        let rates = (0..self.width).rev();
        let with_rate = |stream: &usize| self.rates(piece, *stream) != [0.0, 0.0];
        rates.into_iter().find(with_rate).expect("nobody arrives where no rate is above 0")
    }

    fn row(&self, piece: usize) -> &[[f64; 2]] {
        &self.sums[piece * self.width..][..self.width]
    }

    /// The rates of a country or attack at the start and end of a piece.
    fn rates(&self, piece: usize, stream: usize) -> [f64; 2] {
        let row = self.row(piece);
        let before = stream.checked_sub(1).map_or([0.0; 2], |before| row[before]);
        [row[stream][0] - before[0], row[stream][1] - before[1]]
    }

    /// The curve of the sums.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        let pieces = self.pieces.iter().enumerate();
        let segments = pieces.map(|(place, piece)| {
            let [from, to] = self.row(place)[self.width - 1];
            Segment { from, to, duration: Duration::from_nanos(piece.until - piece.from) }
        });
        segments.collect()
    }

    /// The same with `factor` times the users; attacks stay as they are.
    #[must_use]
    pub fn grown(&self, factor: f64) -> Self {
        let mut grown = Self::new(self.countries, self.width - self.countries);
        for (place, piece) in self.pieces.iter().enumerate() {
            let rates = (0..self.width).map(|stream| {
                let factor = if stream < self.countries { factor } else { 1.0 };
                self.rates(place, stream).map(|rate| rate * factor)
            });
            grown.push(piece.from, piece.until, &rates.collect::<Vec<_>>());
        }
        grown
    }

    /// How many sessions are expected, of each country and attack.
    #[must_use]
    pub fn expected(&self) -> Expected {
        let all = |stream| self.expected_between(stream, SimTime::ZERO, SimTime::NEVER);
        Expected {
            users: (0..self.countries).map(all).collect(),
            attacks: (self.countries..self.width).map(all).collect(),
        }
    }

    /// How many sessions are expected between two instants, of a country or, behind the countries, of
    /// an attack.
    #[must_use]
    pub fn expected_between(&self, stream: usize, from: SimTime, until: SimTime) -> f64 {
        let (from, until) = (from.nanos(), until.nanos());
        let first = self.pieces.partition_point(|piece| piece.until <= from);
        let pieces = self.pieces.iter().enumerate().skip(first);
        let pieces = pieces.take_while(|(_, piece)| piece.from < until);
        let areas = pieces.map(|(place, piece)| {
            let (start, end) = (piece.from.max(from), piece.until.min(until));
            let rates = self.rates(place, stream);
            course::area(start, end, [start, end].map(|at| piece.rate_at(rates, at)))
        });
        areas.sum()
    }
}

impl Piece {
    /// How much of it has passed at `at`, from 0 to 1.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "lengths need no more than 53 bits")]
    fn share_at(&self, at: u64) -> f64 {
        (at.saturating_sub(self.from) as f64 * self.per_nano).min(1.0)
    }

    fn rate_at(&self, [start, end]: [f64; 2], at: u64) -> f64 {
        start + (end - start) * self.share_at(at)
    }
}
