//! Which limit of the account binds: what a call is refused by when it is not the call's own fault.
//!
//! **Invariant:** the name of a limit never goes over the wire; AWS does not say it either.

/// A limit of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Calls of `SendTextMessage` per second.
    SendRate,
    /// Calls of `PutMessageFeedback` per second.
    PutRate,
    /// Message parts per second of one originator.
    Parts,
    /// Message parts per second of every originator in a pool that reaches the country.
    Pool,
    /// Messages per second to one recipient.
    Recipient,
    /// What an originator may send in a day.
    Daily,
    /// What may be spent in a calendar month.
    Spend,
}

impl Bound {
    /// Every limit, in the order in which they are listed.
    pub const ALL: [Self; 7] = [
        Self::SendRate,
        Self::PutRate,
        Self::Parts,
        Self::Pool,
        Self::Recipient,
        Self::Daily,
        Self::Spend,
    ];

    /// Its name in reports: the operation or the key that it is set by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendRate => "SendTextMessage",
            Self::PutRate => "PutMessageFeedback",
            Self::Parts => "parts_per_second",
            Self::Pool => "pool_parts_per_second",
            Self::Recipient => "recipient_per_second",
            Self::Daily => "parts_per_day",
            Self::Spend => "spend_limit_usd",
        }
    }
}
