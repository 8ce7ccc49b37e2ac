//! `serve`: the server.

use std::{env, sync::Arc};

use protocol::error::ErrorCode;
use server::{Config, Flags, Server, Surroundings, logging};

use super::first_run;
use crate::{args::ServerPlace, bundle, clock::Clock, exit::Problem, output::write_line};

pub(crate) fn run(place: ServerPlace, days_ahead: u32) -> Result<(), Problem> {
    let variable = |name: &str| env::var(name).ok();
    let config = configured(place)?;
    logging::start(config.mode, variable("RUST_LOG").as_deref())
        .map_err(|error| Problem::usage(sentence(&error)))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(config, days_ahead))
}

/// The configuration of a server that is started with this command line in this environment.
pub(super) fn configured(place: ServerPlace) -> Result<Config, Problem> {
    let ServerPlace { listen, data } = place;
    let variable = |name: &str| env::var(name).ok();
    Config::from_env(variable, &Flags { listen, data })
        .map_err(|error| Problem::usage(sentence(&error)))
}

async fn serve(config: Config, days_ahead: u32) -> Result<(), Problem> {
    let machine = Surroundings::of_the_machine().map_err(|error| broken(&error))?;
    let surroundings = Surroundings {
        site: bundle::SITE,
        clock: Arc::new(Clock { days_ahead }),
        ..machine
    };
    // It listens for signals before it does anything else: for the first process of a container the system has no answer
    // of its own, and whoever stops one that is just starting would wait until it is killed.
    let mut stop = std::pin::pin!(stop_signal());
    let server = tokio::select! {
        biased;
        stopped = &mut stop => return Ok(stopped?),
        server = Server::start(config, surroundings) => server.map_err(|error| broken(&error))?,
    };
    write_line(&format!("Secure Chat is serving on {}", server.url()))?;
    let told = tokio::select! {
        biased;
        stopped = &mut stop => Some(stopped),
        () = first_run::run(&server, days_ahead) => None,
    };
    match told {
        Some(stopped) => stopped?,
        None => stop.await?,
    }
    server.stop().await;
    Ok(())
}

/// SIGINT, and where it exists SIGTERM.
async fn stop_signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn broken(error: &impl std::error::Error) -> Problem {
    Problem::new(ErrorCode::ServerError, sentence(error))
}

/// An error as a sentence of its own.
fn sentence(error: &impl std::error::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    let text = format!("{}{}", first.unwrap_or_default(), characters.as_str());
    if text.ends_with('.') {
        text
    } else {
        format!("{text}.")
    }
}
