//! `register`: a new account with this home as its first device.

use client::engine::api::{Command, Outcome};
use serde_json::json;

use super::login::begin;
use crate::{
    args::{Global, SignIn},
    exit::Problem,
    find, output,
    output::Output,
    prompt,
};

pub(super) async fn run(global: &Global, output: Output, sign_in: &SignIn) -> Result<(), Problem> {
    let user = find::user_name(&sign_in.user)?;
    let session = begin(global, &sign_in.server).await?;
    let password = prompt::new_password(sign_in.password_stdin)?;
    let outcome = session
        .sign_in(Command::Register { user, password })
        .await?;
    if let Outcome::Registered { recovery_code } = &outcome {
        show(output, &sign_in.user, recovery_code)?;
    }
    session.online().await?;
    session.command(Command::Sync).await?;
    session.finish().await
}

fn show(output: Output, user: &str, code: &str) -> Result<(), Problem> {
    if output.json {
        let line = json!({ "user": user, "recovery_code": code }).to_string();
        return output::write_line(&line);
    }
    output::write_line(&format!(
        "Welcome, {user}. Your recovery code:\n\n    {code}\n"
    ))?;
    output::write_line(
        "Keep it somewhere safe; it is shown only now. Without it and without a device, nobody can open your messages: not you, not us, not the server.",
    )
}
