//! What a wish is to the engine.

use client::engine::api::{CodeText, Command, Content, LinkText, Password, Ticket, Unlock};
use protocol::{error::ErrorCode, names::UserName, rest::InviteToken};

use crate::{
    wire::{Trouble, Wish},
    words,
};

/// The command that grants a wish; none if nothing but reading does.
///
/// # Errors
/// A name cannot be one.
#[expect(clippy::too_many_lines, reason = "a table with a line for each wish")]
pub(super) fn command(wish: Wish, ticket: Option<Ticket>) -> Result<Option<Command>, Trouble> {
    Ok(Some(match wish {
        Wish::Register {
            user,
            password,
            invite,
        } => Command::Register {
            user: name(&user)?,
            password: Password::new(password),
            invite: invite.map(InviteToken),
        },
        Wish::LogIn {
            user,
            password,
            new_password: None,
            code,
        } => Command::Login {
            user: name(&user)?,
            password: Password::new(password),
            code: (!code.is_empty()).then(|| CodeText::new(code)),
        },
        Wish::LogIn {
            user,
            password,
            new_password: Some(new),
            // No account that has yet to get a password of its own has a second factor.
            code: _,
        } => Command::FirstLogin {
            user: name(&user)?,
            password: Password::new(password),
            new_password: Password::new(new),
        },
        Wish::Prove { password } => Command::ProvePassword {
            password: Password::new(password),
        },
        Wish::LogOut | Wish::Wipe { .. } => Command::Logout,
        Wish::Devices => Command::Devices,
        Wish::TestCode { code } => Command::TestRecoveryCode {
            code: CodeText::new(code),
        },
        Wish::Revoke { device, password } => Command::RevokeDevices {
            devices: vec![device],
            unlock: Unlock::Password(Password::new(password)),
        },
        Wish::CreateRoom { name, history } => Command::CreateRoom {
            name,
            topic: String::new(),
            history,
            ticket,
        },
        Wish::CreateShared { name, passphrase } => Command::CreateSharedKeyRoom {
            name,
            passphrase: Password::new(client::nfkc(&passphrase)),
        },
        Wish::JoinShared { link, passphrase } => Command::JoinSharedKeyRoom {
            link: LinkText::new(link),
            passphrase: Password::new(client::nfkc(&passphrase)),
            anyway: false,
        },
        Wish::EditRoom { room, name, topic } => Command::EditRoom {
            room,
            name: Some(name),
            topic: Some(topic),
        },
        Wish::Leave { room } => Command::Leave { room },
        Wish::Send { room, text } => Command::Send {
            room,
            content: Content::Text(text),
            ticket,
        },
        Wish::SendFile { room, file } => Command::Send {
            room,
            content: Content::File(file),
            ticket,
        },
        Wish::KeepTyped { room, text } => Command::KeepTyped { room, text },
        Wish::Read { room, seq } => Command::MarkRead { room, seq },
        Wish::Mute { room, muted } => Command::SetMuted { room, muted },
        Wish::Retry { room, item } => Command::Retry { room, item },
        Wish::Invite { room, user } => Command::Invite {
            room,
            user: name(&user)?,
        },
        Wish::Remove { room, account } => Command::Remove { room, account },
        Wish::SetRole {
            room,
            account,
            role,
        } => Command::SetRole {
            room,
            account,
            role,
        },
        Wish::SetVerified { account, verified } => Command::SetVerified { account, verified },
        Wish::Account(_)
        | Wish::Admin(_)
        | Wish::SafetyNumber { .. }
        | Wish::RoomCode { .. }
        | Wish::File { .. }
        | Wish::Token
        | Wish::WaitingLogin
        | Wish::Unlock { .. }
        | Wish::SetLock { .. }
        | Wish::Lock => return Ok(None),
        Wish::MakeLink { room } => Command::CreateLink {
            room,
            label: String::new(),
            lasts_ms: None,
            uses: None,
            spoken: false,
        },
        Wish::Links { room } => Command::Links { room },
        Wish::EndLink { room, link } => Command::EndLink { room, link },
        Wish::Accept { room } => Command::Accept { room },
        Wish::Decline { room } => Command::Decline { room },
        Wish::Preview { link } => Command::PreviewLink {
            link: LinkText::new(link),
        },
        Wish::Join { link } => Command::JoinByLink {
            link: LinkText::new(link),
        },
    }))
}

pub(super) fn name(text: &str) -> Result<UserName, Trouble> {
    UserName::parse(text.trim()).map_err(|_| words::trouble(ErrorCode::NameInvalid))
}
