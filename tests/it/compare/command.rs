//! `otpdrill compare` as it is typed.
