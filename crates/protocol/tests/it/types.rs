//! Every type that crosses the wire, by name.

use protocol::{error::*, events::*, log::*, rest::*, role::*};
use schemars::{Schema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Reads a text as a type and writes it again.
pub(crate) type RoundTrip = fn(&str) -> Result<Value, serde_json::Error>;

fn round_trip<T: DeserializeOwned + Serialize>(json: &str) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_str::<T>(json)?)
}

/// The schema of a type, with those that it needs kept by the generator.
pub(crate) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

macro_rules! wire_types {
    ($($name:ident)*) => {
        /// All of them, by name.
        pub(crate) const TYPES: &[(&str, RoundTrip)] =
            &[$((stringify!($name), round_trip::<$name>)),*];

        /// Their schemas.
        pub(crate) const SCHEMAS: &[(&str, SchemaOf)] =
            &[$((stringify!($name), SchemaGenerator::subschema_for::<$name>)),*];
    };
}

wire_types! {
    Account Act AddDevice AdminRoom AdminRooms AdminStanding AdminUser AdminUsers ApiToken ApiTokens AskPasskey AskReset
    Attestation Audit AuditEntry Auth BackupCodes BearerToken BlobState Body Canaries CanaryHit CanaryReport Changed
    ClaimedKeyPackage ClaimedKeyPackages ClassicChange ClassicDelete ClassicLogin ClassicPassword ClassicRegister Commit CommitRequest CreateRoom DeleteAccount Deleted Device DeviceTicket
    Devices DoorShut DrawTicket Effects Empty Encryption EndMeeting EnrolFinish EnrolStart EnrolStarted Enrolled
    EnterRoom Entrance Entry Ephemeral ErrorBody ErrorCode FactorCode FinishReset FollowHandshakes Handshakes
    HearMeeting Heard History Invite InviteToken Invites JoinRoom JoinedRoom Key KeyPackageCount KeyPackageUpload Large
    Limit Limits Link LinkPass Links ListedSession LoginCode LoginFinish LoginFinished LoginRequest LoginStart
    LoginStarted MadeApiToken MadeInvite Mail MailAck MailBody MailDrop Mailbox MakeApiToken MakeInvite MeetingJoined
    MeetingMessage MeetingOpened Member Members Message NewDevice NewSealedRoom Notice NoticeKind OpenBlob OpenMeeting
    Passkey PasskeyAsked PasskeyCode PasskeyMade PasskeyShown Passkeys PasswordFinish PasswordProof PasswordRequest
    PasswordStart PendingReset Proof Proposal ProposalRequest PutLink PutRecovery Readmission ReadmissionAsked
    ReadmissionRequest Readmissions Receipt RecoveryLogin RefreshPair RegisterFinish RegisterRequest RegisterStart
    RegisterStarted Registration RemovePasskey Reset RevokeDevices Role RoleChange Room RoomClosed RoomHistory
    RoomOpened Rooms RootBoxes RosterWrite Scope SearchedPlace SecondFactor SecondFactorKind SecondFactorLeg
    SecondFactorWanted Sees SendMail SendMessage ServerInfo Session Sessions ShownToken Shut SideFiles SideRepair Sight
    StepUp Storage StoredColumn StoredTable TicketLogin TokenPair TreeSnapshot UserAct VaultItem VaultListing VaultPut
    VaultVersion VaultWrite
}

/// The type of that name.
pub(crate) fn find(name: &str) -> Option<RoundTrip> {
    let (_, round_trip) = TYPES.iter().find(|(of, _)| *of == name)?;
    Some(*round_trip)
}

/// Reads the names of serialised types from the crate's own source, so that a new one cannot be forgotten.
#[test]
fn the_list_names_every_serialised_type() {
    let sources = [
        include_str!("../../src/rest.rs"),
        include_str!("../../src/rest/account.rs"),
        include_str!("../../src/rest/admin.rs"),
        include_str!("../../src/rest/attestation.rs"),
        include_str!("../../src/rest/blob.rs"),
        include_str!("../../src/rest/classic.rs"),
        include_str!("../../src/rest/deletion.rs"),
        include_str!("../../src/rest/device.rs"),
        include_str!("../../src/rest/handshake.rs"),
        include_str!("../../src/rest/invite.rs"),
        include_str!("../../src/rest/link.rs"),
        include_str!("../../src/rest/mail.rs"),
        include_str!("../../src/rest/passkey.rs"),
        include_str!("../../src/rest/meeting.rs"),
        include_str!("../../src/rest/readmission.rs"),
        include_str!("../../src/rest/recovery.rs"),
        include_str!("../../src/rest/reset.rs"),
        include_str!("../../src/rest/room.rs"),
        include_str!("../../src/rest/second_factor.rs"),
        include_str!("../../src/rest/session.rs"),
        include_str!("../../src/rest/side.rs"),
        include_str!("../../src/rest/token.rs"),
        include_str!("../../src/rest/vault.rs"),
        include_str!("../../src/events.rs"),
        include_str!("../../src/log.rs"),
        include_str!("../../src/error.rs"),
        include_str!("../../src/role.rs"),
    ];
    let mut found = Vec::new();
    for source in sources {
        let mut serialised = false;
        for line in source.lines().map(str::trim_start) {
            if line.starts_with("#[derive(") {
                serialised = line.contains("Serialize");
            }
            let rest = line
                .strip_prefix("pub struct ")
                .or_else(|| line.strip_prefix("pub enum "));
            if let Some(rest) = rest.filter(|_| std::mem::take(&mut serialised)) {
                let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap();
                found.push(&rest[..end]);
            }
        }
    }
    found.sort_unstable();
    let listed: Vec<_> = TYPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, listed);
}
