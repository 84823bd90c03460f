//! Who may call: access keys, and the check that a request was signed (AWS Signature Version 4) with
//! the secret of one of them.
//!
//! The signature of the request is made once more with the secret that belongs to its key, over the
//! headers that it names and the body that arrived, and compared. The body always counts: the
//! `UNSIGNED-PAYLOAD` that some services accept over TLS is a wrong signature here, as this front has
//! no TLS. A signature in the query of a URL is not read either, nor version 4A; no SDK signs these
//! two APIs so.
//!
//! **Invariant:** nothing here reads a clock; no text names a secret, a session token or a signature.

mod authorization;
mod file;

pub use file::{KeysError, Wrong};

use crate::{
    service::account::arn::REGION,
    stub::Request,
    wire::Unauthenticated::{self, Incomplete, Invalid, UnknownKey},
};
use authorization::{Authorization, SignedAt};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{self, SessionTokenMode, SignableBody, SignableRequest, SigningSettings},
    sign::v4::SigningParams,
};
use ctutils::CtEq;
use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

/// How far the date of a signature may be from the date of the wall, in either direction. AWS
/// documents that there is a limit; this one is an assumption from what its errors say (`- 5 min.`).
pub const LARGEST_SKEW: Duration = Duration::from_secs(5 * 60);

const DATE: &str = "x-amz-date";
const HOST: &str = "host";
const TOKEN: &str = "x-amz-security-token";

/// The access keys that may call. Without any, nobody may.
///
/// ```
/// use sms_voice_mock::signatures::AccessKeys;
///
/// let keys = AccessKeys::default()
///     .with("AKIDEXAMPLE", "not-a-secret")
///     .with_session("ASIDEXAMPLE", "no-secret-either", "a-session-token");
/// # let _ = keys;
/// ```
#[derive(Clone, Debug, Default)]
pub struct AccessKeys {
    known: BTreeMap<String, Credentials>,
}

impl AccessKeys {
    /// These keys and a lasting one. Of two with one id the later holds.
    #[must_use]
    pub fn with(self, id: &str, secret: &str) -> Self {
        self.adding(id, secret, None)
    }

    /// These keys and a temporary one, which is only good together with its session token. It does not
    /// expire.
    #[must_use]
    pub fn with_session(self, id: &str, secret: &str, token: &str) -> Self {
        self.adding(id, secret, Some(token.to_owned()))
    }

    fn adding(mut self, id: &str, secret: &str, token: Option<String>) -> Self {
        let credentials = Credentials::new(id, secret, token, None, "sms-voice-mock");
        self.known.insert(id.to_owned(), credentials);
        self
    }

    /// The keys in a text of the form of AWS's shared credentials file: in each `[profile]` an
    /// `aws_access_key_id`, its `aws_secret_access_key` and, for a temporary key, its
    /// `aws_session_token`. Profiles without a key are passed over, as is whatever else an SDK reads
    /// there.
    ///
    /// ```
    /// use sms_voice_mock::signatures::AccessKeys;
    ///
    /// let keys = AccessKeys::read(
    ///     "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = not-a-secret\n",
    /// );
    /// assert_eq!(keys.map(|keys| keys.len()).ok(), Some(1));
    /// ```
    pub fn read(text: &str) -> Result<Self, KeysError> {
        file::read(text)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nobody may call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Id, secret and session token of the key whose id comes first.
    #[cfg(feature = "http")]
    pub(crate) fn first(&self) -> Option<(&str, &str, Option<&str>)> {
        let (id, key) = self.known.first_key_value()?;
        Some((id, key.secret_access_key(), key.session_token()))
    }

    /// Checks that a request to a service, by its signing name, was signed with one of the keys when
    /// the wall showed `now` (counted from 1970), or nearly then.
    pub(crate) fn check(
        &self,
        request: &Request<'_>,
        service: &str,
        now: Duration,
    ) -> Result<(), Unauthenticated> {
        let header = single(request, "authorization")?
            .ok_or(Incomplete("it has no Authorization header with one signature"))?;
        let authorization = Authorization::read(header)?;
        let date = single(request, DATE)?.ok_or(Incomplete("it has no X-Amz-Date header"))?;
        let at = SignedAt::read(date)?;
        let key = self.known.get(authorization.key_id).ok_or(UnknownKey)?;
        let token = single(request, TOKEN)?.unwrap_or_default();
        if !same(token, key.session_token().unwrap_or_default()) {
            return Err(UnknownKey);
        }
        in_scope(&authorization, date, service)?;
        at.near(now)?;
        let again = sign(request, &authorization, key, at);
        if again.is_some_and(|signature| same(&signature, authorization.signature)) {
            return Ok(());
        }
        Err(Invalid(
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method."
                .to_owned(),
        ))
    }
}

/// Whether two texts are equal; how long it takes does not tell where they differ.
fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).to_bool()
}

/// The value of a header that may come once.
fn single<'a>(request: &Request<'a>, name: &str) -> Result<Option<&'a str>, Unauthenticated> {
    let values = request.headers.map(|headers| headers.values(name)).unwrap_or_default();
    match values[..] {
        [] => Ok(None),
        [value] => text(value).map(Some),
        _ => Err(Incomplete("Authorization, X-Amz-Date and X-Amz-Security-Token come once each")),
    }
}

fn text(value: &[u8]) -> Result<&str, Unauthenticated> {
    std::str::from_utf8(value).map_err(|_| Incomplete("the headers that it signs must be UTF-8"))
}

/// Checks the date, region and service that the secret was bound to.
fn in_scope(
    authorization: &Authorization<'_>,
    date: &str,
    service: &str,
) -> Result<(), Unauthenticated> {
    let wrong = if authorization.day != &date[..8] {
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP."
            .to_owned()
    } else if authorization.region != REGION {
        format!("Credential should be scoped to a valid region; this one is {REGION}.")
    } else if authorization.service != service {
        format!("Credential should be scoped to correct service: '{service}'.")
    } else if authorization.end != "aws4_request" {
        "Credential should be scoped with a valid terminator: 'aws4_request'.".to_owned()
    } else {
        return Ok(());
    };
    Err(Invalid(wrong))
}

/// The signature that the holder of the key would give the request; `None` if it cannot be signed.
fn sign(
    request: &Request<'_>,
    authorization: &Authorization<'_>,
    key: &Credentials,
    at: SignedAt,
) -> Option<String> {
    let mut settings = SigningSettings::default();
    // What the caller signed is signed again, whatever other signers leave out.
    settings.excluded_headers = None;
    settings.session_token_mode = if authorization.signs(TOKEN) {
        SessionTokenMode::Include
    } else {
        SessionTokenMode::Exclude
    };
    let identity = key.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(authorization.region)
        .name(authorization.service)
        .time(UNIX_EPOCH + at.since_1970())
        .settings(settings)
        .build()
        .ok()?
        .into();
    // Only path and query of it are signed: the host is a header like others.
    let query = request.query.map(|query| format!("?{query}")).unwrap_or_default();
    let uri = format!("http://stub{}{query}", request.path);
    let headers = signed_headers(request, authorization)?;
    let body = SignableBody::Bytes(request.body);
    let signable = SignableRequest::new(request.method, uri, headers.into_iter(), body).ok()?;
    Some(http_request::sign(signable, &params).ok()?.into_parts().1)
}

/// The headers that were signed, without the two that the signer adds of itself; `None` if one of them
/// did not arrive.
fn signed_headers<'a>(
    request: &Request<'a>,
    authorization: &Authorization<'a>,
) -> Option<Vec<(&'a str, &'a str)>> {
    let all = request.headers?;
    let mut headers = Vec::new();
    for name in authorization.signed().filter(|name| ![DATE, TOKEN].contains(name)) {
        let values = all.values(name);
        if values.is_empty() {
            return None;
        }
        for value in values {
            headers.push((name, std::str::from_utf8(value).ok()?));
        }
    }
    Some(headers)
}
