//! Handshake entries of the log: PublicMessages, bounded before they are parsed.

use openmls::{
    framing::ProtocolMessage,
    prelude::{ContentType, MlsMessageIn},
};
use tls_codec::Deserialize as _;

use crate::check::PublicReason;

/// The longest commit that is looked at, in bytes: about 10,000 leaves without a populated tree.
const MAX_COMMIT: usize = 16 * 1024 * 1024;
/// The longest proposal that is looked at, in bytes: a SelfRemove is empty but for its framing.
const MAX_PROPOSAL: usize = 4 * 1024;

/// Reads a commit. Group and epoch are the caller's to compare.
pub(crate) fn commit(bytes: &[u8]) -> Result<ProtocolMessage, PublicReason> {
    if bytes.len() > MAX_COMMIT {
        return Err(PublicReason::Malformed);
    }
    let message =
        MlsMessageIn::tls_deserialize_exact(bytes).map_err(|_| PublicReason::Malformed)?;
    let message = message
        .try_into_protocol_message()
        .map_err(|_| PublicReason::NotACommit)?;
    let public = matches!(message, ProtocolMessage::PublicMessage(_));
    if !public || message.content_type() != ContentType::Commit {
        return Err(PublicReason::NotACommit);
    }
    Ok(message)
}

/// Reads a proposal by a member.
pub(crate) fn proposal(bytes: &[u8]) -> Option<ProtocolMessage> {
    if bytes.len() > MAX_PROPOSAL {
        return None;
    }
    let message = MlsMessageIn::tls_deserialize_exact(bytes).ok()?;
    let message = message.try_into_protocol_message().ok()?;
    let public = matches!(message, ProtocolMessage::PublicMessage(_));
    let proposal = message.content_type() == ContentType::Proposal && !message.is_external();
    (public && proposal).then_some(message)
}
