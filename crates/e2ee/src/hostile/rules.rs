//! The rules of PROTOCOL section 5 that a member's commit can break, one value each, and what everybody makes of it.

use crate::check::PublicReason;

/// One rule that a commit of a member breaks, and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BadCommit {
    /// Bytes that are no MLS message.
    NoMls,
    /// Bytes behind the message.
    BytesBehind,
    /// A proposal in a commit's place.
    Proposal,
    /// A commit of another group with the room's number.
    OtherGroup,
    /// A commit of an epoch that nobody else has been in.
    OtherEpoch,
    /// One byte was changed after it was signed.
    ChangedByte,
    /// Made by somebody who does not know the epoch's membership key.
    MembershipTag,
    /// No path, so the keys do not change.
    NoPath,
    /// A credential that is no certificate.
    NoCertificate,
    /// Another member's certificate on the own key.
    OthersCertificate,
    /// A certificate of the own account for another device id.
    OtherDevice,
    /// More capabilities than those of this protocol.
    MoreCapabilities,
    /// A public key in the path that is none.
    PathKey,
    /// A pre-shared key in a member's commit.
    Psk,
    /// An Add by reference.
    ByReference,
    /// An Add of a leaf without a certificate.
    AddNobody,
    /// An Add of a KeyPackage that ends.
    AddThatEnds,
    /// An Add of a leaf that can more than ours.
    AddMoreCapabilities,
    /// An Add of a device that has a leaf.
    AddTwice,
    /// Adds up to an eleventh device of the own account.
    ElevenDevices,
    /// A Remove of somebody who is no less than the committer.
    RemoveAbove,
    /// A Remove of one of two devices of a lower account.
    HalfAnAccount,
    /// External senders.
    ExternalSenders,
    /// Fewer required capabilities.
    FewerCapabilities,
    /// No policy.
    NoPolicy,
    /// Bytes behind the policy.
    BytesBehindPolicy,
    /// A policy of 5 kB.
    LongPolicy,
    /// A policy of an older version.
    OlderPolicy,
    /// A policy of a newer version, by somebody who may not bring one in.
    NewerPolicy,
    /// The policy of another room.
    OtherRoom,
    /// Another history policy.
    OtherHistory,
    /// The join generation leaps.
    LeapOfGeneration,
    /// The state's version leaps.
    LeapOfState,
    /// A state without its version.
    StateWithoutVersion,
    /// Another state, by somebody who may not change it.
    State,
    /// A rotation by somebody who may not rotate.
    Rotation,
    /// Other permissions, by somebody who may not change them.
    Permissions,
    /// The committer promotes itself.
    PromoteSelf,
    /// The committer makes somebody else more than it is.
    PromoteOther,
    /// The committer deposes an owner.
    DeposeOwner,
    /// A role for somebody outside.
    RoleForStranger,
    /// The last owner steps down.
    NoOwner,
}

impl BadCommit {
    /// All of them.
    pub const ALL: [Self; 42] = [
        Self::NoMls,
        Self::BytesBehind,
        Self::Proposal,
        Self::OtherGroup,
        Self::OtherEpoch,
        Self::ChangedByte,
        Self::MembershipTag,
        Self::NoPath,
        Self::NoCertificate,
        Self::OthersCertificate,
        Self::OtherDevice,
        Self::MoreCapabilities,
        Self::PathKey,
        Self::Psk,
        Self::ByReference,
        Self::AddNobody,
        Self::AddThatEnds,
        Self::AddMoreCapabilities,
        Self::AddTwice,
        Self::ElevenDevices,
        Self::RemoveAbove,
        Self::HalfAnAccount,
        Self::ExternalSenders,
        Self::FewerCapabilities,
        Self::NoPolicy,
        Self::BytesBehindPolicy,
        Self::LongPolicy,
        Self::OlderPolicy,
        Self::NewerPolicy,
        Self::OtherRoom,
        Self::OtherHistory,
        Self::LeapOfGeneration,
        Self::LeapOfState,
        Self::StateWithoutVersion,
        Self::State,
        Self::Rotation,
        Self::Permissions,
        Self::PromoteSelf,
        Self::PromoteOther,
        Self::DeposeOwner,
        Self::RoleForStranger,
        Self::NoOwner,
    ];

    /// Why everybody skips it.
    #[must_use]
    pub const fn reason(self) -> PublicReason {
        match self {
            Self::NoMls | Self::BytesBehind => PublicReason::Malformed,
            Self::Proposal => PublicReason::NotACommit,
            Self::OtherGroup => PublicReason::WrongGroup,
            Self::OtherEpoch => PublicReason::WrongEpoch,
            Self::ChangedByte | Self::ByReference => PublicReason::Mls,
            Self::MembershipTag => PublicReason::MembershipTag,
            Self::NoPath => PublicReason::NoPath,
            Self::NoCertificate | Self::OthersCertificate => PublicReason::CommitterCertificate,
            Self::OtherDevice => PublicReason::CommitterIdentity,
            Self::MoreCapabilities => PublicReason::CommitterCapabilities,
            Self::PathKey => PublicReason::PathKey,
            Self::Psk => PublicReason::ProposalType,
            Self::AddNobody => PublicReason::AddCertificate,
            Self::AddThatEnds => PublicReason::AddLifetime,
            Self::AddMoreCapabilities => PublicReason::AddCapabilities,
            Self::AddTwice => PublicReason::AddDuplicate,
            Self::ElevenDevices => PublicReason::TooManyDevices,
            Self::RemoveAbove => PublicReason::RemoveRole,
            Self::HalfAnAccount => PublicReason::RemovePartial,
            Self::ExternalSenders | Self::FewerCapabilities => PublicReason::OtherExtension,
            Self::NoPolicy | Self::BytesBehindPolicy | Self::LongPolicy => {
                PublicReason::PolicyMalformed
            }
            Self::OlderPolicy | Self::NewerPolicy => PublicReason::PolicyVersion,
            Self::OtherRoom | Self::OtherHistory => PublicReason::PolicyImmutable,
            Self::LeapOfGeneration | Self::LeapOfState => PublicReason::PolicyCounter,
            Self::StateWithoutVersion => PublicReason::StateVersion,
            Self::State => PublicReason::StateRole,
            Self::Rotation => PublicReason::RotateRole,
            Self::Permissions => PublicReason::RulesRole,
            Self::PromoteSelf | Self::PromoteOther | Self::DeposeOwner => PublicReason::RoleChange,
            Self::RoleForStranger => PublicReason::RoleWithoutLeaf,
            Self::NoOwner => PublicReason::NoOwner,
        }
    }
}
