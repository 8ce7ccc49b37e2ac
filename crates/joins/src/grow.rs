//! Rooms that grow, by the shipped ways in. Only the owner stays alive; whoever came in is dropped.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use e2ee::{
    account_key::AccountKey,
    device::Device,
    group::{Group, Intent, NewRoom, OwnCommit, RosterWrite, StageContext, Verdict},
    ids::LinkId,
    key_package::{OwnKeyPackage, PeerKeyPackage},
    link::{Link, LinkSecret},
    policy::{Access, History, Permissions},
    room_state::RoomState,
    signing::SigningKey,
    vault::{AccountItem, ItemName, RoomItem, RoomMark, seal_item},
};
use rand_core::OsRng;
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

use crate::{
    fixture::{Fixture, Grown},
    newcomer::{self, Offer},
    people::{NOW_MS, SUITE, account, device, room},
};

/// So many are added by one commit.
const BATCH: usize = 100;

/// The owner, and what the server keeps.
struct Growing {
    signing: SigningKey,
    owner: Device,
    group: Group,
    rows: BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>>,
    link: Link,
    grant: Vec<u8>,
    door: Vec<u8>,
    state: Vec<u8>,
    roster: Vec<u8>,
    tree: Vec<u8>,
    commits: Vec<Vec<u8>>,
}

/// A room whose owner adds all others.
///
/// # Errors
/// An operation fails.
pub fn invited(members: usize) -> Result<Fixture> {
    let mut growing = Growing::begin()?;
    let names: Vec<String> = (1..members)
        .map(|number| format!("member{number}"))
        .collect();
    for batch in names.chunks(BATCH) {
        let mut packages = Vec::new();
        for name in batch {
            let guest = device(name, &account())?;
            for package in OwnKeyPackage::make(&guest, SUITE, 1, &mut OsRng)? {
                packages.push(PeerKeyPackage::parse(&package.bytes, SUITE)?);
            }
        }
        growing.commit(&Intent::invite(packages))?;
    }
    growing.keep(Grown::Invited)
}

/// A room that all others enter by a link, one after the other. `at` gets the room at each of these sizes, which rise.
///
/// # Errors
/// An operation fails.
pub fn entered(sizes: &[usize], mut at: impl FnMut(Fixture) -> Result<()>) -> Result<()> {
    let mut growing = Growing::begin()?;
    let mut members = 1;
    for size in sizes {
        while members < *size {
            growing.enter(&format!("member{members}"))?;
            members += 1;
        }
        at(growing.keep(Grown::Entered)?)?;
    }
    Ok(())
}

impl Growing {
    fn begin() -> Result<Self> {
        let signing = account();
        let owner = device("alice", &signing)?;
        let new = NewRoom {
            room: room()?,
            history: History::SinceJoin,
            access: Access::Link,
            permissions: Permissions::default(),
            state: RoomState::new("bench", "", &mut OsRng)?,
            suite: SUITE,
        };
        let (group, creation) = Group::create(&owner, new, NOW_MS, &mut OsRng)?;
        let link = Link {
            room: room()?,
            id: LinkId::random(&mut OsRng),
            secret: LinkSecret::random(&mut OsRng),
            creator: owner.account(),
            pins: Vec::new(),
        };
        let grant = group.make_grant(&owner, link.id, &link.secret, &mut OsRng)?;
        let mut growing = Self {
            signing,
            owner,
            group,
            rows: BTreeMap::new(),
            link,
            grant,
            door: creation.door,
            state: creation.state,
            roster: creation.roster,
            tree: creation.tree,
            commits: Vec::new(),
        };
        growing.save();
        Ok(growing)
    }

    fn save(&mut self) {
        let changes = self.group.take_changes();
        for name in changes.deletes {
            self.rows.remove(&name);
        }
        self.rows.extend(changes.puts);
    }

    fn context(&self) -> StageContext {
        let bytes: usize = self.commits.iter().map(Vec::len).sum();
        StageContext {
            now_ms: NOW_MS,
            commits_since_tree: u32::try_from(self.commits.len()).unwrap_or(u32::MAX),
            bytes_since_tree: bytes as u64,
            ..StageContext::start(self.group.room(), self.group.group_id())
        }
    }

    fn commit(&mut self, intent: &Intent) -> Result<()> {
        let context = self.context();
        let own = self
            .group
            .stage(&self.owner, intent, &context, &mut OsRng)?;
        self.take(own)
    }

    /// Somebody comes by the link. Where the room is now is shown by a snapshot of now: to follow the commits since the
    /// last one that the server has is measured, but not a thousand times.
    fn enter(&mut self, name: &str) -> Result<()> {
        let device = device(name, &account())?;
        let tree = self.group.snapshot(&self.owner)?;
        let offer = Offer {
            door: &self.door,
            tree: &tree,
            commits: &[],
        };
        let keys = newcomer::by_link(&self.link, &self.grant)?;
        let (door, tree) = newcomer::follow(&offer, &keys)?;
        let context = StageContext {
            log: door.log,
            ..self.context()
        };
        let entered = newcomer::enter(&device, &door, tree, &keys, &context)?;
        self.take(entered.commit)
    }

    /// The log takes a commit.
    fn take(&mut self, own: OwnCommit) -> Result<()> {
        match self.group.judge(&own.commit)? {
            Verdict::Merged(_) => self.save(),
            other => bail!("an honest commit was not merged: {other:?}"),
        }
        self.door = own.door;
        self.state = own.state.unwrap_or_else(|| std::mem::take(&mut self.state));
        match own.roster {
            RosterWrite::Keep => {}
            RosterWrite::Append(chunk) => self.roster.extend_from_slice(&chunk),
            RosterWrite::Replace(log) => self.roster = log,
        }
        self.commits.push(own.commit);
        if let Some(tree) = own.tree {
            self.tree = tree;
            self.commits.clear();
        }
        Ok(())
    }

    fn keep(&self, grown: Grown) -> Result<Fixture> {
        let key = AccountKey::generate(0, &mut OsRng);
        let own = self.owner.account();
        let seal = |name, plain: &[u8]| seal_item(&key, own, name, 1, plain, &mut OsRng);
        let item = AccountItem::new(self.signing.duplicate());
        let account_item = seal(ItemName::account(), &item.encode())?;
        let mut pages = Vec::new();
        for (page, item) in self.room_item()?.into_pages() {
            let sealed = seal(ItemName::room_page(room()?, page), &item.encode())?;
            pages.push((page, ByteBuf::from(sealed.bytes)));
        }
        let bytes = |bytes: &[u8]| ByteBuf::from(bytes.to_vec());
        let row = |(name, value): (&Vec<u8>, &Zeroizing<Vec<u8>>)| (bytes(name), bytes(value));
        let link = self.link.to_fragment();
        Ok(Fixture {
            members: self.group.leaves().count(),
            grown,
            door: bytes(&self.door),
            state: bytes(&self.state),
            roster: bytes(&self.roster),
            tree: bytes(&self.tree),
            commits: self.commits.iter().map(|commit| bytes(commit)).collect(),
            link: link.map_or_else(String::new, |link| link.to_string()),
            grant: bytes(&self.grant),
            account_key: bytes(&key.encode()),
            account_item: ByteBuf::from(account_item.bytes),
            pages,
            device: bytes(&self.owner.encode()),
            rows: self.rows.iter().map(row).collect(),
        })
    }

    /// What the owner's vault holds of the room.
    fn room_item(&self) -> Result<RoomItem> {
        let mark = RoomMark {
            epoch: self.group.epoch(),
            log: self.context().log,
        };
        let mut item = RoomItem::seen(self.group.group_id(), mark);
        let keys = self.group.room_keys()?;
        for (epoch, key) in keys.door {
            item.door_keys.insert(epoch, key);
        }
        for (epoch, key) in keys.history {
            item.history_keys.insert(epoch, key);
        }
        Ok(item)
    }
}
