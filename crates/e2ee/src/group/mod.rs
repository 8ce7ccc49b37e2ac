//! One MLS group: create it, join it, change it, judge what others change, seal and open messages.
//!
//! A [`Group`] keeps all of its state in [`Rows`]. After each call the caller takes the changes
//! ([`Group::take_changes`]) and makes them durable before anything is sent or shown. After an
//! error of the store the group is dropped and loaded again ([`Group::load`]).

mod create;
mod intent;
mod join;
mod judge;
mod leave;
mod load;
mod member;
mod message;
mod repair;
mod stage;
mod verdict;
mod view;

pub use create::{CreateError, Creation, NewRoom};
pub use intent::Intent;
pub use join::{JoinError, Joining};
pub use leave::{LeaveError, Leaving, ProposalError};
pub use load::LoadError;
pub use member::{LeafInfo, Member};
pub use message::{Draft, Sealed, SealMessageError};
pub use stage::{Effects, OwnCommit, RosterWrite, StageContext, StageError, WelcomeFor};
pub use verdict::{Change, DeviceRef, PrivateReason, RoleChange, Verdict};

use openmls::group::MlsGroup;

use crate::{policy::Policy, provider::Provider, rows::RowChanges};

/// One group on one device.
pub struct Group {
    mls: MlsGroup,
    provider: Provider,
    policy: Policy,
}

impl Group {
    /// What changed in the rows since the last call.
    pub fn take_changes(&self) -> RowChanges {
        self.provider.rows().take_changes()
    }
}
