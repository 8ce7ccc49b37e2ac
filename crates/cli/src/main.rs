//! `secure-chat`: the terminal client, and the server behind `serve`.

mod args;
mod bot;
mod bundle;
mod clock;
mod commands;
mod describe;
mod exit;
mod export;
mod files;
mod find;
mod home;
mod memory;
mod open_files;
mod output;
mod panics;
mod prompt;
mod qr;
mod session;

use std::{env, process::ExitCode};

use clap::{Parser, error::ErrorKind};
use tokio::task::LocalSet;
use tracing_subscriber::EnvFilter;

use args::{Arguments, Command};
use exit::Problem;
use memory::Holder;
use output::Output;

/// What is on its way to the disk at the end of a command gets this long.
const LAST_WRITES: std::time::Duration = std::time::Duration::from_secs(2);

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let output = Output {
        json: arguments.global.json,
    };
    match run(arguments, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            output.problem(&problem);
            ExitCode::from(problem.status())
        }
    }
}

/// Help and version are no errors; everything else is, in one sentence and a hint.
fn refused(error: &clap::Error) -> ExitCode {
    let wanted = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // A closed terminal changes nothing.
    let _ = error.print();
    if wanted {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

fn run(arguments: Arguments, output: Output) -> Result<(), Problem> {
    let Arguments { global, command } = arguments;
    let serves = matches!(command, Command::Serve(_));
    if !serves {
        panics::end_the_program(output);
    }
    memory::keep(if serves {
        Holder::Server
    } else {
        Holder::Client
    });
    if global.days_ahead > 0 {
        let days = global.days_ahead;
        output::note(&format!(
            "secure-chat: The clock here is {days} days ahead."
        ));
    }
    if let Command::Serve(place) = command {
        open_files::raise();
        return commands::serve::run(place, global.days_ahead);
    }
    log_to_stderr();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = LocalSet::new();
    let result = runtime.block_on(local.run_until(commands::run(command, &global, output)));
    // A bot whose session is over reads its input no more, and a read that is under way ends with the next line only.
    runtime.shutdown_timeout(LAST_WRITES);
    result
}

/// Silent unless asked: what a client logs says nothing of content, names or tokens, but belongs to its person.
fn log_to_stderr() {
    let Ok(filter) = env::var("SECURE_CHAT_LOG") else {
        return;
    };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
