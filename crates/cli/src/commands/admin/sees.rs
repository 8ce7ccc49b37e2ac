//! `admin sees`: what this server can see, and whether it is true of what was sealed here a moment ago.
//!
//! This home seals canaries into a room of its own, as name, topic and message, and the server searches its files for them.
//! The word of a server that lies is worth nothing here; it is a check for whoever runs an honest one.

use client::{
    admin::Admin,
    engine::{
        Engine,
        api::{Command, Content, HistoryChoice, Outcome, RoomStage, RoomView},
    },
};
use protocol::{
    error::ErrorCode,
    ids::RoomId,
    rest::{Canaries, CanaryHit, CanaryReport, Sees, Sight, StoredColumn},
};
use rand_core::{OsRng, RngCore};
use serde_json::json;

use super::{admin, object, print};
use crate::{
    args::Global,
    exit::Problem,
    files::size,
    output::{Output, write_line},
    session::Session,
};

/// How often the message says its canary: in a file of pages one may lie across an edge.
const COPIES: usize = 4;

pub(super) async fn run(global: &Global, output: Output, list_only: bool) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let admin = admin(&session).await?;
    show(output, &admin.sees().await?)?;
    if !list_only {
        let report = check(&session, &admin).await?;
        tell(output, &report)?;
        judge(&report)?;
    }
    session.finish().await
}

fn show(output: Output, sees: &Sees) -> Result<(), Problem> {
    let row = |column: &StoredColumn| {
        vec![
            format!("{}.{}", column.table, column.column),
            sight_word(column.sight).to_owned(),
            column.meaning.clone(),
        ]
    };
    let columns = sees.columns.iter();
    let rows = columns.map(|it| (row(it), object(it))).collect();
    print(output, &["stored", "seen", "what it is"], rows, "")?;
    for text in &sees.elsewhere {
        output.line(text, || json!({ "elsewhere": text }))?;
    }
    Ok(())
}

const fn sight_word(sight: Sight) -> &'static str {
    match sight {
        Sight::Readable => "readable",
        Sight::PublicKey => "public key",
        Sight::Hash => "hash",
        Sight::Sealed => "sealed",
        Sight::ServerSealed => "sealed by the server",
    }
}

/// Seals canaries, and has the server search for them.
async fn check(session: &Session, admin: &Admin) -> Result<CanaryReport, Problem> {
    let [name, topic, said] = [canary(), canary(), canary()];
    let room = own_room(session, &name, &topic).await?;
    let content = Content::Text([said.as_str(); COPIES].join(" "));
    let send = Command::Send {
        room,
        content,
        ticket: None,
    };
    session.command(send).await?;
    // The message, and what the vault keeps of the room.
    session.steadily(session.client.idle()).await?;
    let canaries = Canaries {
        canaries: vec![name, topic, said],
    };
    Ok(admin.search(&canaries).await?)
}

fn canary() -> String {
    let mut bytes = [0_u8; 16];
    OsRng.fill_bytes(&mut bytes);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}{digits}", Canaries::PREFIX)
}

/// The room of the checks before this one under new names, or a new room.
async fn own_room(session: &Session, name: &str, topic: &str) -> Result<RoomId, Problem> {
    let rooms = session.client.read(Engine::rooms).await?;
    let (name, topic) = (name.to_owned(), topic.to_owned());
    if let Some(room) = rooms.iter().find(|room| is_of_checks(room)) {
        let edit = Command::EditRoom {
            room: room.room,
            name: Some(name),
            topic: Some(topic),
        };
        session.command(edit).await?;
        return Ok(room.room);
    }
    let create = Command::CreateRoom {
        name,
        topic,
        history: HistoryChoice::None,
        ticket: None,
    };
    match session.command(create).await? {
        Outcome::RoomCreated(room) => Ok(room),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

fn is_of_checks(room: &RoomView) -> bool {
    let named = room.name.as_deref().is_some_and(Canaries::is_one);
    named && room.accounts == 1 && room.stage == RoomStage::Joined
}

fn tell(output: Output, report: &CanaryReport) -> Result<(), Problem> {
    if output.json {
        return write_line(&json!({ "check": report }).to_string());
    }
    let bytes = report.places.iter().map(|place| place.bytes).sum();
    let places: Vec<&str> = report.places.iter().map(|it| it.place.as_str()).collect();
    write_line(&format!(
        "\nA name, a topic and a message were sealed just now, and searched for in {} of this server's {}.",
        size(bytes),
        places.join(", ")
    ))?;
    if report.hits.is_empty() && !report.control.is_empty() {
        write_line(&format!(
            "None of them is there. What the server does know was found: {}.",
            hits(&report.control)
        ))?;
    }
    Ok(())
}

fn judge(report: &CanaryReport) -> Result<(), Problem> {
    let broken = |sentence| Err(Problem::new(ErrorCode::ServerError, sentence));
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
    Ok(())
}

fn hits(hits: &[CanaryHit]) -> String {
    let hit = |hit: &CanaryHit| format!("{} ({}×) in {}", hit.form, hit.count, hit.place);
    hits.iter().map(hit).collect::<Vec<_>>().join(", ")
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
