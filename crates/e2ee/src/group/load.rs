//! A group from its stored rows.

use openmls::group::{GroupContext, MlsGroup};
use openmls_traits::OpenMlsProvider;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Group;
use crate::{
    check::Leaves,
    ids::{GroupId, RoomId},
    keys::Scope,
    leaf::LeafError,
    policy::{self, Policy, PolicyError},
    provider::Provider,
    rows::{Row, RowError, Rows, Slot},
};

/// Stored rows make no group.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LoadError {
    /// A row is damaged.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// Rows are missing.
    #[error("the stored group is incomplete")]
    Incomplete,
    /// The group's policy is malformed, or of a version that this client does not know.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A leaf of the group has no valid certificate.
    #[error(transparent)]
    Leaf(#[from] LeafError),
}

/// The row that says which group the others belong to.
#[derive(Serialize, Deserialize)]
struct Header {
    room: RoomId,
    group: GroupId,
}

impl Group {
    /// Loads a group from its rows.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(rows: impl IntoIterator<Item = Row>) -> Result<Self, LoadError> {
        Self::load_rows(Rows::load(rows))
    }

    pub(super) fn load_rows(rows: Rows) -> Result<Self, LoadError> {
        let header: Header = rows
            .fetch(Slot::Header, &[])?
            .ok_or(LoadError::Incomplete)?;
        let scope = Scope {
            room: header.room,
            group: header.group,
        };
        let provider = Provider::new(rows);
        let mls = load_mls(&provider, scope)?.ok_or(LoadError::Incomplete)?;
        let policy = read_policy(mls.public_group().group_context())?;
        let leaves = Leaves::read(mls.public_group(), &Leaves::default())?;
        Ok(Self {
            mls,
            provider,
            scope,
            policy,
            leaves,
        })
    }

    /// The ratchet tree of stored rows, encoded, of a group that nobody judges.
    #[cfg(any(test, feature = "hostile-members-for-tests"))]
    pub(crate) fn tree_of(rows: Rows) -> Option<Vec<u8>> {
        use tls_codec::Serialize as _;
        let header: Header = rows.fetch(Slot::Header, &[]).ok()??;
        let scope = Scope {
            room: header.room,
            group: header.group,
        };
        let mls = load_mls(&Provider::new(rows), scope).ok()??;
        mls.export_ratchet_tree().tls_serialize_detached().ok()
    }

    /// A group that has just begun: writes the header too.
    pub(super) fn from_parts(
        mls: MlsGroup,
        provider: Provider,
        scope: Scope,
        policy: Policy,
        leaves: Leaves,
    ) -> Result<Self, RowError> {
        let header = Header {
            room: scope.room,
            group: scope.group,
        };
        provider.rows().store(Slot::Header, &[], &header)?;
        Ok(Self {
            mls,
            provider,
            scope,
            policy,
            leaves,
        })
    }
}

/// A second view of the stored group.
pub(super) fn load_mls(provider: &Provider, scope: Scope) -> Result<Option<MlsGroup>, RowError> {
    let id = openmls::group::GroupId::from_slice(scope.group.as_bytes());
    MlsGroup::load(provider.storage(), &id)
}

/// The policy in a group context.
pub(crate) fn read_policy(context: &GroupContext) -> Result<Policy, PolicyError> {
    let extension = context.extensions().unknown(policy::EXTENSION_TYPE);
    Policy::decode(extension.map_or(&[][..], |extension| &extension.0))
}
