//! Rooms and their members.

use engine::api::{HistoryChoice, MemberView, RoomStage, RoomView};
use protocol::role::Role;
use serde_json::{Value, json};

/// A room as JSON, with the name of who invited this account to it, where somebody did and it is known.
pub fn room(room: &RoomView, inviter: Option<&str>) -> Value {
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
pub fn member(member: &MemberView) -> Value {
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

/// Where this device stands in a room, in a word.
pub const fn stage_word(stage: RoomStage) -> &'static str {
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

/// What later members may read, in a word.
pub const fn history_word(history: HistoryChoice) -> &'static str {
    match history {
        HistoryChoice::None => "none",
        HistoryChoice::SinceJoin => "since-join",
        HistoryChoice::Shared => "shared",
    }
}

/// A role in a word.
pub const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Moderator => "moderator",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}
