//! How the answer to each call is read.

use protocol::{
    call::{Call, Reply},
    rest::Empty,
};
use serde::de::DeserializeOwned;

use engine::json;

/// Reads a successful answer.
pub(super) type Read = fn(&str) -> serde_json::Result<Reply>;

pub(super) fn reader(call: &Call) -> Read {
    match call {
        Call::ServerInfo => |text| json(text, Reply::ServerInfo),
        Call::RegisterStart(_) | Call::PasswordStart(_) => {
            |text| json(text, Reply::RegisterStarted)
        }
        Call::RegisterFinish(_)
        | Call::AddDevice(_)
        | Call::PasswordFinish(_)
        | Call::FinishReset(_)
        | Call::RemoveSecondFactor(_) => |text| json(text, Reply::Session),
        Call::LoginStart(_) => |text| json(text, Reply::LoginStarted),
        Call::LoginFinish(_) | Call::RecoveryLogin(_) => {
            |text| json(text, Reply::SecondFactorWanted).or_else(|_| finished(text))
        }
        Call::LoginCode(_) | Call::TicketLogin(_) => finished,
        Call::DrawTicket(_) => |text| json(text, Reply::DeviceTicket),
        Call::OpenMeeting(_) => |text| json(text, Reply::MeetingOpened),
        Call::JoinMeeting(_) => |text| json(text, Reply::MeetingJoined),
        Call::HearInMeeting(..) => |text| json(text, Reply::Heard),
        Call::Sessions => |text| json(text, Reply::Sessions),
        Call::SecondFactor => |text| json(text, Reply::SecondFactor),
        Call::EnrolStart(_) => |text| json(text, Reply::EnrolStarted),
        Call::EnrolFinish(_) => |text| json(text, Reply::Enrolled),
        Call::NewBackupCodes(_) => |text| json(text, Reply::BackupCodes),
        Call::Passkeys | Call::RemovePasskey(_) => |text| json(text, Reply::Passkeys),
        Call::ApiTokens => |text| json(text, Reply::ApiTokens),
        Call::MakeApiToken(_) => |text| json(text, Reply::MadeApiToken),
        Call::Devices => |text| json(text, Reply::Devices),
        Call::Account(_) => |text| json(text, Reply::Account),
        Call::Reset | Call::AskReset(_) => |text| json(text, Reply::Reset),
        Call::RootBoxes => |text| json(text, Reply::RootBoxes),
        Call::KeyPackageCount | Call::UploadKeyPackages(_) => {
            |text| json(text, Reply::KeyPackageCount)
        }
        Call::ClaimKeyPackages(_) => |text| json(text, Reply::ClaimedKeyPackages),
        Call::Mailbox { .. } => |text| json(text, Reply::Mailbox),
        Call::VaultListing => |text| json(text, Reply::VaultListing),
        Call::VaultItem(_) => |text| json(text, Reply::VaultItem),
        Call::Rooms => |text| json(text, Reply::Rooms),
        Call::CreateRoom(_) => |text| json(text, Reply::Room),
        Call::Members(_) => |text| json(text, Reply::Members),
        Call::SideFiles(_) => |text| json(text, |it| Reply::SideFiles(Box::new(it))),
        Call::Links(_) => |text| json(text, Reply::Links),
        Call::EnterRoom(..) => |text| json(text, |it| Reply::Entrance(Box::new(it))),
        Call::FollowHandshakes(..) => |text| json(text, Reply::Handshakes),
        Call::Readmissions(_) => |text| json(text, Reply::Readmissions),
        Call::Commit(..) | Call::Propose(..) | Call::SendMessage(_) => {
            |text| json(text, Reply::Receipt)
        }
        Call::Entry(..) => |text| json(text, |it| Reply::Entry(Box::new(it))),
        Call::Attestation(..) => |text| json(text, |it| Reply::Attestation(Box::new(it))),
        Call::JoinRoom(_) => |text| json(text, Reply::JoinedRoom),
        Call::RoomHistory(_) => |text| json(text, Reply::History),
        Call::Logout
        | Call::EndSession(_)
        | Call::EndOtherSessions
        | Call::EndApiToken(_)
        | Call::CancelReset
        | Call::DeleteAccount(_)
        | Call::RevokeDevices(_)
        | Call::SayInMeeting(..)
        | Call::EndMeeting(..)
        | Call::PutRecovery(_)
        | Call::PutLink(..)
        | Call::DeleteLink(..)
        | Call::AskReadmission(..)
        | Call::DropReadmission(_)
        | Call::SendMail(_)
        | Call::AckMail(_)
        | Call::WriteVault(_)
        | Call::LeaveRoom(_)
        | Call::RepairSide(..)
        | Call::Ephemeral(_) => done,
    }
}

fn json<T: DeserializeOwned>(text: &str, wrap: fn(T) -> Reply) -> serde_json::Result<Reply> {
    json::read(text).map(wrap)
}

fn finished(text: &str) -> serde_json::Result<Reply> {
    json(text, |it| Reply::LoginFinished(Box::new(it)))
}

/// An answer with nothing in it: no text at all, or an object.
fn done(text: &str) -> serde_json::Result<Reply> {
    if text.is_empty() {
        return Ok(Reply::Done);
    }
    json::read::<Empty>(text).map(|_| Reply::Done)
}
