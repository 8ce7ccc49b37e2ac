//! Ways (b) and (c) of PROTOCOL section 4, from what was downloaded to an external commit.

use anyhow::{Context, Result, bail, ensure};
use e2ee::{
    account_key::AccountKey,
    device::Device,
    door::Door,
    grant::Grant,
    group::{Entered, Entering, Group, RoomKeys, StageContext},
    link::Link,
    tree::{Followed, Follower},
    vault::{AccountItem, ItemName, RoomItem, SealedItem, open_item},
};
use rand_core::OsRng;
use serde_bytes::ByteBuf;

use crate::{
    fixture::Fixture,
    people::{device, room},
};

/// What the server shows of the room's tree.
pub(crate) struct Offer<'a> {
    pub(crate) door: &'a [u8],
    pub(crate) tree: &'a [u8],
    pub(crate) commits: &'a [ByteBuf],
}

/// The keys that a link gives.
pub(crate) fn by_link(link: &Link, grant: &[u8]) -> Result<RoomKeys> {
    let grant = Grant::open(grant, link.room, link.id, &link.secret, Some(link.creator))?;
    Ok(grant.keys())
}

/// A further device of the owner's account, and the keys that the vault gives it.
pub(crate) fn by_vault(fixture: &Fixture) -> Result<(Device, RoomKeys)> {
    let key = AccountKey::decode(&fixture.account_key)?;
    let account = fixture.owner()?.account();
    let open = |name: ItemName, bytes: &ByteBuf| {
        let item = SealedItem {
            name,
            version: 1,
            bytes: bytes.to_vec(),
        };
        open_item(&key, account, &item)
    };
    let item = open(ItemName::account(), &fixture.account_item)?;
    let signing = AccountItem::decode(&item, account)?;
    let mut all = RoomItem::default();
    for (page, bytes) in &fixture.pages {
        let item = open(ItemName::room_page(room()?, *page), bytes)?;
        all.merge(&RoomItem::decode(&item)?);
    }
    let device = device("alice", signing.signing())?;
    Ok((device, all.keys()))
}

/// From the snapshot to where the door leads.
pub(crate) fn follow(offer: &Offer<'_>, keys: &RoomKeys) -> Result<(Door, Followed)> {
    let room = room()?;
    let mut follower = Follower::start(offer.tree, room)?;
    for commit in offer.commits {
        follower.take_commit(commit)?;
    }
    let (_, key) = keys.door.last().context("a way in has a door key")?;
    let door = Door::open_with(offer.door, key, room, follower.group_id())?;
    let tree = follower.reach(&door)?;
    ensure!(!tree.superseded, "the door leads to an older state");
    Ok((door, tree))
}

/// The external commit.
pub(crate) fn enter(
    device: &Device,
    door: &Door,
    tree: Followed,
    keys: &RoomKeys,
    context: &StageContext,
) -> Result<Entered> {
    let entering = Entering {
        door,
        tree,
        keys,
        former: None,
        parted: None,
    };
    Ok(Group::enter(device, entering, context, &mut OsRng)?)
}

/// What is read before anything else is done: who was here before, and what the room is called.
pub(crate) fn settle(group: &mut Group, fixture: &Fixture) -> Result<()> {
    group.open_state(&fixture.state)?;
    group.open_roster(&fixture.roster)?;
    if group.take_changes().is_empty() {
        bail!("a new group has rows");
    }
    Ok(())
}
