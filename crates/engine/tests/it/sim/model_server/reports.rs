//! The server's word on where an entry stands (PROTOCOL section 7).

use e2ee::{ed25519::KeyPair, labels::SignLabel, secret::Secret};
use protocol::{
    bytes::Bytes,
    call::Reply,
    ids::{ClientId, RoomId, Seq},
    log::{Body, Deleted, Entry, Notice, NoticeKind},
    rest::Attestation,
};
use sha2::{Digest as _, Sha256};

use super::{Caller, ModelServer, Refusal};

impl ModelServer {
    /// The same in all lives.
    pub(super) fn report_key(&self) -> KeyPair {
        KeyPair::from_seed(&Secret::from_bytes(&[0x5e; 32]))
    }

    /// The public half, as everybody can know it.
    pub(crate) fn report_key_bytes(&self) -> [u8; 32] {
        *self.report_key().public().as_bytes()
    }

    pub(super) fn attest(&self, caller: Caller, room: RoomId, seq: Seq) -> Result<Reply, Refusal> {
        let Reply::Entry(entry) = self.entry(caller, room, seq)? else {
            unreachable!("an entry is answered with one");
        };
        Ok(Reply::Attestation(Box::new(self.attestation(*entry))))
    }

    /// An entry and the server's word, whoever asks.
    pub(crate) fn attestation(&self, entry: Entry) -> Attestation {
        let body: [u8; 32] = match &entry.body {
            Body::Deleted(deleted) => deleted.body_hash.as_slice().try_into().expect("a hash"),
            body => Sha256::digest(body.canonical().expect("the body is kept")).into(),
        };
        let hash = Sha256::digest(entry.head_input(&body).expect("no push stub"));
        let mut signed = entry.room_id.get().to_be_bytes().to_vec();
        signed.extend(entry.seq.0.to_be_bytes());
        signed.extend(hash);
        let key = if self.signs_with_another_key {
            KeyPair::from_seed(&Secret::from_bytes(&[0x5f; 32]))
        } else {
            self.report_key()
        };
        let signature = key.sign(SignLabel::ReportTime, &signed);
        Attestation {
            entry,
            signature: signature.as_slice().into(),
        }
    }

    /// Deletes a message in somebody's name, and tells the room.
    pub(crate) fn delete(&mut self, room: RoomId, seq: Seq) {
        self.rewrite(room, seq, |entry| {
            let body_hash = Sha256::digest(entry.body.canonical().expect("it is kept"));
            let body_hash = Bytes(body_hash.to_vec());
            entry.body = Body::Deleted(Deleted { body_hash, was: 1 });
        });
        let entries = &self.rooms[&room].log;
        let entry = entries.iter().find(|entry| entry.seq == seq).expect("it");
        let caller = Caller {
            account: entry.sender,
            device: entry.device.expect("a device"),
        };
        let client_id = ClientId::from_bytes(self.draw_16());
        let handshake_seq = self.rooms[&room].handshake_seq;
        let notice = Body::Notice(Notice {
            notice: NoticeKind::MessageDeleted { of: seq },
        });
        self.append(caller, room, client_id, handshake_seq, notice)
            .expect("room for a notice");
    }

    /// Changes what stands in a log.
    pub(crate) fn rewrite(&mut self, room: RoomId, seq: Seq, change: impl FnOnce(&mut Entry)) {
        let room = self.rooms.get_mut(&room).expect("a room");
        let mut entries = room.log.iter_mut();
        change(entries.find(|entry| entry.seq == seq).expect("an entry"));
    }
}
