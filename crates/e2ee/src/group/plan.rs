//! What exactly a commit will propose, worked out from an intent.

use crate::ordered::Map;

use openmls::group::QueuedProposal;
use rand_core::CryptoRngCore;

use super::{Group, Intent, LeafInfo, StageError, leave::committable};
use crate::{
    ids::{AccountId, LinkId},
    policy::Policy,
    roles::Role,
    room_state::{ListedLink, RoomState},
};

/// The proposals of a commit to be made.
pub(super) struct Plan {
    pub(super) policy: Policy,
    /// Leaf indices to remove.
    pub(super) removals: Vec<u32>,
    /// The wishes to leave that it takes in.
    pub(super) leaves: Vec<QueuedProposal>,
    /// The new room state.
    pub(super) state: Option<RoomState>,
}

impl Plan {
    pub(super) fn new(
        group: &mut Group,
        intent: &Intent,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Self, StageError> {
        let mut policy = group.policy.clone();
        let state = new_state(group, intent, rng)?;
        change_policy(&mut policy, intent, state.as_ref());
        let mut removals = removals(group, intent)?;
        let pending = group.pending_leaves()?;
        // Who waits to be let go lets in who may be the only one that could do it, and then asks anew.
        if group.is_leaving()? && intent.readmit.is_empty() {
            return Err(StageError::Leaving);
        }
        let own = group.own_leaf_index();
        let own = group.leaves.get(own).map(LeafInfo::account);
        // Who gets a leaf by this commit is not let go by it: the wish is made again in the next epoch.
        let stays = |account| {
            let mut invited = intent.invite.iter();
            Some(account) == own || invited.any(|peer| peer.certificate().account() == account)
        };
        let wishes: Vec<_> = pending
            .into_iter()
            .filter(|leave| !stays(leave.leaf.account()))
            .map(|leave| (leave.queued, leave.leaf))
            .collect();
        let asking: Vec<LeafInfo> = wishes.iter().map(|(_, leaf)| leaf.clone()).collect();
        let going = committable(group, &policy.roles, &removals, &asking);
        let (leaves, asked): (Vec<_>, Vec<u32>) = wishes
            .into_iter()
            .filter(|(_, leaf)| going.contains(&leaf.account()))
            .map(|(queued, leaf)| (queued, leaf.index))
            .unzip();
        // All devices of an account go with the one that asked. That one needs no Remove.
        let with_them = group
            .leaves
            .iter()
            .filter(|leaf| going.contains(&leaf.account()));
        removals.extend(with_them.map(|leaf| leaf.index));
        removals.retain(|index| !asked.contains(index));
        removals.sort_unstable();
        removals.dedup();
        strip_departed(group, intent, &mut policy, |index| {
            removals.contains(&index) || asked.contains(&index)
        });
        Ok(Self {
            policy,
            removals,
            leaves,
            state,
        })
    }
}

fn new_state(
    group: &Group,
    intent: &Intent,
    rng: &mut impl CryptoRngCore,
) -> Result<Option<RoomState>, StageError> {
    let known = group.state();
    // Who never knew any has nothing to put in its place, and makes the commit without.
    let lost = known.is_none() && intent.renew_state;
    let last = lost.then(|| group.last_state()).flatten();
    let renews = last.is_some();
    let old = known.or(last);
    let links = old.as_ref().map(|old| links(group, intent, old));
    let relisted = links.as_ref() != old.as_ref().map(RoomState::links);
    let asked = intent.name.is_some() || intent.topic.is_some() || !intent.list_links.is_empty();
    if !asked && !relisted && !renews {
        return Ok(None);
    }
    let (old, links) = old.zip(links).ok_or(StageError::NoState)?;
    let name = intent.name.as_deref().unwrap_or(old.name());
    let topic = intent.topic.as_deref().unwrap_or(old.topic());
    Ok(Some(RoomState::new(name, topic, rng)?.with_links(links)?))
}

/// The links that are listed after the commit. Nobody lists links for others.
fn links(group: &Group, intent: &Intent, old: &RoomState) -> Map<LinkId, ListedLink> {
    let mut links = old.links().clone();
    for id in &intent.unlist_links {
        links.remove(id);
    }
    if let Some(own) = group.leaves.get(group.own_leaf_index()) {
        for (id, label) in &intent.list_links {
            let creator = own.account();
            let label = label.clone();
            links.insert(*id, ListedLink { creator, label });
        }
    }
    links
}

fn change_policy(policy: &mut Policy, intent: &Intent, state: Option<&RoomState>) {
    for (account, role) in &intent.roles {
        policy.roles.set(*account, *role);
    }
    policy.permissions = intent.permissions.unwrap_or(policy.permissions);
    policy.access = intent.access.unwrap_or(policy.access);
    if intent.rotate {
        policy.join_generation = policy.join_generation.saturating_add(1);
    }
    if let Some(state) = state {
        policy.state_version = policy.state_version.saturating_add(1);
        policy.state_hash = state.hash();
    }
}

fn removals(group: &Group, intent: &Intent) -> Result<Vec<u32>, StageError> {
    let own = group
        .leaves
        .get(group.own_leaf_index())
        .ok_or(StageError::NotAMember)?;
    let mut removals = Vec::new();
    for account in &intent.remove {
        if *account == own.account() || !group.leaves.has_account(*account) {
            return Err(StageError::NotAMember);
        }
        removals.extend(group.leaves.of(*account).map(|leaf| leaf.index));
    }
    for device in &intent.revoke {
        let leaf = group.leaves.device(*device).ok_or(StageError::NotAMember)?;
        if leaf.account() != own.account() || leaf.index == own.index {
            return Err(StageError::NotAMember);
        }
        removals.push(leaf.index);
    }
    let former = intent.readmit.iter();
    let former = former.filter_map(|device| group.leaves.device(*device));
    removals.extend(former.map(|leaf| leaf.index));
    removals.sort_unstable();
    removals.dedup();
    Ok(removals)
}

/// The roles list names only accounts that have a leaf after the commit.
fn strip_departed(group: &Group, intent: &Intent, policy: &mut Policy, gone: impl Fn(u32) -> bool) {
    let stays = |account: AccountId| {
        group.leaves.of(account).any(|leaf| !gone(leaf.index))
            || intent
                .invite
                .iter()
                .any(|peer| peer.certificate().account() == account)
    };
    let departed: Vec<AccountId> = group
        .policy
        .roles
        .iter()
        .map(|(account, _)| account)
        .filter(|account| !stays(*account))
        .collect();
    for account in departed {
        policy.roles.set(account, Role::Member);
    }
}
