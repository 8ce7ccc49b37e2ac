//! Following a room from outside: from a snapshot along the public commits of the log, to the state
//! into which a door leads (PROTOCOL section 4).
//!
//! An outsider sees which commits break a public rule, and skips them like the members. It does not
//! see a path that does not open or a tag that is wrong. So of several commits of one epoch it
//! follows the first, and if that leads nowhere it comes back and follows the next, until it is at
//! the state whose confirmed transcript hash the door names. A commit is signed together with the
//! state that it changes, so a wrong way ends where nobody followed its maker.

use crate::ordered::{Map, Set};
use std::collections::VecDeque;

use openmls::{
    framing::ProtocolMessage, group::PublicGroup, messages::group_info::VerifiableGroupInfo,
};
use thiserror::Error;

use super::{
    MAX_LEN, TreeError, TreeSnapshot,
    branch::{Branch, Seed, Step},
    info,
};
use crate::{
    check::{Leaves, Refusal, StateError},
    crypto::Crypto,
    door::Door,
    group::LeafInfo,
    handshake,
    ids::{AccountId, GroupId, RoomId},
    keys::Scope,
    policy::Policy,
    room_state::{RoomState, RoomStateError},
    secret::Secret,
    suite::Suite,
};

/// How many commits off the way are followed.
pub const MAX_DETOURS: usize = 64;
/// How many places are remembered to come back to; the oldest is forgotten first.
const MAX_FORKS: usize = 16;
/// How much of the log is taken, in bytes: a snapshot is made before its commits outweigh it.
const MAX_LOG: usize = 2 * MAX_LEN;

/// A snapshot and what the log holds behind it.
pub struct Follower {
    room: RoomId,
    snapshot: TreeSnapshot,
    /// The state of the snapshot, until it is moved on from.
    base: Option<Branch>,
    epoch: u64,
    group: GroupId,
    suite: Suite,
    commits: Map<u64, Vec<Framed>>,
    proposals: Map<u64, Vec<ProtocolMessage>>,
    taken: usize,
    /// What is known of one state's nodes spares most of the next one's hashes.
    crypto: Crypto,
}

/// A commit, and its length on the wire.
struct Framed {
    message: ProtocolMessage,
    bytes: u64,
}

/// The public state into which a door leads.
pub struct Followed {
    pub(crate) scope: Scope,
    pub(crate) public: PublicGroup,
    pub(crate) policy: Policy,
    pub(crate) leaves: Leaves,
    /// The door's GroupInfo, which describes this state.
    pub(crate) info: VerifiableGroupInfo,
    /// What has hashed the state's nodes, and remembers them.
    pub(crate) crypto: Crypto,
    /// The log holds a commit that members in this state may have merged: they may be elsewhere by now. Who enters here
    /// all the same risks that everybody skips it, and that nobody says so.
    pub superseded: bool,
    /// Commits that stand in the log before those of the way here, and could have counted in their stead: members who merged
    /// one of them are elsewhere.
    pub passed_over: PassedOver,
    /// Commits between the snapshot and this state.
    pub commits_since_tree: u32,
    /// Their size in bytes.
    pub bytes_since_tree: u64,
}

/// Commits that were not followed, though they came first.
#[derive(Clone, Debug, Default)]
pub struct PassedOver {
    /// The first epoch with one.
    pub epoch: Option<u64>,
    /// Who made them.
    pub makers: Set<AccountId>,
}

impl PassedOver {
    fn add(&mut self, epoch: u64, step: &Step) {
        self.epoch.get_or_insert(epoch);
        self.makers.insert(step.committer());
    }
}

/// A branch, and how long the way to it was.
struct Path {
    branch: Branch,
    commits: u32,
    bytes: u64,
    passed_over: PassedOver,
}

/// A state in which several commits may have counted.
struct Fork {
    seed: Seed,
    /// Those that have not been followed.
    steps: VecDeque<Step>,
    commits: u32,
    bytes: u64,
    /// Also the makers of those that have been followed.
    passed_over: PassedOver,
}

/// The state into which a door leads was not found.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FollowError {
    /// The snapshot is malformed.
    #[error(transparent)]
    Snapshot(#[from] TreeError),
    /// What the snapshot holds is no state of this room.
    #[error(transparent)]
    State(#[from] StateError),
    /// The log behind the snapshot is longer than a client follows.
    #[error("the log behind the tree snapshot is too long")]
    TooLong,
    /// The door's GroupInfo is malformed, or of another group or epoch than the door: try the next
    /// candidate.
    #[error("the door holds no GroupInfo of this room")]
    Door,
    /// The snapshot is newer than the door: try the next candidate, or fetch an older snapshot.
    #[error("the door is older than the tree snapshot")]
    Behind,
    /// No branch of the log leads to the state that the door names: the door is bad, or entries are
    /// missing.
    #[error("no commit of the log leads to the state that the door names")]
    NotReached,
    /// More than [`MAX_DETOURS`] wrong ways: somebody floods the log. A new snapshot helps.
    #[error("too many commits of the log could be the ones that counted")]
    Detours,
    /// A commit moves the room to rules that this client does not know.
    #[error("the room has a policy of version {0}")]
    NewerPolicy(u16),
}

impl Follower {
    /// Starts from a snapshot, which is checked like a group that one joins.
    ///
    /// # Errors
    /// [`FollowError::Snapshot`] and [`FollowError::State`].
    pub fn start(snapshot: &[u8], room: RoomId) -> Result<Self, FollowError> {
        let snapshot = TreeSnapshot::decode(snapshot)?;
        let crypto = Crypto::remembering();
        let base = Branch::start(&snapshot, room, false, &crypto)?;
        Ok(Self {
            room,
            snapshot,
            epoch: base.epoch(),
            group: base.scope.group,
            suite: base.policy.suite,
            base: Some(base),
            commits: Map::new(),
            proposals: Map::new(),
            taken: 0,
            crypto,
        })
    }

    /// The epoch of the snapshot.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The group of the snapshot. What is opened with keys from elsewhere must be of this group.
    #[must_use]
    pub fn group_id(&self) -> GroupId {
        self.group
    }

    /// Takes a commit of the log. One that no member looks at, for its form, group or epoch, is
    /// left out here too.
    ///
    /// # Errors
    /// [`FollowError::TooLong`].
    pub fn take_commit(&mut self, bytes: &[u8]) -> Result<(), FollowError> {
        self.count(bytes.len())?;
        if let Ok(message) = handshake::commit(bytes)
            && self.concerns(&message)
            && handshake::check_path_keys(bytes, self.suite).is_ok()
        {
            let epoch = message.epoch().as_u64();
            self.commits.entry(epoch).or_default().push(Framed {
                message,
                bytes: bytes.len() as u64,
            });
        }
        Ok(())
    }

    /// Takes a proposal of the log, likewise.
    ///
    /// # Errors
    /// [`FollowError::TooLong`].
    pub fn take_proposal(&mut self, bytes: &[u8]) -> Result<(), FollowError> {
        self.count(bytes.len())?;
        if let Some(message) = handshake::proposal(bytes)
            && self.concerns(&message)
        {
            let epoch = message.epoch().as_u64();
            self.proposals.entry(epoch).or_default().push(message);
        }
        Ok(())
    }

    /// Finds the state into which a door leads. After an error another door may be tried.
    ///
    /// # Errors
    /// [`FollowError`].
    pub fn reach(&mut self, door: &Door) -> Result<Followed, FollowError> {
        let info = info::parse(&door.group_info).ok_or(FollowError::Door)?;
        let same_group = info.group_id().as_slice() == self.group.as_bytes();
        if !same_group || info.epoch().as_u64() != door.epoch {
            return Err(FollowError::Door);
        }
        if door.epoch < self.epoch {
            return Err(FollowError::Behind);
        }
        let base = self.take_base()?;
        let path = self.walk(base, &info)?;
        let mut newer = None;
        let superseded = !self.steps(&path.branch, &mut newer).is_empty() || newer.is_some();
        Ok(Followed {
            superseded,
            passed_over: path.passed_over,
            scope: path.branch.scope,
            public: path.branch.public,
            policy: path.branch.policy,
            leaves: path.branch.leaves,
            info,
            crypto: self.crypto.sharing(),
            commits_since_tree: path.commits,
            bytes_since_tree: path.bytes,
        })
    }

    fn count(&mut self, len: usize) -> Result<(), FollowError> {
        self.taken = self.taken.saturating_add(len);
        if self.taken > MAX_LOG {
            return Err(FollowError::TooLong);
        }
        Ok(())
    }

    fn concerns(&self, message: &ProtocolMessage) -> bool {
        message.group_id().as_slice() == self.group.as_bytes()
            && message.epoch().as_u64() >= self.epoch
    }

    fn commits(&self, epoch: u64) -> &[Framed] {
        self.commits.get(&epoch).map_or(&[], Vec::as_slice)
    }

    fn proposals(&self, epoch: u64) -> &[ProtocolMessage] {
        self.proposals.get(&epoch).map_or(&[], Vec::as_slice)
    }

    /// Whether several commits of an epoch may each lead on.
    fn may_fork(&self, epoch: u64) -> bool {
        self.commits(epoch).len() > 1
    }

    fn take_base(&mut self) -> Result<Branch, FollowError> {
        let copyable = self.may_fork(self.epoch);
        let mut base = match self.base.take() {
            Some(base) if !copyable => base,
            _ => Branch::start(&self.snapshot, self.room, copyable, &self.crypto)?,
        };
        base.note(self.proposals(self.epoch), &self.crypto);
        Ok(base)
    }

    /// The way to the state that a GroupInfo describes.
    fn walk(&self, base: Branch, info: &VerifiableGroupInfo) -> Result<Path, FollowError> {
        let ahead = info.epoch().as_u64().saturating_sub(self.epoch);
        let ahead = usize::try_from(ahead).unwrap_or(usize::MAX);
        let mut path = Path {
            branch: base,
            commits: 0,
            bytes: 0,
            passed_over: PassedOver::default(),
        };
        let mut forks = Vec::new();
        let mut walked = 0_usize;
        let mut newer = None;
        loop {
            if path.is_at(info, &self.crypto) {
                return Ok(path);
            }
            let next = match self.onward(path, info, &mut forks, &mut newer) {
                Some(next) => next,
                None => self
                    .back(&mut forks)
                    .ok_or(newer.map_or(FollowError::NotReached, FollowError::NewerPolicy))?,
            };
            path = next;
            walked += 1;
            if walked > ahead.saturating_add(MAX_DETOURS) {
                return Err(FollowError::Detours);
            }
        }
    }

    /// One epoch on, by the first commit that may have counted; the others are remembered.
    fn onward(
        &self,
        mut path: Path,
        info: &VerifiableGroupInfo,
        forks: &mut Vec<Fork>,
        newer: &mut Option<u16>,
    ) -> Option<Path> {
        let ahead = info.epoch().as_u64().checked_sub(path.branch.epoch())?;
        if ahead == 0 {
            return None;
        }
        let mut steps = self.steps(&path.branch, newer);
        if ahead == 1 {
            let target = info.group_context().confirmed_transcript_hash();
            let before = steps.iter().take_while(|step| step.transcript() != target);
            before.for_each(|step| path.passed_over.add(path.branch.epoch(), step));
            steps.retain(|step| step.transcript() == target);
        }
        let first = steps.pop_front()?;
        if !steps.is_empty()
            && let Some(seed) = path.branch.take_seed()
        {
            if forks.len() >= MAX_FORKS {
                forks.remove(0);
            }
            let mut passed_over = path.passed_over.clone();
            passed_over.add(path.branch.epoch(), &first);
            forks.push(Fork {
                seed,
                steps,
                commits: path.commits,
                bytes: path.bytes,
                passed_over,
            });
        }
        self.follow(path, first)
    }

    /// Back to the last place where there was another way.
    fn back(&self, forks: &mut Vec<Fork>) -> Option<Path> {
        loop {
            let fork = forks.last_mut()?;
            if let Some(step) = fork.steps.pop_front() {
                let path = fork.path();
                if let Some(path) = &path {
                    fork.passed_over.add(path.branch.epoch(), &step);
                }
                let path = path.and_then(|path| self.follow(path, step));
                if path.is_some() {
                    return path;
                }
            } else {
                forks.pop();
            }
        }
    }

    /// The commits that members could have merged in this state, in the order of the log.
    fn steps(&self, branch: &Branch, newer: &mut Option<u16>) -> VecDeque<Step> {
        let mut steps = VecDeque::new();
        for framed in self.commits(branch.epoch()) {
            match branch.judge(&framed.message, framed.bytes, &self.crypto) {
                Ok(step) => steps.push_back(step),
                Err(Refusal::NewerPolicy(version)) => *newer = Some(version),
                Err(Refusal::Broken(_)) => {}
            }
        }
        steps
    }

    fn follow(&self, path: Path, step: Step) -> Option<Path> {
        let (commits, bytes) = (path.commits, path.bytes.saturating_add(step.bytes));
        let passed_over = path.passed_over;
        let copyable = self.may_fork(path.branch.epoch().saturating_add(1));
        let mut branch = path.branch.advance(step, copyable)?;
        branch.note(self.proposals(branch.epoch()), &self.crypto);
        Some(Path {
            branch,
            commits: commits.saturating_add(1),
            bytes,
            passed_over,
        })
    }
}

impl Path {
    fn is_at(&self, info: &VerifiableGroupInfo, crypto: &Crypto) -> bool {
        self.branch.epoch() == info.epoch().as_u64()
            && info::describes(info, &self.branch.public, crypto)
    }
}

impl Fork {
    fn path(&self) -> Option<Path> {
        Some(Path {
            branch: self.seed.grow()?,
            commits: self.commits,
            bytes: self.bytes,
            passed_over: self.passed_over.clone(),
        })
    }
}

impl Followed {
    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.public.group_context().epoch().as_u64()
    }

    /// The first 16 bytes of the confirmed transcript hash, as a `status` names it.
    #[must_use]
    pub fn transcript16(&self) -> [u8; 16] {
        let hash = self.public.group_context().confirmed_transcript_hash();
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// All leaves, by index.
    pub fn leaves(&self) -> impl Iterator<Item = &LeafInfo> {
        self.leaves.iter()
    }

    /// Opens the room state from outside, with the door key that grant or vault give, and compares it with the hash
    /// in the policy.
    ///
    /// # Errors
    /// [`RoomStateError`].
    pub fn open_state(
        &self,
        sealed: &[u8],
        door_key: &Secret<32>,
    ) -> Result<RoomState, RoomStateError> {
        let Scope { room, group } = self.scope;
        RoomState::open(sealed, door_key, room, group, &self.policy.state_hash)
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}
