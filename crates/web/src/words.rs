//! What a person reads: notices, reasons, and what to do.

use client::engine::api::{DeviceView, HistoryChoice, RoomNotice, RoomStage, TombstoneCause};
use protocol::{error::ErrorCode, ids::AccountId, role::Role};

use crate::wire::Trouble;

/// A failure in words that fit a browser.
pub fn trouble(code: ErrorCode) -> Trouble {
    let sentence = match code {
        ErrorCode::StoreBusy => {
            "Secure Chat goes on in another tab. Reload this one to use it here too."
        }
        ErrorCode::StoreGone => {
            "What this browser kept of your account is gone: its data was cleared. Your rooms and your account are still \
             there. Log in again to bring this browser back as a new device."
        }
        ErrorCode::StoreCorrupt => {
            "What this browser keeps of your account is damaged, so it is not used. Your rooms and your account are still \
             there. Log in again to bring this browser back as a new device."
        }
        ErrorCode::StoreFailed => {
            "This browser could not write to its storage. Make room on the disk, allow this site to keep data, and try \
             again."
        }
        ErrorCode::StoreLocked => "That is not the passphrase of this browser.",
        ErrorCode::OtherAccount => "This browser belongs to another account. Log in with that one.",
        ErrorCode::ServerGone => {
            "The server can't be reached. Check your connection, and try again."
        }
        ErrorCode::UpgradeRequired | ErrorCode::PolicyTooNew => {
            "This page is older than the server needs. Reload it."
        }
        ErrorCode::WeakPassword => {
            "That password is too easy to guess. Take a longer one, such as four words that have nothing to do with each \
             other."
        }
        other => other.sentence(),
    };
    Trouble {
        code,
        sentence: sentence.to_owned(),
    }
}

/// Something that happened to a room; `name` gives the name of an account.
pub fn notice(notice: &RoomNotice, sender: &str, name: impl Fn(AccountId) -> String) -> String {
    let list = |who: &[AccountId]| {
        let names: Vec<String> = who.iter().map(|account| name(*account)).collect();
        names.join(", ")
    };
    match notice {
        RoomNotice::Created => format!("{sender} made this room."),
        RoomNotice::Invited(who) => format!("{sender} invited {}.", list(who)),
        RoomNotice::Accepted => format!("{sender} joined."),
        RoomNotice::CameByLink => format!("{sender} came in by a link."),
        RoomNotice::Removed(who) => format!("{sender} removed {}.", list(who)),
        RoomNotice::Left(who) => format!("{} left.", list(who)),
        RoomNotice::Edited {
            name: Some(name), ..
        } => format!("{sender} edited the room: {name}."),
        RoomNotice::Edited { name: None, .. } => format!("{sender} edited the room."),
        RoomNotice::Links => format!("{sender} changed the invite links."),
        RoomNotice::Roles(changes) => {
            let all: Vec<String> = changes
                .iter()
                .map(|(who, role)| format!("{} is now {}", name(*who), role_word(*role)))
                .collect();
            format!("{sender} changed roles: {}.", all.join(", "))
        }
        RoomNotice::DeviceAdded(who) => format!("{} has a new device.", name(*who)),
        RoomNotice::DeviceRemoved(who) => format!("A device of {} was taken out.", name(*who)),
        RoomNotice::DeviceBack(who) => format!("A device of {} came back.", name(*who)),
        RoomNotice::Devices(who) => format!("The devices of {} changed.", name(*who)),
        RoomNotice::RefusedChange => "A change that broke the room's rules was ignored.".to_owned(),
        RoomNotice::Checking => "Checking with the others.".to_owned(),
        RoomNotice::ResetAsked(who) => format!(
            "The server says: a device of {0} asked to reset {0}'s account, without password and recovery code. It counts in 72 hours unless it is cancelled. If you can reach {0} another way, ask.",
            name(*who)
        ),
        RoomNotice::ResetCancelled(who) => {
            format!(
                "The server says: the reset of {}'s account was cancelled.",
                name(*who)
            )
        }
        RoomNotice::ResetDone(who) => format!(
            "The server says: {0}'s account was reset from a device alone. Ask {0} another way whether that was {0}.",
            name(*who)
        ),
        RoomNotice::AccountDeleted(who) => {
            format!("The server says: {}'s account was deleted.", name(*who))
        }
        RoomNotice::Server(text) => format!("The server says: {text}"),
    }
}

/// Why a message is not shown.
pub const fn missing(cause: TombstoneCause) -> &'static str {
    match cause {
        TombstoneCause::BeforeJoin => {
            "This message can't be read on this device: it was sent before you joined. Whoever was \
             there can tell you."
        }
        TombstoneCause::WrongEpoch => {
            "This message can't be read: it belongs to another moment of the room. Ask its author to send it again."
        }
        TombstoneCause::DoesNotOpen => {
            "This message can't be read: it does not open. Ask its author to send it again."
        }
        TombstoneCause::Mismatch => {
            "This message is not shown: what it says of itself does not match its place. Somebody may have \
             changed it on its way."
        }
        TombstoneCause::Replayed => {
            "This message is not shown: it was shown before. Nothing is missing."
        }
        TombstoneCause::NotAMember => "This message is not shown: its sender was not in the room.",
        TombstoneCause::WrongKind => "This message is not shown: it does not belong in this room.",
        TombstoneCause::Malformed => {
            "This message can't be read: it is damaged. Ask its author to send it again."
        }
        TombstoneCause::Deleted => "This message was deleted.",
        TombstoneCause::OwnKeyLost => {
            "This message of yours can't be read: its key is gone from this device. The others can read it."
        }
    }
}

/// What later members may read.
pub const fn history(history: HistoryChoice) -> &'static str {
    match history {
        HistoryChoice::None => {
            "Messages are readable only on the devices that were here when they were sent."
        }
        HistoryChoice::SinceJoin => "New members see messages from when they joined.",
        HistoryChoice::Shared => "New members can read everything that was said before.",
    }
}

/// Why nobody can write in a room.
pub const fn stage(stage: RoomStage) -> &'static str {
    match stage {
        RoomStage::Suspect => "Paused: checking with the others.",
        RoomStage::TooNew => "Paused: reload this page to get the newest version.",
        RoomStage::NotOnThisDevice => "This room is not on this device.",
        RoomStage::Leaving => "You are leaving.",
        RoomStage::Left => "You left.",
        RoomStage::Removed => "You were removed.",
        RoomStage::RemovedUnconfirmed => {
            "The server says that you were removed. Nobody confirmed it yet."
        }
        RoomStage::Invited => "You are invited.",
        RoomStage::Joined => "",
    }
}

/// A role.
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

/// What a role may do.
pub const fn role_powers(role: Role) -> &'static str {
    match role {
        Role::Member => "Reads and writes.",
        Role::Moderator => "Also removes members, and changes the room's name and topic.",
        Role::Admin => "Also gives roles below their own.",
        Role::Owner => "May do everything.",
    }
}

/// What is worth a look about a device; mostly nothing.
pub const fn device(view: &DeviceView, new: bool) -> &'static str {
    match (view.generation, new, view.outdated) {
        (None, _, _) => "It does not prove that it is yours. Remove it.",
        (_, true, _) => "New since you last looked.",
        (_, false, true) => "It has yet to take the newest keys: open Secure Chat there.",
        (_, false, false) => "",
    }
}

/// How often a link was used, and may be.
pub fn uses(used: u32, left: Option<u32>) -> String {
    let used = match used {
        0 => "not used yet".to_owned(),
        1 => "used once".to_owned(),
        count => format!("used {count} times"),
    };
    match left {
        Some(left) => format!("{used}, {left} left"),
        None => used,
    }
}

/// A length of bytes.
pub fn size(length: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", length / unit, length % unit * 10 / unit);
    match length {
        0..1_000 => format!("{length} bytes"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

/// Lines that a text may have before it is folded.
const LINES_MAX: usize = 40;
/// Letters that fill about as many lines.
const LETTERS_MAX: usize = 3_000;

/// Whether a text is shown by its beginning first.
pub fn is_long(text: &str) -> bool {
    text.lines().nth(LINES_MAX).is_some() || text.chars().nth(LETTERS_MAX).is_some()
}

/// Text for one line of the screen: no line breaks, and no characters that turn the rest around or hide.
pub fn one_line(text: &str) -> String {
    let hides = |character: &char| matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let kept = text.chars().filter(|character| !hides(character));
    let spaced = kept.map(|character| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    });
    spaced.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_turn_a_line_around() {
        assert_eq!(one_line("a\u{202e}b\nc\u{200b}"), "ab c");
    }

    #[test]
    fn lengths_are_told_in_words() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(1_234), "1.2 kB");
        assert_eq!(size(104_857_600), "104.8 MB");
        assert_eq!(size(9_990_000_000), "9.9 GB");
    }

    #[test]
    fn forty_lines_are_not_long() {
        for (text, long) in [
            ("line\n".repeat(40), false),
            ("line\n".repeat(41), true),
            ("é".repeat(3_000), false),
            ("é".repeat(3_001), true),
        ] {
            assert_eq!(is_long(&text), long, "{}", text.len());
        }
    }

    #[test]
    fn uses_are_counted_in_words() {
        assert_eq!(uses(0, None), "not used yet");
        assert_eq!(uses(1, Some(4)), "used once, 4 left");
        assert_eq!(uses(7, Some(0)), "used 7 times, 0 left");
    }

    #[test]
    fn every_code_has_a_sentence_without_the_code() {
        for code in ErrorCode::ALL {
            let trouble = trouble(*code);
            assert!(trouble.sentence.ends_with('.'), "{}", trouble.sentence);
            assert!(!trouble.sentence.contains(code.as_str()));
        }
    }
}
