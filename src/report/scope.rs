//! The part of a run that a figure speaks of: all of it, a country, a carrier or a template.

use crate::{
    engine::outcome::Place,
    record::{Recorder, cells::Cell, latency::Metric},
};
use hdrhistogram::Histogram;

/// A part of a run. What is `None` is not restricted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    country: Option<u16>,
    carrier: Option<u16>,
    template: Option<u16>,
}

impl Scope {
    /// The whole run.
    pub const ALL: Self = Self { country: None, carrier: None, template: None };

    /// The scenario's country with this index.
    #[must_use]
    pub fn country(index: usize) -> Self {
        Self { country: Some(small(index)), ..Self::ALL }
    }

    /// A country's carrier.
    #[must_use]
    pub fn carrier(country: usize, index: usize) -> Self {
        Self { carrier: Some(small(index)), ..Self::country(country) }
    }

    /// The scenario's template with this index.
    #[must_use]
    pub fn template(index: usize) -> Self {
        Self { template: Some(small(index)), ..Self::ALL }
    }

    /// The sum of its counts.
    #[must_use]
    pub fn cell(self, recorder: &Recorder) -> Cell {
        recorder.cells.sum(|place| self.keeps(place))
    }

    /// One metric over the whole run. By carrier and template only times to verify are kept: nothing
    /// else has samples there.
    #[must_use]
    pub fn histogram(self, recorder: &Recorder, metric: Metric) -> Histogram<u64> {
        if self == Self::ALL {
            return recorder.latencies.whole(metric);
        }
        if metric == Metric::TimeToVerify {
            let kept = self.kept(recorder);
            return recorder.latencies.times_to_verify(|cell| kept[cell]);
        }
        let (whole, own) = (self.carrier.is_none() && self.template.is_none(), self.country);
        let keep = |country| whole && own.is_none_or(|own| usize::from(own) == country);
        recorder.latencies.total(metric, keep)
    }

    fn keeps(self, place: Place) -> bool {
        self.country.is_none_or(|country| country == place.country)
            && self.carrier.is_none_or(|carrier| carrier == place.carrier)
            && self.template.is_none_or(|template| template == place.template)
    }

    /// Whether each cell belongs to it, by the cell's number.
    fn kept(self, recorder: &Recorder) -> Vec<bool> {
        recorder.cells.iter().map(|(_, place, _)| self.keeps(place)).collect()
    }
}

fn small(index: usize) -> u16 {
    u16::try_from(index).expect("a scenario has fewer than 65,536 of each")
}
