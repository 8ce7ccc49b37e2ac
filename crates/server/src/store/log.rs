//! The log as stored: what is posted, and why a post is refused (PROTOCOL section 6).

use protocol::{
    ids::{AccountId, ClientId, DeviceId, RoomId, Seq, Ticket},
    log::{Body, Entry, Message},
    rest::CommitRequest,
};
use sha2::{Digest as _, Sha256};

use super::{link::ShownLink, room::NotInside};

/// Who posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Poster {
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
}

/// Who says something: a device, or a classic account, which has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Author {
    pub(crate) account: AccountId,
    pub(crate) device: Option<DeviceId>,
}

impl From<Poster> for Author {
    fn from(Poster { account, device }: Poster) -> Self {
        let device = Some(device);
        Self { account, device }
    }
}

/// A body with what is computed from it once, outside the writer.
pub(crate) struct PreparedBody {
    pub(crate) body: Body,
    pub(crate) json: String,
    pub(crate) hash: [u8; 32],
}

impl PreparedBody {
    /// Prepares a body; `None` for a push stub, which is nothing to store.
    pub(crate) fn new(body: Body) -> Option<Self> {
        let hash = Sha256::digest(body.canonical()?).into();
        let json = serde_json::to_string(&body).ok()?;
        Some(Self { body, json, hash })
    }
}

/// A message to append.
pub(crate) struct MessagePost {
    pub(crate) room: RoomId,
    pub(crate) author: Author,
    /// What a repeated request is known by; drawn by the server where a relay room's client sends none.
    pub(crate) client_id: ClientId,
    /// The last handshake that the sender has seen; ignored in relay rooms.
    pub(crate) handshake_seq: Option<Seq>,
    /// Whether the client sent its own `client_id`: required in sealed rooms.
    pub(crate) named: bool,
    /// Whether the key is a shared one.
    pub(crate) shared_key: bool,
    pub(crate) body: PreparedBody,
}

impl MessagePost {
    /// A post of `message`.
    pub(crate) fn new(
        room: RoomId,
        author: Author,
        client_id: Result<ClientId, ClientId>,
        handshake_seq: Option<Seq>,
        message: Message,
    ) -> Option<Self> {
        let shared_key = matches!(message.key, protocol::log::Key::Shared(_));
        let (named, client_id) = match client_id {
            Ok(sent) => (true, sent),
            Err(drawn) => (false, drawn),
        };
        let body = PreparedBody::new(Body::Message(message))?;
        Some(Self {
            room,
            author,
            client_id,
            handshake_seq,
            named,
            shared_key,
            body,
        })
    }
}

/// Why a message was not appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageRefusal {
    /// No such room for this account.
    RoomNotFound,
    /// The account is not in the room.
    NotAMember,
    /// The key is of the other kind.
    WrongRoomKind,
    /// A sealed room needs `client_id` and `handshake_seq`.
    Incomplete,
    /// A newer handshake stands in the log.
    Stale,
    /// Another classic account has used that `client_id` in this room.
    IdTaken,
}

/// A proposal to append.
pub(crate) struct ProposalPost {
    pub(crate) room: RoomId,
    pub(crate) poster: Poster,
    pub(crate) client_id: ClientId,
    pub(crate) handshake_seq: Seq,
    pub(crate) body: PreparedBody,
}

/// A commit to append, with everything that belongs to it.
pub(crate) struct CommitPost {
    pub(crate) room: RoomId,
    pub(crate) poster: Poster,
    pub(crate) request: CommitRequest,
    /// The link by which a stranger comes in.
    pub(crate) shown: Option<ShownLink>,
    pub(crate) body: PreparedBody,
}

/// Why a commit or proposal was not appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommitRefusal {
    /// No such room for this account.
    RoomNotFound,
    /// The account is not in the room.
    NotAMember,
    /// The link by which it would come in is not good, for whatever reason.
    LinkEnded,
    /// By way of a link, a commit brings its own account in and does nothing else.
    MoreThanJoining,
    /// A relay room has no handshakes.
    WrongRoomKind,
    /// A newer handshake stands in the log; perhaps with the right to go first.
    Stale(Option<Ticket>),
    /// Another device may go first, for so many milliseconds.
    Reserved(u64),
    /// The actor's role does not allow the declared effects.
    RoleTooLow,
    /// The effects are not of the form that they must have.
    BadEffects,
    /// An account that comes in does not exist.
    AccountNotFound,
    /// A mail goes to a device that its account does not have, or to an account outside the room.
    BadMail,
    /// The room, or its roster log, would grow past its limit.
    TooLarge,
}

impl From<NotInside> for CommitRefusal {
    fn from(refusal: NotInside) -> Self {
        match refusal {
            NotInside::RoomNotFound => Self::RoomNotFound,
            NotInside::NotAMember => Self::NotAMember,
            NotInside::WrongRoomKind => Self::WrongRoomKind,
        }
    }
}

/// Entries of one room, ascending and gapless.
#[derive(Debug)]
pub(crate) struct HistoryPage {
    pub(crate) entries: Vec<Entry>,
}
