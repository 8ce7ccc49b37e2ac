//! Who was in a room that this device is out of: what stays of the group, so that what was read there can be reported.

use e2ee::{
    certificate::{self, DeviceCertificate},
    codec::{Reader, Writer},
    group::Group,
    ids::DeviceId,
};
use protocol::ids::RoomId;

use crate::{
    api::{CERTIFICATES, Key, Space},
    turn::Turn,
};

/// Keeps the certificates of a group that goes: {device, certificate} one after the other.
pub(crate) fn keep_certificates(room: RoomId, group: &Group, turn: &mut Turn<'_>) {
    let mut row = Writer::new();
    for certificate in group.certificates() {
        row.fixed(certificate.device().as_bytes());
        row.vec(certificate.as_bytes());
    }
    let key = Key::Numbered(Space::LineKeys(room), CERTIFICATES);
    turn.batch.put(key, row.finish());
}

/// The certificate of a device among those that were kept.
pub(super) fn kept(row: &[u8], device: DeviceId) -> Option<DeviceCertificate> {
    let mut reader = Reader::new(row);
    while !reader.is_empty() {
        let of = DeviceId::from(reader.array::<16>().ok()?);
        let bytes = reader.vec(certificate::MAX_LEN).ok()?;
        if of == device {
            return DeviceCertificate::validate(bytes).ok();
        }
    }
    None
}
