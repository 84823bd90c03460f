//! The operations and what their members must be.
//!
//! Lengths, patterns, ranges and names are the API model's. That a pattern is meant to match a whole
//! text is an assumption, though the usual one.

use super::{
    pattern::{
        FILTER_VALUE, IDENTITY, KEYWORD, NAME, NAME_OR_ARN, NO_SPACE, NOT_BLANK, ONE_LINE,
        ONE_LINE_OR_NOTHING, PHONE_NUMBER, PRICE, TRIMMED, VISIBLE,
    },
    shape::{Member, Shape, optional, required, text},
};

/// An operation that this stub answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    SendTextMessage,
    PutMessageFeedback,
    CreateConfigurationSet,
    DescribeConfigurationSets,
    DeleteConfigurationSet,
    SetDefaultMessageFeedbackEnabled,
}

impl Operation {
    /// The operation with this name, if it is answered here.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "SendTextMessage" => Self::SendTextMessage,
            "PutMessageFeedback" => Self::PutMessageFeedback,
            "CreateConfigurationSet" => Self::CreateConfigurationSet,
            "DescribeConfigurationSets" => Self::DescribeConfigurationSets,
            "DeleteConfigurationSet" => Self::DeleteConfigurationSet,
            "SetDefaultMessageFeedbackEnabled" => Self::SetDefaultMessageFeedbackEnabled,
            _ => return None,
        })
    }

    /// What its input must be.
    pub(super) const fn members(self) -> &'static [Member] {
        match self {
            Self::SendTextMessage => SEND_TEXT_MESSAGE,
            Self::PutMessageFeedback => PUT_MESSAGE_FEEDBACK,
            Self::CreateConfigurationSet => CREATE_CONFIGURATION_SET,
            Self::DescribeConfigurationSets => DESCRIBE_CONFIGURATION_SETS,
            Self::DeleteConfigurationSet => DELETE_CONFIGURATION_SET,
            Self::SetDefaultMessageFeedbackEnabled => SET_DEFAULT_MESSAGE_FEEDBACK_ENABLED,
        }
    }
}

const NAME_OR_ARN_256: Shape = text(1, 256, NAME_OR_ARN);

const SEND_TEXT_MESSAGE: &[Member] = &[
    required("DestinationPhoneNumber", text(1, 20, PHONE_NUMBER)),
    optional("OriginationIdentity", text(1, 256, IDENTITY)),
    optional("MessageBody", text(1, 1600, NOT_BLANK)),
    optional("MessageType", Shape::Choice(&["TRANSACTIONAL", "PROMOTIONAL"])),
    optional("Keyword", text(1, 30, KEYWORD)),
    optional("ConfigurationSetName", NAME_OR_ARN_256),
    optional("MaxPrice", text(2, 8, PRICE)),
    optional("TimeToLive", Shape::Integer { least: 5, most: 259_200 }),
    optional(
        "Context",
        Shape::Map { most: 5, key: &text(1, 100, NO_SPACE), value: &text(1, 800, TRIMMED) },
    ),
    optional(
        "DestinationCountryParameters",
        Shape::Map {
            most: 10,
            key: &Shape::Choice(&["IN_TEMPLATE_ID", "IN_ENTITY_ID"]),
            value: &text(1, 64, NO_SPACE),
        },
    ),
    optional("DryRun", Shape::Boolean),
    optional("ProtectConfigurationId", NAME_OR_ARN_256),
    optional("MessageFeedbackEnabled", Shape::Boolean),
];

const PUT_MESSAGE_FEEDBACK: &[Member] = &[
    required("MessageId", text(1, 64, NAME_OR_ARN)),
    required("MessageFeedbackStatus", Shape::Choice(&["RECEIVED", "FAILED"])),
];

const CREATE_CONFIGURATION_SET: &[Member] = &[
    required("ConfigurationSetName", text(1, 64, NAME)),
    optional(
        "Tags",
        Shape::List {
            length: (0, 200),
            of: &Shape::Structure(&[
                required("Key", text(1, 128, ONE_LINE)),
                required("Value", text(0, 256, ONE_LINE_OR_NOTHING)),
            ]),
        },
    ),
    optional("ClientToken", text(1, 64, VISIBLE)),
];

/// The names of filters on configuration sets.
const FILTER_NAMES: &[&str] = &[
    "event-destination-name",
    "matching-event-types",
    "default-message-type",
    "default-sender-id",
    "default-message-feedback-enabled",
    "protect-configuration-id",
];

const DESCRIBE_CONFIGURATION_SETS: &[Member] = &[
    optional("ConfigurationSetNames", Shape::List { length: (0, 5), of: &NAME_OR_ARN_256 }),
    optional(
        "Filters",
        Shape::List {
            length: (0, 20),
            of: &Shape::Structure(&[
                required("Name", Shape::Choice(FILTER_NAMES)),
                required(
                    "Values",
                    Shape::List { length: (1, 20), of: &text(1, 128, FILTER_VALUE) },
                ),
            ]),
        },
    ),
    optional("NextToken", text(1, 1024, ONE_LINE)),
    optional("MaxResults", Shape::Integer { least: 1, most: 100 }),
];

const DELETE_CONFIGURATION_SET: &[Member] = &[required("ConfigurationSetName", NAME_OR_ARN_256)];

const SET_DEFAULT_MESSAGE_FEEDBACK_ENABLED: &[Member] = &[
    required("ConfigurationSetName", NAME_OR_ARN_256),
    required("MessageFeedbackEnabled", Shape::Boolean),
];

/// The operations of the API that this stub does not answer yet.
#[rustfmt::skip]
pub(super) const NOT_YET: [&str; 104] = [
    "AssociateOriginationIdentity", "AssociateProtectConfiguration", "CarrierLookup",
    "CreateEventDestination", "CreateNotifyConfiguration", "CreateOptOutList", "CreatePool",
    "CreateProtectConfiguration", "CreateRcsAgent", "CreateRegistration",
    "CreateRegistrationAssociation", "CreateRegistrationAttachment", "CreateRegistrationVersion",
    "CreateVerifiedDestinationNumber", "DeleteAccountDefaultProtectConfiguration",
    "DeleteDefaultMessageType", "DeleteDefaultSenderId", "DeleteEventDestination", "DeleteKeyword",
    "DeleteMediaMessageSpendLimitOverride", "DeleteNotifyConfiguration",
    "DeleteNotifyMessageSpendLimitOverride", "DeleteOptOutList", "DeleteOptedOutNumber",
    "DeletePool", "DeleteProtectConfiguration", "DeleteProtectConfigurationRuleSetNumberOverride",
    "DeleteRcsAgent", "DeleteRcsMessageSpendLimitOverride", "DeleteRegistration",
    "DeleteRegistrationAttachment", "DeleteRegistrationFieldValue", "DeleteResourcePolicy",
    "DeleteTextMessageSpendLimitOverride", "DeleteVerifiedDestinationNumber",
    "DeleteVoiceMessageSpendLimitOverride", "DescribeAccountAttributes", "DescribeAccountLimits",
    "DescribeKeywords", "DescribeNotifyConfigurations", "DescribeNotifyTemplates",
    "DescribeOptOutLists", "DescribeOptedOutNumbers", "DescribePhoneNumbers", "DescribePools",
    "DescribeProtectConfigurations", "DescribeRcsAgentCountryLaunchStatus", "DescribeRcsAgents",
    "DescribeRegistrationAttachments", "DescribeRegistrationFieldDefinitions",
    "DescribeRegistrationFieldValues", "DescribeRegistrationSectionDefinitions",
    "DescribeRegistrationTypeDefinitions", "DescribeRegistrationVersions", "DescribeRegistrations",
    "DescribeSenderIds", "DescribeSpendLimits", "DescribeVerifiedDestinationNumbers",
    "DisassociateOriginationIdentity", "DisassociateProtectConfiguration",
    "DiscardRegistrationVersion", "GetProtectConfigurationCountryRuleSet", "GetResourcePolicy",
    "ListAvailablePhoneNumbers", "ListNotifyCountries", "ListPoolOriginationIdentities",
    "ListProtectConfigurationRuleSetNumberOverrides", "ListRegistrationAssociations",
    "ListTagsForResource", "PutKeyword", "PutOptedOutNumber",
    "PutProtectConfigurationRuleSetNumberOverride", "PutRegistrationFieldValue",
    "PutResourcePolicy", "ReleasePhoneNumber", "ReleaseSenderId", "RequestPhoneNumber",
    "RequestSenderId", "SendDestinationNumberVerificationCode", "SendMediaMessage",
    "SendNotifyTextMessage", "SendNotifyVoiceMessage", "SendRcsMessage", "SendVoiceMessage",
    "SetAccountDefaultProtectConfiguration", "SetDefaultMessageType", "SetDefaultSenderId",
    "SetMediaMessageSpendLimitOverride", "SetNotifyMessageSpendLimitOverride",
    "SetRcsMessageSpendLimitOverride", "SetTextMessageSpendLimitOverride",
    "SetVoiceMessageSpendLimitOverride", "SubmitRegistrationVersion", "TagResource",
    "UntagResource", "UpdateEventDestination", "UpdateNotifyConfiguration", "UpdatePhoneNumber",
    "UpdatePool", "UpdateProtectConfiguration", "UpdateProtectConfigurationCountryRuleSet",
    "UpdateRcsAgent", "UpdateSenderId", "VerifyDestinationNumber",
];
