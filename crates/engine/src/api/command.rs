//! What a person or a program may want.

use protocol::{
    ids::{AccountId, ApiTokenId, DeviceId, LinkId, PasskeyId, RoomId, Seq, SessionId},
    names::UserName,
    rest::{InviteToken, Scope},
    role::Role,
};
use serde::{Deserialize, Serialize};

use super::{CodeText, FileContent, ItemKey, KeptLine, LinkText, Password};
use crate::api::view::HistoryChoice;

/// Names a command until its [`Event::Done`](super::Event::Done) comes. Drawn by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u64);

/// Makes a command that is given twice happen once: a repetition under the same ticket, after whatever crash, is answered
/// as the first one was.
///
/// A caller counts up, and gives the next command with a ticket when the one before is answered. Of each caller the last
/// command that had an effect is remembered, and of callers the last 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ticket {
    /// Drawn at random by the caller.
    pub caller: [u8; 16],
    /// Its count, from 1.
    pub number: u64,
}

/// What opens the account, as a person types it.
#[derive(Debug, Clone)]
pub enum Unlock {
    /// The password.
    Password(Password),
    /// The recovery code.
    Code(CodeText),
}

/// What becomes of the others when a password is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They go on.
    Stay,
    /// All other sessions end; the devices go on once somebody logs in there with the new password.
    SignedOut,
    /// The other devices are revoked, and the account goes on with new keys.
    Revoked,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub enum Command {
    /// A new account with this device as its first.
    Register {
        /// The wished name.
        user: UserName,
        /// Refused with `WEAK_PASSWORD` if easy to guess.
        password: Password,
        /// For a server that wants one.
        invite: Option<InviteToken>,
    },
    /// Log in: this home's own device goes on, or a new device is made in an empty home.
    Login {
        /// Whose account.
        user: UserName,
        /// Its password.
        password: Password,
        /// Of the account's second factor; where it has one, a login without fails with `SECOND_FACTOR_REQUIRED`.
        code: Option<CodeText>,
    },
    /// The same for an account that the server wants another password for: `PASSWORD_CHANGE_REQUIRED` said so. The new one
    /// takes the place of the old one first, and all other sessions end.
    FirstLogin {
        /// Whose account.
        user: UserName,
        /// Its password until now.
        password: Password,
        /// Refused with `WEAK_PASSWORD` if easy to guess.
        new_password: Password,
    },
    /// The same by the recovery code, where the password is forgotten. The next thing to do is to change it.
    LoginByCode {
        /// Whose account.
        user: UserName,
        /// As it was kept.
        code: CodeText,
        /// Of the account's second factor, as in a login by password.
        second_factor: Option<CodeText>,
    },
    /// This device wants to be let in by one of the account. Ends with [`Outcome::DeviceWaits`](super::Outcome::DeviceWaits); then
    /// [`Command::FollowDeviceLink`] waits for what comes next.
    OpenDeviceLink,
    /// Wait until somebody has answered ([`Outcome::DeviceAnswered`](super::Outcome::DeviceAnswered)), and once more until this device is in
    /// ([`Outcome::LoggedIn`](super::Outcome::LoggedIn)).
    FollowDeviceLink,
    /// Let in the new device that waits under these words. Ends with [`Outcome::NumberWanted`](super::Outcome::NumberWanted); then
    /// [`Command::ConfirmNumber`] goes on.
    AnswerDevice {
        /// Three words, or what the new device shows to a camera.
        code: String,
        /// The account's password: a session alone lets nobody in.
        password: Password,
        /// Of the account's second factor; `SECOND_FACTOR_REQUIRED` where it wants one.
        second_factor: Option<CodeText>,
    },
    /// The number that the new device shows. `NUMBER_WRONG` if it is another one, and then nothing was handed over.
    ConfirmNumber {
        /// As it was typed.
        number: String,
    },
    /// Let nobody in, or wait no longer to be let in; the other device hears it.
    EndDeviceLink,
    /// The account's sessions that stand.
    Sessions,
    /// End one of them.
    EndSession {
        /// Which.
        session: SessionId,
    },
    /// End all but this one.
    EndOtherSessions,
    /// What the account has as a second factor.
    SecondFactor,
    /// Begin to guard logins by codes: nothing counts yet.
    Enrol {
        /// The account's password.
        password: Password,
    },
    /// Guard logins by codes from now on.
    ConfirmEnrolment {
        /// The code of now, from the authenticator.
        code: CodeText,
    },
    /// Take the second factor away.
    RemoveSecondFactor {
        /// The account's password.
        password: Password,
        /// Of either kind.
        code: CodeText,
    },
    /// New backup codes in place of those of before.
    NewBackupCodes {
        /// The account's password.
        password: Password,
        /// Of either kind.
        code: CodeText,
    },
    /// A proof of the password, for a request that the caller makes itself.
    ProvePassword {
        /// The account's password.
        password: Password,
    },
    /// The account's passkeys.
    Passkeys,
    /// Take one away.
    RemovePasskey {
        /// Which.
        passkey: PasskeyId,
        /// The account's password.
        password: Password,
        /// Of any kind.
        code: CodeText,
    },
    /// The account's API tokens, for bots.
    ApiTokens,
    /// Make one, which acts as this device.
    MakeApiToken {
        /// The account's password.
        password: Password,
        /// Of the account's second factor; `SECOND_FACTOR_REQUIRED` where it wants one.
        code: Option<CodeText>,
        /// What it is called.
        name: String,
        /// What it may be used for.
        scopes: Vec<Scope>,
        /// How long it counts, in milliseconds.
        lasts_ms: u64,
    },
    /// Take one back.
    EndApiToken {
        /// Which.
        token: ApiTokenId,
    },
    /// Another password. `LOGIN_FAILED` or `RECOVERY_CODE_WRONG` if what is typed opens nothing; `WEAK_PASSWORD`.
    ChangePassword {
        /// What opens the account now.
        unlock: Unlock,
        /// The new password.
        password: Password,
        /// What becomes of the account's other sessions and devices.
        others: Others,
        /// Of the account's second factor; `SECOND_FACTOR_REQUIRED` where it wants one.
        second_factor: Option<CodeText>,
    },
    /// Another recovery code. Ends with [`Outcome::CodeReplaced`](super::Outcome::CodeReplaced); the former code opens nothing any more.
    ReplaceCode {
        /// What opens the account now.
        unlock: Unlock,
        /// Of the account's second factor; `SECOND_FACTOR_REQUIRED` where it wants one.
        second_factor: Option<CodeText>,
    },
    /// The reset of the account that waits, if there is one.
    Reset,
    /// Ask to set another password and code from this device alone, when neither is known any more. It counts after 72
    /// hours, is told to all devices and rooms, and is cancelled by whoever knows the one or the other.
    AskReset {
        /// Of the account's second factor; `SECOND_FACTOR_REQUIRED` where it wants one.
        second_factor: Option<CodeText>,
    },
    /// Cancel it, from any device of the account.
    CancelReset,
    /// It has waited: another password, and another code, which [`Outcome::CodeReplaced`](super::Outcome::CodeReplaced) has. `RESET_WAITS`, `NO_RESET`.
    /// From then on the account revokes nothing any more.
    FinishReset {
        /// Refused with `WEAK_PASSWORD` if easy to guess.
        password: Password,
        /// As when it was asked for.
        second_factor: Option<CodeText>,
    },
    /// The person has kept the new recovery code: this device forgets it.
    CodeKept,
    /// End the account, once it is out of all rooms with others. `STILL_IN_ROOMS`, `LAST_ADMIN`, `LOGIN_FAILED`. What this
    /// home holds is of no use afterwards; the command is done at once where the account is gone already.
    DeleteAccount {
        /// What opens the account.
        unlock: Unlock,
        /// Of the account's second factor; `SECOND_FACTOR_REQUIRED` where it wants one.
        second_factor: Option<CodeText>,
        /// Also where others have yet to let it go: they are told by the server.
        at_once: bool,
    },
    /// End the session on the server; the device and its rooms stay in this home.
    Logout,
    /// The account's devices.
    Devices,
    /// These new devices of the account were looked at.
    AcknowledgeDevices {
        /// Which.
        devices: Vec<DeviceId>,
    },
    /// Whether this recovery code opens the account: `RECOVERY_CODE_WRONG` if not. Nothing changes by it.
    TestRecoveryCode {
        /// As it was kept.
        code: CodeText,
    },
    /// End devices of the account for good: new keys for those that remain, and out of every room with the others.
    RevokeDevices {
        /// Which; not this one.
        devices: Vec<DeviceId>,
        /// It opens what the new keys are made from.
        unlock: Unlock,
    },
    /// A new sealed room.
    CreateRoom {
        /// Its name, which only members see.
        name: String,
        /// Its topic; may be empty.
        topic: String,
        /// What later members may read.
        history: HistoryChoice,
        /// For a caller that may have to repeat it.
        ticket: Option<Ticket>,
    },
    /// A new room of basic encryption. Everybody on the server sees its name.
    CreateSharedKeyRoom {
        /// Its public name.
        name: String,
        /// What its key is made of, as others type it, in NFKC. `WEAK_PASSWORD` if easy to guess.
        passphrase: Password,
    },
    /// Come into a room of basic encryption.
    JoinSharedKeyRoom {
        /// The link, which is no secret.
        link: LinkText,
        /// In NFKC. `PASSPHRASE_WRONG` if it opens nothing of what was said last.
        passphrase: Password,
        /// Come in all the same.
        anyway: bool,
    },
    /// Bring an account in.
    Invite {
        /// Where.
        room: RoomId,
        /// Whom.
        user: UserName,
    },
    /// Say yes to an invitation.
    Accept {
        /// Where.
        room: RoomId,
    },
    /// Say no to an invitation.
    Decline {
        /// Where.
        room: RoomId,
    },
    /// Leave.
    Leave {
        /// Where.
        room: RoomId,
    },
    /// Remove an account of lower role.
    Remove {
        /// Where.
        room: RoomId,
        /// Whom.
        account: AccountId,
    },
    /// Change name and topic.
    EditRoom {
        /// Where.
        room: RoomId,
        /// The new name; none keeps it.
        name: Option<String>,
        /// The new topic; none keeps it.
        topic: Option<String>,
    },
    /// Give an account a role.
    SetRole {
        /// Where.
        room: RoomId,
        /// Whom.
        account: AccountId,
        /// Which.
        role: Role,
    },
    /// Make a link that lets people in, with nobody online.
    CreateLink {
        /// Where.
        room: RoomId,
        /// What members call it; may be empty.
        label: String,
        /// How long it lasts, in milliseconds; none for ever.
        lasts_ms: Option<u64>,
        /// How many accounts come in by it.
        uses: Option<u32>,
        /// It is to be said, not sent: six words instead of a URL.
        spoken: bool,
    },
    /// The links of a room.
    Links {
        /// Where.
        room: RoomId,
    },
    /// End a link.
    EndLink {
        /// Where.
        room: RoomId,
        /// Which.
        link: LinkId,
    },
    /// Look at what a link leads to. Nothing is kept, nobody hears of it.
    PreviewLink {
        /// The link.
        link: LinkText,
    },
    /// Come in by a link.
    JoinByLink {
        /// The link.
        link: LinkText,
    },
    /// Say something.
    Send {
        /// Where.
        room: RoomId,
        /// What.
        content: Content,
        /// For a caller that may have to repeat it.
        ticket: Option<Ticket>,
    },
    /// Try a refused message again.
    Retry {
        /// Where.
        room: RoomId,
        /// Which.
        item: ItemKey,
    },
    /// Keep what is typed and not said, on this device only. What is said in the room takes its place.
    KeepTyped {
        /// Where.
        room: RoomId,
        /// All of it; empty if nothing is there any more.
        text: String,
    },
    /// The person has seen what is said in a room, on this device.
    MarkRead {
        /// Where.
        room: RoomId,
        /// Up to which entry; what came after it stays unread, and all of it is counted still.
        seq: Seq,
    },
    /// The person does not want to be told of what is said in a room, on this device; or does again.
    SetMuted {
        /// Where.
        room: RoomId,
        /// Silent, or not.
        muted: bool,
    },
    /// Show one message to somebody outside of the room, who can verify it. Opens that message and no other.
    Report {
        /// Where.
        room: RoomId,
        /// Which.
        seq: Seq,
        /// What the store keeps of it.
        kept: KeptLine,
    },
    /// Note that the safety number with this account was compared, or take that back.
    SetVerified {
        /// Whom.
        account: AccountId,
        /// Compared, or not.
        verified: bool,
    },
    /// Fetch what there is and send what waits; done when nothing is left to do now.
    Sync,
}

impl Command {
    /// Which room it is about.
    pub(crate) const fn room(&self) -> Option<RoomId> {
        match self {
            Self::Send { room, .. }
            | Self::Retry { room, .. }
            | Self::KeepTyped { room, .. }
            | Self::MarkRead { room, .. }
            | Self::SetMuted { room, .. }
            | Self::Report { room, .. }
            | Self::Invite { room, .. }
            | Self::Accept { room }
            | Self::Decline { room }
            | Self::Leave { room }
            | Self::Remove { room, .. }
            | Self::EditRoom { room, .. }
            | Self::SetRole { room, .. }
            | Self::CreateLink { room, .. }
            | Self::Links { room }
            | Self::EndLink { room, .. } => Some(*room),
            _ => None,
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text in a small subset of Markdown, at most 32 kB.
    Text(String),
    /// Text that answers an earlier message.
    Reply {
        /// Which.
        to: Seq,
        /// The text.
        text: String,
    },
    /// A file that has been uploaded.
    File(Box<FileContent>),
}
