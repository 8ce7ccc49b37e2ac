//! `register`: a new account with this home as its first device.

use client::engine::api::{Command, Outcome};
use serde_json::json;

use super::login::begin;
use crate::{
    args::{Global, Registering},
    exit::Problem,
    find, output,
    output::Output,
    prompt,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    Registering { sign_in, invite }: Registering,
) -> Result<(), Problem> {
    let user = find::user_name(&sign_in.user)?;
    let session = begin(global, &sign_in.at).await?;
    let password = prompt::new_password(sign_in.password_stdin)?;
    let outcome = session
        .sign_in(Command::Register {
            user,
            password,
            invite: invite.map(|invite| invite.0),
        })
        .await?;
    if let Outcome::Registered { recovery_code } = &outcome {
        if output.json {
            let line = json!({ "user": sign_in.user, "recovery_code": &**recovery_code });
            output::write_line(&line.to_string())?;
        } else {
            let first = format!("Welcome, {}. Your recovery code:", sign_in.user);
            show_code(output, &first, recovery_code)?;
        }
    }
    session.online().await?;
    session.command(Command::Sync).await?;
    session.finish().await
}

/// A recovery code, on a line of its own.
pub(super) fn show_code(output: Output, first: &str, code: &str) -> Result<(), Problem> {
    if output.json {
        return output::write_line(&json!({ "recovery_code": code }).to_string());
    }
    output::write_line(&format!("{first}\n\n    {code}\n"))?;
    output::write_line(
        "Keep it somewhere safe; it is shown only now. Without it and without a device, nobody can open your messages: not you, not us, not the server.",
    )
}
