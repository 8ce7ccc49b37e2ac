//! Rooms and lines in words and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use client::{
    Client,
    engine::{
        Engine,
        api::{
            Delivery, HistoryChoice, ItemBody, ItemKey, MemberView, RoomNotice, RoomStage,
            RoomView, TimelineItem, TombstoneCause,
        },
    },
};
use protocol::{
    ids::{AccountId, RoomId},
    role::Role,
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    exit::Problem,
    files::size,
    output::{clean, clean_line},
    session::Session,
};

/// The day of a time, for people.
pub(crate) fn day(time: Timestamp) -> String {
    let text = time.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

/// Names of accounts, from their certificates.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<AccountId, String>);

impl Names {
    /// The names of everybody that some lines speak of.
    pub(crate) async fn of(
        client: &Client<Engine>,
        lines: impl IntoIterator<Item = &TimelineItem>,
    ) -> Result<Self, Problem> {
        let accounts: BTreeSet<AccountId> = lines
            .into_iter()
            .flat_map(TimelineItem::mentioned)
            .collect();
        Self::known(client, accounts).await
    }

    async fn known(
        client: &Client<Engine>,
        accounts: BTreeSet<AccountId>,
    ) -> Result<Self, Problem> {
        if accounts.is_empty() {
            return Ok(Self::default());
        }
        let names = client.read(move |engine| {
            let name = |account| Some((account, engine.known_name(account)?));
            accounts.into_iter().filter_map(name).collect()
        });
        Ok(Self(names.await?))
    }

    fn get(&self, account: AccountId) -> String {
        // A stranger is shown by the beginning of the account id.
        let unknown = || account.to_string().chars().take(8).collect();
        self.0.get(&account).cloned().unwrap_or_else(unknown)
    }

    /// Who said a line.
    pub(crate) fn sender(&self, item: &TimelineItem) -> String {
        let name = item.sender.map(|account| {
            item.sender_name
                .clone()
                .unwrap_or_else(|| self.get(account))
        });
        name.unwrap_or_else(|| "someone".to_owned())
    }

    fn list(&self, accounts: &[AccountId]) -> String {
        let names: Vec<String> = accounts.iter().map(|account| self.get(*account)).collect();
        names.join(", ")
    }
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

/// A room as JSON.
pub(crate) fn room(room: &RoomView, inviter: Option<&str>) -> Value {
    json!({
        "id": room.room,
        "name": room.name,
        "topic": room.topic,
        "state": stage_word(room.stage),
        "role": role_word(room.role),
        "history": history_word(room.history),
        "inviter": inviter,
        "members": room.accounts,
        "last_seq": room.last_seq,
        "tombstones": room.tombstones,
        "unread": room.unread,
        "unconfirmed": room.unconfirmed,
        "waiting": room.waiting,
        "encryption": if room.shared_key.is_some() { "shared_key" } else { "mls" },
    })
}

/// A member as JSON.
pub(crate) fn member(member: &MemberView) -> Value {
    json!({
        "account": member.account,
        "user": member.user,
        "role": role_word(member.role),
        "invited": member.invited,
        "verified": member.verified,
        "name_twin": member.name_twin,
        "devices": member.devices,
        "own": member.own,
    })
}

const fn stage_word(stage: RoomStage) -> &'static str {
    match stage {
        RoomStage::Invited => "invited",
        RoomStage::Joined => "joined",
        RoomStage::Leaving => "leaving",
        RoomStage::Left => "left",
        RoomStage::Removed => "removed",
        RoomStage::RemovedUnconfirmed => "removed-unconfirmed",
        RoomStage::Suspect => "checking",
        RoomStage::TooNew => "too-new",
        RoomStage::NotOnThisDevice => "not-on-this-device",
    }
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

pub(crate) const fn history_word(history: HistoryChoice) -> &'static str {
    match history {
        HistoryChoice::None => "none",
        HistoryChoice::SinceJoin => "since-join",
        HistoryChoice::Shared => "shared",
    }
}

pub(crate) const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

/// A line for people: time, sender, text.
pub(crate) fn item_line(item: &TimelineItem, names: &Names) -> String {
    let time = item.time.to_string();
    let time = time.get(..19).unwrap_or(&time).replace('T', " ");
    let mut sender = clean_line(&names.sender(item));
    if item.is_unproven() {
        sender.push_str(" (unverified)");
    }
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

fn notice_words(notice: &RoomNotice, sender: &str, names: &Names) -> String {
    match notice {
        RoomNotice::Created => format!("{sender} made the room."),
        RoomNotice::Invited(who) => format!("{sender} invited {}.", names.list(who)),
        RoomNotice::Accepted => format!("{sender} joined."),
        RoomNotice::Links => format!("{sender} changed the invite links."),
        RoomNotice::CameByLink => format!("{sender} came in by a link."),
        RoomNotice::Removed(who) => format!("{sender} removed {}.", names.list(who)),
        RoomNotice::Left(who) => format!("{} left.", names.list(who)),
        RoomNotice::Edited { name, topic } => match (name, topic) {
            // Both are always there where they are readable, whichever of them changed.
            (Some(name), Some(topic)) if topic.is_empty() => {
                format!("{sender} edited the room: {name}.")
            }
            (Some(name), Some(topic)) => format!("{sender} edited the room: {name} ({topic})."),
            (Some(name), None) => format!("{sender} changed the name to {name}."),
            (None, Some(topic)) => format!("{sender} changed the topic to {topic}."),
            (None, None) => format!("{sender} changed name or topic."),
        },
        RoomNotice::Roles(changes) => {
            let all: Vec<String> = changes
                .iter()
                .map(|(who, role)| format!("{} is now {}", names.get(*who), role_word(*role)))
                .collect();
            format!("{sender} changed roles: {}.", all.join(", "))
        }
        RoomNotice::DeviceAdded(who) => format!("{} has a new device.", names.get(*who)),
        RoomNotice::DeviceRemoved(who) => format!("A device of {} was taken out.", names.get(*who)),
        RoomNotice::DeviceBack(who) => format!("A device of {} came back.", names.get(*who)),
        RoomNotice::Devices(who) => format!("The devices of {} changed.", names.get(*who)),
        RoomNotice::RefusedChange => "A change that broke the room's rules was ignored.".to_owned(),
        RoomNotice::Checking => {
            "A change could not be followed; checking with the others.".to_owned()
        }
        RoomNotice::ResetAsked(who) => format!(
            "The server says: a device of {0} asked to reset {0}'s account, without password and recovery code. It counts in 72 hours unless it is cancelled. If you can reach {0} another way, ask.",
            names.get(*who)
        ),
        RoomNotice::ResetCancelled(who) => {
            format!(
                "The server says: the reset of {}'s account was cancelled.",
                names.get(*who)
            )
        }
        RoomNotice::ResetDone(who) => format!(
            "The server says: {0}'s account was reset from a device alone. Ask {0} another way whether that was {0}.",
            names.get(*who)
        ),
        RoomNotice::AccountDeleted(who) => format!(
            "The server says: {}'s account was deleted.",
            names.get(*who)
        ),
        RoomNotice::Server(text) => format!("The server says: {text}"),
    }
}

/// Why a line cannot be shown, in words.
const fn tombstone_words(cause: TombstoneCause) -> &'static str {
    match cause {
        TombstoneCause::BeforeJoin => {
            "This message can't be read on this device: it was sent before you joined."
        }
        TombstoneCause::WrongEpoch => {
            "This message can't be read: it was sealed for another moment of the room."
        }
        TombstoneCause::DoesNotOpen => "This message can't be read: it does not open.",
        TombstoneCause::Mismatch => {
            "This message is not shown: what it says of itself does not match its place."
        }
        TombstoneCause::Replayed => "This message is not shown: it was shown before.",
        TombstoneCause::NotAMember => "This message is not shown: its sender was not in the room.",
        TombstoneCause::WrongKind => "This message is not shown: it is not of this room's kind.",
        TombstoneCause::Malformed => "This message can't be read: it is damaged.",
        TombstoneCause::Deleted => "This message was deleted.",
        TombstoneCause::OwnKeyLost => {
            "This message of yours can't be read: its key is gone from this device."
        }
    }
}

/// A line as JSON.
pub(crate) fn item(room: RoomId, item: &TimelineItem, names: &Names) -> Value {
    let mut object = json!({
        "room": room,
        "sender": item.sender,
        "user": item.sender_name,
        "device": item.device,
        "time": item.time,
    });
    match item.key {
        ItemKey::Logged(seq) => put(&mut object, "seq", json!(seq)),
        ItemKey::Draft(id) => put(&mut object, "draft", json!(id)),
    }
    if let Delivery::Failed(code) = item.delivery {
        put(&mut object, "failed", json!(code));
    }
    body(&mut object, item, names);
    object
}

pub(crate) fn put(object: &mut Value, key: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(key.to_owned(), value);
    }
}

fn body(object: &mut Value, item: &TimelineItem, names: &Names) {
    let sender = || {
        let name = item.sender.map(|account| names.get(account));
        name.unwrap_or_else(|| "someone".to_owned())
    };
    let kind = match &item.body {
        ItemBody::Text(text) => {
            put(object, "text", json!(text));
            "text"
        }
        ItemBody::Unsalted(text) => {
            put(object, "text", json!(text));
            put(object, "unsalted", json!(true));
            "text"
        }
        ItemBody::Reply { to, text } => {
            put(object, "to", json!(to));
            put(object, "text", json!(text));
            "reply"
        }
        ItemBody::File(file) => {
            put(object, "name", json!(file.name));
            put(object, "media_type", json!(file.media_type));
            put(object, "length", json!(file.length));
            "file"
        }
        ItemBody::Unknown { kind } => {
            put(object, "unknown_kind", json!(kind));
            "unknown"
        }
        ItemBody::Notice(notice) => {
            put(
                object,
                "notice",
                json!(notice_words(notice, &sender(), names)),
            );
            put(object, "what", json!(notice_word(notice)));
            "notice"
        }
        ItemBody::Tombstone(cause) => {
            put(object, "notice", json!(tombstone_words(*cause)));
            put(object, "cause", json!(format!("{cause:?}")));
            "tombstone"
        }
    };
    put(object, "kind", json!(kind));
}

const fn notice_word(notice: &RoomNotice) -> &'static str {
    match notice {
        RoomNotice::Created => "created",
        RoomNotice::Invited(_) => "invited",
        RoomNotice::Accepted => "accepted",
        RoomNotice::CameByLink => "came-by-link",
        RoomNotice::Links => "links",
        RoomNotice::Removed(_) => "removed",
        RoomNotice::Left(_) => "left",
        RoomNotice::Edited { .. } => "edited",
        RoomNotice::Roles(_) => "roles",
        RoomNotice::DeviceAdded(_) => "device-added",
        RoomNotice::DeviceRemoved(_) => "device-removed",
        RoomNotice::DeviceBack(_) => "device-back",
        RoomNotice::Devices(_) => "devices",
        RoomNotice::RefusedChange => "refused-change",
        RoomNotice::Checking => "checking",
        RoomNotice::ResetAsked(_) => "reset-asked",
        RoomNotice::ResetCancelled(_) => "reset-cancelled",
        RoomNotice::ResetDone(_) => "reset-done",
        RoomNotice::AccountDeleted(_) => "account-deleted",
        RoomNotice::Server(_) => "server",
    }
}
