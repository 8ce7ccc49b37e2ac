//! One MLS group: create it, join it, change it, judge what others change, seal and open messages.
//!
//! A [`Group`] keeps all of its state in rows ([`crate::rows::Rows`]). After each call the caller
//! takes the changes ([`Group::take_changes`]) and makes them durable before anything is sent or
//! shown. After an error of the store or of the library the group is dropped and loaded again
//! ([`Group::load`]).

mod answer_history;
mod ask_history;
pub(crate) mod create;
mod enter;
mod history;
mod intent;
mod join;
mod judge;
mod leave;
mod load;
mod member;
mod merge;
mod message;
mod pending;
mod plan;
mod presence;
mod proposals;
mod readmit;
mod repair;
mod side_files;
mod stage;
mod state;
mod verdict;
mod view;

pub use create::{CreateError, Creation, NewRoom};
pub use enter::{EnterError, Entered, Entering};
pub use history::RoomKeys;
pub use intent::Intent;
pub use join::{JoinError, Joining};
pub use judge::JudgeError;
pub use leave::{LeaveError, Leaving, ProposalError};
pub use load::LoadError;
pub use member::{LeafInfo, Member};
pub use message::{Draft, OpenError, Received, SealMessageError, Sealed, epoch_of};
pub use repair::RepairError;
pub use side_files::{RosterWrite, StageContext};
pub use stage::{Effects, OwnCommit, StageError, WelcomeFor};
pub use verdict::{Change, DeviceRef, LinkFate, PrivateReason, RoleChange, Verdict};

pub(crate) use create::extensions as context_extensions;
pub(crate) use load::read_policy;

use openmls::group::{MlsGroup, MlsGroupJoinConfig, PURE_PLAINTEXT_WIRE_FORMAT_POLICY};
use openmls::prelude::SenderRatchetConfiguration;

use crate::{check::Leaves, keys::Scope, policy::Policy, provider::Provider, rows::RowChanges};

/// How far ahead a sender's message counter may be: gaps come only from messages that were sealed
/// again, so a small window would do; a large one costs a hash per step.
const MAX_FORWARD_DISTANCE: u32 = 10_000;
/// How many keys of skipped messages are kept: the log is ordered, so hardly any is needed.
const OUT_OF_ORDER_TOLERANCE: u32 = 5;

/// One group on one device.
pub struct Group {
    pub(crate) mls: MlsGroup,
    pub(crate) provider: Provider,
    pub(crate) scope: Scope,
    policy: Policy,
    leaves: Leaves,
}

impl Group {
    /// What changed in the rows since the last call.
    pub fn take_changes(&self) -> RowChanges {
        self.provider.rows().take_changes()
    }

    /// Number of rows and their bytes, for measurements.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        self.provider.rows().size()
    }
}

/// How each device configures the library. Private handshakes are refused; no past epoch is kept.
fn config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .sender_ratchet_configuration(ratchet())
        .build()
}

fn ratchet() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(OUT_OF_ORDER_TOLERANCE, MAX_FORWARD_DISTANCE)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;

    use super::{Group, RoomKeys};
    use crate::{
        bundle::Bundle,
        door::Door,
        history_chain::Link,
        key_package::OwnKeyPackage,
        provider::Provider,
        rows::{RowChanges, Rows},
        testing::assert_lacks,
    };

    assert_lacks!(Group: Debug, Clone, Serialize);
    assert_lacks!(RoomKeys: Debug, Clone, Serialize);
    assert_lacks!(Bundle: Debug, Clone, Serialize);
    assert_lacks!(Door: Debug, Clone, Serialize);
    assert_lacks!(Link: Debug, Clone, Serialize);
    assert_lacks!(OwnKeyPackage: Debug, Clone, Serialize);
    assert_lacks!(Provider: Debug, Clone, Serialize);
    assert_lacks!(Rows: Debug, Serialize);
    assert_lacks!(RowChanges: Debug, Clone, Serialize);
}
