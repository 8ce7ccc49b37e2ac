//! Every reader of bytes that come from elsewhere, under one signature: for tests that feed them what nobody wrote.
//!
//! A target says whether it took the bytes. What it takes it writes again, and reads as the same.

use std::{fmt::Display, str::FromStr};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    bytes::Bytes, error::*, events::*, ids::*, log::*, names::UserName, rest::*, role::*,
    time::Timestamp,
};

/// A reader: its name, and whether it takes these bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All of them. What begins with the name of a body's type is a name, a space, and JSON.
pub const TARGETS: &[Target] = &[
    ("answers", |bytes| named(ANSWERS, bytes)),
    ("events", |bytes| named(EVENTS, bytes)),
    ("parts", |bytes| named(PARTS, bytes)),
    ("requests", |bytes| named(REQUESTS, bytes)),
    ("scalars", scalars),
];

/// A type of bodies: its name, and whether it takes this JSON.
pub type BodyType = (&'static str, fn(&str) -> bool);

macro_rules! bodies {
    ($($(#[$doc:meta])* $list:ident: $($name:ident)*;)*) => {
        $($(#[$doc])* pub const $list: &[BodyType] = &[$((stringify!($name), body::<$name>)),*];)*
    };
}

bodies! {
    /// What a server answers.
    ANSWERS:
        Account AdminRooms AdminStanding ApiTokens AdminUser AdminUsers Attestation Audit BackupCodes BlobState CanaryReport
        ClaimedKeyPackages Devices Empty EnrolStarted Enrolled Entrance ErrorBody Handshakes Invites KeyPackageCount
        Limits Links LoginFinished LoginStarted MadeApiToken MadeInvite Mailbox Members PasskeyAsked PasskeyCode
        Passkeys Readmissions Receipt RegisterStarted Room Rooms RootBoxes SecondFactor SecondFactorWanted Sees
        ServerInfo Session Sessions SideFiles Storage TokenPair VaultItem VaultListing Reset DeviceTicket Heard MeetingJoined MeetingOpened;
    /// What either side says over Socket.IO.
    EVENTS:
        Auth DoorShut Entry Ephemeral History JoinRoom JoinedRoom Mail ReadmissionAsked RoomClosed RoomHistory
        RoomOpened SendMessage;
    /// What a client asks.
    REQUESTS:
        AddDevice AskPasskey Canaries ClassicChange ClassicDelete ClassicLogin ClassicRegister CommitRequest CreateRoom EnrolFinish EnrolStart EnterRoom FollowHandshakes
        KeyPackageUpload LoginCode LoginFinish LoginRequest LoginStart MailAck MakeApiToken MakeInvite OpenBlob
        PasskeyMade PasskeyShown PasswordFinish PasswordRequest PasswordStart ProposalRequest PutLink PutRecovery
        Readmission ReadmissionRequest RecoveryLogin RefreshPair RegisterFinish RegisterRequest RegisterStart
        RemovePasskey RevokeDevices SendMail SideRepair StepUp UserAct VaultWrite AskReset DeleteAccount FinishReset DrawTicket EndMeeting HearMeeting MeetingMessage OpenMeeting TicketLogin;
    /// What those are made of.
    PARTS:
        Act AdminRoom ApiToken AuditEntry BearerToken Body CanaryHit Changed ClaimedKeyPackage ClassicPassword Commit Deleted Device
        Effects Encryption ErrorCode FactorCode Invite InviteToken Key Large Limit Link LinkPass ListedSession
        MailBody MailDrop Member Message NewDevice NewSealedRoom Notice NoticeKind Passkey PasswordProof Proof
        Proposal Registration Role RoleChange RosterWrite Scope SearchedPlace SecondFactorKind SecondFactorLeg Shut
        Sight StoredColumn StoredTable TreeSnapshot VaultPut VaultVersion PendingReset ShownToken;
}

fn named(list: &[BodyType], bytes: &[u8]) -> bool {
    let Some((name, json)) = text(bytes).and_then(|text| text.split_once(' ')) else {
        return false;
    };
    let of = list.iter().find(|(of, _)| *of == name);
    of.is_some_and(|(_, reader)| reader(json))
}

fn body<T: DeserializeOwned + Serialize + PartialEq + 'static>(json: &str) -> bool {
    let Ok(value) = serde_json::from_str::<T>(json) else {
        return false;
    };
    if let Some(entry) = (&value as &dyn std::any::Any).downcast_ref::<Entry>() {
        heads(entry);
    }
    let written = serde_json::to_string(&value).unwrap_or_default();
    let again = serde_json::from_str::<T>(&written);
    assert!(
        again.is_ok_and(|again| again == value),
        "it changes by being read: {written}"
    );
    true
}

/// What is hashed of an entry: there, unless it is a stub, and of one length.
fn heads(entry: &Entry) {
    let stub = matches!(entry.body, Body::Large(_));
    let input = entry.head_input(&[7; 32]).map(|input| input.len());
    assert_eq!(input, (!stub).then_some(113), "what the log head hashes");
    let gone = matches!(entry.body, Body::Deleted(_));
    assert_eq!(entry.body.canonical().is_none(), stub || gone);
}

/// Texts that have one spelling.
fn scalars(bytes: &[u8]) -> bool {
    let Some(text) = text(bytes) else {
        return false;
    };
    let base64 = Bytes::from_base64(text).map(|bytes| bytes.to_base64());
    let name = UserName::parse(text).map(|name| name.to_string());
    let taken = [
        spelled(text, base64),
        spelled(text, name),
        parsed::<AccountId>(text),
        parsed::<RoomId>(text),
        parsed::<Timestamp>(text),
    ];
    taken.contains(&true)
}

fn parsed<T: FromStr + Display>(text: &str) -> bool {
    spelled(text, text.parse::<T>().map(|value| value.to_string()))
}

fn spelled<E>(text: &str, written: Result<String, E>) -> bool {
    if let Ok(written) = &written {
        assert_eq!(written, text, "a second spelling");
    }
    written.is_ok()
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
