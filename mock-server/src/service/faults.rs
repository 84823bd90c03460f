//! Errors of the service itself, drawn per call: one number decides among all of them.
//!
//! **Invariant:** a draw depends on nothing but its address.

use super::settings::ErrorShares;

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Throttle,
    InternalError,
    Unavailable,
    ResetBefore,
    ResetAfter,
}

impl ErrorShares {
    /// Whether no call meets an error.
    fn are_zero(&self) -> bool {
        *self == Self::default()
    }

    /// The fault of a call whose uniform number is `u`; the shares lie side by side on (0, 1).
    pub(super) fn fault(&self, u: impl FnOnce() -> f64) -> Option<Fault> {
        if self.are_zero() {
            return None;
        }
        let Self { throttle, internal_error, unavailable, reset_before, reset_after } = *self;
        let shares = [
            (throttle, Fault::Throttle),
            (internal_error, Fault::InternalError),
            (unavailable, Fault::Unavailable),
            (reset_before, Fault::ResetBefore),
            (reset_after, Fault::ResetAfter),
        ];
        let u = u();
        let mut upto = 0.0;
        shares.into_iter().find_map(|(share, fault)| {
            upto += share;
            (u < upto).then_some(fault)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_decides_among_the_shares_in_their_order() {
        let shares = ErrorShares {
            throttle: 0.25,
            internal_error: 0.0,
            unavailable: 0.25,
            reset_before: 0.125,
            reset_after: 0.125,
        };
        let drawn = |u| shares.fault(|| u);
        assert_eq!(drawn(0.2), Some(Fault::Throttle));
        assert_eq!(drawn(0.3), Some(Fault::Unavailable));
        assert_eq!(drawn(0.55), Some(Fault::ResetBefore));
        assert_eq!(drawn(0.7), Some(Fault::ResetAfter));
        assert_eq!(drawn(0.8), None);
    }
}
