//! A report: one message that a member shows to somebody outside of the room, with all that proves whose it is, where it
//! stands and what it says (PROTOCOL section 7).
//!
//! ```text
//! version u16 | group 16 | epoch u64 | content key 32 | entry 113 | body <V> | certificate <V> | report key 32
//!   | signature 64
//! ```
//!
//! `entry` and `body` are the bytes that the log head hashes (`docs/WIRE.md`, section 5), so there is one spelling of what
//! the server signed. The content key opens this message and no other.

mod body;
mod verify;

#[cfg(test)]
mod tests;

pub use verify::Verified;

use zeroize::Zeroizing;

use crate::{
    certificate::{self, CertificateError, DeviceCertificate},
    codec::{CodecError, Reader, Writer},
    ed25519::{PUBLIC_LEN, PublicKey, PublicKeyError, SIGNATURE_LEN, SignatureError},
    ids::GroupId,
    message::Tombstone,
    secret::Secret,
};

/// The version of the form above.
pub const VERSION: u16 = 1;
/// Length of an entry as the log head hashes it: room, seq, kind, sender, device, time, client id, handshake seq, hash of
/// the body.
pub const ENTRY_LEN: usize = 8 + 8 + 1 + 16 + 16 + 8 + 16 + 8 + 32;
/// The longest body: that of a message with a payload of 64 KiB has 104 kB.
pub const MAX_BODY: usize = 128 * 1024;
/// The longest report that is looked at.
pub const MAX_LEN: usize = FIXED_LEN + 8 + MAX_BODY + certificate::MAX_LEN;

const FIXED_LEN: usize = 2 + 16 + 8 + 32 + ENTRY_LEN + PUBLIC_LEN + SIGNATURE_LEN;

/// Bytes are no report, or one that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReportError {
    /// They are longer than [`MAX_LEN`].
    #[error("it is too long")]
    TooLong,
    /// They are of another version.
    #[error("it is of the unknown version {0}")]
    Version(u16),
    /// They do not have the form of a report, or an entry or body in it not that of a sealed message.
    #[error("it is malformed: {0}")]
    Codec(#[from] CodecError),
    /// The entry is no message.
    #[error("what it shows is no message")]
    Kind,
    /// The body is not that of the entry.
    #[error("the content is not that of the entry")]
    Body,
    /// The author's certificate is refused.
    #[error("the author's certificate does not hold: {0}")]
    Certificate(#[from] CertificateError),
    /// The certificate is of another account or device than the entry names.
    #[error("the certificate is not that of the sender")]
    Sender,
    /// The server's key is no acceptable one.
    #[error("the server's key is unusable: {0}")]
    ReportKey(#[from] PublicKeyError),
    /// It was signed by another server than the one that the verifier knows.
    #[error("another server signed it")]
    OtherServer,
    /// The server did not sign this entry in this place.
    #[error("the server did not sign this place and time")]
    Attestation(#[from] SignatureError),
    /// The message does not open, for the same reasons as anywhere else.
    #[error("the message does not open: {0}")]
    Message(#[from] Tombstone),
}

/// What is shown. The key opens one message, so there is no `Debug`.
pub struct Report {
    /// The room's MLS group.
    pub group: GroupId,
    /// The epoch in which the message was sealed.
    pub epoch: u64,
    /// The message's own key.
    pub key: Secret<32>,
    /// The entry, as the log head hashes it.
    pub entry: [u8; ENTRY_LEN],
    /// The body, as its hash in the entry was made.
    pub body: Vec<u8>,
    /// The chain from the author's identity to the device that signed the message.
    pub certificate: DeviceCertificate,
    /// The key of the server that keeps the log.
    pub report_key: PublicKey,
    /// Its signature over label, room, seq and hash of the entry.
    pub signature: [u8; SIGNATURE_LEN],
}

impl Report {
    /// The one encoding.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer =
            Writer::with_capacity(FIXED_LEN + 8 + self.body.len() + certificate::MAX_LEN);
        writer.u16(VERSION);
        writer.fixed(self.group.as_bytes());
        writer.u64(self.epoch);
        writer.fixed(self.key.expose());
        writer.fixed(&self.entry);
        writer.vec(&self.body);
        writer.vec(self.certificate.as_bytes());
        writer.fixed(self.report_key.as_bytes());
        writer.fixed(&self.signature);
        Zeroizing::new(writer.finish())
    }

    /// Takes a report apart; what it claims is still to be verified.
    ///
    /// # Errors
    /// [`ReportError`] for another version, a form that is not exactly the one above, or a certificate or key that is none.
    pub fn decode(bytes: &[u8]) -> Result<Self, ReportError> {
        if bytes.len() > MAX_LEN {
            return Err(ReportError::TooLong);
        }
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(ReportError::Version(version));
        }
        let group = reader.array::<16>()?.into();
        let epoch = reader.u64()?;
        let key = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let entry = reader.array()?;
        let body = reader.vec(MAX_BODY)?;
        let certificate = reader.vec(certificate::MAX_LEN)?;
        let (report_key, signature) = (reader.array()?, reader.array()?);
        reader.finish()?;
        Ok(Self {
            group,
            epoch,
            key,
            entry,
            body: body.to_vec(),
            certificate: DeviceCertificate::validate(certificate)?,
            report_key: PublicKey::parse(&report_key)?,
            signature,
        })
    }
}
