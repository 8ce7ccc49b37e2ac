//! `login`: this home's own device goes on, or a new device is made in an empty home.

use client::{
    engine::api::{Command, Outcome},
    transport::ServerUrl,
};
use protocol::error::ErrorCode;
use serde_json::json;

use crate::{
    args::{Global, SignIn},
    exit::Problem,
    find, home,
    output::Output,
    prompt,
    session::Session,
};

pub(super) async fn run(global: &Global, output: Output, sign_in: &SignIn) -> Result<(), Problem> {
    let user = find::user_name(&sign_in.user)?;
    let session = begin(global, &sign_in.server).await?;
    let password = prompt::password(sign_in.password_stdin)?;
    let outcome = session.sign_in(Command::Login { user, password }).await?;
    session.online().await?;
    session.command(Command::Sync).await?;
    let new_device = matches!(outcome, Outcome::LoggedIn { new_device: true });
    let text = if new_device {
        format!(
            "You are logged in as {}. Your rooms open on this device by themselves.",
            sign_in.user
        )
    } else {
        format!("You are logged in as {}.", sign_in.user)
    };
    output.line(
        &text,
        || json!({ "user": sign_in.user, "new_device": new_device }),
    )?;
    session.finish().await
}

/// Opens a home to sign in from, made if it is not there, and notes the server that it belongs to.
pub(super) async fn begin(global: &Global, server: &str) -> Result<Session, Problem> {
    let url = ServerUrl::parse(server).map_err(|error| Problem::usage(error.to_string()))?;
    let home = home::take(global)?;
    let store = home::open_or_create(&home).await?;
    let known = home.server()?;
    let session = Session::start(home, store, url.clone(), global.days_ahead).await?;
    let has_account = session.account().await?.is_some();
    if has_account && known.is_some_and(|known| known != url) {
        return Err(Problem::new(
            ErrorCode::OtherAccount,
            "This home belongs to an account on another server.",
        ));
    }
    session.belongs_to(&url)?;
    Ok(session)
}
