//! `password reset`: from a device alone, when password and recovery code are lost. It waits, and it can be cancelled.

use client::engine::api::{Command, Outcome};
use protocol::{error::ErrorCode, rest::PendingReset};
use serde_json::json;

use super::{register, with_code};
use crate::{
    args::{Global, Resetting},
    exit::Problem,
    output::Output,
    prompt,
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    resetting: Resetting,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    if resetting.status {
        let pending = pending(session.command(Command::Reset).await?)?;
        show(&session, output, pending).await?;
    } else if resetting.cancel {
        session.command(Command::CancelReset).await?;
        output.say("No reset of your account waits any more.")?;
    } else if resetting.finish {
        finish(&session, output, resetting.password_stdin).await?;
    } else {
        ask(&session, output, resetting.password_stdin).await?;
    }
    session.finish().await
}

async fn ask(session: &Session, output: Output, stdin: bool) -> Result<(), Problem> {
    let question = "This is for who has lost password AND recovery code. In 72 hours this device may set new ones. Your other devices and your rooms are told now, and any login with password or recovery code cancels it. Afterwards your account can't revoke devices any more. Ask for it?";
    if !prompt::agrees(question)? {
        return output.say("Nothing was asked for.");
    }
    let attempt = async |second_factor| session.command(Command::AskReset { second_factor }).await;
    let pending = pending(with_code(stdin, attempt).await?)?;
    show(session, output, pending).await
}

async fn finish(session: &Session, output: Output, stdin: bool) -> Result<(), Problem> {
    let password = prompt::new_password(stdin)?;
    let attempt = async |second_factor| {
        let finish = Command::FinishReset {
            password: password.clone(),
            second_factor,
        };
        session.command(finish).await
    };
    let Outcome::CodeReplaced { recovery_code } = with_code(stdin, attempt).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    register::show_code(
        output,
        "Your account has a new password. Your new recovery code:",
        &recovery_code,
    )?;
    session.command(Command::CodeKept).await?;
    output.say("All other sessions have ended. Your account can't revoke devices any more: make a new account when you can, and tell your contacts.")
}

fn pending(outcome: Outcome) -> Result<Option<PendingReset>, Problem> {
    match outcome {
        Outcome::Reset(pending) => Ok(pending),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

async fn show(
    session: &Session,
    output: Output,
    pending: Option<PendingReset>,
) -> Result<(), Problem> {
    let own = session.account().await?.map(|account| account.device);
    let text = pending.map_or_else(
        || "No reset of your account waits.".to_owned(),
        |reset| words(&reset, own == Some(reset.device_id)),
    );
    output.line(&text, || {
        json!({
            "pending": pending.is_some(),
            "device": pending.map(|reset| reset.device_id),
            "this_device": pending.map(|reset| own == Some(reset.device_id)),
            "asked": pending.map(|reset| reset.asked),
            "ready": pending.map(|reset| reset.ready),
        })
    })
}

fn words(reset: &PendingReset, own: bool) -> String {
    let PendingReset {
        device_id,
        asked,
        ready,
    } = reset;
    if own {
        format!(
            "This device asked on {asked} to reset your account. From {ready} on `secure-chat password reset --finish` sets a new password, unless somebody cancels it before."
        )
    } else {
        format!(
            "Device {device_id} asked on {asked} to reset your account, and may do so from {ready} on. If that is not you: `secure-chat password reset --cancel`, or log in with your password."
        )
    }
}
