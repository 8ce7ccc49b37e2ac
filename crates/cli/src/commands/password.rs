//! `password change`: another password, with or without the end of everybody else.

use client::engine::api::{Command, Others};

use super::{reset, with_code};
use crate::{
    args::{Global, PasswordCommand},
    exit::Problem,
    output::Output,
    prompt,
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: PasswordCommand,
) -> Result<(), Problem> {
    let (end_others, end_devices, opener) = match command {
        PasswordCommand::Change {
            end_others,
            end_devices,
            opener,
        } => (end_others, end_devices, opener),
        PasswordCommand::Reset(resetting) => return reset::run(global, output, resetting).await,
    };
    let session = Session::synced(global).await?;
    let unlock = prompt::opener(opener)?;
    let password = prompt::new_password(opener.password_stdin)?;
    let others = match (end_devices, end_others) {
        (true, _) => Others::Revoked,
        (false, true) => Others::SignedOut,
        (false, false) => Others::Stay,
    };
    let attempt = async |second_factor| {
        let change = Command::ChangePassword {
            unlock: unlock.clone(),
            password: password.clone(),
            others,
            second_factor,
        };
        session.command(change).await
    };
    with_code(opener.password_stdin, attempt).await?;
    output.say(match others {
        Others::Stay => {
            "Your password is changed. Your other devices go on as they are, and are told of it."
        }
        Others::SignedOut => {
            "Your password is changed, and all other sessions have ended. Your other devices log in with the new password."
        }
        Others::Revoked => {
            "Your password is changed and your other devices are revoked. They are out of your rooms as soon as this device has told them, and keep what they have read."
        }
    })?;
    session.finish().await
}
