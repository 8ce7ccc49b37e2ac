//! One room: its lines as JSON and as a page, and the files that were sent.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
};

use client::{
    engine::{
        Engine,
        api::{FileContent, ItemBody, ItemKey, RoomView, TimelineItem},
    },
    export::{Html, Page},
    files::safe_name,
    store::Range,
};
use protocol::{error::ErrorCode, time::Timestamp};
use serde_json::{Value, json};

use super::{Count, Wanted, put, put_json, unwritten};
use crate::{
    describe::{self, Names},
    exit::Problem,
    files::{self, Progress},
    session::Session,
};

/// Lines read from the store at once.
const PAGE: usize = 500;

pub(super) async fn write(
    session: &Session,
    room: &RoomView,
    directory: &Path,
    wanted: Wanted,
    count: &mut Count,
) -> Result<(), Problem> {
    let id = room.room;
    let members = session
        .client
        .read(move |engine: &Engine| engine.members(id));
    let members: Vec<Value> = members.await?.iter().map(describe::member).collect();
    let mut object = describe::room(room, None);
    describe::put(&mut object, "members", json!(members));
    put_json(&directory.join("room.json"), &object)?;

    let lines = File::create(directory.join("lines.jsonl")).map_err(unwritten)?;
    let name = room.name.clone().unwrap_or_else(|| id.to_string());
    let mut writer = Writer {
        session,
        room,
        directory,
        wanted,
        lines: BufWriter::new(lines),
        page: Page::new(&name),
        count,
    };
    if let Some(topic) = room.topic.as_deref().filter(|topic| !topic.is_empty()) {
        writer.page.push(Html::tag("p", "note", &Html::text(topic)));
    }
    writer.all().await?;
    writer.lines.flush().map_err(unwritten)?;
    let page = writer.page.finish();
    put(&directory.join("index.html"), page.as_bytes())
}

struct Writer<'a> {
    session: &'a Session,
    room: &'a RoomView,
    directory: &'a Path,
    wanted: Wanted,
    lines: BufWriter<File>,
    page: Page,
    count: &'a mut Count,
}

impl Writer<'_> {
    async fn all(&mut self) -> Result<(), Problem> {
        let mut last = 0;
        loop {
            let range = Range::after(last, PAGE);
            let items = self.session.client.timeline(self.room.room, range).await?;
            let names = Names::of(&self.session.client, &items).await?;
            for item in &items {
                self.line(item, &names).await?;
            }
            let seqs = items.iter().filter_map(|item| item.key.seq());
            match seqs.map(|seq| seq.0).max() {
                Some(seq) if items.len() == PAGE && seq > last => last = seq,
                _ => return Ok(()),
            }
        }
    }

    async fn line(&mut self, item: &TimelineItem, names: &Names) -> Result<(), Problem> {
        let mut object = describe::item(self.room.room, item, names);
        let saved = match &item.body {
            ItemBody::File(file) => self.file(item, file).await?,
            _ => None,
        };
        if let ItemBody::File(_) = &item.body {
            describe::put(&mut object, "saved", json!(saved));
        }
        writeln!(self.lines, "{object}").map_err(unwritten)?;
        self.page
            .push(shown(item, &object, saved.as_deref(), names));
        self.count.lines += 1;
        Ok(())
    }

    /// Fetches a file; gives its path below the room. One that the server does not have any more is none.
    async fn file(
        &mut self,
        item: &TimelineItem,
        file: &FileContent,
    ) -> Result<Option<String>, Problem> {
        let Some(seq) = item.key.seq().filter(|_| self.wanted.files) else {
            return Ok(None);
        };
        let path = format!("files/{seq}-{}", safe_name(&file.name));
        fs::create_dir_all(self.directory.join("files")).map_err(unwritten)?;
        let url = self.session.url();
        let whole = self.directory.join(&path);
        let progress = Progress::new("Saving", &file.name);
        let client = &self.session.client;
        match files::save(client, url, self.room.room, file, Some(&whole), progress).await {
            Ok(_) => {
                self.count.files += 1;
                Ok(Some(path))
            }
            // Nothing can be done about these; whoever lacks disk or network tries again.
            Err(problem) if is_gone(problem.code) => {
                self.count.missing += 1;
                Ok(None)
            }
            Err(problem) => Err(problem),
        }
    }
}

const fn is_gone(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotFound
            | ErrorCode::RoomNotFound
            | ErrorCode::NotAMember
            | ErrorCode::FileDamaged
    )
}

/// A line for people.
fn shown(item: &TimelineItem, object: &Value, saved: Option<&str>, names: &Names) -> Html {
    let word = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let time = Html::tag("span", "time", &Html::text(&minute(item.time)));
    let said = match &item.body {
        ItemBody::Text(text) | ItemBody::Unsalted(text) => {
            Html::tag("p", "text", &Html::text(text))
        }
        ItemBody::Reply { to, text } => Html::tag("p", "note", &Html::text(&format!("To {to}:")))
            .and(Html::tag("p", "text", &Html::text(text))),
        ItemBody::File(file) => sent(file, saved),
        ItemBody::Unknown { .. } => Html::tag(
            "p",
            "note",
            &Html::text("Something that this version can't show."),
        ),
        ItemBody::Notice(_) | ItemBody::Tombstone(_) => {
            let notice = Html::text(word("notice"));
            return placed(item, Html::tag("p", "line note", &notice.and(time)));
        }
    };
    let sender = Html::tag("span", "sender", &Html::text(&names.sender(item)));
    placed(item, Html::tag("div", "line", &sender.and(time).and(said)))
}

/// `2026-11-29 12:21 UTC`; the file beside the page has it to the millisecond.
fn minute(time: Timestamp) -> String {
    let time = time.to_string();
    let minute = time.get(..16).unwrap_or(&time).replace('T', " ");
    format!("{minute} UTC")
}

fn placed(item: &TimelineItem, line: Html) -> Html {
    match item.key {
        ItemKey::Logged(seq) => Html::anchored(&seq.to_string(), &line),
        ItemKey::Draft(_) => line,
    }
}

/// A file, or what is known of it.
fn sent(file: &FileContent, saved: Option<&str>) -> Html {
    let length = Html::tag("span", "time", &Html::text(&files::size(file.length)));
    match saved {
        None => Html::tag("p", "text", &Html::text(&file.name).and(length)),
        Some(path) => {
            let link = Html::link(path, &file.name).and(length);
            let link = Html::tag("p", "text", &link);
            if file.media_type.starts_with("image/") {
                link.and(Html::picture(path, &file.name))
            } else {
                link
            }
        }
    }
}
