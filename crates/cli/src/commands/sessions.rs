//! `sessions` and `sessions end`: where the account is logged in.

use client::engine::api::{Command, Outcome};
use protocol::{error::ErrorCode, ids::SessionId, rest::ListedSession};
use serde_json::json;

use crate::{
    args::{Global, SessionsCommand},
    describe::day,
    exit::Problem,
    output::Output,
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    command: Option<SessionsCommand>,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    match command {
        None => list(&session, output).await?,
        Some(SessionsCommand::End {
            session: Some(id), ..
        }) => {
            let ended = pick(&listed(&session).await?, &id)?;
            let end = Command::EndSession { session: ended };
            session.command(end).await?;
            output.say("Ended. Its device can log in again with the password; `device revoke` puts one out for good.")?;
        }
        Some(SessionsCommand::End { session: None, .. }) => {
            session.command(Command::EndOtherSessions).await?;
            output.say("All other sessions of your account have ended.")?;
        }
    }
    session.finish().await
}

async fn listed(session: &Session) -> Result<Vec<ListedSession>, Problem> {
    match session.command(Command::Sessions).await? {
        Outcome::Sessions(listed) => Ok(listed),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

async fn list(session: &Session, output: Output) -> Result<(), Problem> {
    for one in listed(session).await? {
        output.line(&line(&one), || {
            json!({
                "id": one.id,
                "device": one.device_id,
                "created": one.created,
                "last_used": one.last_used,
                "expires": one.expires,
                "current": one.current,
            })
        })?;
    }
    Ok(())
}

fn line(one: &ListedSession) -> String {
    let device = one.device_id.map_or_else(
        || "no device".to_owned(),
        |device| format!("device {device}"),
    );
    let current = if one.current { ", this one" } else { "" };
    format!(
        "{}  {device}, since {}, last used {}, until {} at the latest if unused{current}",
        one.id,
        one.created,
        day(one.last_used),
        day(one.expires)
    )
}

/// The session whose id begins so.
fn pick(listed: &[ListedSession], text: &str) -> Result<SessionId, Problem> {
    let mut matching = listed
        .iter()
        .filter(|one| one.id.to_string().starts_with(text));
    match (matching.next(), matching.next()) {
        (Some(one), None) if one.current => Err(Problem::new(
            ErrorCode::BadRequest,
            "That is the session of this device. Use `logout`.",
        )),
        (Some(one), None) if !text.is_empty() => Ok(one.id),
        _ => Err(Problem::new(
            ErrorCode::NotFound,
            "No session has that id, or more than one begins so.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    fn session(first: u8, current: bool) -> ListedSession {
        ListedSession {
            id: SessionId::from_bytes([first; 16]),
            device_id: None,
            created: Timestamp::from_millis(1_800_000_000_000),
            last_used: Timestamp::from_millis(1_800_000_000_000),
            expires: Timestamp::from_millis(1_800_000_000_000),
            current,
        }
    }

    #[test]
    fn a_session_is_found_by_the_beginning_of_its_id() {
        let listed = [
            session(0x11, true),
            session(0x22, false),
            session(0x33, false),
            session(0x33, false),
        ];
        let code = |text| pick(&listed, text).unwrap_err().code;
        assert_eq!(pick(&listed, "22"), Ok(listed[1].id));
        assert_eq!(code("11"), ErrorCode::BadRequest);
        assert_eq!(code("33"), ErrorCode::NotFound);
        assert_eq!(code("4"), ErrorCode::NotFound);
        assert_eq!(
            pick(&listed[1..2], "").unwrap_err().code,
            ErrorCode::NotFound
        );
    }
}
