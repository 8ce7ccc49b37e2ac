//! What a report shows to whoever gets it, with no account and no room.

use e2ee::{ed25519::PublicKey, report::Report};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, DeviceId, RoomId, Seq},
    time::Timestamp,
};

use crate::{
    api::{Failure, ItemBody, TombstoneCause},
    content, convert,
};

/// The key under which a server says where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportKey(PublicKey);

impl ReportKey {
    /// From its 32 bytes; `None` for bytes that are no key.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let key = PublicKey::parse(bytes.try_into().ok()?).ok()?;
        Some(Self(key))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// A report that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportView {
    /// Whose account: proved by the chain from its identity down to the signature.
    pub account: AccountId,
    /// The name in the account's own certificate, which proves nothing about a person.
    pub name: String,
    /// On which device.
    pub device: DeviceId,
    /// In which room, as the author signed it.
    pub room: RoomId,
    /// When, by the author's clock.
    pub sent: Timestamp,
    /// What.
    pub body: ItemBody,
    /// The place in the room's log, by the server's word.
    pub seq: Seq,
    /// When the server took it, by its word.
    pub logged: Timestamp,
    /// The key of that server.
    pub server: ReportKey,
    /// Whether it is the key that the verifier named; otherwise anybody may have given that word.
    pub server_known: bool,
}

/// Verifies a report, against the key of the server if it is known.
///
/// # Errors
/// `BAD_REPORT`, with a sentence that says what does not hold.
pub fn verify_report(bytes: &[u8], server: Option<&ReportKey>) -> Result<ReportView, Failure> {
    let report = Report::decode(bytes);
    let verified = report.and_then(|report| {
        let verified = report.verify(server.map(|key| &key.0))?;
        Ok((verified, report.report_key))
    });
    let (verified, key) = verified.map_err(|error| Failure {
        code: ErrorCode::BadReport,
        sentence: format!("That report does not hold: {error}."),
    })?;
    let payload = &verified.opened.payload;
    let room = RoomId::new(verified.place.room.get()).map_err(|_| ErrorCode::BadReport)?;
    Ok(ReportView {
        account: convert::account_out(payload.account),
        name: verified.certificate.name().as_str().to_owned(),
        device: convert::device_out(payload.device),
        room,
        sent: Timestamp::from_millis(payload.sent_at_ms),
        body: content::decode(payload.kind, &payload.content)
            .unwrap_or(ItemBody::Tombstone(TombstoneCause::Malformed)),
        seq: Seq(verified.seq),
        logged: Timestamp::from_millis(verified.logged_ms),
        server: ReportKey(key),
        server_known: server.is_some(),
    })
}
