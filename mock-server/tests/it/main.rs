//! The stub from outside: what any client, any front and the simulator may rely on.

mod caller;
mod configuration_sets;
mod dashboard;
mod feedback;
mod http_front;
mod limits;
mod messages;
mod validation;
#[cfg(feature = "wiremock")]
mod wiremock_front;
