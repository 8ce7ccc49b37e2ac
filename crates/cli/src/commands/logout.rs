//! `logout`: ends the session; device, rooms and messages stay in this home.

use client::engine::api::Command;

use crate::{args::Global, exit::Problem, output::Output, session::Session};

pub(super) async fn run(global: &Global, output: Output) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    // The session ends with the command, so the connection's end is no failure here.
    session.sign_in(Command::Logout).await?;
    session.close().await;
    output.say("You are logged out. Your rooms and messages stay in this home.")
}
