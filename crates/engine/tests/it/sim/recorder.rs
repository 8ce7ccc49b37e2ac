//! What each device handed to the network, so that nothing is ever sealed twice for one place
//! (PROTOCOL section 8, invariant 9).

use std::collections::BTreeMap;

use protocol::{
    call::{Call, Reply},
    events::Push,
    ids::{ClientId, DeviceId, RoomId, Seq},
    log::{Body, Entry},
};
use sha2::{Digest, Sha256};

use super::canary;

/// Names one sealing: a client id is sealed anew only when the room has moved on.
type Sealing = (DeviceId, RoomId, ClientId, Seq);

/// What was handed to the network.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    sealed: BTreeMap<Sealing, [u8; 32]>,
    ciphertexts: BTreeMap<[u8; 32], Sealing>,
}

impl Recorder {
    /// Notes a call on its way out; whether it carries something sealed for the first time. A proposal is signed
    /// and not sealed, and the same wish in the same epoch has the same bytes, so it has no place here.
    ///
    /// # Errors
    /// A sentence about the rule that the call breaks.
    pub(crate) fn note(
        &mut self,
        device: DeviceId,
        call: &Call,
        lied_to: bool,
    ) -> Result<bool, String> {
        if canary::shows(call) {
            return Err(format!("the server would see plaintext in {}", name(call)));
        }
        let (room, client_id, handshake, bytes) = match call {
            Call::SendMessage(request) => {
                let body = Body::Message(request.message.clone());
                let client_id = request.client_id.ok_or("a message without a client id")?;
                let handshake = request
                    .handshake_seq
                    .ok_or("a message without a handshake")?;
                let bytes = body.canonical().ok_or("a message without bytes")?;
                (request.room_id, client_id, handshake, bytes)
            }
            Call::Commit(room, request) => {
                let commit = request.commit.0.clone();
                (*room, request.client_id, request.handshake_seq, commit)
            }
            _ => return Ok(false),
        };
        self.once(
            (device, room, client_id, handshake),
            Sha256::digest(bytes).into(),
            lied_to,
        )
    }

    /// Whoever is told by turns that the room is here and there seals the same thing anew for both: that no key is used
    /// twice by it is the witness's to see.
    fn once(&mut self, sealing: Sealing, hash: [u8; 32], lied_to: bool) -> Result<bool, String> {
        let before = self.sealed.insert(sealing, hash);
        if before.is_some_and(|before| before != hash) && !lied_to {
            return Err(format!("sealed twice in one epoch: {sealing:?}"));
        }
        let first = *self.ciphertexts.entry(hash).or_insert(sealing);
        if first != sealing {
            return Err(format!(
                "one ciphertext for two things: {first:?} and {sealing:?}"
            ));
        }
        Ok(before != Some(hash))
    }
}

/// A call in few words, for traces.
pub(crate) fn brief(call: &Call) -> String {
    match call {
        Call::SendMessage(request) => {
            let (id, handshake) = (request.client_id, request.handshake_seq);
            format!("SendMessage {} {id:?} after {handshake:?}", request.room_id)
        }
        Call::Commit(room, request) => format!(
            "Commit {room} {:?} after {} ticket {} state {} {:?} mails {}",
            request.client_id,
            request.handshake_seq,
            request.ticket.is_some(),
            request.state.is_some(),
            request.effects,
            request.mails.len()
        ),
        Call::Propose(room, request) => {
            format!(
                "Propose {room} {:?} after {}",
                request.client_id, request.handshake_seq
            )
        }
        Call::CreateRoom(_) | Call::RegisterFinish(_) | Call::UploadKeyPackages(_) => name(call),
        other => format!("{other:?}"),
    }
}

/// An answer in few words.
pub(crate) fn brief_reply(reply: &Reply) -> String {
    match reply {
        Reply::History(history) => format!(
            "History {} {:?} of {}",
            history.room_id,
            history.entries.iter().map(brief_entry).collect::<Vec<_>>(),
            history.last_seq
        ),
        Reply::Mailbox(mailbox) => {
            let mails: Vec<_> = mailbox
                .mails
                .iter()
                .map(|mail| (mail.id, mail.room_id, mail.seq))
                .collect();
            format!("Mailbox {mails:?} more {}", mailbox.more)
        }
        Reply::Entry(entry) => format!("Entry {}", brief_entry(entry)),
        other => format!("{other:?}"),
    }
}

/// A push in few words.
pub(crate) fn brief_push(push: &Push) -> String {
    match push {
        Push::NewMessage(entry) => format!("{} {}", entry.room_id, brief_entry(entry)),
        Push::Mail(mail) => format!(
            "mail {:?} for {:?} at {:?}",
            mail.id, mail.room_id, mail.seq
        ),
        other => format!("{other:?}"),
    }
}

fn brief_entry(entry: &Entry) -> String {
    let kind = match &entry.body {
        Body::Message(_) => "message",
        Body::Commit(_) => "commit",
        Body::Proposal(_) => "proposal",
        Body::Notice(_) => "notice",
        Body::Deleted(_) => "deleted",
        Body::Large(_) => "large",
    };
    format!("{}:{kind}/{:?}", entry.seq, entry.client_id)
}

fn name(call: &Call) -> String {
    let text = format!("{call:?}");
    let end = text.find(['(', ' ', '{']).unwrap_or(text.len());
    text[..end].to_owned()
}
