//! The tree snapshot: GroupInfo and ratchet tree of one epoch, from which a joiner follows the
//! public commits (PROTOCOL section 4). Nothing in it is secret: the server knows the roster.

use openmls::{
    group::MlsGroup,
    prelude::{MlsMessageBodyIn, MlsMessageIn, RatchetTreeIn},
};
use openmls_traits::{OpenMlsProvider, signatures::Signer};
use thiserror::Error;
use tls_codec::{Deserialize as _, Serialize as _};

use crate::codec::{CodecError, Reader, Writer};

const VERSION: u16 = 1;
/// The longest tree that is looked at, in bytes: some 10,000 leaves.
pub const MAX_LEN: usize = 64 * 1024 * 1024;

/// A parsed snapshot. Its signatures and hashes are checked when a public group is made of it.
pub struct TreeSnapshot {
    /// The GroupInfo without its tree, as an MLS message.
    pub group_info: Vec<u8>,
    /// The ratchet tree.
    pub tree: RatchetTreeIn,
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
    ///
    /// # Errors
    /// [`TreeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, TreeError> {
        let mut reader = Reader::new(bytes);
        if reader.u16()? != VERSION {
            return Err(CodecError::BadValue.into());
        }
        let group_info = reader.vec(MAX_LEN)?.to_vec();
        let tree = reader.vec(MAX_LEN)?;
        reader.finish()?;
        let message =
            MlsMessageIn::tls_deserialize_exact(&group_info).map_err(|_| TreeError::Tree)?;
        if !matches!(message.extract(), MlsMessageBodyIn::GroupInfo(_)) {
            return Err(TreeError::Tree);
        }
        let tree = RatchetTreeIn::tls_deserialize_exact(tree).map_err(|_| TreeError::Tree)?;
        Ok(Self { group_info, tree })
    }
}

/// The GroupInfo of the group's epoch, without its tree, as an MLS message.
pub(crate) fn group_info(
    mls: &MlsGroup,
    provider: &impl OpenMlsProvider,
    signer: &impl Signer,
) -> Result<Vec<u8>, String> {
    mls.export_group_info(provider.crypto(), signer, false)
        .map_err(|error| error.to_string())?
        .tls_serialize_detached()
        .map_err(|error| error.to_string())
}

/// The snapshot of the group's epoch.
pub(crate) fn snapshot(mls: &MlsGroup, group_info: &[u8]) -> Result<Vec<u8>, String> {
    let tree = mls
        .export_ratchet_tree()
        .tls_serialize_detached()
        .map_err(|error| error.to_string())?;
    let mut writer = Writer::with_capacity(tree.len() + group_info.len() + 16);
    writer.u16(VERSION);
    writer.vec(group_info);
    writer.vec(&tree);
    Ok(writer.finish())
}
