//! What a request says about its own signature: the header `Authorization`, and its date.
//!
//! **Invariant:** what is read here is well-formed and not yet believed.

use super::{DATE, HOST, LARGEST_SKEW};
use crate::wire::Unauthenticated::{self, Incomplete, Invalid};
use jiff::{Timestamp, civil::DateTime, tz::Offset};
use std::time::Duration;

/// The only algorithm that is checked.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// How dates are written here.
const FORM: &str = "%Y%m%dT%H%M%SZ";

/// The parts of the header `Authorization`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authorization<'a> {
    pub(super) key_id: &'a str,
    pub(super) day: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) end: &'a str,
    /// The names of the signed headers, with `;` between them.
    headers: &'a str,
    pub(super) signature: &'a str,
}

impl<'a> Authorization<'a> {
    pub(super) fn read(header: &'a str) -> Result<Self, Unauthenticated> {
        let parts = header.trim().strip_prefix(ALGORITHM).filter(|rest| rest.starts_with(' '));
        let parts =
            parts.ok_or(Incomplete("the Authorization header must begin with AWS4-HMAC-SHA256"))?;
        let (mut credential, mut headers, mut signature) = (None, None, None);
        for part in parts.split(',') {
            let (name, value) = part.trim().split_once('=').ok_or(PARTS)?;
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut headers,
                "Signature" => &mut signature,
                _ => return Err(PARTS),
            };
            if place.replace(value).is_some() {
                return Err(PARTS);
            }
        }
        let (Some(credential), Some(headers), Some(signature)) = (credential, headers, signature)
        else {
            return Err(PARTS);
        };
        let scope: Vec<_> = credential.split('/').collect();
        let [key_id, day, region, service, end] = scope[..] else {
            return Err(Incomplete(
                "Credential must be KEY_ID/YYYYMMDD/REGION/SERVICE/aws4_request",
            ));
        };
        let read = Self { key_id, day, region, service, end, headers, signature };
        if !(read.signs(HOST) && read.signs(DATE)) {
            return Err(Incomplete("host and x-amz-date must be among the SignedHeaders"));
        }
        Ok(read)
    }

    /// The names of the signed headers.
    pub(super) fn signed(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.headers.split(';')
    }

    pub(super) fn signs(&self, header: &str) -> bool {
        self.signed().any(|name| name == header)
    }
}

const PARTS: Unauthenticated = Incomplete(
    "the Authorization header must have the parts Credential, SignedHeaders and Signature, once each",
);

/// The date of a signature, to the second.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignedAt(Duration);

impl SignedAt {
    /// Reads a date of the only form there is, as in `20260101T120000Z`.
    pub(super) fn read(text: &str) -> Result<Self, Unauthenticated> {
        let read = || {
            let date = DateTime::strptime(FORM, text).ok()?;
            let seconds = Offset::UTC.to_timestamp(date).ok()?.as_second();
            let at = Self(Duration::from_secs(u64::try_from(seconds).ok()?));
            // The parser also takes what nobody writes, such as a month of one digit.
            (written(at.0) == text).then_some(at)
        };
        read().ok_or(Incomplete("X-Amz-Date must be a date as in 20260101T120000Z"))
    }

    pub(super) const fn since_1970(self) -> Duration {
        self.0
    }

    /// Checks that the signature is neither too old nor of a time to come.
    pub(super) fn near(self, now: Duration) -> Result<(), Unauthenticated> {
        let now = Duration::from_secs(now.as_secs());
        let (at, wall) = (written(self.0), written(now));
        let (earliest, latest) = (now.saturating_sub(LARGEST_SKEW), now + LARGEST_SKEW);
        let minutes = LARGEST_SKEW.as_secs() / 60;
        if self.0 < earliest {
            let earliest = written(earliest);
            return Err(Invalid(format!(
                "Signature expired: {at} is now earlier than {earliest} ({wall} - {minutes} min.)"
            )));
        }
        if self.0 > latest {
            let latest = written(latest);
            return Err(Invalid(format!(
                "Signature not yet current: {at} is still later than {latest} ({wall} + {minutes} min.)"
            )));
        }
        Ok(())
    }
}

fn written(since_1970: Duration) -> String {
    let seconds = i64::try_from(since_1970.as_secs()).ok();
    let date = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    date.unwrap_or_default().strftime(FORM).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T12:00:00Z.
    const NOON: Duration = Duration::from_secs(1_767_268_800);

    #[test]
    fn a_date_is_read_in_its_one_form() {
        let read = |text| SignedAt::read(text).map(SignedAt::since_1970).ok();
        assert_eq!(read("20260101T120000Z"), Some(NOON));
        for wrong in [
            "",
            "20260101",
            "2026-01-01T12:00:00Z",
            "20260101T120000",
            "20260101T120000+00",
            "20260231T120000Z",
            "20260101T240000Z",
            "20260101T12000Z",
            "19690101T120000Z",
            " 20260101T120000Z",
            "20260101T120060Z",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_signature_holds_for_five_minutes_before_and_after_its_date() {
        let at = SignedAt(NOON);
        let limit = Duration::from_secs(300);
        let second = Duration::from_secs(1);
        for now in [NOON, NOON - limit, NOON + limit, NOON + limit + second / 2] {
            assert_eq!(at.near(now), Ok(()), "{now:?}");
        }
        let old = at.near(NOON + limit + second).expect_err("refused").to_string();
        let said = "Signature expired: 20260101T120000Z is now earlier than 20260101T120001Z \
                    (20260101T120501Z - 5 min.)";
        assert_eq!(old, said);
        let early = at.near(NOON - limit - second).expect_err("refused").to_string();
        assert!(early.starts_with("Signature not yet current: 20260101T120000Z"), "{early}");
    }

    #[test]
    fn an_authorization_is_read_with_and_without_spaces() {
        let scope = "Credential=AKID/20260101/us-east-1/sms-voice/aws4_request";
        let rest = ["SignedHeaders=host;x-amz-date", "Signature=abc"];
        for between in [",", ", ", " ,  "] {
            let header = format!("AWS4-HMAC-SHA256 {scope}{between}{}", rest.join(between));
            let read = Authorization::read(&header).expect("well-formed");
            assert_eq!((read.key_id, read.signature), ("AKID", "abc"));
            assert_eq!(
                (read.day, read.region, read.service),
                ("20260101", "us-east-1", "sms-voice")
            );
        }
    }
}
