//! The inputs of the two operations that carry the load, read only after [`check`](super::check) found nothing wrong.

use crate::service::request::Origin;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// `SendTextMessageRequest`. What is checked but changes nothing here is not read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendTextInput<'a> {
    #[serde(borrow)]
    pub(super) destination_phone_number: Text<'a>,
    #[serde(borrow)]
    pub(super) origination_identity: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) message_body: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) configuration_set_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) message_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) protect_configuration_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) max_price: Option<Text<'a>>,
    pub(super) time_to_live: Option<u32>,
    pub(super) context: Option<Pairs>,
    pub(super) dry_run: Option<bool>,
    pub(super) message_feedback_enabled: Option<bool>,
}

/// `PutMessageFeedbackRequest`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutFeedbackInput<'a> {
    #[serde(borrow)]
    pub(super) message_id: Text<'a>,
    pub(super) message_feedback_status: StatusInput,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum StatusInput {
    Received,
    Failed,
}

/// A text that borrows from the body where it holds no escapes, inside an `Option` too.
pub(crate) struct Text<'a>(Cow<'a, str>);

/// Its length alone: it may be a phone number or hold a code.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.0.len())
    }
}

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A map of texts in the order in which it came. A value of `null` counts as absent.
#[derive(Debug, Default)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(super) fn as_slice(&self) -> &[(String, String)] {
        &self.0
    }

    /// The address of the call's draws, if the pairs name it.
    pub(super) fn origin(&self) -> Option<Origin> {
        let value = |key: &str| {
            let pair = self.0.iter().find(|(name, _)| name == key)?;
            pair.1.parse::<u64>().ok()
        };
        Some(Origin {
            session: value("session")?,
            nth: u32::try_from(value("nth")?).ok()?,
            attempt: u32::try_from(value("attempt").unwrap_or(0)).ok()?,
        })
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
            pairs.extend(value.map(|value| (key, value)));
        }
        Ok(Pairs(pairs))
    }
}
