//! How many bytes it takes to come in, and what a commit is posted with.

use anyhow::{Context, Result};
use e2ee::{
    group::{Group, Intent, OwnCommit, RosterWrite, StageContext},
    link::Link,
};
use rand_core::OsRng;

use crate::{
    fixture::Fixture,
    newcomer::{self, Offer},
    people::{NOW_MS, account, device},
};

/// One commit and the files beside it, in bytes as they are sealed.
pub struct Posted {
    /// The commit.
    pub commit: usize,
    /// The door.
    pub door: usize,
    /// The part of the roster log that is written.
    pub roster: usize,
    /// The room state, if it is sealed anew.
    pub state: usize,
    /// The tree snapshot, if one is due.
    pub tree: usize,
}

/// Bytes of a room.
pub struct Sizes {
    /// The tree snapshot.
    pub tree: usize,
    /// How many commits are followed from there.
    pub commits: usize,
    /// Those commits.
    pub commit_bytes: u64,
    /// One door.
    pub door: usize,
    /// The room state.
    pub state: usize,
    /// The roster log.
    pub roster: usize,
    /// The link's grant.
    pub grant: usize,
    /// The epoch.
    pub epoch: u64,
    /// The vault's pages of the room, each.
    pub pages: Vec<usize>,
    /// Coming in by the link.
    pub entering: Posted,
    /// A commit of the owner that changes nothing but its leaf.
    pub update: Posted,
    /// A commit of the owner that removes a member.
    pub removal: Posted,
}

/// Weighs a room.
///
/// # Errors
/// An operation fails.
pub fn sizes(fixture: &Fixture) -> Result<Sizes> {
    let group = fixture.group()?;
    let own = fixture.owner()?.account();
    let others = group.leaves().filter(|leaf| leaf.account() != own);
    let last = others.last().context("a room has two members")?;
    Ok(Sizes {
        tree: fixture.tree.len(),
        commits: fixture.commits.len(),
        commit_bytes: fixture.commit_bytes(),
        door: fixture.door.len(),
        state: fixture.state.len(),
        roster: fixture.roster.len(),
        grant: fixture.grant.len(),
        epoch: group.epoch(),
        pages: fixture.pages.iter().map(|(_, page)| page.len()).collect(),
        entering: entering(fixture)?,
        update: posted(fixture, &Intent::housekeeping())?,
        removal: posted(fixture, &Intent::remove(last.account()))?,
    })
}

fn entering(fixture: &Fixture) -> Result<Posted> {
    let keys = newcomer::by_link(&Link::parse(&fixture.link)?, &fixture.grant)?;
    let offer = Offer {
        door: &fixture.door,
        tree: &fixture.tree,
        commits: &fixture.commits,
    };
    let (door, tree) = newcomer::follow(&offer, &keys)?;
    let context = StageContext {
        now_ms: NOW_MS,
        log: door.log,
        commits_since_tree: tree.commits_since_tree,
        bytes_since_tree: tree.bytes_since_tree,
    };
    let guest = device("guest", &account())?;
    let entered = newcomer::enter(&guest, &door, tree, &keys, &context)?;
    Ok(Posted::of(&entered.commit))
}

fn posted(fixture: &Fixture, intent: &Intent) -> Result<Posted> {
    let mut group: Group = fixture.group()?;
    let context = fixture.context(&group);
    let own = group.stage(&fixture.owner()?, intent, &context, &mut OsRng)?;
    Ok(Posted::of(&own))
}

impl Posted {
    fn of(own: &OwnCommit) -> Self {
        let len = |file: &Option<Vec<u8>>| file.as_ref().map_or(0, Vec::len);
        Self {
            commit: own.commit.len(),
            door: own.door.len(),
            roster: match &own.roster {
                RosterWrite::Keep => 0,
                RosterWrite::Append(bytes) | RosterWrite::Replace(bytes) => bytes.len(),
            },
            state: len(&own.state),
            tree: len(&own.tree),
        }
    }
}
