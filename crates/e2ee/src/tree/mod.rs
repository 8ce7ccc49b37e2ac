//! The tree snapshot: GroupInfo and ratchet tree of one epoch, from which a joiner follows the
//! public commits (PROTOCOL section 4). Nothing in it is secret: the server knows the roster.

mod branch;
mod discard;
mod follower;
pub(crate) mod info;

pub use follower::{FollowError, Followed, Follower, MAX_DETOURS, PassedOver};

use openmls::{group::MlsGroup, messages::group_info::VerifiableGroupInfo, prelude::RatchetTreeIn};
use openmls_traits::OpenMlsProvider;
use thiserror::Error;
use tls_codec::{Deserialize as _, Serialize as _};

use crate::{
    codec::{CodecError, Reader, Writer},
    said::said,
};

const VERSION: u16 = 1;
/// The longest snapshot that is looked at, in bytes: some 10,000 leaves.
pub const MAX_LEN: usize = 64 * 1024 * 1024;

/// A parsed snapshot. Its signatures and hashes are checked when a public group is made of it.
pub(crate) struct TreeSnapshot {
    /// The GroupInfo without its tree.
    pub(crate) group_info: VerifiableGroupInfo,
    /// The ratchet tree.
    pub(crate) tree: RatchetTreeIn,
}

/// Bytes are no snapshot.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TreeError {
    /// Not the form of a snapshot.
    #[error("malformed tree snapshot: {0}")]
    Codec(#[from] CodecError),
    /// The tree or GroupInfo inside is malformed.
    #[error("malformed tree in a snapshot")]
    Tree,
}

impl TreeSnapshot {
    /// Reads a snapshot.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, TreeError> {
        let (info, tree) = parts(bytes)?;
        let group_info = info::parse(info).ok_or(TreeError::Tree)?;
        let tree = RatchetTreeIn::tls_deserialize_exact(tree).map_err(|_| TreeError::Tree)?;
        Ok(Self { group_info, tree })
    }
}

/// The snapshot of the group's epoch.
pub(crate) fn snapshot(mls: &MlsGroup, group_info: &[u8]) -> Result<Vec<u8>, String> {
    let tree = mls
        .export_ratchet_tree()
        .tls_serialize_detached()
        .map_err(|error| said(&error))?;
    let mut writer = Writer::with_capacity(tree.len() + group_info.len() + 16);
    writer.u16(VERSION);
    writer.vec(group_info);
    writer.vec(&tree);
    Ok(writer.finish())
}

/// Whether a snapshot is of this member's epoch.
pub(crate) fn is_of(mls: &MlsGroup, provider: &impl OpenMlsProvider, snapshot: &[u8]) -> bool {
    let own = mls.export_ratchet_tree().tls_serialize_detached();
    let Ok((info, tree)) = parts(snapshot) else {
        return false;
    };
    own.is_ok_and(|own| own == tree) && info::is_of(mls, provider, info)
}

/// GroupInfo and tree, as bytes.
fn parts(snapshot: &[u8]) -> Result<(&[u8], &[u8]), CodecError> {
    if snapshot.len() > MAX_LEN {
        return Err(CodecError::TooLong);
    }
    let mut reader = Reader::new(snapshot);
    if reader.u16()? != VERSION {
        return Err(CodecError::BadValue);
    }
    let parts = (reader.vec(MAX_LEN)?, reader.vec(MAX_LEN)?);
    reader.finish()?;
    Ok(parts)
}
