//! The campaign as a pure machine: `(now, event)` in, calls and notes out.
//!
//! A [`session`] is one user who tries to verify one number. A [`campaign`] owns every open session,
//! every piece of feedback still owed, their deadlines and the [`arrivals`]. Whoever drives it decides
//! what time is.
//!
//! **Invariant:** nothing here reads a clock, opens a socket or a file, awaits, or draws chance without
//! an address. What sessions share is touched in [`gate`] and nowhere else.

pub mod outcome;
pub mod otp;
pub mod arrivals;
pub mod pace;
pub mod gate;
pub mod message;
pub mod session;
pub mod step;
pub mod feedback;
pub mod table;
pub mod campaign;
