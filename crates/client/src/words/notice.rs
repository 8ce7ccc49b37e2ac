//! What happened in a room, and what of it cannot be shown.

use engine::api::{RoomNotice, TombstoneCause};

use super::{Names, role_word};

/// What happened in a room, in words. `sender` is the name of who did it.
pub fn notice_words(notice: &RoomNotice, sender: &str, names: &Names) -> String {
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
pub const fn tombstone_words(cause: TombstoneCause) -> &'static str {
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

/// What happened in a room, in a word.
pub(super) const fn notice_word(notice: &RoomNotice) -> &'static str {
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
