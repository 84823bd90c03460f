//! Requests whose signature does not say who asks.
//!
//! The names are those of AWS's common errors, but for `InvalidSignatureException`, which AWS answers
//! without listing it. Which fault gets which of the names, and all texts, are assumptions.
//!
//! **Invariant:** no text repeats a key, a secret, a token or a signature.

/// Why nobody knows who asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// The signature is missing, or not of the form that AWS asks for.
    #[error("the request is not signed as AWS asks for: {0}")]
    Incomplete(&'static str),
    /// The access key is nobody's, or the session token is not the one that belongs to it.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The signature is of another secret, request, date or scope.
    #[error("{0}")]
    Invalid(String),
}

impl Unauthenticated {
    /// The HTTP status of every one of them.
    pub const STATUS: u16 = 403;

    /// The error's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Incomplete(_) => "IncompleteSignature",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Invalid(_) => "InvalidSignatureException",
        }
    }
}
