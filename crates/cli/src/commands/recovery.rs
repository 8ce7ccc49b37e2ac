//! `recovery test`: whether the code that was kept opens the account. `recovery replace`: another one.

use client::engine::api::{Command, Outcome};
use protocol::error::ErrorCode;

use super::{register, with_code};
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
    match command {
        RecoveryCommand::Test { code_stdin } => {
            let session = Session::current(global).await?;
            let code = prompt::recovery_code(code_stdin)?;
            session.command(Command::TestRecoveryCode { code }).await?;
            output.say(
                "That is your recovery code, and it opens your account. Keep it where you found it.",
            )?;
            session.finish().await
        }
        RecoveryCommand::Replace { opener } => {
            let session = Session::synced(global).await?;
            let unlock = prompt::opener(opener)?;
            let attempt = async |second_factor| {
                let replace = Command::ReplaceCode {
                    unlock: unlock.clone(),
                    second_factor,
                };
                session.command(replace).await
            };
            let outcome = with_code(opener.password_stdin, attempt).await?;
            let Outcome::CodeReplaced { recovery_code } = outcome else {
                return Err(Problem::of(ErrorCode::BadAnswer));
            };
            let first = "Your new recovery code:";
            register::show_code(output, first, &recovery_code)?;
            session.command(Command::CodeKept).await?;
            session.finish().await
        }
    }
}
