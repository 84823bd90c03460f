//! The outputs of the two operations that carry the load.

use crate::service::MessageId;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendBody {
    pub(super) message_id: MessageId,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutBody {
    pub(super) message_id: MessageId,
    pub(super) message_feedback_status: &'static str,
}
