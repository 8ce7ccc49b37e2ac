//! What `serve` does for a server that nobody administrates yet.
//!
//! In development on loopback it registers an account with a password that everybody knows. The server cannot do that
//! itself: it makes no keys. So a client runs here for a moment, in memory, as any other would over the network; what it had
//! is gone when it is done, and the server demands a new password at the first login. Everywhere else the operator gets a
//! link that makes whoever uses it an administrator.

use client::{
    driver::{self, Parts},
    engine::{
        Config, Engine,
        api::{Command, Outcome, Password},
        password::{self, FIRST_RUN},
    },
    native::Pins,
    store::{Memory, Plain},
    transport::{Network, ServerUrl},
};
use protocol::{error::ErrorCode, names::UserName, rest::InviteToken};
use rand_core::OsRng;
use server::{Server, Setup};
use tokio::task::LocalSet;

use crate::{
    args::INVITE_FRAGMENT,
    clock::Clock,
    exit::Problem,
    find,
    output::{note, write_line},
};

/// Finds out what the server needs, does it, and says so.
pub(super) async fn run(server: &Server, days_ahead: u32) {
    if let Err(problem) = set_up(server, days_ahead).await {
        note(&format!(
            "secure-chat: Setting up an administrator failed. {}",
            problem.sentence
        ));
    }
}

async fn set_up(server: &Server, days_ahead: u32) -> Result<(), Problem> {
    let (name, password) = FIRST_RUN;
    let name = find::user_name(name)?;
    match server.set_up(&name).await.map_err(broken)? {
        Setup::Done => {}
        Setup::NewPassword => tell(&format!(
            "The account {name} still has the password {password}. It is asked for a new one at its first login."
        )),
        Setup::Administrator(invite) => tell(&link(&server.url(), &invite)),
        Setup::DefaultAccount(invite) => {
            let code = register(server, &name, invite, days_ahead).await;
            server.forget_default_device(&name).await.map_err(broken)?;
            tell(&default_account(&name, password, &code?));
        }
    }
    Ok(())
}

fn link(url: &str, invite: &InviteToken) -> String {
    let invite = &invite.0;
    format!(
        "Nobody administrates this server yet. Whoever registers by this link does; it counts once, and until the server starts again.\n\n    {url}/{INVITE_FRAGMENT}{invite}\n\nIn a terminal:\n\n    secure-chat register --server {url} --user NAME --invite {invite}\n"
    )
}

fn default_account(name: &UserName, password: &str, code: &str) -> String {
    format!(
        "This server is for development. Its administrator is {name} with the password {password}, and is asked for a new one at the first login.\nThe recovery code of that account, shown only now: {code}"
    )
}

/// Registers the default account; its recovery code.
async fn register(
    server: &Server,
    user: &UserName,
    invite: InviteToken,
    days_ahead: u32,
) -> Result<String, Problem> {
    let (url, pin) = server.own_url();
    let url = ServerUrl::parse(&url).map_err(|error| Problem::usage(error.to_string()))?;
    // Its certificate is for its name; that it is itself needs no authority's word.
    let pins = Pins {
        pins: pin.into_iter().collect(),
        alone: true,
    };
    let url = url.trusted(pins);
    let transport = Network::new(url).map_err(|_| Problem::of(ErrorCode::ServerGone))?;
    let command = Command::Register {
        user: user.clone(),
        password: Password::new(FIRST_RUN.1.to_owned()),
        invite: Some(invite),
    };
    let config = Config {
        rule: password::Rule::FirstRun,
        ..Config::default()
    };
    let parts = Parts {
        store: Plain::new(Memory::new()),
        transport,
        clock: Clock { days_ahead },
        rng: OsRng,
    };
    let registered = async {
        let client = driver::start::<Engine, _, _, _, _>(config, parts).await?;
        let outcome = client.command(command).await;
        client.close().await;
        match outcome? {
            Outcome::Registered { recovery_code } => Ok(recovery_code.to_string()),
            _ => Err(Problem::of(ErrorCode::BadAnswer)),
        }
    };
    LocalSet::new().run_until(registered).await
}

/// Says something to whoever started the server. It goes on where nobody listens.
fn tell(text: &str) {
    let _ = write_line(text);
}

fn broken(error: server::ServeError) -> Problem {
    Problem::new(ErrorCode::ServerError, error.to_string())
}
