//! Messages that no honest program sends.

use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use tls_codec::Serialize as _;
use zeroize::Zeroizing;

use crate::{
    device::Device,
    ed25519::KeyPair,
    group::{Draft, Group, Sealed},
    ids::{AccountId, ClientId, GroupId, RoomId},
    leaf::LeafSigner,
    log_head::Seen,
    message::{LineKey, MessageKey, Place, Tombstone, Wire, envelope_aad, wrap},
    payload::Payload,
    policy::History,
    rows::Slot,
    seal::{decrypt, encrypt, random_iv},
    secret::Secret,
};

/// One rule of PROTOCOL section 7 that a message breaks, and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BadMessage {
    /// No MLS message around the key.
    NoMls,
    /// A ciphertext of a length that no payload has.
    Size,
    /// A ciphertext that the key does not open.
    Cipher,
    /// The entry names another hash than MLS.
    WrongHash,
    /// Entry and MLS name the hash of another payload.
    HashOfAnother,
    /// The content key is wrapped under another key than the room's.
    WrongWrapKey,
    /// The wrap holds another content key than MLS: latecomers would read another text.
    TwoTexts,
    /// Signed for another room.
    OtherRoom,
    /// Signed for another group.
    OtherGroup,
    /// Signed for another epoch.
    OtherEpoch,
    /// Signed under another idempotency key.
    OtherClientId,
    /// In another member's name.
    OtherSender,
    /// Signed with another key.
    Signature,
    /// A payload of a version that nobody knows.
    NewerVersion,
    /// Padding that is not zero.
    Padding,
    /// A counter that was used: the draft's.
    ReusedCounter,
    /// What another member has signed, once more.
    ReplayedPayload,
    /// It names a log head that is not the log's.
    ForgedSeen,
    /// It names an entry that nobody can have seen.
    SeenAhead,
    /// It names another transcript than the group's as its own.
    OtherTranscript,
}

impl BadMessage {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::NoMls,
        Self::Size,
        Self::Cipher,
        Self::WrongHash,
        Self::HashOfAnother,
        Self::WrongWrapKey,
        Self::TwoTexts,
        Self::OtherRoom,
        Self::OtherGroup,
        Self::OtherEpoch,
        Self::OtherClientId,
        Self::OtherSender,
        Self::Signature,
        Self::NewerVersion,
        Self::Padding,
        Self::ReusedCounter,
        Self::ReplayedPayload,
        Self::ForgedSeen,
        Self::SeenAhead,
        Self::OtherTranscript,
    ];

    /// Why nobody shows it. `None` where it is the author's word about other things that is not so, and the text is shown.
    #[must_use]
    pub const fn tombstone(self) -> Option<Tombstone> {
        Some(match self {
            Self::NoMls | Self::Padding => Tombstone::Malformed,
            Self::Size => Tombstone::Size,
            Self::Cipher => Tombstone::Cipher,
            Self::WrongHash => Tombstone::HashInMls,
            Self::HashOfAnother => Tombstone::Hash,
            Self::WrongWrapKey => Tombstone::Wrap,
            Self::TwoTexts => Tombstone::KeysDiffer,
            Self::OtherRoom => Tombstone::Room,
            Self::OtherGroup => Tombstone::Group,
            Self::OtherEpoch => Tombstone::Epoch,
            Self::OtherClientId => Tombstone::ClientId,
            Self::OtherSender | Self::ReplayedPayload => Tombstone::Sender,
            Self::Signature => Tombstone::Signature,
            Self::NewerVersion => Tombstone::Version(2),
            Self::ReusedCounter => Tombstone::Duplicate,
            Self::ForgedSeen | Self::SeenAhead | Self::OtherTranscript => return None,
        })
    }

    /// Whether those who read it see that their log is not the author's.
    #[must_use]
    pub const fn alarms(self) -> bool {
        matches!(self, Self::ForgedSeen | Self::SeenAhead)
    }
}

/// What another member has signed, as any reader has it.
pub struct Heard {
    /// The idempotency key under the signature.
    pub client_id: ClientId,
    payload: Zeroizing<Vec<u8>>,
}

/// Opens a message for its signed bytes.
#[must_use]
pub fn heard(room: RoomId, line: &LineKey, wire: &Wire<'_>) -> Option<Heard> {
    let place = Place {
        room,
        group: line.group,
        epoch: line.epoch,
    };
    let aad = envelope_aad(&place, wire.device, wire.client_id);
    let sealed = wire.encrypted_content;
    let payload = decrypt(&line.message.key, wire.iv, aad.as_slice(), sealed).ok()?;
    Some(Heard {
        client_id: wire.client_id,
        payload,
    })
}

/// A message of this device that breaks one rule, and the idempotency key to post it under. The device's ratchet moves
/// on, so that what it says next is read. `None` where there is nothing to break the rule with: nobody has spoken yet, the
/// room keeps no history.
pub fn bad_message(
    group: &mut Group,
    device: &Device,
    rule: BadMessage,
    draft: &Draft<'_>,
    heard: Option<&Heard>,
    rng: &mut impl CryptoRngCore,
) -> Option<(ClientId, Sealed)> {
    let (client_id, payload) = match rule {
        BadMessage::ReplayedPayload => (heard?.client_id, heard?.payload.clone()),
        _ => (draft.client_id, signed(group, device, rule, draft, rng)?),
    };
    let place = Place {
        room: group.room(),
        group: group.group_id(),
        epoch: group.epoch(),
    };
    let hash: [u8; 32] = match rule {
        BadMessage::HashOfAnother => Sha256::digest(b"another").into(),
        _ => Sha256::digest(&*payload).into(),
    };
    let message = MessageKey {
        key: Secret::random(rng),
        hash,
    };
    let iv = random_iv(rng);
    let aad = envelope_aad(&place, device.id(), client_id);
    let mut encrypted_content = encrypt(&message.key, &iv, aad.as_slice(), &payload).ok()?;
    match rule {
        BadMessage::Size => encrypted_content.push(0),
        BadMessage::Cipher => *encrypted_content.first_mut()? ^= 1,
        _ => {}
    }
    let history_key = match (rule, history_key(group)) {
        (BadMessage::WrongWrapKey | BadMessage::TwoTexts, None) => return None,
        (_, None) => None,
        (rule, Some(history)) => {
            let (mut under, mut inside) = (history, message.duplicate());
            match rule {
                BadMessage::WrongWrapKey => under = Secret::random(rng),
                BadMessage::TwoTexts => inside.key = Secret::random(rng),
                _ => {}
            }
            Some(wrap(&inside, &under, &place, device.id(), client_id, rng).ok()?)
        }
    };
    let mls = match rule {
        BadMessage::NoMls => b"hello".to_vec(),
        _ => carried(group, device, rule, client_id, &message, rng)?,
    };
    let mut message_hash = message.hash;
    if rule == BadMessage::WrongHash {
        message_hash[0] ^= 1;
    }
    let sealed = Sealed {
        epoch: place.epoch,
        encrypted_content,
        iv,
        message_hash,
        mls,
        history_key,
    };
    Some((client_id, sealed))
}

fn signed(
    group: &Group,
    device: &Device,
    rule: BadMessage,
    draft: &Draft<'_>,
    rng: &mut impl CryptoRngCore,
) -> Option<Zeroizing<Vec<u8>>> {
    let mut payload = Payload {
        room: group.room(),
        group: group.group_id(),
        epoch: group.epoch(),
        account: device.account(),
        device: device.id(),
        client_id: draft.client_id,
        counter: draft.counter,
        sent_at_ms: draft.sent_at_ms,
        seen: draft.seen,
        kind: draft.kind,
        content: Zeroizing::new(draft.content.to_vec()),
    };
    match rule {
        BadMessage::OtherRoom => payload.room = RoomId::new(payload.room.get() ^ 1).ok()?,
        BadMessage::OtherGroup => payload.group = GroupId::random(rng),
        BadMessage::OtherEpoch => payload.epoch = payload.epoch.checked_sub(1)?,
        BadMessage::OtherClientId => payload.client_id = ClientId::from([7; 16]),
        BadMessage::OtherSender => {
            let own: AccountId = device.account();
            let other = group.leaves().find(|leaf| leaf.account() != own)?;
            (payload.account, payload.device) = (other.account(), other.device());
        }
        BadMessage::ForgedSeen => payload.seen.head = [7; 16],
        BadMessage::SeenAhead => {
            payload.seen = Seen {
                seq: payload.seen.seq.checked_add(1_000)?,
                ..payload.seen
            };
        }
        _ => {}
    }
    let key = match rule {
        BadMessage::Signature => &KeyPair::generate(rng),
        _ => device.key(),
    };
    let mut bytes = payload.sign(key, rng).ok()?;
    match rule {
        BadMessage::NewerVersion => *bytes.get_mut(1)? += 1,
        BadMessage::Padding => *bytes.last_mut()? = 1,
        _ => {}
    }
    Some(bytes)
}

/// The history key under which the group's messages are wrapped now.
fn history_key(group: &Group) -> Option<Secret<32>> {
    let (rows, epoch) = (group.provider.rows(), group.epoch());
    match group.policy().history {
        History::None => None,
        History::SinceJoin => crate::keys::kept(rows, Slot::HistoryKey, epoch).ok()?,
        History::Shared => {
            let kept = crate::keys::kept_at(rows, Slot::HistoryKey, epoch).ok()?;
            kept.map(|(_, key)| key)
        }
    }
}

/// The MLS message around the key. Its own copy is kept, as an honest program does: the author's device judges by it like
/// all others.
fn carried(
    group: &mut Group,
    device: &Device,
    rule: BadMessage,
    client_id: ClientId,
    message: &MessageKey,
    rng: &mut impl CryptoRngCore,
) -> Option<Vec<u8>> {
    group.provider.reseed(rng);
    let transcript = match rule {
        BadMessage::OtherTranscript => [7; 16],
        _ => group.transcript16(),
    };
    group.mls.set_aad(transcript.to_vec());
    let plaintext = message.encode();
    let signer = LeafSigner(device);
    let made = group
        .mls
        .create_message(&group.provider, &signer, plaintext.expose());
    let rows = group.provider.rows();
    let echo = serde_bytes::Bytes::new(plaintext.expose());
    rows.store(Slot::EchoKey, client_id.as_bytes(), &echo)
        .ok()?;
    made.ok()?.tls_serialize_detached().ok()
}
