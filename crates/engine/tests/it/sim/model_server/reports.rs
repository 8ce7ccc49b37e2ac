//! The server's word on where an entry stands (PROTOCOL section 7).

use e2ee::{ed25519::KeyPair, labels::SignLabel, secret::Secret};
use protocol::{
    call::Reply,
    ids::{RoomId, Seq},
    log::{Body, Entry},
    rest::Attestation,
};
use sha2::{Digest as _, Sha256};

use super::{Caller, ModelServer, Refusal};

impl ModelServer {
    /// The same in all lives.
    pub(super) fn report_key(&self) -> KeyPair {
        KeyPair::from_seed(&Secret::from_bytes(&[0x5e; 32]))
    }

    pub(super) fn attest(&self, caller: Caller, room: RoomId, seq: Seq) -> Result<Reply, Refusal> {
        let Reply::Entry(entry) = self.entry(caller, room, seq)? else {
            unreachable!("an entry is answered with one");
        };
        Ok(Reply::Attestation(Box::new(self.attestation(*entry))))
    }

    /// An entry and the server's word, whoever asks.
    fn attestation(&self, entry: Entry) -> Attestation {
        let body: [u8; 32] = match &entry.body {
            Body::Deleted(deleted) => deleted.body_hash.as_slice().try_into().expect("a hash"),
            body => Sha256::digest(body.canonical().expect("the body is kept")).into(),
        };
        let hash = Sha256::digest(entry.head_input(&body).expect("no push stub"));
        let mut signed = entry.room_id.get().to_be_bytes().to_vec();
        signed.extend(entry.seq.0.to_be_bytes());
        signed.extend(hash);
        let signature = self.report_key().sign(SignLabel::ReportTime, &signed);
        Attestation {
            entry,
            signature: signature.as_slice().into(),
        }
    }
}
