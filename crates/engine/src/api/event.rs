//! What is to be shown.

use protocol::ids::{AccountId, DeviceId, RoomId, Seq};

use super::{CommandId, Failure, ItemKey, Outcome, TimelineItem};

/// Something that a screen or a script may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A command ended.
    Done(CommandId, Result<Outcome, Failure>),
    /// The list of rooms or something about one of them changed: read it again.
    RoomsChanged,
    /// Members, roles or devices of a room changed: read them again.
    MembersChanged(RoomId),
    /// A room's timeline changed.
    Timeline(RoomId, Vec<TimelineChange>),
    /// What is typed and not said changed in a room: read it again.
    TypedChanged,
    /// What is unread or muted changed in a room: read the rooms again. New messages say it by themselves.
    MarksChanged,
    /// A link of this account has ended because the room's keys changed: whoever wants one makes another.
    LinkEnded {
        /// Where it led.
        room: RoomId,
        /// What its maker called it.
        label: String,
    },
    /// The account has a device that this one had not heard of.
    NewDevice(DeviceId),
    /// Password or recovery code of the account are others, or are to be, by another device: see [`Engine::changes`](crate::Engine::changes).
    AccountChanged,
    /// What a former life of this program had begun to change is settled.
    Settled(Settled),
    /// The session ended on the server: log in again.
    SignedOut,
    /// The server needs a newer version of this program: everything is paused.
    UpgradeRequired,
    /// Something that a person should see.
    Alarm(Alarm),
}

/// What became of a change whose answer did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The new password counts.
    PasswordChanged,
    /// The old password counts.
    PasswordKept,
    /// The new recovery code counts: see [`Engine::unkept_code`](crate::Engine::unkept_code).
    CodeReplaced,
    /// The old recovery code counts.
    CodeKept,
    /// The reset counts: see [`Engine::unkept_code`](crate::Engine::unkept_code).
    AccountReset,
    /// Nothing was reset.
    AccountKept,
}

/// A change of a timeline, as a change of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimelineChange {
    /// A new item, or a new form of the item with this key.
    Set(TimelineItem),
    /// The item is gone from here (a draft that now stands in the log under its seq).
    Remove(ItemKey),
}

/// Signs that somebody lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// Two devices saw different logs of one room.
    LogsDiffer {
        /// Where.
        room: RoomId,
        /// Where in the log.
        seq: Seq,
        /// The other's account.
        account: AccountId,
        /// The other's device.
        device: DeviceId,
    },
    /// The server broke a rule of the log (gap, repetition, change of what was there).
    LogBroken {
        /// Where.
        room: RoomId,
        /// Where in the log.
        seq: Seq,
    },
    /// What the server keeps for this account's devices does not open with this one's keys.
    VaultClosed,
    /// What the server keeps for this account's devices is older, or other, than what one of them has seen there.
    VaultDiffers,
    /// A known person's identity is not what it was.
    IdentityChanged {
        /// Who.
        account: AccountId,
    },
}
