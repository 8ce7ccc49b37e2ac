//! The server's word on an entry, for reports (PROTOCOL section 7).

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{RoomId, Seq},
    labels::REPORT_TIME,
    log::Entry,
};

/// `GET /api/rooms/{room_id}/entries/{seq}/attestation`: an entry, and the server's signature over its place, its time
/// and all that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attestation {
    /// The entry in full, or what stays of a deleted one.
    pub entry: Entry,
    /// Ed25519 by the `report_key` of [`ServerInfo`](super::ServerInfo), over [`attested`].
    pub signature: Bytes,
}

/// The bytes under the signature: {label, {room, seq, h}} where h is the entry's hash in the log head, label and the rest
/// each with its length in front (one byte, for both are shorter than 64).
pub fn attested(room: RoomId, seq: Seq, entry_hash: &[u8; 32]) -> Vec<u8> {
    const REST: u8 = 8 + 8 + 32;
    let mut out = Vec::with_capacity(2 + REPORT_TIME.len() + usize::from(REST));
    out.push(const { REPORT_TIME.len() as u8 });
    out.extend(REPORT_TIME.as_bytes());
    out.push(REST);
    out.extend(room.get().to_be_bytes());
    out.extend(seq.0.to_be_bytes());
    out.extend(entry_hash);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_bytes_are_those_of_the_protocol() {
        let bytes = attested(RoomId::new(7).unwrap(), Seq(9), &[3; 32]);
        let wanted = [
            b"\x1esecure-chat/1 sign report time\x30".as_slice(),
            &[0, 0, 0, 0, 0, 0, 0, 7],
            &[0, 0, 0, 0, 0, 0, 0, 9],
            &[3; 32],
        ];
        assert_eq!(bytes, wanted.concat());
    }
}
