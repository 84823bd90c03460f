//! Every operation that needs no type of its own on the wire, by its name.
//!
//! `SendTextMessage` and `PutMessageFeedback` are not among them: [`call`](super::call) reads them
//! without copying.

use super::{
    answer::WireReply,
    call::{finish, input},
    rejection::Rejection,
};
use crate::service::{
    Service,
    account::configuration_sets::{
        CreateConfigurationSet, DeleteConfigurationSet, DescribeConfigurationSets,
        SetDefaultMessageFeedbackEnabled,
    },
    identity::RequestId,
    operation::Operation,
    time::SimTime,
};

/// A call that only waits for the service.
pub(crate) type Prepared = Box<dyn FnOnce(&mut Service, SimTime, RequestId) -> WireReply>;

/// Reads a checked body as the input of the operation with this name.
pub(super) fn prepare(name: &str, body: &str) -> Result<Prepared, Rejection> {
    let entry = TABLE.iter().find(|(known, _)| *known == name);
    let (_, prepare) = entry.expect("a unit test compares the table with the model");
    prepare(body)
}

type Prepare = fn(&str) -> Result<Prepared, Rejection>;

const fn entry<O: Operation + 'static>() -> (&'static str, Prepare) {
    (O::NAME, |body| {
        let input: O = input(body)?;
        Ok(Box::new(|service, now, id| finish(id, service.call(now, input), |output| output)))
    })
}

static TABLE: [(&str, Prepare); 4] = [
    entry::<CreateConfigurationSet>(),
    entry::<DeleteConfigurationSet>(),
    entry::<DescribeConfigurationSets>(),
    entry::<SetDefaultMessageFeedbackEnabled>(),
];

#[cfg(test)]
mod tests {
    use super::{super::api::api, *};
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_of_the_model_is_answered() {
        let mut answered: BTreeSet<_> = TABLE.iter().map(|(name, _)| *name).collect();
        answered.extend(["SendTextMessage", "PutMessageFeedback"]);
        assert_eq!(answered, api().operations().collect());
    }
}
