//! A wish becomes a command of the engine, and its outcome words.

use client::{
    Client,
    engine::{
        Engine,
        api::{Failure, Outcome},
    },
};
use protocol::error::ErrorCode;

use super::{account, admin, answers, command::command};
use crate::{
    channel::Wanted,
    wire::{Done, Trouble, Wish},
    words,
};

/// Grants a wish, or says why not.
pub(super) async fn grant(
    client: &Client<Engine>,
    origin: &str,
    wanted: Wanted,
) -> Result<Done, Trouble> {
    // Where nobody is logged in, there is nothing to log out of before all is deleted.
    let again = if wanted.again || matches!(wanted.wish, Wish::Wipe { .. }) {
        repetition(&wanted.wish)
    } else {
        Again::AsEver
    };
    if matches!(again, Again::Unknown) {
        return Err(unknown());
    }
    match wanted.wish {
        Wish::SafetyNumber { account } => {
            return answers::digits(client, move |engine| engine.safety_number(account)).await;
        }
        Wish::RoomCode { room } => {
            return answers::digits(client, move |engine| engine.room_code(room)).await;
        }
        Wish::File { room, item } => return answers::file(client, room, item).await,
        Wish::Token => return answers::token(client).await,
        Wish::Account(wish) => return account::grant(client, origin, wish).await,
        Wish::Admin(wish) => return admin::grant(client, origin, wish).await,
        Wish::WaitingLogin => return answers::waiting_login(client).await,
        _ => {}
    }
    let Some(command) = command(wanted.wish, wanted.ticket)? else {
        return Ok(Done::Yes);
    };
    let outcome = match client.command(command).await {
        Ok(outcome) => outcome,
        Err(why) if again.is_done(why.code) => {
            return Ok(Done::Yes);
        }
        Err(why) => return Err(refused(&why)),
    };
    Ok(match outcome {
        Outcome::Registered { recovery_code } => Done::Registered(recovery_code.to_string()),
        Outcome::RoomCreated(room) | Outcome::RoomJoined(room) => Done::Room(room),
        Outcome::LinkCreated { text, .. } => Done::Link(text.expose().to_owned()),
        Outcome::LinkPreview(preview) => Done::Preview(answers::preview(client, *preview).await),
        Outcome::Devices(devices) => answers::devices(client, devices).await,
        Outcome::Links(links) => answers::links(client, links).await,
        Outcome::Proof(proof) => Done::Proof(proof),
        // Nobody asks for a report or for another device here, and the account's own affairs do not come here.
        Outcome::Report(_)
        | Outcome::CodeReplaced { .. }
        | Outcome::Sessions(_)
        | Outcome::Passkeys(_)
        | Outcome::ApiTokens(_)
        | Outcome::MadeApiToken(_)
        | Outcome::SecondFactor(_)
        | Outcome::Enrolment(_)
        | Outcome::BackupCodes(_)
        | Outcome::Reset(_)
        | Outcome::DeviceWaits { .. }
        | Outcome::DeviceAnswered { .. }
        | Outcome::NumberWanted
        | Outcome::LoggedIn { .. }
        | Outcome::Queued(_)
        | Outcome::Done => Done::Yes,
    })
}

/// What to make of a wish that was given to an owner who was gone before it answered.
#[derive(Clone, Copy)]
enum Again {
    /// It comes to the same, or the engine knows its ticket.
    AsEver,
    /// This refusal says that it was done.
    DoneIf(ErrorCode),
    /// So does that there is nobody who could do it.
    DoneIfOut,
    /// A second time would double it.
    Unknown,
}

impl Again {
    fn is_done(self, refusal: ErrorCode) -> bool {
        match self {
            Self::DoneIf(code) => code == refusal,
            Self::DoneIfOut => {
                matches!(refusal, ErrorCode::NotLoggedIn | ErrorCode::AccountDeleted)
            }
            Self::AsEver | Self::Unknown => false,
        }
    }
}

const fn repetition(wish: &Wish) -> Again {
    match wish {
        Wish::Register { .. }
        | Wish::MakeLink { .. }
        | Wish::CreateShared { .. }
        | Wish::Revoke { .. }
        | Wish::Remove { .. }
        | Wish::Leave { .. } => Again::Unknown,
        Wish::Account(wish) if !wish.only_asks() => Again::Unknown,
        Wish::Admin(wish) if !wish.only_asks() => Again::Unknown,
        Wish::LogOut | Wish::Wipe { .. } => Again::DoneIfOut,
        Wish::Retry { .. } | Wish::EndLink { .. } => Again::DoneIf(ErrorCode::NotFound),
        Wish::Invite { .. } => Again::DoneIf(ErrorCode::AlreadyMember),
        Wish::Account(_)
        | Wish::Admin(_)
        | Wish::LogIn { .. }
        | Wish::CreateRoom { .. }
        | Wish::Send { .. }
        | Wish::SendFile { .. }
        | Wish::File { .. }
        | Wish::Token
        | Wish::WaitingLogin
        | Wish::Prove { .. }
        | Wish::KeepTyped { .. }
        | Wish::Read { .. }
        | Wish::Mute { .. }
        | Wish::Accept { .. }
        | Wish::Decline { .. }
        | Wish::Devices
        | Wish::TestCode { .. }
        | Wish::Unlock { .. }
        | Wish::SetLock { .. }
        | Wish::Lock
        | Wish::EditRoom { .. }
        | Wish::SetRole { .. }
        | Wish::SetVerified { .. }
        | Wish::SafetyNumber { .. }
        | Wish::RoomCode { .. }
        | Wish::Links { .. }
        | Wish::Preview { .. }
        | Wish::JoinShared { .. }
        | Wish::Join { .. } => Again::AsEver,
    }
}

fn unknown() -> Trouble {
    let sentence = "Another tab was closed while it did this, so it is not known whether it was done. Look, and try again \
                    if it was not.";
    Trouble {
        code: ErrorCode::StoreBusy,
        sentence: sentence.to_owned(),
    }
}

pub(super) fn refused(why: &Failure) -> Trouble {
    match why.code {
        // Which of its characters cannot be, what it is instead, or how long it is to wait.
        ErrorCode::RecoveryCodeWrong
        | ErrorCode::BadLink
        | ErrorCode::NumberWrong
        | ErrorCode::NoDeviceWaits
        | ErrorCode::IdentityMismatch
        | ErrorCode::UnsafeParameters
        | ErrorCode::ResetWaits => Trouble {
            code: why.code,
            sentence: why.sentence.clone(),
        },
        code => words::trouble(code),
    }
}
