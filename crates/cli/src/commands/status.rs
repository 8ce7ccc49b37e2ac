//! `status`: account, server and rooms.

use client::engine::{Engine, api::AccountView};
use protocol::error::ErrorCode;
use serde_json::json;

use crate::{args::Global, exit::Problem, output::Output, session::Session};

pub(super) async fn run(global: &Global, output: Output) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let AccountView {
        account,
        user,
        device,
        reduced,
        ..
    } = session
        .account()
        .await?
        .ok_or_else(|| Problem::of(ErrorCode::NotLoggedIn))?;
    let server = session.url().to_string();
    let trust = session.url().trust();
    let key = trust.shown().map(|pin| pin.to_string());
    let pinned = !trust.pins().pins.is_empty();
    let rooms = session.client.read(Engine::rooms).await?;
    let tombstones: u64 = rooms.iter().map(|room| room.tombstones).sum();
    let advice = if reduced {
        "\nYour account was reset from a device alone: it can't revoke devices any more. Make a new account when you can, and tell your contacts."
    } else {
        ""
    };
    let text = format!(
        "user: {user}\naccount: {account}\ndevice: {device}\nserver: {server}{}\nrooms: {}\ntombstones: {tombstones}{advice}",
        key_line(key.as_deref(), pinned),
        rooms.len()
    );
    output.line(&text, || {
        json!({
            "user": user,
            "account": account,
            "device": device,
            "server": server,
            "server_key": key,
            "pinned": pinned,
            "rooms": rooms.len(),
            "tombstones": tombstones,
            "can_revoke": !reduced,
        })
    })?;
    session.finish().await
}

/// The key that the server shows; none of one on this machine.
fn key_line(key: Option<&str>, pinned: bool) -> String {
    let pinned = if pinned { " (pinned)" } else { "" };
    key.map_or_else(String::new, |key| format!("\nserver key: {key}{pinned}"))
}
