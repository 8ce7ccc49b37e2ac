//! A new room: epoch 0, with one leaf.

use openmls::{
    group::{MlsGroup, PURE_PLAINTEXT_WIRE_FORMAT_POLICY},
    prelude::{
        Extension, Extensions, GroupContext, ProposalType, RequiredCapabilitiesExtension,
        UnknownExtension,
    },
};
use openmls_traits::OpenMlsProvider;
use rand_core::CryptoRngCore;
use thiserror::Error;

use super::{Group, RepairError, StageContext, presence, ratchet, state};
use crate::{
    check::Leaves,
    device::Device,
    ids::{GroupId, RoomId},
    keys::{self, Scope},
    leaf::{self, LeafSigner, POLICY},
    policy::{self, Access, History, Permissions, Policy, PolicyError, RoomKind},
    provider::Provider,
    roles::Role,
    room_state::RoomState,
    roster_log::{self, RosterRecord},
    rows::{RowError, Rows},
    said::said,
    suite::Suite,
};

/// What the creator chooses.
pub struct NewRoom {
    /// Drawn at random by the creator.
    pub room: RoomId,
    /// Who may read what was said before they came.
    pub history: History,
    /// Whether links may open the room.
    pub access: Access,
    /// Who may do what.
    pub permissions: Permissions,
    /// Name and topic.
    pub state: RoomState,
    /// The cipher suite.
    pub suite: Suite,
}

/// What the creator posts beside the room (PROTOCOL section 4, "Creation").
pub struct Creation {
    /// The group behind the room.
    pub group_id: GroupId,
    /// The sealed door of epoch 0.
    pub door: Vec<u8>,
    /// The sealed room state.
    pub state: Vec<u8>,
    /// The sealed roster log with its first record.
    pub roster: Vec<u8>,
    /// The tree snapshot of epoch 0.
    pub tree: Vec<u8>,
}

/// A room could not be created.
#[derive(Debug, Error)]
pub enum CreateError {
    /// The device's certificate has ended.
    #[error("this device's certificate has ended")]
    CertificateEnded,
    /// The policy cannot be encoded.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A side file could not be sealed.
    #[error(transparent)]
    SideFile(#[from] RepairError),
    /// Rows could not be written.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The library refused.
    #[error("the MLS library failed: {0}")]
    Mls(String),
}

impl Group {
    /// Creates the group of a new room, with `device` as its owner's first leaf.
    ///
    /// # Errors
    /// [`CreateError`].
    pub fn create(
        device: &Device,
        new: NewRoom,
        now_ms: u64,
        rng: &mut impl CryptoRngCore,
    ) -> Result<(Self, Creation), CreateError> {
        if !device.certificate().is_current(now_ms) {
            return Err(CreateError::CertificateEnded);
        }
        let scope = Scope {
            room: new.room,
            group: GroupId::random(rng),
        };
        let policy = first_policy(device, &new);
        let provider = Provider::with_rng(Rows::default(), rng);
        let mls = build(device, scope, &policy, &provider)?;
        let rows = provider.rows();
        keys::arm(&mls, &provider, scope, policy.history, true)?;
        presence::begin(rows, 0)?;
        state::keep(rows, &new.state.encode())?;
        roster_log::witness(
            rows,
            &RosterRecord::Seated {
                epoch: 0,
                certificate: Box::new(device.certificate().clone()),
            },
        )?;
        let leaves = Leaves::read(mls.public_group(), &Leaves::default())
            .map_err(|error| CreateError::Mls(said(&error)))?;
        let group = Self::from_parts(mls, provider, scope, policy, leaves)?;
        let context = StageContext {
            now_ms,
            ..StageContext::start(new.room, scope.group)
        };
        let creation = Creation {
            group_id: scope.group,
            door: group.reseal_door(device, &context, rng)?,
            state: group.reseal_state(rng)?,
            roster: group.reseal_roster(rng)?,
            tree: group.snapshot(device)?,
        };
        Ok((group, creation))
    }
}

fn first_policy(device: &Device, new: &NewRoom) -> Policy {
    Policy {
        room: new.room,
        kind: RoomKind::Group,
        suite: new.suite,
        history: new.history,
        access: new.access,
        join_generation: 0,
        state_version: 0,
        state_hash: new.state.hash(),
        permissions: new.permissions,
        roles: [(device.account(), Role::Owner)].into_iter().collect(),
    }
}

pub(crate) fn build(
    device: &Device,
    scope: Scope,
    policy: &Policy,
    provider: &impl OpenMlsProvider,
) -> Result<MlsGroup, CreateError> {
    MlsGroup::builder()
        .with_group_id(openmls::group::GroupId::from_slice(scope.group.as_bytes()))
        .ciphersuite(policy.suite.mls())
        .with_wire_format_policy(PURE_PLAINTEXT_WIRE_FORMAT_POLICY)
        .use_ratchet_tree_extension(true)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .sender_ratchet_configuration(ratchet())
        .with_capabilities(leaf::capabilities(policy.suite))
        .lifetime(leaf::lifetime())
        .with_group_context_extensions(extensions(policy)?)
        .build(provider, &LeafSigner(device), leaf::credential(device))
        .map_err(|error| CreateError::Mls(said(&error)))
}

/// The extensions of the group context: the capabilities that every leaf must have, and the policy.
pub(crate) fn extensions(policy: &Policy) -> Result<Extensions<GroupContext>, PolicyError> {
    let required = RequiredCapabilitiesExtension::new(&[POLICY], &[ProposalType::SelfRemove], &[]);
    let policy = UnknownExtension(policy.encode()?);
    let list = vec![
        Extension::RequiredCapabilities(required),
        Extension::Unknown(policy::EXTENSION_TYPE, policy),
    ];
    // Two different types that belong into a group context: the library has nothing to refuse.
    Extensions::from_vec(list).map_err(|_| PolicyError::TooLong)
}
