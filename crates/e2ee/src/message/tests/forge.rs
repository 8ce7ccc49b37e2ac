//! Messages that a hostile member could make.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{super::*, CONTENT};
use crate::{
    counters::Counters,
    ed25519::KeyPair,
    log_head::LogHead,
    payload::Payload,
    seal::encrypt,
    secret::Secret,
    testing::{NOW_MS, Person, person, rng},
};

/// A message as a hostile member could make it: payload, signature, hash, keys and wire are each free.
pub(super) struct Forge {
    pub(super) alice: Person,
    /// Where the reader stands.
    pub(super) place: Place,
    pub(super) claims: Payload,
    pub(super) signer: KeyPair,
    /// Changes the signed payload before it is hashed and sealed.
    pub(super) mangle: fn(&mut Vec<u8>),
    /// Where the ciphertext and the wrap are sealed.
    pub(super) sealed_in: Place,
    /// The hash on the wire and in MLS, instead of the payload's.
    pub(super) wire_hash: Option<[u8; 32]>,
    pub(super) mls_hash: Option<[u8; 32]>,
    /// The content key in MLS and under the wrap, instead of the ciphertext's.
    pub(super) mls_key: Option<Secret<32>>,
    pub(super) wrapped_key: Option<Secret<32>>,
    pub(super) wrapped_under: Secret<32>,
    pub(super) has_wrap: bool,
    /// The reader's keys.
    pub(super) holds_mls: bool,
    pub(super) history: Option<Secret<32>>,
    pub(super) sender: Option<Sender>,
    pub(super) shown: Counters,
    /// Changes the ciphertext.
    pub(super) tamper: fn(&mut Vec<u8>),
}

pub(super) fn forge() -> Forge {
    let alice = person("alice", 1);
    let place = Place {
        room: RoomId::new(77).unwrap(),
        group: [8; 16].into(),
        epoch: 5,
    };
    Forge {
        claims: Payload {
            room: place.room,
            group: place.group,
            epoch: place.epoch,
            account: alice.device.account(),
            device: alice.device.id(),
            client_id: [9; 16].into(),
            counter: 3,
            sent_at_ms: NOW_MS,
            seen: LogHead::start(place.room, place.group).seen(),
            kind: 1,
            content: Zeroizing::new(CONTENT.to_vec()),
        },
        signer: KeyPair::from_seed(&alice.device.key().seed()),
        mangle: |_| {},
        sealed_in: place,
        wire_hash: None,
        mls_hash: None,
        mls_key: None,
        wrapped_key: None,
        wrapped_under: Secret::from_bytes(&[4; 32]),
        has_wrap: true,
        holds_mls: true,
        history: Some(Secret::from_bytes(&[4; 32])),
        sender: Some(Sender {
            leaf: leaf_of(&alice),
            standing: Standing::Member,
        }),
        shown: Counters::default(),
        tamper: |_| {},
        place,
        alice,
    }
}

pub(super) fn leaf_of(person: &Person) -> Leaf {
    Leaf {
        account: person.device.account(),
        device: person.device.id(),
        key: *person.device.key().public(),
    }
}

impl Forge {
    pub(super) fn open(mut self) -> Result<Opened, Tombstone> {
        let rng = &mut rng(2);
        let mut bytes = self.claims.sign(&self.signer, rng).unwrap().to_vec();
        (self.mangle)(&mut bytes);
        let hash = Sha256::digest(&bytes).into();
        let key = Secret::random(rng);
        let (device, client_id) = (self.alice.device.id(), ClientId::from([9; 16]));
        let aad = envelope_aad(&self.sealed_in, device, client_id);
        let mut ciphertext = encrypt(&key, &[6; 12], aad.as_slice(), &bytes).unwrap();
        (self.tamper)(&mut ciphertext);
        let wire_hash = self.wire_hash.unwrap_or(hash);
        let wrapped_key = MessageKey {
            key: self.wrapped_key.unwrap_or_else(|| key.duplicate()),
            hash: wire_hash,
        };
        let wrapped = wrap(
            &wrapped_key,
            &self.wrapped_under,
            &self.sealed_in,
            device,
            client_id,
            rng,
        )
        .unwrap();
        let message = MessageKey {
            key: self.mls_key.unwrap_or(key),
            hash: self.mls_hash.unwrap_or(wire_hash),
        };
        let opening = Opening {
            place: self.place,
            wire: Wire {
                encrypted_content: &ciphertext,
                iv: &[6; 12],
                message_hash: &wire_hash,
                history_key: self.has_wrap.then_some(&wrapped),
                client_id,
                device,
            },
            keys: Keys {
                message: self.holds_mls.then_some(&message),
                history: self.history.as_ref(),
            },
            sender: self.sender,
        };
        open(&opening, &mut self.shown)
    }
}
