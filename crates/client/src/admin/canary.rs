//! Whether the list of what a server can see is true of what was sealed here a moment ago.
//!
//! This client seals canaries into a room of its own, as name, topic and message, and the server searches its files for them.
//! The word of a server that lies is worth nothing here; it is a check for whoever runs an honest one.

use engine::{
    Engine,
    api::{Command, Content, Failure, HistoryChoice, Outcome, RoomStage, RoomView},
};
use protocol::{
    error::ErrorCode,
    ids::RoomId,
    rest::{Canaries, CanaryHit, CanaryReport},
};
use rand_core::{OsRng, RngCore};

use super::Admin;
use crate::Client;

/// How often the message says its canary: in a file of pages one may lie across an edge.
const COPIES: usize = 4;

/// Seals canaries, and has the server search for them.
///
/// # Errors
/// As the commands of the engine and the request to the server.
pub async fn check(client: &Client<Engine>, admin: &Admin) -> Result<CanaryReport, Failure> {
    let [name, topic, said] = [canary(), canary(), canary()];
    let room = own_room(client, &name, &topic).await?;
    let content = Content::Text([said.as_str(); COPIES].join(" "));
    let send = Command::Send {
        room,
        content,
        ticket: None,
    };
    client.command(send).await?;
    // The message, and what the vault keeps of the room.
    client.idle().await;
    let canaries = Canaries {
        canaries: vec![name, topic, said],
    };
    admin.search(&canaries).await
}

/// What was found, in words.
///
/// # Errors
/// Something lies readable on the server, or the search says nothing.
pub fn judge(report: &CanaryReport) -> Result<String, Failure> {
    let broken = |sentence| {
        let code = ErrorCode::ServerError;
        Err(Failure { code, sentence })
    };
    if !report.hits.is_empty() {
        return broken(format!(
            "What was sealed lies readable on this server: {}.",
            hits(&report.hits)
        ));
    }
    if report.control.is_empty() {
        return broken(
            "The search found not even your name, so it says nothing about the rest.".to_owned(),
        );
    }
    Ok(format!(
        "None of them is there. What the server does know was found: {}.",
        hits(&report.control)
    ))
}

fn hits(hits: &[CanaryHit]) -> String {
    let hit = |hit: &CanaryHit| format!("{} ({}×) in {}", hit.form, hit.count, hit.place);
    hits.iter().map(hit).collect::<Vec<_>>().join(", ")
}

fn canary() -> String {
    let mut bytes = [0_u8; 16];
    OsRng.fill_bytes(&mut bytes);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}{digits}", Canaries::PREFIX)
}

/// The room of the checks before this one under new names, or a new room.
async fn own_room(client: &Client<Engine>, name: &str, topic: &str) -> Result<RoomId, Failure> {
    let rooms = client.read(Engine::rooms).await?;
    let (name, topic) = (name.to_owned(), topic.to_owned());
    if let Some(room) = rooms.iter().find(|room| is_of_checks(room)) {
        let edit = Command::EditRoom {
            room: room.room,
            name: Some(name),
            topic: Some(topic),
        };
        client.command(edit).await?;
        return Ok(room.room);
    }
    let create = Command::CreateRoom {
        name,
        topic,
        history: HistoryChoice::None,
        ticket: None,
    };
    match client.command(create).await? {
        Outcome::RoomCreated(room) => Ok(room),
        _ => Err(Failure::from(ErrorCode::BadAnswer)),
    }
}

fn is_of_checks(room: &RoomView) -> bool {
    let named = room.name.as_deref().is_some_and(Canaries::is_one);
    named && room.accounts == 1 && room.stage == RoomStage::Joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(form: &str) -> Vec<CanaryHit> {
        vec![CanaryHit {
            place: "database".to_owned(),
            form: form.to_owned(),
            count: 1,
        }]
    }

    fn report(hits: Vec<CanaryHit>, control: Vec<CanaryHit>) -> CanaryReport {
        CanaryReport {
            places: Vec::new(),
            hits,
            control,
        }
    }

    #[test]
    fn a_hit_fails_the_check_and_so_does_a_search_that_finds_nothing() {
        assert!(judge(&report(Vec::new(), found("your name"))).is_ok());
        assert!(judge(&report(found("base64"), found("your name"))).is_err());
        assert!(judge(&report(Vec::new(), Vec::new())).is_err());
    }

    #[test]
    fn canaries_are_what_the_server_takes() {
        assert!(Canaries::is_one(&canary()));
        assert_ne!(canary(), canary());
    }
}
