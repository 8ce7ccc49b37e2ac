//! What a report proves.

use sha2::{Digest, Sha256};

use super::{
    Report, ReportError,
    body::{Body, Entry},
};
use crate::{
    certificate::DeviceCertificate,
    codec::Writer,
    counters::Counters,
    ed25519::PublicKey,
    labels::SignLabel,
    message::{Keys, Leaf, MessageKey, Opened, Opening, Place, Sender, Standing, Wire, open},
};

/// A report that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who said it: the chain from the account's identity to the device. That the account is the person of that name is as
    /// sure as the verifier's own word for the identity.
    pub certificate: DeviceCertificate,
    /// Where it was sealed, as the author signed it.
    pub place: Place,
    /// The place in the room's log, by the word of the server with this report's key.
    pub seq: u64,
    /// When that server took it, in unix milliseconds.
    pub logged_ms: u64,
    /// What the author signed. Nothing here shows that the author was a member at the time, but that the server took it.
    pub opened: Opened,
}

impl Report {
    /// Verifies all of it: the server signed this entry in this place at this time, the body is the entry's, and the message
    /// opens by the one function with every condition of PROTOCOL section 7, its author being the certificate's device.
    ///
    /// With `server` it must be that server's key that signed. Without, place and time rest on the key that the report
    /// itself brings, which anybody can make: whoever shows them has to say so.
    ///
    /// # Errors
    /// [`ReportError`] says what does not hold.
    pub fn verify(&self, server: Option<&PublicKey>) -> Result<Verified, ReportError> {
        let entry = Entry::read(&self.entry)?;
        if <[u8; 32]>::from(Sha256::digest(&self.body)) != entry.body_hash {
            return Err(ReportError::Body);
        }
        let author = (self.certificate.account(), self.certificate.device());
        if (entry.sender, entry.device) != author {
            return Err(ReportError::Sender);
        }
        if server.is_some_and(|server| *server != self.report_key) {
            return Err(ReportError::OtherServer);
        }
        self.report_key.verify(
            SignLabel::ReportTime,
            &self.attested(&entry),
            &self.signature,
        )?;
        let place = Place {
            room: entry.room,
            group: self.group,
            epoch: self.epoch,
        };
        Ok(Verified {
            certificate: self.certificate.clone(),
            place,
            seq: entry.seq,
            logged_ms: entry.logged_ms,
            opened: self.open(place, &entry)?,
        })
    }

    /// What the server signs: room, seq and the entry's hash in the log head.
    fn attested(&self, entry: &Entry) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u64(entry.room.get());
        writer.u64(entry.seq);
        writer.fixed(&Sha256::digest(self.entry));
        writer.finish()
    }

    fn open(&self, place: Place, entry: &Entry) -> Result<Opened, ReportError> {
        let body = Body::read(&self.body)?;
        let message = MessageKey {
            key: self.key.duplicate(),
            hash: body.message_hash,
        };
        let opening = Opening {
            place,
            wire: Wire {
                encrypted_content: &body.encrypted_content,
                iv: &body.iv,
                message_hash: &body.message_hash,
                history_key: None,
                client_id: entry.client_id,
                device: entry.device,
            },
            keys: Keys {
                message: Some(&message),
                history: None,
            },
            sender: Some(Sender {
                leaf: Leaf {
                    account: self.certificate.account(),
                    device: self.certificate.device(),
                    key: *self.certificate.device_key(),
                },
                standing: Standing::NotVerifiablyMember,
            }),
        };
        Ok(open(&opening, &mut Counters::default())?)
    }
}
