//! The words of the API: reasons of its exceptions and kinds of its resources, as its model lists them.
//!
//! **Invariant:** every word is the model's.

use serde::{Deserialize, Serialize};

/// Defines an enum whose variants have the names that AWS writes.
macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] #[serde(rename = $name)] $variant),+
        }

        impl $type {
            /// The name that AWS writes.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

named! {
    /// Why an `AccessDeniedException`.
    AccessReason {
        InsufficientAccountReputation = "INSUFFICIENT_ACCOUNT_REPUTATION",
        AccountDisabled = "ACCOUNT_DISABLED",
    }
}

named! {
    /// Why a `ConflictException`.
    ConflictReason {
        CreateRegistrationVersionNotAllowed = "CREATE_REGISTRATION_VERSION_NOT_ALLOWED",
        DeletionProtectionEnabled = "DELETION_PROTECTION_ENABLED",
        DestinationPhoneNumberNotVerified = "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
        DestinationPhoneNumberOptedOut = "DESTINATION_PHONE_NUMBER_OPTED_OUT",
        DisassociateRegistrationNotAllowed = "DISASSOCIATE_REGISTRATION_NOT_ALLOWED",
        DiscardRegistrationVersionNotAllowed = "DISCARD_REGISTRATION_VERSION_NOT_ALLOWED",
        EditRegistrationFieldValuesNotAllowed = "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED",
        EventDestinationMismatch = "EVENT_DESTINATION_MISMATCH",
        KeywordMismatch = "KEYWORD_MISMATCH",
        LastPhoneNumber = "LAST_PHONE_NUMBER",
        NumberCapabilitiesMismatch = "NUMBER_CAPABILITIES_MISMATCH",
        MessageTypeMismatch = "MESSAGE_TYPE_MISMATCH",
        NoOriginationIdentitiesFound = "NO_ORIGINATION_IDENTITIES_FOUND",
        OptOutListMismatch = "OPT_OUT_LIST_MISMATCH",
        PhoneNumberAssociatedToPool = "PHONE_NUMBER_ASSOCIATED_TO_POOL",
        PhoneNumberAssociatedToRegistration = "PHONE_NUMBER_ASSOCIATED_TO_REGISTRATION",
        PhoneNumberNotAssociatedToPool = "PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL",
        PhoneNumberNotInRegistrationRegion = "PHONE_NUMBER_NOT_IN_REGISTRATION_REGION",
        RegistrationAlreadySubmitted = "REGISTRATION_ALREADY_SUBMITTED",
        RegistrationNotComplete = "REGISTRATION_NOT_COMPLETE",
        ResourceAlreadyAssociated = "RESOURCE_ALREADY_ASSOCIATED",
        SenderIdAssociatedToPool = "SENDER_ID_ASSOCIATED_TO_POOL",
        RcsAgentAssociatedToPool = "RCS_AGENT_ASSOCIATED_TO_POOL",
        PoolAssociatedToNotifyConfiguration = "POOL_ASSOCIATED_TO_NOTIFY_CONFIGURATION",
        ResourceAlreadyExists = "RESOURCE_ALREADY_EXISTS",
        ResourceDeletionNotAllowed = "RESOURCE_DELETION_NOT_ALLOWED",
        ResourceModificationNotAllowed = "RESOURCE_MODIFICATION_NOT_ALLOWED",
        ResourceNotActive = "RESOURCE_NOT_ACTIVE",
        ResourceNotEmpty = "RESOURCE_NOT_EMPTY",
        SelfManagedOptOutsMismatch = "SELF_MANAGED_OPT_OUTS_MISMATCH",
        SubmitRegistrationVersionNotAllowed = "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED",
        TwoWayConfigMismatch = "TWO_WAY_CONFIG_MISMATCH",
        VerificationCodeExpired = "VERIFICATION_CODE_EXPIRED",
        VerificationAlreadyComplete = "VERIFICATION_ALREADY_COMPLETE",
        ProtectConfigurationIsAccountDefault = "PROTECT_CONFIGURATION_IS_ACCOUNT_DEFAULT",
        ProtectConfigurationAssociatedWithConfigurationSet = "PROTECT_CONFIGURATION_ASSOCIATED_WITH_CONFIGURATION_SET",
        ProtectConfigurationNotAssociatedWithConfigurationSet = "PROTECT_CONFIGURATION_NOT_ASSOCIATED_WITH_CONFIGURATION_SET",
        DestinationCountryBlockedByProtectConfiguration = "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        DestinationPhoneNumberBlockedByProtectNumberOverride = "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        RcsAgentAlreadyAssociatedToRegistrationType = "RCS_AGENT_ALREADY_ASSOCIATED_TO_REGISTRATION_TYPE",
        NotifyConfigurationNotActive = "NOTIFY_CONFIGURATION_NOT_ACTIVE",
    }
}

named! {
    /// Why a `ServiceQuotaExceededException`.
    QuotaReason {
        AssociationsPerRegistration = "ASSOCIATIONS_PER_REGISTRATION",
        ConfigurationSetsPerAccount = "CONFIGURATION_SETS_PER_ACCOUNT",
        DailyDestinationCallLimit = "DAILY_DESTINATION_CALL_LIMIT",
        DailyNotifyTierMessageLimit = "DAILY_NOTIFY_TIER_MESSAGE_LIMIT",
        EventDestinationsPerConfigurationSet = "EVENT_DESTINATIONS_PER_CONFIGURATION_SET",
        KeywordsPerPhoneNumber = "KEYWORDS_PER_PHONE_NUMBER",
        KeywordsPerPool = "KEYWORDS_PER_POOL",
        MonthlySpendLimitReachedForMedia = "MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA",
        MonthlySpendLimitReachedForNotify = "MONTHLY_SPEND_LIMIT_REACHED_FOR_NOTIFY",
        MonthlySpendLimitReachedForRcs = "MONTHLY_SPEND_LIMIT_REACHED_FOR_RCS",
        MonthlySpendLimitReachedForText = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
        MonthlySpendLimitReachedForVoice = "MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE",
        NotifyConfigurationsPerAccount = "NOTIFY_CONFIGURATIONS_PER_ACCOUNT",
        OptOutListsPerAccount = "OPT_OUT_LISTS_PER_ACCOUNT",
        OriginationIdentitiesPerPool = "ORIGINATION_IDENTITIES_PER_POOL",
        PhoneNumbersPerAccount = "PHONE_NUMBERS_PER_ACCOUNT",
        PhoneNumbersPerRegistration = "PHONE_NUMBERS_PER_REGISTRATION",
        PoolsPerAccount = "POOLS_PER_ACCOUNT",
        RcsAgentsPerAccount = "RCS_AGENTS_PER_ACCOUNT",
        RegistrationAttachmentsCreatedPerDay = "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY",
        RegistrationAttachmentsPerAccount = "REGISTRATION_ATTACHMENTS_PER_ACCOUNT",
        RegistrationVersionsCreatedPerDay = "REGISTRATION_VERSIONS_CREATED_PER_DAY",
        RegistrationsPerAccount = "REGISTRATIONS_PER_ACCOUNT",
        SenderIdsPerAccount = "SENDER_IDS_PER_ACCOUNT",
        TagsPerResource = "TAGS_PER_RESOURCE",
        VerifiedDestinationNumbersPerAccount = "VERIFIED_DESTINATION_NUMBERS_PER_ACCOUNT",
        VerificationAttemptsPerDay = "VERIFICATION_ATTEMPTS_PER_DAY",
        ProtectConfigurationsPerAccount = "PROTECT_CONFIGURATIONS_PER_ACCOUNT",
    }
}

named! {
    /// Why a `ValidationException`.
    ValidationReason {
        CannotAddOptedOutNumber = "CANNOT_ADD_OPTED_OUT_NUMBER",
        CannotParse = "CANNOT_PARSE",
        ChannelNotEnabled = "CHANNEL_NOT_ENABLED",
        CountryCodeMismatch = "COUNTRY_CODE_MISMATCH",
        CountryNotEnabled = "COUNTRY_NOT_ENABLED",
        DestinationCountryBlocked = "DESTINATION_COUNTRY_BLOCKED",
        FieldValidationFailed = "FIELD_VALIDATION_FAILED",
        AttachmentTypeNotSupported = "ATTACHMENT_TYPE_NOT_SUPPORTED",
        InternationalSendingNotSupported = "INTERNATIONAL_SENDING_NOT_SUPPORTED",
        InvalidArn = "INVALID_ARN",
        InvalidFilterValues = "INVALID_FILTER_VALUES",
        InvalidIdentityForDestinationCountry = "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        InvalidNextToken = "INVALID_NEXT_TOKEN",
        InvalidParameter = "INVALID_PARAMETER",
        InvalidRequest = "INVALID_REQUEST",
        InvalidRegistrationAssociation = "INVALID_REGISTRATION_ASSOCIATION",
        MaximumSizeExceeded = "MAXIMUM_SIZE_EXCEEDED",
        MediaTypeNotSupported = "MEDIA_TYPE_NOT_SUPPORTED",
        MissingParameter = "MISSING_PARAMETER",
        ParametersCannotBeUsedTogether = "PARAMETERS_CANNOT_BE_USED_TOGETHER",
        PhoneNumberCannotBeOptedIn = "PHONE_NUMBER_CANNOT_BE_OPTED_IN",
        PhoneNumberCannotBeReleased = "PHONE_NUMBER_CANNOT_BE_RELEASED",
        PriceOverThreshold = "PRICE_OVER_THRESHOLD",
        ResourceNotAccessible = "RESOURCE_NOT_ACCESSIBLE",
        RequestedSpendLimitHigherThanServiceLimit = "REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT",
        SenderIdNotRegistered = "SENDER_ID_NOT_REGISTERED",
        SenderIdNotSupported = "SENDER_ID_NOT_SUPPORTED",
        SenderIdRequiresRegistration = "SENDER_ID_REQUIRES_REGISTRATION",
        TwoWayTopicNotPresent = "TWO_WAY_TOPIC_NOT_PRESENT",
        TwoWayNotEnabled = "TWO_WAY_NOT_ENABLED",
        TwoWayNotSupportedInCountry = "TWO_WAY_NOT_SUPPORTED_IN_COUNTRY",
        TwoWayNotSupportedInRegion = "TWO_WAY_NOT_SUPPORTED_IN_REGION",
        TwoWayChannelNotPresent = "TWO_WAY_CHANNEL_NOT_PRESENT",
        UnknownRegistrationField = "UNKNOWN_REGISTRATION_FIELD",
        UnknownRegistrationSection = "UNKNOWN_REGISTRATION_SECTION",
        UnknownRegistrationType = "UNKNOWN_REGISTRATION_TYPE",
        UnknownRegistrationVersion = "UNKNOWN_REGISTRATION_VERSION",
        UnknownOperation = "UNKNOWN_OPERATION",
        RegistrationFieldCannotBeDeleted = "REGISTRATION_FIELD_CANNOT_BE_DELETED",
        VerificationCodeMismatch = "VERIFICATION_CODE_MISMATCH",
        VoiceCapabilityNotAvailable = "VOICE_CAPABILITY_NOT_AVAILABLE",
        UnspecifiedParameterNotSupported = "UNSPECIFIED_PARAMETER_NOT_SUPPORTED",
        Other = "OTHER",
    }
}

named! {
    /// A kind of resource.
    ResourceType {
        Account = "account",
        PhoneNumber = "phone-number",
        SenderId = "sender-id",
        Pool = "pool",
        ConfigurationSet = "configuration-set",
        OptOutList = "opt-out-list",
        EventDestination = "event-destination",
        Keyword = "keyword",
        OptedOutNumber = "opted-out-number",
        Registration = "registration",
        RegistrationAttachment = "registration-attachment",
        VerifiedDestinationNumber = "verified-destination-number",
        ProtectConfiguration = "protect-configuration",
        NotifyConfiguration = "notify-configuration",
        NotifyTemplate = "notify-template",
        MessageTemplate = "message-template",
        Policy = "policy",
        Message = "message",
        RcsAgent = "rcs-agent",
    }
}
