//! Whether a server's answers to a login tell by their time that a name exists: both legs, a name that exists and one that
//! does not by turns, so that whatever else the machine does falls on both alike.

use std::time::Duration;

use anyhow::{Result, bail};
use opaque_ke::ClientLogin;
use protocol::{
    ids::LoginId,
    names::UserName,
    opaque::Suite,
    rest::{LoginFinish, LoginStart, LoginStarted},
};
use rand_core::OsRng;

use super::{
    account::{Rest, bytes},
    child::Server,
};
use crate::stopwatch::{millis, now, percentile};

/// Logins of each kind.
const TRIES: usize = 200;
/// Logins of one name, below the limit on guesses.
const EACH: usize = 10;

/// How long the two legs took, try by try.
#[derive(Default)]
struct Took {
    first: Vec<Duration>,
    second: Vec<Duration>,
}

pub(super) async fn run() -> Result<()> {
    let server = Server::shipped().await?;
    let rest = Rest::new(&server.wire)?;
    for n in 0..TRIES / EACH {
        rest.register(&format!("there{n}")).await?;
    }
    let (mut there, mut missing) = (Took::default(), Took::default());
    for n in 0..TRIES {
        let n = n / EACH;
        guess(&rest, &format!("there{n}"), &mut there).await?;
        guess(&rest, &format!("nobody{n}"), &mut missing).await?;
    }
    println!("| leg | a name that exists, ms | one that does not, ms | ratio |");
    println!("| --- | --- | --- | --- |");
    for (leg, mut there, mut missing) in [
        ("first", there.first, missing.first),
        ("second", there.second, missing.second),
    ] {
        let (there, missing) = (percentile(&mut there, 50), percentile(&mut missing, 50));
        let ratio = there.as_secs_f64() / missing.as_secs_f64();
        println!(
            "| {leg} | {} | {} | {ratio:.3} |",
            millis(there),
            millis(missing)
        );
    }
    Ok(())
}

/// One login with a password that is not right, as a guesser would.
async fn guess(rest: &Rest, name: &str, took: &mut Took) -> Result<()> {
    let started = ClientLogin::<Suite>::start(&mut OsRng, b"not the password")?;
    let start = LoginStart {
        username: UserName::parse(name)?,
        start: bytes(&started.message.serialize()),
    };
    let begun = now();
    let answer: LoginStarted = rest.post("/login", None, &start).await?;
    took.first.push(now() - begun);
    refused(rest, answer.login_id, took).await
}

/// Who does not know the password has no third message, and sends some bytes of its length.
async fn refused(rest: &Rest, login_id: LoginId, took: &mut Took) -> Result<()> {
    let finish = LoginFinish {
        login_id,
        finish: bytes(&[7; 64]),
        device_id: None,
    };
    let begun = now();
    let answer: Result<serde_json::Value> = rest.post("/login", None, &finish).await;
    took.second.push(now() - begun);
    match answer {
        Err(refused) if refused.to_string().contains("LOGIN_FAILED") => Ok(()),
        other => bail!("a wrong password is answered with {other:?}"),
    }
}
