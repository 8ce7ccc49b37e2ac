//! Bodies of the REST requests and answers. Paths are given with each type; `docs/WIRE.md` has an example of
//! every one.

mod account;
mod admin;
mod attestation;
mod blob;
mod classic;
mod deletion;
mod device;
mod handshake;
mod invite;
mod link;
mod mail;
mod meeting;
mod passkey;
mod readmission;
mod recovery;
mod reset;
mod room;
mod second_factor;
mod session;
mod side;
mod token;
mod vault;

use serde::{Deserialize, Serialize};

use crate::{bytes::Bytes, pin::Pin, time::Timestamp};

pub use account::{
    Account, LoginFinish, LoginFinished, LoginRequest, LoginStart, LoginStarted, RegisterFinish,
    RegisterRequest, RegisterStart, RegisterStarted, RootBoxes, Session,
};
pub use admin::{
    Act, AdminRoom, AdminRooms, AdminStanding, AdminUser, AdminUsers, Audit, AuditEntry, Canaries,
    CanaryHit, CanaryReport, Limit, Limits, SearchedPlace, Sees, Sight, Storage, StoredColumn,
    StoredTable, UserAct,
};
pub use attestation::{Attestation, attested};
pub use blob::{BlobState, OpenBlob};
pub use classic::{ClassicChange, ClassicDelete, ClassicLogin, ClassicPassword, ClassicRegister};
pub use deletion::DeleteAccount;
pub(crate) use device::is_false;
pub use device::{
    AddDevice, ClaimedKeyPackage, ClaimedKeyPackages, Device, Devices, KeyPackageCount,
    KeyPackageUpload, NewDevice, RevokeDevices,
};
pub use handshake::{CommitRequest, ProposalRequest, Receipt, RosterWrite};
pub use invite::{Invite, InviteToken, Invites, MadeInvite, MakeInvite, Registration};
pub use link::{
    EnterRoom, Entrance, FollowHandshakes, Handshakes, Link, LinkPass, Links, PutLink, Shut,
};
pub use mail::{Mail, MailAck, MailBody, MailDrop, Mailbox, SendMail};
pub use meeting::{
    DeviceTicket, DrawTicket, EndMeeting, HearMeeting, Heard, MeetingJoined, MeetingMessage,
    MeetingOpened, OpenMeeting, ShownToken, TicketLogin,
};
pub use passkey::{
    AskPasskey, Passkey, PasskeyAsked, PasskeyCode, PasskeyMade, PasskeyShown, Passkeys,
    RemovePasskey,
};
pub use readmission::{Readmission, ReadmissionRequest, Readmissions};
pub use recovery::{
    Changed, PasswordFinish, PasswordProof, PasswordRequest, PasswordStart, Proof, PutRecovery,
    RecoveryLogin,
};
pub use reset::{AskReset, FinishReset, PendingReset, Reset};
pub use room::{CreateRoom, Encryption, Member, Members, NewSealedRoom, Room, Rooms};
pub use second_factor::{
    BackupCodes, EnrolFinish, EnrolStart, EnrolStarted, Enrolled, FactorCode, LoginCode,
    SecondFactor, SecondFactorKind, SecondFactorLeg, SecondFactorWanted, StepUp,
};
pub use session::{ListedSession, Sessions};
pub use side::{SideFiles, SideRepair, TreeSnapshot};
pub use token::{
    ApiToken, ApiTokens, BearerToken, MadeApiToken, MakeApiToken, RefreshPair, Scope, TokenPair,
};
pub use vault::{ACCOUNT_KEY, VaultItem, VaultListing, VaultPut, VaultVersion, VaultWrite};

/// An answer with nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Empty {}

/// `GET /api/server`: what this server is. Needs no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServerInfo {
    /// The newest protocol version that it speaks.
    pub protocol: u32,
    /// The oldest that it still accepts; a client below it pauses and says so.
    pub min_protocol: u32,
    /// Who may make an account.
    pub registration: Registration,
    /// The Ed25519 key under which it signs where an entry stands in the log; servers that sign none have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_key: Option<Bytes>,
    /// Pins of its TLS key and of the one that waits behind it; none where the operator promises nothing of its keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pin>,
    /// The server's time.
    pub timestamp: Timestamp,
}
