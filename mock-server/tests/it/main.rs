//! The stub from outside: what any client, any front and the simulator may rely on.

mod account_lookup;
mod account_numbers;
mod account_originators;
mod account_protect;
mod account_senders;
mod caller;
mod cloud_watch;
mod configuration_sets;
mod counts;
mod dashboard;
mod events;
mod faults;
mod feedback;
mod http_front;
mod library;
mod limits;
mod messages;
mod page;
mod prices;
mod privacy;
mod protect_metrics;
mod review;
mod segments;
mod shapes;
mod soak;
#[cfg(feature = "signatures")]
mod signatures;
#[cfg(feature = "standalone")]
mod state;
mod validation;
#[cfg(feature = "wiremock")]
mod wiremock_front;
