//! `token`: the session's bearer token.

use client::engine::Engine;
use protocol::error::ErrorCode;
use serde_json::json;

use crate::{args::Global, exit::Problem, output::Output, session::Session};

pub(super) async fn run(global: &Global, output: Output) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let token = session
        .client
        .read(|engine| Engine::session_token(engine).map(str::to_owned))
        .await?
        .ok_or_else(|| Problem::of(ErrorCode::NotLoggedIn))?;
    output.line(&token, || json!({ "token": token }))?;
    session.finish().await
}
