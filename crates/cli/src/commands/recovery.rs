//! `recovery test`: whether the code that was kept opens the account.

use client::engine::api::Command;

use crate::{
    args::{Global, RecoveryCommand},
    exit::Problem,
    output::Output,
    prompt,
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: RecoveryCommand,
) -> Result<(), Problem> {
    let RecoveryCommand::Test { code_stdin } = command;
    let session = Session::current(global).await?;
    let code = prompt::recovery_code(code_stdin)?;
    session.command(Command::TestRecoveryCode { code }).await?;
    output.say(
        "That is your recovery code, and it opens your account. Keep it where you found it.",
    )?;
    session.finish().await
}
