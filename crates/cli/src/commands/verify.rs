//! `verify`: the safety number with a person, and whether it was compared.

use client::engine::api::Command;
use protocol::error::ErrorCode;
use serde_json::json;

use crate::{args::Global, exit::Problem, find, output::Output, session::Session};

pub(super) async fn run(
    global: &Global,
    output: Output,
    user: &str,
    change: Option<bool>,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let account = find::person(&session, user).await?;
    let read = session
        .client
        .read(move |engine| (engine.safety_number(account), engine.is_verified(account)));
    let (number, verified) = read.await?;
    let number = number.ok_or_else(|| Problem::of(ErrorCode::AccountNotFound))?;
    if let Some(verified) = change {
        let command = Command::SetVerified { account, verified };
        session.command(command).await?;
    }
    let verified = change.unwrap_or(verified);
    let state = if verified {
        "You have compared it: verified. If that was wrong, take it back with --undo."
    } else {
        "Compare it in person or by a call. If it is the same, say so with --yes."
    };
    let text = format!("Safety number with {user}:\n\n    {number}\n\n{state}");
    output.line(&text, || {
        json!({
            "account": account,
            "user": user,
            "safety_number": number,
            "verified": verified,
        })
    })?;
    session.finish().await
}
