//! Handshake entries of the log: PublicMessages, bounded before they are parsed.

use openmls::{
    framing::ProtocolMessage,
    prelude::{ContentType, MlsMessageIn},
};
use tls_codec::Deserialize as _;

use crate::{check::PublicReason, crypto::public_key, kem_keys, suite::Suite};

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

/// Whether every public key of a commit's path is one of the suite's KEM.
///
/// Nobody else notices a bad one in time: the library merges it unseen, and then no member can seal a path to it, so the
/// room would stand still. For [`commit`] has read the bytes before.
///
/// # Errors
/// [`PublicReason::PathKey`].
pub(crate) fn check_path_keys(bytes: &[u8], suite: Suite) -> Result<(), PublicReason> {
    match kem_keys::of_path(bytes) {
        Ok(keys) if keys.iter().all(|key| public_key::is_sound(key, suite)) => Ok(()),
        _ => Err(PublicReason::PathKey),
    }
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
