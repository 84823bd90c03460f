//! A campaign with limits beside the same one without: played whole, or only where limits matter.
//!
//! **Invariant:** what is put together from parts are sums, of sessions that are all in exactly one part.

use super::trial::Trial;
use crate::record::cells::Cell;
use hdrhistogram::Histogram;

/// A campaign with limits and the same one without.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// With limits: whole, or a part.
    pub limited: &'a Trial,
    /// The whole campaign without limits.
    pub free: &'a Trial,
    /// Without limits, the same part; `None` if `limited` is whole.
    pub part: Option<&'a Trial>,
}

impl<'a> Seen<'a> {
    /// Both whole.
    #[must_use]
    pub const fn whole(limited: &'a Trial, free: &'a Trial) -> Self {
        Self { limited, free, part: None }
    }

    /// The counts of the whole campaign with limits: outside of the part they are those without.
    #[must_use]
    pub fn cell(&self, country: Option<usize>) -> Cell {
        let mut cell = self.limited.cell(country);
        if let Some(part) = self.part {
            cell += self.free.cell(country);
            cell -= part.cell(country);
        }
        cell
    }

    /// The delays of the whole campaign with limits.
    ///
    /// # Panics
    /// If the part is none of the campaign without limits.
    #[must_use]
    pub fn delays(&self, of: impl Fn(&Trial) -> Histogram<u64>) -> Histogram<u64> {
        let mut delays = of(self.limited);
        if let Some(part) = self.part {
            delays.add(of(self.free)).expect("the same bounds");
            delays.subtract(of(part)).expect("it is a part");
        }
        delays
    }
}
