//! One file per command.

mod account;
mod admin;
mod basic;
mod device;
mod doctor;
mod export;
mod first_run;
pub(crate) mod link;
mod login;
mod logout;
mod manual;
mod members;
mod password;
mod pin;
mod recovery;
mod register;
mod report;
mod reset;
mod room;
mod rooms;
mod save;
mod second_factor;
mod send;
pub(crate) mod serve;
mod sessions;
mod status;
mod tail;
mod token;
mod verify;
mod verify_web;

use client::engine::api::{CodeText, Outcome};
use protocol::{error::ErrorCode, ids::Seq};

use crate::{
    args::{Command, ConfigCommand, Global},
    bot,
    exit::Problem,
    output::Output,
    prompt,
};

/// Does what may want a code of the second factor: asks the person for one only where the server does.
async fn with_code(
    code_stdin: bool,
    attempt: impl AsyncFn(Option<CodeText>) -> Result<Outcome, Problem>,
) -> Result<Outcome, Problem> {
    match attempt(None).await {
        Err(problem) if problem.code == ErrorCode::SecondFactorRequired => {
            let code = prompt::code(code_stdin)?.ok_or(problem)?;
            attempt(Some(code)).await
        }
        done => done,
    }
}

/// Runs a command of the client.
pub(crate) async fn run(command: Command, global: &Global, output: Output) -> Result<(), Problem> {
    match command {
        Command::Serve(place) => serve::run(place, global.days_ahead),
        Command::Doctor(place) => doctor::run(output, place, global.days_ahead).await,
        Command::Config(ConfigCommand::Check(place)) => doctor::check(output, place).await,
        Command::Completions { shell } => manual::completions(shell),
        Command::Man => manual::page(),
        Command::Pin { file, spare } => pin::run(output, file, spare),
        Command::Register(registering) => register::run(global, output, registering).await,
        Command::Login(how) if how.by_device => login::by_device(global, output, &how.at).await,
        Command::Login(how) if how.recovery_code => {
            login::by_code(global, output, &how.sign_in()).await
        }
        Command::Login(how) => login::run(global, output, &how.sign_in()).await,
        Command::Account(command) => account::run(global, output, command).await,
        Command::Password(command) => password::run(global, output, command).await,
        Command::Logout => logout::run(global, output).await,
        Command::Sessions { command } => sessions::run(global, output, command).await,
        Command::SecondFactor(command) => second_factor::run(global, output, command).await,
        Command::Devices => device::list(global, output).await,
        Command::Device(command) => device::run(global, output, command).await,
        Command::Recovery(command) => recovery::run(global, output, command).await,
        Command::Token { command } => token::run(global, output, command).await,
        Command::Rooms => rooms::run(global, output).await,
        Command::Room(command) => room::run(global, output, command).await,
        Command::Members { room } => members::run(global, output, &room).await,
        Command::Verify { user, yes, undo } => {
            let verified = (yes || undo).then_some(yes);
            verify::run(global, output, &user, verified).await
        }
        Command::Send {
            room,
            text,
            file: None,
            ..
        } => send::text(global, output, &room, text.unwrap_or_default()).await,
        Command::Send {
            room,
            file: Some(file),
            as_is,
            ..
        } => send::file(global, output, &room, &file, as_is).await,
        Command::Save { room, seq, path } => {
            save::run(global, output, &room, Seq(seq), path.as_deref()).await
        }
        Command::Tail {
            room,
            since,
            follow,
            numbers,
        } => {
            let since = crate::args::since(since);
            tail::run(global, output, &room, since, (follow, numbers)).await
        }
        Command::Export {
            directory,
            no_files,
        } => export::run(global, output, &directory, !no_files).await,
        Command::Report { room, seq, out } => {
            report::make(global, output, &room, Seq(seq), out.as_deref()).await
        }
        Command::VerifyReport { file, server } => report::verify(output, &file, server).await,
        Command::VerifyWeb(check) => verify_web::run(global, output, check).await,
        Command::Admin(arguments) => admin::run(global, output, arguments).await,
        Command::Status => status::run(global, output).await,
        Command::Bot => bot::run(global).await,
    }
}
