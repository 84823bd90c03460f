//! A log played again: one session for each of its rows, or as many as it is scaled to.
//!
//! The first session of a row arrives at the row's own instant. What a scale above 1 adds comes within
//! the jitter after it, so that a tenfold load is not ten users at the same nanosecond.

use super::{
    Gaps,
    trace::{Row, Trace},
};
use sms_voice_mock::service::{
    dice::{Dice, Draw},
    time::SimTime,
};
use std::{sync::Arc, time::Duration};

/// A log and how it is played.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Its rows.
    pub trace: Arc<Trace>,
    /// The first row that is played: those before the start of the campaign are not.
    pub first: u32,
    /// The start of the campaign, in seconds since 1970.
    pub start_epoch_s: i64,
    /// Sessions for each row, on average.
    pub scale: f64,
    /// How long after its row another session of it may come.
    pub jitter: Duration,
}

impl Replay {
    /// When a row is due; [`SimTime::NEVER`] after the last.
    #[inline]
    #[must_use]
    pub fn at(&self, row: u32) -> SimTime {
        let start = self.start_epoch_s * 1_000_000_000;
        let row = self.trace.rows().get(row as usize);
        row.map_or(SimTime::NEVER, |row| SimTime::from_nanos(row.epoch_nanos().abs_diff(start)))
    }

    /// The country of a row, by index.
    #[inline]
    #[must_use]
    pub fn country(&self, row: u32) -> u16 {
        self.trace.rows()[row as usize].country()
    }

    /// How many sessions a row has. With even gaps the parts of sessions add up from row to row; else
    /// they are drawn.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and a scale is checked to be small"
    )]
    pub fn copies(&self, row: u32, gaps: Gaps, dice: Dice) -> u32 {
        let whole = self.scale.floor();
        let more = match gaps {
            Gaps::Even => {
                let until = |rows: u32| (f64::from(rows) * self.scale).floor();
                let place = row - self.first;
                return (until(place + 1) - until(place)) as u32;
            }
            Gaps::Poisson => {
                dice.happens(self.scale - whole, u64::from(row), Draw::ReplayCopies, 0)
            }
        };
        whole as u32 + u32::from(more)
    }

    /// When session `nth` of the `copies` of a row is due.
    #[must_use]
    pub fn copy_at(&self, row: u32, (nth, copies): (u32, u32), gaps: Gaps, dice: Dice) -> SimTime {
        let share = match gaps {
            _ if nth == 0 => 0.0,
            Gaps::Even => f64::from(nth) / f64::from(copies),
            Gaps::Poisson => dice.unit(u64::from(row), Draw::ReplayJitter, nth),
        };
        self.at(row) + self.jitter.mul_f64(share)
    }

    /// The rows that are played.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.trace.rows()[self.first as usize..]
    }

    /// From the start of the campaign until every session has arrived.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let last = u32::try_from(self.trace.rows().len() - 1).expect("checked when it was read");
        let tail = if self.scale > 1.0 { self.jitter } else { Duration::ZERO };
        self.at(last).since_start() + tail + Duration::from_nanos(1)
    }

    /// The expected number of sessions.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "fewer rows than 2^32")]
    pub fn expected(&self) -> f64 {
        self.rows().len() as f64 * self.scale
    }

    /// The expected number of sessions of each of `countries` countries.
    #[must_use]
    pub fn by_country(&self, countries: usize) -> Vec<f64> {
        let mut sums = vec![0.0; countries];
        self.rows().iter().for_each(|row| sums[usize::from(row.country())] += self.scale);
        sums
    }

    /// Sessions per second in the busiest second: rows of one second, times the scale.
    #[must_use]
    pub fn peak(&self) -> f64 {
        let seconds = self.rows().chunk_by(|a, b| a.epoch_s() == b.epoch_s());
        let busiest = seconds.map(<[Row]>::len).max().unwrap_or_default();
        f64::from(u32::try_from(busiest).unwrap_or(u32::MAX)) * self.scale
    }
}
