//! Blindness: a marker stands in every text, room name, topic and password, and no call shows it to the server
//! (PROTOCOL section 8, invariant 10).

use protocol::{bytes::Bytes, call::Call};
use serde::Serialize;
use serde_json::Value;

/// Stands in everything that the server must not see.
pub(crate) const MARKER: &str = "kanarienvogel";

/// Whether the marker stands anywhere in what the server gets, as it is or under base64 or hex.
pub(crate) fn shows(call: &Call) -> bool {
    contains(&body(call))
}

fn contains(value: &Value) -> bool {
    match value {
        Value::String(text) => text_shows(text),
        Value::Array(values) => values.iter().any(contains),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| text_shows(name) || contains(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn text_shows(text: &str) -> bool {
    let under_base64 = || Bytes::from_base64(text).is_ok_and(|bytes| bytes_show(bytes.as_slice()));
    bytes_show(text.as_bytes()) || under_base64()
}

fn bytes_show(bytes: &[u8]) -> bool {
    let marker = MARKER.as_bytes();
    bytes.windows(marker.len()).any(|window| window == marker)
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("wire types have a JSON form")
}

fn body(call: &Call) -> Value {
    match call {
        Call::ServerInfo
        | Call::Logout
        | Call::KeyPackageCount
        | Call::RootBoxes
        | Call::VaultListing
        | Call::Devices
        | Call::Sessions
        | Call::EndOtherSessions
        | Call::SecondFactor
        | Call::Passkeys
        | Call::ApiTokens
        | Call::Reset
        | Call::CancelReset
        | Call::Rooms => Value::Null,
        Call::RegisterStart(body) => json(body),
        Call::RegisterFinish(body) => json(body),
        Call::LoginStart(body) => json(body),
        Call::LoginFinish(body) => json(body),
        Call::RecoveryLogin(body) => json(body),
        Call::PutRecovery(body) => json(body),
        Call::AskReset(body) => json(body),
        Call::FinishReset(body) => json(body),
        Call::DeleteAccount(body) => json(body),
        Call::PasswordStart(body) => json(body),
        Call::PasswordFinish(body) => json(body),
        Call::LoginCode(body) => json(body),
        Call::EndSession(id) => json(id),
        Call::EnrolStart(body) => json(body),
        Call::EnrolFinish(body) => json(body),
        Call::RemoveSecondFactor(body) | Call::NewBackupCodes(body) => json(body),
        Call::RemovePasskey(body) => json(body),
        Call::MakeApiToken(body) => json(body),
        Call::EndApiToken(id) => json(id),
        Call::TicketLogin(body) => json(body),
        Call::DrawTicket(body) => json(body),
        Call::OpenMeeting(body) => json(body),
        Call::JoinMeeting(id) => json(id),
        Call::SayInMeeting(_, body) => json(body),
        Call::HearInMeeting(_, body) => json(body),
        Call::EndMeeting(_, body) => json(body),
        Call::AddDevice(body) => json(body),
        Call::RevokeDevices(body) => json(body),
        Call::SendMail(body) => json(body),
        Call::Account(name) => json(name),
        Call::UploadKeyPackages(body) => json(body),
        Call::ClaimKeyPackages(account) => json(account),
        Call::Mailbox { after } => json(after),
        Call::AckMail(body) => json(body),
        Call::VaultItem(name) => json(name),
        Call::WriteVault(body) => json(body),
        Call::CreateRoom(body) => json(body),
        Call::Members(room)
        | Call::LeaveRoom(room)
        | Call::SideFiles(room)
        | Call::Links(room)
        | Call::Readmissions(room)
        | Call::DropReadmission(room) => json(room),
        Call::PutLink(_, _, body) => json(body),
        Call::DeleteLink(room, link) => json(&(room, link)),
        Call::EnterRoom(_, body) => json(body),
        Call::FollowHandshakes(_, body) => json(body),
        Call::AskReadmission(_, body) => json(body),
        Call::RepairSide(_, body) => json(body),
        Call::Commit(_, body) => json(body),
        Call::Propose(_, body) => json(body),
        Call::Entry(room, seq) | Call::Attestation(room, seq) => json(&(room, seq)),
        Call::JoinRoom(body) => json(body),
        Call::SendMessage(body) => json(body),
        Call::RoomHistory(body) => json(body),
        Call::Ephemeral(body) => json(body),
    }
}

#[test]
fn the_marker_is_found_under_base64_and_in_names() {
    let hidden = Bytes::from(format!("..{MARKER}..").into_bytes()).to_base64();
    for value in [
        json(&MARKER),
        json(&vec![hidden]),
        json(&serde_json::json!({ MARKER: 1 })),
    ] {
        assert!(contains(&value), "{value}");
    }
    assert!(!contains(&json(&"kanarien")));
}
