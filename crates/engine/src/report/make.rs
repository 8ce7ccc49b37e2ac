//! Makes a report out of what the store keeps and what the server says.

use e2ee::{
    certificate::DeviceCertificate, codec::unhex, ed25519::PublicKey, group::Group,
    log_head::LogHead, message::LineKey, report::Report,
};
use protocol::{
    ids::{RoomId, Seq},
    log::{Body, Entry, Message},
    rest::Attestation,
};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{ReportRefusal, certificates};
use crate::{
    api::{ItemBody, KeptLine, TimelineItem},
    convert,
    engine::Engine,
    records,
    rooms::{entry_hash, line_key},
};

/// The line that is to be reported: one that is shown.
pub(super) fn shown(kept: &KeptLine) -> Result<TimelineItem, ReportRefusal> {
    let row = kept.line.as_ref().ok_or(ReportRefusal::NoMessage)?;
    let item: TimelineItem = records::decode(row).map_err(|_| ReportRefusal::NoMessage)?;
    match item.body {
        ItemBody::Tombstone(_) => Err(ReportRefusal::Tombstone),
        _ => Ok(item),
    }
}

impl Engine {
    /// The report of one message: it opens that message for whoever has it, and nothing else.
    ///
    /// What comes out holds under the key that the server shows to everybody, and is the entry that this device took in
    /// when it came.
    ///
    /// # Errors
    /// [`ReportRefusal`].
    pub fn make_report(
        &self,
        room: RoomId,
        seq: Seq,
        kept: &KeptLine,
        attestation: &Attestation,
    ) -> Result<Zeroizing<Vec<u8>>, ReportRefusal> {
        shown(kept)?;
        let entry = &attestation.entry;
        if (entry.room_id, entry.seq) != (room, seq) {
            return Err(ReportRefusal::NotConfirmed);
        }
        let message = match &entry.body {
            Body::Message(message) => message,
            Body::Deleted(_) => return Err(ReportRefusal::Deleted),
            _ => return Err(ReportRefusal::NoMessage),
        };
        let group = self.rooms.get(&room).and_then(|room| room.group.as_ref());
        let line = line_of(group, kept, entry, message)?;
        if !stands_in_log(kept, entry, line.group) {
            return Err(ReportRefusal::OtherEntry);
        }
        let certificate = certificate_of(group, kept, entry).ok_or(ReportRefusal::NoRoom)?;
        let report = self.assemble(certificate, attestation, line);
        let report = report.ok_or(ReportRefusal::NotConfirmed)?;
        let holds = report.verify(Some(&report.report_key));
        holds.map_err(|_| ReportRefusal::NotConfirmed)?;
        Ok(report.encode())
    }

    fn assemble(
        &self,
        certificate: DeviceCertificate,
        attestation: &Attestation,
        line: LineKey,
    ) -> Option<Report> {
        let entry = &attestation.entry;
        let body = entry.body.canonical()?;
        let body_hash = <[u8; 32]>::from(Sha256::digest(&body));
        let report_key = self.link.report_key.as_ref()?.as_slice().try_into().ok()?;
        Some(Report {
            group: line.group,
            epoch: line.epoch,
            key: line.message.key,
            entry: entry.head_input(&body_hash)?.try_into().ok()?,
            body,
            certificate,
            report_key: PublicKey::parse(&report_key).ok()?,
            signature: attestation.signature.as_slice().try_into().ok()?,
        })
    }
}

/// The author's certificate, from the group or from what stayed of it.
fn certificate_of(
    group: Option<&Group>,
    kept: &KeptLine,
    entry: &Entry,
) -> Option<DeviceCertificate> {
    let device = convert::device(entry.device?);
    let here = group.and_then(|group| group.certificate_of(device));
    here.or_else(|| certificates::kept(kept.certificates.as_deref()?, device))
}

/// What opens the message: kept when it was shown, or looked up by one that an earlier version showed.
fn line_of(
    group: Option<&Group>,
    kept: &KeptLine,
    entry: &Entry,
    message: &Message,
) -> Result<LineKey, ReportRefusal> {
    let Some(row) = &kept.key else {
        let line = group.and_then(|group| line_key(group, entry, message));
        return line.ok_or(ReportRefusal::NoKey);
    };
    let line = LineKey::decode(row).ok_or(ReportRefusal::NoKey)?;
    // From before this device's time it has no log heads: there the hash alone says that it is what was shown.
    if unhex(message.message_hash.as_bytes()) != Some(line.message.hash) {
        return Err(ReportRefusal::OtherEntry);
    }
    Ok(line)
}

/// Whether this is the entry that was taken into the log head here, as far as it was.
fn stands_in_log(kept: &KeptLine, entry: &Entry, group: e2ee::ids::GroupId) -> bool {
    let head = |row: &Option<Vec<u8>>| row.as_deref().and_then(|row| row.try_into().ok());
    let before = match entry.seq.0 {
        1 => Some(LogHead::start(convert::room(entry.room_id), group).head),
        _ => head(&kept.before),
    };
    let (Some(before), Some(at)) = (before, head(&kept.at)) else {
        return true;
    };
    let start = LogHead {
        seq: entry.seq.0.saturating_sub(1),
        head: before,
    };
    entry_hash(entry).is_some_and(|hash| start.advance(&hash).head == at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use e2ee::{message::MessageKey, secret::Secret};
    use protocol::{
        ids::{AccountId, ClientId, EntryId},
        log::Key,
        time::Timestamp,
    };

    use super::*;

    /// From before this device's time there are no log heads, and author and server together could have put another message
    /// under the same key in its place.
    #[test]
    fn an_entry_with_another_hash_is_not_what_was_shown() {
        let line = LineKey {
            group: [2; 16].into(),
            epoch: 3,
            message: MessageKey {
                key: Secret::from_bytes(&[4; 32]),
                hash: [0xab; 32],
            },
        };
        let kept = KeptLine {
            key: Some(line.encode()),
            ..KeptLine::default()
        };
        let refused = |hash: &str| {
            let message = Message {
                encrypted_content: String::new(),
                iv: String::new(),
                message_hash: hash.repeat(32),
                key: Key::default(),
                history_key: None,
            };
            let entry = Entry {
                id: EntryId::new(1).unwrap(),
                room_id: RoomId::new(1).unwrap(),
                seq: Seq(1),
                sender: AccountId::from_bytes([5; 16]),
                device: None,
                timestamp: Timestamp::default(),
                client_id: ClientId::from_bytes([6; 16]),
                handshake_seq: Seq(0),
                body: Body::Message(message.clone()),
            };
            line_of(None, &kept, &entry, &message).err()
        };
        assert_eq!(refused("ab"), None);
        assert_eq!(refused("ac"), Some(ReportRefusal::OtherEntry));
    }
}
