//! Accounts, rooms and posts for the cases.

use protocol::{
    bytes::Bytes,
    ids::{AccountId, ClientId, DeviceId, GroupId, LinkId, RoomId, Seq},
    log::{Body, Commit, Effects, Key, Message, Proposal},
    names::UserName,
    rest::{CommitRequest, LinkPass, NewDevice, NewSealedRoom, RootBoxes, VaultPut},
};
use sha2::{Digest as _, Sha256};

use crate::store::{
    Store,
    account::NewAccount,
    credentials::{CodeHash, Proven},
    link::{LinkPut, ShownLink},
    log::{CommitPost, MessagePost, Poster, PreparedBody, ProposalPost},
    room::CreateSealedRoom,
    session::TokenHash,
};

pub(crate) const START: u64 = 1_795_000_000_000;

pub(crate) fn bytes(text: &str) -> Bytes {
    Bytes::from(text.as_bytes())
}

pub(crate) fn account(n: u8) -> AccountId {
    AccountId::from_bytes([n; 16])
}

pub(crate) fn device(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

pub(crate) fn client(n: u64) -> ClientId {
    let mut id = [0; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    ClientId::from_bytes(id)
}

pub(crate) fn room(n: u64) -> RoomId {
    RoomId::new(n).unwrap()
}

pub(crate) fn poster(n: u8) -> Poster {
    Poster {
        account: account(n),
        device: device(n),
    }
}

pub(crate) fn name(n: u8) -> UserName {
    UserName::parse(&format!("user{n}")).unwrap()
}

pub(crate) fn new_device(id: DeviceId) -> NewDevice {
    NewDevice {
        device_id: id,
        certificate: bytes("certificate"),
        key_packages: vec![bytes("first"), bytes("second")],
        last_resort: bytes("last"),
    }
}

pub(crate) fn put(name: &str, expected: u64) -> VaultPut {
    VaultPut {
        name: name.to_owned(),
        expected,
        sealed: bytes(&format!("{name} after {expected}")),
    }
}

/// That somebody knows the password of an account that was made here.
pub(crate) fn password() -> Proven {
    Proven::Password(bytes("password").0)
}

/// Account, device, code and token `n`.
pub(crate) fn new_account(n: u8) -> NewAccount {
    NewAccount {
        account: account(n),
        name: name(n),
        identity_key: vec![n; 32],
        password_file: vec![n; 10],
        root_box: RootBoxes {
            by_password: bytes("password"),
            by_code: bytes("code"),
        },
        vault: vec![put("root", 0)],
        device: new_device(device(n)),
        code: CodeHash([n; 32]),
        token: TokenHash([n; 32]),
        invite: None,
    }
}

/// Registers accounts 1 to `count`, and sealed room 1 of account 1.
pub(crate) async fn peopled(store: &impl Store, count: u8) {
    for n in 1..=count {
        store.register(new_account(n)).await.unwrap();
    }
    store.create_sealed_room(new_room(1, 1)).await.unwrap();
}

pub(crate) fn new_room(creator: u8, id: u64) -> CreateSealedRoom {
    CreateSealedRoom {
        creator: account(creator),
        room: NewSealedRoom {
            room_id: room(id),
            group_id: GroupId::from_bytes([9; 16]),
            client_id: client(id),
            door: bytes("door 0"),
            state: bytes("state 0"),
            roster: bytes("roster 0"),
            tree: bytes("tree 0"),
        },
    }
}

pub(crate) fn text(text: &str, key: Key) -> Message {
    Message {
        encrypted_content: text.to_owned(),
        iv: "iv".to_owned(),
        message_hash: "hash".to_owned(),
        key,
        history_key: None,
    }
}

/// A message of account `n` to room 1.
pub(crate) fn message(n: u8, id: u64, handshake: u64) -> MessagePost {
    let message = text("sealed", Key::Mls(bytes("mls")));
    MessagePost::new(
        room(1),
        poster(n).into(),
        Ok(client(id)),
        Some(Seq(handshake)),
        message,
    )
    .unwrap()
}

pub(crate) fn request(id: u64, handshake: u64, effects: Effects) -> CommitRequest {
    CommitRequest {
        client_id: client(id),
        handshake_seq: Seq(handshake),
        ticket: None,
        link: None,
        commit: bytes("commit"),
        effects,
        mails: Vec::new(),
        door: bytes(&format!("door {id}")),
        state: None,
        roster: None,
        tree: None,
        chain: None,
    }
}

/// A commit of account `n` to room 1.
pub(crate) fn commit(n: u8, request: CommitRequest) -> CommitPost {
    let entry = Commit {
        commit: request.commit.clone(),
        effects: request.effects.clone(),
        with_tree: request.tree.is_some(),
    };
    let body = PreparedBody::new(Body::Commit(entry)).unwrap();
    CommitPost {
        room: room(1),
        poster: poster(n),
        request,
        shown: None,
        body,
    }
}

pub(crate) fn proposal(n: u8, id: u64, handshake: u64) -> ProposalPost {
    let body = Body::Proposal(Proposal {
        proposal: bytes("self remove"),
    });
    ProposalPost {
        room: room(1),
        poster: poster(n),
        client_id: client(id),
        handshake_seq: Seq(handshake),
        body: PreparedBody::new(body).unwrap(),
    }
}

pub(crate) fn coming(accounts: &[u8]) -> Effects {
    Effects {
        accounts_in: accounts.iter().map(|n| account(*n)).collect(),
        ..Effects::default()
    }
}

pub(crate) fn going(accounts: &[u8]) -> Effects {
    Effects {
        accounts_out: accounts.iter().map(|n| account(*n)).collect(),
        ..Effects::default()
    }
}

/// Link `n`, whose token is `[n; 32]`.
pub(crate) fn link_put(by: u8, n: u8) -> LinkPut {
    LinkPut {
        room: room(1),
        account: account(by),
        link: LinkId::from_bytes([n; 16]),
        token_hash: Sha256::digest([n; 32]).into(),
        grant: bytes("grant").0,
        expires: None,
        uses: None,
    }
}

/// Link `n` with token `[token; 32]`.
pub(crate) fn shown(n: u8, token: u8) -> ShownLink {
    ShownLink::of(&LinkPass {
        link_id: LinkId::from_bytes([n; 16]),
        token: vec![token; 32].into(),
    })
}

/// Account `n` comes in by a link.
pub(crate) fn join_by(shown: ShownLink, n: u8, id: u64, handshake: u64) -> CommitPost {
    CommitPost {
        shown: Some(shown),
        ..commit(n, request(id, handshake, coming(&[n])))
    }
}
