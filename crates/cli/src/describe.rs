//! Rooms and lines for people. As JSON they are described in `client::words`.

use std::collections::BTreeSet;

use client::{
    engine::api::{ItemBody, ItemKey, RoomStage, RoomView, TimelineItem},
    words::{notice_words, stage_word, tombstone_words},
};
use protocol::time::Timestamp;

use crate::{
    exit::Problem,
    files::size,
    output::{clean, clean_line},
    session::Session,
};

pub(crate) use client::words::{Names, item, member, put, role_word, room};

/// The day of a time, for people.
pub(crate) fn day(time: Timestamp) -> String {
    let text = time.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// Who invited this account to a room, by name.
pub(crate) async fn inviter(session: &Session, room: &RoomView) -> Result<Option<String>, Problem> {
    let Some(account) = room.inviter else {
        return Ok(None);
    };
    let names = Names::known(&session.client, BTreeSet::from([account])).await?;
    Ok(Some(names.get(account)))
}

pub(crate) fn is_invited(room: &RoomView) -> bool {
    room.stage == RoomStage::Invited
}

pub(crate) const fn stage_words(stage: RoomStage) -> &'static str {
    match stage {
        RoomStage::Suspect => "paused: checking with the others",
        RoomStage::RemovedUnconfirmed => "removed, unconfirmed",
        RoomStage::TooNew => "paused: update this program",
        RoomStage::NotOnThisDevice => "not on this device",
        RoomStage::Leaving => "leaving",
        other => stage_word(other),
    }
}

/// A line for people: time, sender, text.
pub(crate) fn item_line(item: &TimelineItem, names: &Names) -> String {
    let time = item.time.to_string();
    let time = time.get(..19).unwrap_or(&time).replace('T', " ");
    let sender = clean_line(&names.sender(item));
    let sender = sender.as_str();
    // Further lines of a text stand under the first, so that none looks like a message of its own.
    let text = |text: &str| clean(text).replace('\n', "\n    ");
    match &item.body {
        ItemBody::Text(said) => format!("{time}  {sender}: {}", text(said)),
        ItemBody::Unsalted(said) => {
            format!(
                "{time}  {sender}: {} (its hash reveals short texts)",
                text(said)
            )
        }
        ItemBody::Reply { to, text: said } => {
            format!("{time}  {sender} (to {to}): {}", text(said))
        }
        ItemBody::File(file) => format!(
            "{time}  {sender} sent a file: {} ({}){}",
            clean_line(&file.name),
            size(file.length),
            match item.key {
                ItemKey::Logged(seq) => format!(", place {seq}"),
                ItemKey::Draft(_) => String::new(),
            }
        ),
        ItemBody::Unknown { .. } => {
            format!("{time}  {sender} sent something that this version can't show.")
        }
        ItemBody::Notice(notice) => {
            format!(
                "{time}  * {}",
                clean_line(&notice_words(notice, sender, names))
            )
        }
        ItemBody::Tombstone(cause) => format!("{time}  - {}", tombstone_words(*cause)),
    }
}
