//! A metric with values for some of its dimensions.
//!
//! **Invariant:** a selection is of a documented set of dimensions.

use super::{
    catalogue::{Dimension, Facet, Metric},
    tier::Key,
};
use crate::service::country::CountryCode;

/// The dimensions that a query names, with their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dimensions {
    country: Option<CountryCode>,
    facet: Option<Facet>,
    pub(super) protect_configuration: Option<String>,
}

impl Dimensions {
    /// The dimensions of these names and values, in any order; `None` if no series can have them all.
    pub fn named<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let mut named = Self::default();
        for (name, value) in pairs {
            let again = match name {
                "IsoCountryCode" => named.country.replace(value.parse().ok()?).is_some(),
                "ProtectConfigurationId" => {
                    named.protect_configuration.replace(value.to_owned()).is_some()
                }
                "MessageFeedbackStatus" => {
                    let facet = Facet::with(Dimension::MessageFeedbackStatus, value)?;
                    named.facet.replace(facet).is_some()
                }
                "OriginationIdentityType" => {
                    let facet = Facet::with(Dimension::OriginationIdentityType, value)?;
                    named.facet.replace(facet).is_some()
                }
                _ => return None,
            };
            if again {
                return None;
            }
        }
        Some(named)
    }
}

/// One series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selection {
    metric: Metric,
    country: Option<CountryCode>,
    facet: Option<Facet>,
    protect_configuration: Option<u16>,
}

impl Selection {
    pub(super) fn new(
        metric: Metric,
        dimensions: &Dimensions,
        protect_configuration: Option<u16>,
    ) -> Option<Self> {
        let Dimensions { country, facet, .. } = *dimensions;
        let selection = Self { metric, country, facet, protect_configuration };
        let sets = metric.dimension_sets();
        sets.contains(&&selection.set()[..]).then_some(selection)
    }

    /// The series of this set of dimensions that a key counts for; `None` if the key lacks one of them.
    pub(super) fn of(key: &Key, set: &[Dimension]) -> Option<Self> {
        let mut selection =
            Self { metric: key.metric, country: None, facet: None, protect_configuration: None };
        for dimension in set {
            match dimension {
                Dimension::IsoCountryCode => selection.country = Some(key.country),
                Dimension::ProtectConfigurationId => {
                    let place = key.protect_configuration;
                    selection.protect_configuration = Some((place > 0).then_some(place)?);
                }
                Dimension::MessageFeedbackStatus | Dimension::OriginationIdentityType => {
                    let (own, _) = key.facet.dimension()?;
                    selection.facet = (own == *dimension).then_some(key.facet);
                    selection.facet?;
                }
            }
        }
        Some(selection)
    }

    /// Its metric.
    #[must_use]
    pub const fn metric(&self) -> Metric {
        self.metric
    }

    pub(super) const fn protect_configuration(&self) -> Option<u16> {
        self.protect_configuration
    }

    pub(super) fn takes(&self, key: &Key) -> bool {
        self.country.is_none_or(|country| country == key.country)
            && self.facet.is_none_or(|facet| facet == key.facet)
            && self.protect_configuration.is_none_or(|place| place == key.protect_configuration)
    }

    fn set(&self) -> Vec<Dimension> {
        let country = self.country.map(|_| Dimension::IsoCountryCode);
        let facet = self.facet.and_then(Facet::dimension).map(|(dimension, _)| dimension);
        let protect = self.protect_configuration.map(|_| Dimension::ProtectConfigurationId);
        let mut set: Vec<_> = [country, facet, protect].into_iter().flatten().collect();
        set.sort_unstable();
        set
    }
}

/// A series by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its metric.
    pub metric: Metric,
    /// Its dimensions with their values.
    pub dimensions: Vec<(Dimension, String)>,
}

impl Series {
    pub(super) fn new(selection: Selection, protect_configuration: Option<&str>) -> Self {
        let country = selection.country.map(|country| country.to_string());
        let protect = protect_configuration.map(str::to_owned);
        let facet = selection.facet.and_then(Facet::dimension);
        let pairs = [
            country.map(|country| (Dimension::IsoCountryCode, country)),
            facet.map(|(dimension, value)| (dimension, value.to_owned())),
            protect.map(|id| (Dimension::ProtectConfigurationId, id)),
        ];
        Self { metric: selection.metric, dimensions: pairs.into_iter().flatten().collect() }
    }
}
