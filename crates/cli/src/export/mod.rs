//! Everything that this device can read, in files that need no program of ours: JSON for machines, HTML for people.
//!
//! ```text
//! DIR/account.json          who, where, when; the people with their marks; the rooms
//! DIR/index.html
//! DIR/rooms/ID/room.json    the room and who is in it
//! DIR/rooms/ID/lines.jsonl  one line of the room in each line, as `tail --json` prints them
//! DIR/rooms/ID/index.html
//! DIR/rooms/ID/files/       what was sent, as PLACE-NAME
//! ```
//!
//! It is written beside its place and gets its name when it is complete: what stands there is never half of it.

mod people;
mod room;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use client::{
    engine::{
        Engine,
        api::{RoomStage, RoomView},
    },
    export::{Html, Page},
};
use protocol::{error::ErrorCode, time::Timestamp};
use serde_json::{Value, json};

use crate::{describe, exit::Problem, session::Session};

/// What to take along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The bytes of the files that were sent, too.
    pub(crate) files: bool,
}

/// How much was written.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) rooms: usize,
    pub(crate) lines: usize,
    pub(crate) files: usize,
    /// Files that the server does not give any more.
    pub(crate) missing: usize,
}

/// Writes everything into the directory `path`, which must not be there yet.
pub(crate) async fn write(
    session: &Session,
    path: &Path,
    wanted: Wanted,
    now: Timestamp,
) -> Result<Count, Problem> {
    if path.exists() {
        let sentence = format!("{} is there already; nothing was written.", path.display());
        return Err(Problem::new(ErrorCode::FileFailed, sentence));
    }
    let scratch = Scratch::create(path)?;
    let count = fill(session, &scratch.path, wanted, now).await?;
    scratch.keep(path)?;
    Ok(count)
}

async fn fill(
    session: &Session,
    into: &Path,
    wanted: Wanted,
    now: Timestamp,
) -> Result<Count, Problem> {
    let mut count = Count::default();
    let rooms = session.client.read(Engine::rooms).await?;
    for room in rooms.iter().filter(|room| has_lines(room)) {
        let directory = into.join("rooms").join(room.room.to_string());
        fs::create_dir_all(&directory).map_err(unwritten)?;
        room::write(session, room, &directory, wanted, &mut count).await?;
        count.rooms += 1;
    }
    account(session, into, &rooms, now).await?;
    Ok(count)
}

/// Of an invitation that nobody has answered there is nothing to read yet.
fn has_lines(room: &RoomView) -> bool {
    room.stage != RoomStage::Invited
}

async fn account(
    session: &Session,
    into: &Path,
    rooms: &[RoomView],
    now: Timestamp,
) -> Result<(), Problem> {
    let account = session.account().await?;
    let account = account.ok_or_else(|| Problem::of(ErrorCode::NotLoggedIn))?;
    let listed: Vec<Value> = rooms
        .iter()
        .filter(|room| has_lines(room))
        .map(|room| describe::room(room, None))
        .collect();
    let people = people::known(session, rooms).await?;
    let server = session.url().to_string();
    let object = json!({
        "account": account.account,
        "user": account.user,
        "device": account.device,
        "server": server,
        "exported": now,
        "people": people,
        "rooms": listed,
    });
    put_json(&into.join("account.json"), &object)?;
    let page = index(&account.user, &server, now, rooms);
    put(&into.join("index.html"), page.as_bytes())
}

/// The list of rooms.
fn index(user: &str, server: &str, now: Timestamp, rooms: &[RoomView]) -> String {
    let mut page = Page::new(&format!("{user}: everything that this device can read"));
    let taken = format!("Taken from {server} on {now}.");
    page.push(Html::tag("p", "note", &Html::text(&taken)));
    for room in rooms.iter().filter(|room| has_lines(room)) {
        let name = room.name.clone().unwrap_or_else(|| room.room.to_string());
        let path = format!("rooms/{}/index.html", room.room);
        let state = Html::tag(
            "span",
            "note",
            &Html::text(describe::stage_words(room.stage)),
        );
        let line = Html::link(&path, &name).and(Html::text(" ")).and(state);
        page.push(Html::tag("p", "room", &line));
    }
    page.finish()
}

fn put_json(path: &Path, value: &Value) -> Result<(), Problem> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| unwritten(error.into()))?;
    text.push('\n');
    put(path, text.as_bytes())
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    fs::write(path, bytes).map_err(unwritten)
}

fn unwritten(error: io::Error) -> Problem {
    let sentence = format!("The export can't be written: {error}.");
    Problem::new(ErrorCode::FileFailed, sentence)
}

/// A directory beside the one that it becomes; it goes where it is not kept.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn create(target: &Path) -> Result<Self, Problem> {
        let name = target.file_name();
        let name = name.ok_or_else(|| Problem::usage("That path names no directory."))?;
        let path = target.with_file_name(format!(".{}.part", name.to_string_lossy()));
        // What an earlier try left behind when it was killed.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritten(error)),
            _ => {}
        }
        private(&path).map_err(unwritten)?;
        Ok(Self { path })
    }

    fn keep(self, target: &Path) -> Result<(), Problem> {
        fs::rename(&self.path, target).map_err(unwritten)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Kept, it is not there any more; else nothing is left to tell it to.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A directory that nobody else on this machine looks into: what lies in it is not sealed any more.
#[cfg(unix)]
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}
