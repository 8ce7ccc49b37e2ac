//! Messages: sealed and opened by the one function of [`crate::message`], with what only the group
//! knows: epoch, leaf, content key, history key.

use openmls::{
    framing::{ProcessedMessage, ProcessedMessageContent, ProtocolMessage},
    group::ProcessMessageError,
    prelude::{MlsMessageIn, Sender as MlsSender},
};
use rand_core::CryptoRngCore;
use thiserror::Error;
use tls_codec::{Deserialize as _, Serialize as _};
use zeroize::Zeroizing;

use super::{Group, LeafInfo};
use crate::{
    counters::Counters,
    device::Device,
    ids::ClientId,
    keys,
    leaf::LeafSigner,
    log_head::Seen,
    message::{
        self, Keys, Leaf, LineKey, MessageKey, Opened, Opening, Place, Sender, Standing, Tombstone,
        Wire,
    },
    policy::History,
    roster_log,
    rows::{RowError, Slot},
    said::said,
    secret::Secret,
};

/// The longest MLS message around a content key, in bytes.
const MAX_MLS: usize = 16 * 1024;

/// How many keys of a shared history are tried for a message that does not open with the one that it should.
const OLDER_KEYS_MAX: usize = 64;

/// A message to be sealed.
#[derive(Clone, Copy)]
pub struct Draft<'a> {
    /// Its idempotency key; it stays when a stale message is sealed again.
    pub client_id: ClientId,
    /// The device's message counter: never used twice, gaps are legal.
    pub counter: u64,
    /// Unix milliseconds, as the sender claims.
    pub sent_at_ms: u64,
    /// The last entry seen.
    pub seen: Seen,
    /// What the content is.
    pub kind: u16,
    /// The content.
    pub content: &'a [u8],
    /// Whether the content key is never wrapped under a history key: a message with a timer.
    pub fleeting: bool,
    /// What this device tells the others of its account beside it, sealed: see [`crate::vault::VaultMark`].
    pub mark: &'a [u8],
}

/// A sealed message, as it goes on the wire (PROTOCOL section 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The epoch in which it was sealed: right only while the group is in it.
    pub epoch: u64,
    /// The sealed payload.
    pub encrypted_content: Vec<u8>,
    /// Its initialisation vector.
    pub iv: [u8; 12],
    /// SHA-256 of the payload.
    pub message_hash: [u8; 32],
    /// The MLS PrivateMessage with content key and hash.
    pub mls: Vec<u8>,
    /// The content key under the history key.
    pub history_key: Option<Vec<u8>>,
}

/// A message of the log that may be shown.
pub struct Received {
    /// What it says, and who says it.
    pub opened: Opened,
    /// What opens it in a report.
    pub line: LineKey,
    /// Whether sender and receiver share the confirmed transcript hash. If not, ask for a `status`.
    pub same_transcript: bool,
    /// What the sender's device tells the others of its account beside it, for them to open.
    pub mark: Vec<u8>,
}

/// A message could not be sealed.
#[derive(Debug, Error)]
pub enum SealMessageError {
    /// The content is too long, or the cipher refused.
    #[error(transparent)]
    Message(#[from] message::SealMessageError),
    /// The rows could not be written: drop the group and load it again.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused: this device has no leaf any more.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

/// A message was not opened.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum OpenError {
    /// It never will be; the log goes on.
    #[error(transparent)]
    Tombstone(#[from] Tombstone),
    /// The rows could not be read or written: drop the group and load it again.
    #[error(transparent)]
    Rows(#[from] RowError),
}

impl Group {
    /// Seals a message in the current epoch.
    ///
    /// # Errors
    /// [`SealMessageError`].
    pub fn seal(
        &mut self,
        device: &Device,
        draft: &Draft<'_>,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Sealed, SealMessageError> {
        self.provider.reseed(rng);
        let place = self.place(self.epoch());
        let mark = draft.mark;
        let history = if draft.fleeting {
            None
        } else {
            self.history_key(place.epoch)?
        };
        let draft = message::Draft {
            place,
            client_id: draft.client_id,
            counter: draft.counter,
            sent_at_ms: draft.sent_at_ms,
            seen: draft.seen,
            kind: draft.kind,
            content: draft.content,
            history: history.as_ref(),
        };
        let sealed = message::seal(&draft, device, rng)?;
        let plaintext = sealed.mls_plaintext.encode();
        fn mls_error(error: &impl std::fmt::Display) -> SealMessageError {
            SealMessageError::Mls(said(error))
        }
        let hints = [self.transcript16().as_slice(), mark].concat();
        self.mls.set_aad(hints);
        let mls = self
            .mls
            .create_message(&self.provider, &LeafSigner(device), plaintext.expose())
            .map_err(|error| mls_error(&error))?
            .tls_serialize_detached()
            .map_err(|error| mls_error(&error))?;
        let echo = serde_bytes::Bytes::new(plaintext.expose());
        self.provider
            .rows()
            .store(Slot::EchoKey, draft.client_id.as_bytes(), &echo)?;
        Ok(Sealed {
            epoch: place.epoch,
            encrypted_content: sealed.encrypted_content,
            iv: sealed.iv,
            message_hash: sealed.message_hash,
            mls,
            history_key: sealed.history_key,
        })
    }

    /// Opens a message of the log in the current epoch: the live path. The echo of an own message
    /// is opened with the key that was kept when it was sealed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(
        &mut self,
        wire: &Wire<'_>,
        mls: &[u8],
        counters: &mut Counters,
    ) -> Result<Received, OpenError> {
        let message = parse(mls).ok_or(Tombstone::Malformed)?;
        let processed = match self.mls.process_message(&self.provider, message) {
            Ok(processed) => processed,
            Err(ProcessMessageError::StorageError(error)) => return Err(error.into()),
            Err(_) => return Err(Tombstone::NoKey.into()),
        };
        let transcript = self.transcript16();
        let (shown, mark) = processed
            .aad()
            .split_at_checked(transcript.len())
            .unwrap_or_default();
        let (same_transcript, mark) = (shown == transcript, mark.to_vec());
        let (key, leaf) = self.message_key(processed, wire.client_id)?;
        let sender = Sender {
            leaf: leaf_of(&leaf),
            standing: Standing::Member,
        };
        let history = self.history_key(self.epoch())?;
        let opening = Opening {
            place: self.place(self.epoch()),
            wire: *wire,
            keys: Keys {
                message: Some(&key),
                history: history.as_ref(),
            },
            sender: Some(sender),
        };
        let (opened, message) = message::open_with_key(&opening, counters)?;
        self.provider
            .rows()
            .erase(Slot::EchoKey, wire.client_id.as_bytes());
        Ok(Received {
            opened,
            line: line(&opening.place, message),
            same_transcript,
            mark,
        })
    }

    /// Opens a message of an earlier epoch with the room's history key: the history path. Gives also what opens it in a
    /// report.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_history(
        &self,
        wire: &Wire<'_>,
        epoch: u64,
        counters: &mut Counters,
    ) -> Result<(Opened, LineKey), OpenError> {
        let history = self.history_key(epoch)?;
        let sender = self.sender_at(wire, epoch)?;
        let mut open = |history: Option<&Secret<32>>| {
            let opening = Opening {
                place: self.place(epoch),
                wire: *wire,
                keys: Keys {
                    message: None,
                    history,
                },
                sender,
            };
            let (opened, message) = message::open_with_key(&opening, counters)?;
            Ok((opened, line(&opening.place, message)))
        };
        let refused = match open(history.as_ref()) {
            Ok(opened) => return Ok(opened),
            Err(refused) => refused,
        };
        if matches!(refused, Tombstone::NoKey | Tombstone::Wrap) {
            for key in self.older_history_keys(epoch)? {
                if let Ok(opened) = open(Some(&key)) {
                    return Ok(opened);
                }
            }
            for (begun, key) in self.candidates(epoch)? {
                if let Ok(opened) = open(Some(&key)) {
                    self.candidate_holds(begun, &key)?;
                    return Ok(opened);
                }
            }
        }
        Err(refused.into())
    }

    fn place(&self, epoch: u64) -> Place {
        Place {
            room: self.scope.room,
            group: self.scope.group,
            epoch,
        }
    }

    /// The history key under which messages of an epoch are wrapped.
    fn history_key(&self, epoch: u64) -> Result<Option<Secret<32>>, RowError> {
        let rows = self.provider.rows();
        match self.policy.history {
            History::None => Ok(None),
            History::SinceJoin => keys::kept(rows, Slot::HistoryKey, epoch),
            History::Shared => {
                Ok(keys::kept_at(rows, Slot::HistoryKey, epoch)?.map(|(_, key)| key))
            }
        }
    }

    /// Where the history is shared, the keys before the one that an epoch's messages should be under: a link of the chain
    /// may lead to a key that never was.
    fn older_history_keys(&self, epoch: u64) -> Result<Vec<Secret<32>>, RowError> {
        let rows = self.provider.rows();
        if self.policy.history != History::Shared {
            return Ok(Vec::new());
        }
        let begun = keys::epochs(rows, Slot::HistoryKey).into_iter().rev();
        let older = begun.filter(|begun| *begun <= epoch).skip(1);
        let kept = older.take(OLDER_KEYS_MAX);
        let kept = kept.filter_map(|begun| keys::kept(rows, Slot::HistoryKey, begun).transpose());
        kept.collect()
    }

    fn message_key(
        &self,
        processed: ProcessedMessage,
        client_id: ClientId,
    ) -> Result<(MessageKey, LeafInfo), OpenError> {
        let MlsSender::Member(index) = *processed.sender() else {
            return Err(Tombstone::UnknownSender.into());
        };
        let leaf = self
            .leaves
            .get(index.u32())
            .ok_or(Tombstone::UnknownSender)?
            .clone();
        let bytes = match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => {
                Zeroizing::new(message.into_bytes())
            }
            ProcessedMessageContent::OwnPrivateMessage => self.echo_key(client_id)?,
            _ => return Err(Tombstone::Malformed.into()),
        };
        let key = MessageKey::decode(&bytes).ok_or(Tombstone::Malformed)?;
        Ok((key, leaf))
    }

    fn echo_key(&self, client_id: ClientId) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let rows = self.provider.rows();
        let bytes: Option<serde_bytes::ByteBuf> =
            rows.fetch(Slot::EchoKey, client_id.as_bytes())?;
        Ok(Zeroizing::new(bytes.ok_or(Tombstone::NoKey)?.into_vec()))
    }

    /// Who the roster log says had the device's leaf in an epoch.
    fn sender_at(&self, wire: &Wire<'_>, epoch: u64) -> Result<Option<Sender>, RowError> {
        let rows = self.provider.rows();
        let (certificate, standing) = match roster_log::seated(rows, wire.device, epoch)? {
            Some(certificate) => (certificate, Standing::Member),
            None => match roster_log::known(rows, wire.device)? {
                Some(certificate) => (certificate, Standing::NotVerifiablyMember),
                None => return Ok(None),
            },
        };
        let leaf = Leaf {
            account: certificate.account(),
            device: certificate.device(),
            key: *certificate.device_key(),
        };
        Ok(Some(Sender { leaf, standing }))
    }
}

fn line(place: &Place, message: MessageKey) -> LineKey {
    LineKey {
        group: place.group,
        epoch: place.epoch,
        message,
    }
}

fn leaf_of(info: &LeafInfo) -> Leaf {
    Leaf {
        account: info.account(),
        device: info.device(),
        key: *info.certificate.device_key(),
    }
}

/// The epoch in which a message was sealed, as its MLS part says: for the history path, where
/// nothing rests on it but which keys are tried.
#[must_use]
pub fn epoch_of(mls: &[u8]) -> Option<u64> {
    parse(mls).map(|message| message.epoch().as_u64())
}

fn parse(bytes: &[u8]) -> Option<ProtocolMessage> {
    if bytes.len() > MAX_MLS {
        return None;
    }
    let message = MlsMessageIn::tls_deserialize_exact(bytes).ok()?;
    match message.try_into_protocol_message().ok()? {
        message @ ProtocolMessage::PrivateMessage(_) => Some(message),
        ProtocolMessage::PublicMessage(_) => None,
    }
}
