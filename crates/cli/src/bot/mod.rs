//! `bot`: JSON lines on standard input and output. Every line in is a command and gets one answer with its id;
//! every event goes out as a line of its own. `docs/BOT.md` describes both.

mod request;

use client::{
    Link, bot,
    engine::{Engine, api::Event},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines, Stdin},
    sync::broadcast::{Receiver, error::RecvError},
};

use crate::{args::Global, exit::Problem, output::write_line, session::Session};

/// A longer line is no command.
const LINE_BYTES: usize = 1024 * 1024;

pub(crate) async fn run(global: &Global) -> Result<(), Problem> {
    let session = Session::open(global).await?;
    let events = session.client.events();
    write_line(&ready(&session).await?.to_string())?;
    let lines = BufReader::new(tokio::io::stdin()).lines();
    talk(&session, events, lines).await?;
    session.finish().await
}

async fn ready(session: &Session) -> Result<Value, Problem> {
    let account = session.client.read(Engine::account).await?;
    Ok(json!({
        "event": "ready",
        "account": account.as_ref().map(|account| account.account),
        "user": account.as_ref().map(|account| account.user.clone()),
    }))
}

/// Until the input ends or the session does.
async fn talk(
    session: &Session,
    mut events: Receiver<Event>,
    mut lines: Lines<BufReader<Stdin>>,
) -> Result<(), Problem> {
    let mut link = session.client.link();
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => tell(session, &event).await?,
                Err(RecvError::Lagged(_)) => write_line(&json!({ "event": "missed" }).to_string())?,
                Err(RecvError::Closed) => return Ok(()),
            },
            line = lines.next_line() => match line? {
                Some(line) if line.trim().is_empty() => {}
                Some(line) => answer(session, &line).await?,
                None => return Ok(()),
            },
            changed = link.changed() => match changed {
                Ok(()) => {
                    let now = *link.borrow_and_update();
                    // What led to it is told before the program may end by it.
                    while let Ok(event) = events.try_recv() {
                        tell(session, &event).await?;
                    }
                    tell_link(now)?;
                }
                Err(_) => return Ok(()),
            },
        }
    }
}

async fn tell(session: &Session, event: &Event) -> Result<(), Problem> {
    for line in bot::lines(&session.client, event).await? {
        write_line(&line.to_string())?;
    }
    Ok(())
}

fn tell_link(link: Link) -> Result<(), Problem> {
    let word = match link {
        Link::Online => "online",
        Link::Offline | Link::Unreadable => "offline",
        Link::Connecting => return Ok(()),
        Link::SignedOut => {
            return Err(Problem::of(protocol::error::ErrorCode::SessionExpired));
        }
        Link::Stopped => return Err(Problem::of(protocol::error::ErrorCode::StoreFailed)),
    };
    write_line(&json!({ "event": word }).to_string())
}

/// Commands run beside each other, so that one that waits for the server holds up no other; sends keep their
/// order because the engine queues them in the order of their lines.
async fn answer(session: &Session, line: &str) -> Result<(), Problem> {
    if line.len() > LINE_BYTES {
        let failure = protocol::error::ErrorCode::TooLarge.into();
        return write_line(&bot::failed(&Value::Null, &failure).to_string());
    }
    match bot::parse(line) {
        Ok(request) => {
            request::start(session.client.clone(), session.url().clone(), request).await;
            Ok(())
        }
        Err(refused) => write_line(&refused.to_string()),
    }
}
