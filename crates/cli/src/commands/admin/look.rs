//! `admin rooms`, `storage`, `limits` and `audit`.

use client::admin::{Admin, words};
use protocol::rest::{AdminRoom, AuditEntry, Encryption, Limit, Storage};

use super::{object, print};
use crate::{exit::Problem, files::size, output::Output};

pub(super) async fn rooms(admin: &Admin, output: Output) -> Result<(), Problem> {
    let mut rooms = Vec::new();
    loop {
        let last = rooms.last().map(|room: &AdminRoom| room.room_id);
        let page = admin.rooms(last).await?;
        let more = page.more && !page.rooms.is_empty();
        rooms.extend(page.rooms);
        if !more {
            break;
        }
    }
    let row = |room: &AdminRoom| {
        let kind = match room.encryption {
            Encryption::Mls => "sealed",
            Encryption::SharedKey => "basic",
        };
        vec![
            room.room_id.to_string(),
            kind.to_owned(),
            room.members.to_string(),
            room.entries.to_string(),
            size(room.bytes),
            room.files.to_string(),
            size(room.file_bytes),
        ]
    };
    let rows = rooms.iter().map(|room| (row(room), object(room))).collect();
    let head = [
        "room",
        "kind",
        "members",
        "entries",
        "bytes",
        "files",
        "bytes of files",
    ];
    print(output, &head, rows, "There are no rooms yet.")
}

pub(super) async fn storage(admin: &Admin, output: Output) -> Result<(), Problem> {
    let storage = admin.storage().await?;
    if output.json {
        return output.line("", || object(&storage));
    }
    let head = ["what", "bytes"];
    let rows = lines(&storage).into_iter().map(|(what, bytes)| {
        let row = vec![what, size(bytes)];
        (row, serde_json::Value::Null)
    });
    print(output, &head, rows.collect(), "")
}

fn lines(storage: &Storage) -> Vec<(String, u64)> {
    let mut lines = vec![
        ("database".to_owned(), storage.database_bytes),
        ("write-ahead log".to_owned(), storage.log_bytes),
        (
            format!("{} sealed files", storage.files),
            storage.file_bytes,
        ),
    ];
    lines.extend(storage.free_bytes.map(|free| ("free".to_owned(), free)));
    let tables = storage.tables.iter();
    lines.extend(tables.map(|table| (format!("  {}", table.table), table.bytes)));
    lines
}

pub(super) async fn limits(admin: &Admin, output: Output) -> Result<(), Problem> {
    let limits = admin.limits().await?.limits;
    let row = |limit: &Limit| {
        let value = match (limit.value, limit.unit.as_str()) {
            (None, _) => "no limit".to_owned(),
            (Some(value), "bytes") => size(value),
            (Some(value), unit) => format!("{value} {unit}"),
        };
        let by = limit.variable.clone();
        vec![
            limit.what.clone(),
            value,
            by.unwrap_or_else(|| "fixed".to_owned()),
        ]
    };
    let rows = limits.iter().map(|it| (row(it), object(it))).collect();
    print(output, &["what", "limit", "set by"], rows, "")
}

pub(super) async fn audit(admin: &Admin, output: Output) -> Result<(), Problem> {
    let mut acts: Vec<AuditEntry> = Vec::new();
    loop {
        let page = admin.audit(acts.last().map(|act| act.id)).await?;
        let more = page.more && !page.acts.is_empty();
        acts.extend(page.acts);
        if !more {
            break;
        }
    }
    let row = |entry: &AuditEntry| {
        let time = entry.time.to_string();
        let actor = entry.actor_name.as_ref().map(ToString::to_string);
        let target = entry.target_name.as_ref().map(ToString::to_string);
        vec![
            time.get(..19).unwrap_or(&time).replace('T', " "),
            actor.unwrap_or_else(|| "the server".to_owned()),
            words::act(entry.act).to_owned(),
            target.unwrap_or_default(),
            entry.detail.clone(),
        ]
    };
    let rows = acts.iter().map(|it| (row(it), object(it))).collect();
    let head = ["when", "who", "what", "whom", ""];
    print(output, &head, rows, "Nobody has done anything yet.")
}
