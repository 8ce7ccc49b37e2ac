//! `token`: the session's bearer token; `token new`, `token list` and `token revoke`: tokens for bots.

use client::engine::{
    Engine,
    api::{Command, Outcome},
};
use protocol::{
    error::ErrorCode,
    ids::ApiTokenId,
    rest::{ApiToken, MadeApiToken, Scope},
};
use serde_json::json;

use crate::{
    args::{Global, ScopeArg, TokenCommand},
    describe::day,
    exit::Problem,
    output::{self, Output, clean_line},
    prompt,
    session::Session,
};

const DAY_MILLIS: u64 = 24 * 3_600_000;

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: Option<TokenCommand>,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    match command {
        None => of_session(&session, output).await?,
        Some(TokenCommand::List) => list(&session, output).await?,
        Some(TokenCommand::New {
            name,
            scopes,
            days,
            password_stdin,
        }) => {
            let new = New { name, scopes, days };
            let made = make(&session, &new, password_stdin).await?;
            show(output, &made)?;
        }
        Some(TokenCommand::Revoke { token }) => {
            let token = pick(&listed(&session).await?, &token)?;
            session.command(Command::EndApiToken { token }).await?;
            output.say("Taken back. Whoever used it is signed out.")?;
        }
    }
    session.finish().await
}

async fn of_session(session: &Session, output: Output) -> Result<(), Problem> {
    let token = session
        .client
        .read(|engine| Engine::session_token(engine).map(str::to_owned))
        .await?
        .ok_or_else(|| Problem::of(ErrorCode::NotLoggedIn))?;
    output.line(&token, || json!({ "token": token }))
}

/// A token as it is wished for.
struct New {
    name: String,
    scopes: Vec<ScopeArg>,
    days: u64,
}

/// Makes one. A code is asked for only where the server wants one.
async fn make(session: &Session, new: &New, from_stdin: bool) -> Result<MadeApiToken, Problem> {
    let password = prompt::password(from_stdin)?;
    let wish = |code| Command::MakeApiToken {
        password: password.clone(),
        code,
        name: new.name.clone(),
        scopes: new.scopes.iter().map(|scope| scope_of(*scope)).collect(),
        lasts_ms: new.days * DAY_MILLIS,
    };
    let made = match session.command(wish(None)).await {
        Err(problem) if problem.code == ErrorCode::SecondFactorRequired => {
            let code = prompt::needed_code(from_stdin)?;
            session.command(wish(Some(code))).await?
        }
        other => other?,
    };
    match made {
        Outcome::MadeApiToken(made) => Ok(made),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

const fn scope_of(scope: ScopeArg) -> Scope {
    match scope {
        ScopeArg::Read => Scope::Read,
        ScopeArg::Write => Scope::Write,
        ScopeArg::Files => Scope::Files,
    }
}

fn show(output: Output, made: &MadeApiToken) -> Result<(), Problem> {
    let MadeApiToken {
        token_id,
        token,
        expires,
    } = made;
    if output.json {
        let line = json!({ "id": token_id, "token": token, "expires": expires });
        return output::write_line(&line.to_string());
    }
    // Alone, so that a script may take it as it is.
    output::write_line(&token.0)
}

async fn listed(session: &Session) -> Result<Vec<ApiToken>, Problem> {
    match session.command(Command::ApiTokens).await? {
        Outcome::ApiTokens(listed) => Ok(listed),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

async fn list(session: &Session, output: Output) -> Result<(), Problem> {
    for one in listed(session).await? {
        output.line(&line(&one), || {
            json!({
                "id": one.token_id,
                "name": one.name,
                "scopes": one.scopes,
                "device": one.device_id,
                "created": one.created,
                "last_used": one.last_used,
                "expires": one.expires,
            })
        })?;
    }
    Ok(())
}

fn line(one: &ApiToken) -> String {
    let scopes: Vec<&str> = one.scopes.iter().map(|scope| scope.as_str()).collect();
    let used = one.last_used.map_or_else(
        || "never used".to_owned(),
        |last| format!("last used {}", day(last)),
    );
    format!(
        "{}  {}: {}, since {}, {used}, until {}",
        one.token_id,
        clean_line(&one.name),
        scopes.join(" and "),
        day(one.created),
        day(one.expires)
    )
}

/// The token whose id begins so.
fn pick(listed: &[ApiToken], text: &str) -> Result<ApiTokenId, Problem> {
    let begins = |one: &&ApiToken| one.token_id.to_string().starts_with(text);
    let mut matching = listed.iter().filter(begins);
    match (matching.next(), matching.next()) {
        (Some(one), None) if !text.is_empty() => Ok(one.token_id),
        _ => Err(Problem::new(
            ErrorCode::NotFound,
            "No token has that id, or more than one begins so.",
        )),
    }
}
