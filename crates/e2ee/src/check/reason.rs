//! One reason per row of the list.

use thiserror::Error;

/// Why every member skips a commit alike.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicReason {
    // Framing
    /// Not the encoding of an MLS message.
    #[error("not an MLS message")]
    Malformed,
    /// Not a commit in a PublicMessage.
    #[error("not a commit in a PublicMessage")]
    NotACommit,
    /// Of another group.
    #[error("a commit of another group")]
    WrongGroup,
    /// Of another epoch than the current one.
    #[error("a commit of another epoch")]
    WrongEpoch,
    /// The signature, a proposal or the tree breaks a rule of RFC 9420.
    #[error("the commit breaks a rule of RFC 9420")]
    Mls,
    /// The membership tag is wrong: whoever sent it was not in the epoch.
    #[error("the membership tag is wrong")]
    MembershipTag,

    // Committer
    /// It has no path.
    #[error("the commit has no path")]
    NoPath,
    /// The committer's new leaf has no valid certificate.
    #[error("the committer's certificate is not valid")]
    CommitterCertificate,
    /// The new leaf names another account or device than the old one.
    #[error("the committer's new leaf is of another account or device")]
    CommitterIdentity,
    /// The new leaf's generation is below the highest of its account in the tree.
    #[error("the committer's certificate is of a lower generation")]
    CommitterGeneration,
    /// The new leaf's capabilities or extensions are not exactly ours.
    #[error("the committer's capabilities are not those of this protocol")]
    CommitterCapabilities,
    /// A public key of the path is none of the suite's KEM: nobody could seal the next path to it.
    #[error("a public key of the commit's path is none")]
    PathKey,

    // Proposals
    /// A proposal of a type that no commit may carry.
    #[error("a proposal of this type is never committed")]
    ProposalType,
    /// A proposal by reference that is no SelfRemove.
    #[error("only SelfRemove is committed by reference")]
    ByReference,

    // Add
    /// The added leaf has no valid certificate.
    #[error("an added leaf's certificate is not valid")]
    AddCertificate,
    /// The KeyPackage's lifetime is not the constant one.
    #[error("an added KeyPackage's lifetime is not the constant one")]
    AddLifetime,
    /// The KeyPackage's capabilities or extensions are not exactly ours.
    #[error("an added KeyPackage's capabilities are not those of this protocol")]
    AddCapabilities,
    /// The KeyPackage or its leaf has a public key that is none of the suite's KEM.
    #[error("a public key of an added KeyPackage is none")]
    AddKey,
    /// The committer's role may not add a new account.
    #[error("the committer may not add accounts")]
    AddRole,
    /// The added leaf's generation is below the highest of its account in the tree.
    #[error("an added certificate is of a lower generation")]
    AddGeneration,
    /// The device has a leaf already.
    #[error("an added device has a leaf already")]
    AddDuplicate,
    /// The account would have more than ten devices.
    #[error("an account would have too many devices")]
    TooManyDevices,

    // Remove
    /// Some but not all leaves of somebody else's account.
    #[error("only part of an account would be removed")]
    RemovePartial,
    /// An account of equal or higher role.
    #[error("the committer may not remove this account")]
    RemoveRole,

    // SelfRemove
    /// An account that asked to leave would keep a device in the room.
    #[error("only part of an account would leave")]
    LeavePartial,

    // GroupContextExtensions
    /// Something else than the policy differs.
    #[error("an extension other than the policy differs")]
    OtherExtension,
    /// The policy is malformed.
    #[error("the new policy is malformed")]
    PolicyMalformed,
    /// The new policy is of a version that the old one does not allow.
    #[error("the new policy changes its version")]
    PolicyVersion,
    /// Room, kind, suite or history policy differ.
    #[error("a field that never changes differs")]
    PolicyImmutable,
    /// A counter falls.
    #[error("a counter of the policy falls")]
    PolicyCounter,
    /// The state's hash changes without its version, or the other way round.
    #[error("state hash and state version do not change together")]
    StateVersion,
    /// The committer's role may not change the room state.
    #[error("the committer may not change the room state")]
    StateRole,
    /// The committer's role may not rotate the keys.
    #[error("the committer may not raise the join generation")]
    RotateRole,
    /// The committer's role may not change permissions or access.
    #[error("the committer may not change the room's rules")]
    RulesRole,
    /// The committer grants a role above its own, or touches somebody of equal or higher role.
    #[error("the committer may not change this role")]
    RoleChange,
    /// The list names an account without a leaf.
    #[error("the list of roles names an account that is not in the room")]
    RoleWithoutLeaf,
    /// Nobody would be an owner.
    #[error("the room would have no owner")]
    NoOwner,

    // External commit
    /// Not exactly one external PSK with the id of this room and epoch.
    #[error("an external commit needs exactly the PSK of this room and epoch")]
    ExternalPsk,
    /// What it was encapsulated in is no output of the suite's KEM, so it opens for nobody.
    #[error("an external commit whose encapsulation is none")]
    ExternalKey,
    /// Whoever made it does not know the room's entry PSK: its authenticated data is not what the
    /// members derive from theirs. The PSK is common to all members, so they judge alike.
    #[error("an external commit by somebody who does not know the entry PSK")]
    ExternalProof,
    /// Its path opens and its confirmation tag is wrong nevertheless: it is so for everybody whose
    /// path opens, and nobody can merge it.
    #[error("an external commit that leads nowhere")]
    ExternalTag,
    /// The policy has no links, and the account has no leaf.
    #[error("the room is not open to links")]
    ExternalAccess,
    /// It removes another leaf than the joiner's own former one.
    #[error("an external commit removes only its own former leaf")]
    ExternalRemove,
    /// It carries a proposal that an external commit may not.
    #[error("an external commit carries a proposal that it may not")]
    ExternalProposal,
}
