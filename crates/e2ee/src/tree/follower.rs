//! Following a room from outside: from a snapshot along the public commits of the log, to the state
//! into which a door leads (PROTOCOL section 4).
//!
//! An outsider sees which commits break a public rule, and skips them like the members. It does not
//! see a path that does not open, so of several commits of one epoch it follows each, until the
//! branch is found whose confirmed transcript hash the door names. A commit is signed together with
//! the state that it changes: it fits one branch only, and a branch that nobody extends ends.

use std::collections::BTreeMap;

use openmls::{
    framing::ProtocolMessage, group::PublicGroup, messages::group_info::VerifiableGroupInfo,
};
use openmls_rust_crypto::RustCrypto;
use thiserror::Error;

use super::{
    MAX_LEN, TreeError, TreeSnapshot,
    branch::{Branch, Step},
    info,
};
use crate::{
    check::{Leaves, Refusal, StateError},
    door::Door,
    group::LeafInfo,
    handshake,
    ids::{GroupId, RoomId},
    keys::Scope,
    policy::Policy,
};

/// How many branches are followed at a time.
pub const MAX_BRANCHES: usize = 8;
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
    commits: BTreeMap<u64, Vec<Framed>>,
    proposals: BTreeMap<u64, Vec<ProtocolMessage>>,
    taken: usize,
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
    /// Commits between the snapshot and this state.
    pub commits_since_tree: u32,
    /// Their size in bytes.
    pub bytes_since_tree: u64,
}

/// A branch, and how long the way to it was.
struct Path {
    branch: Branch,
    commits: u32,
    bytes: u64,
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
    /// More branches than are followed: somebody floods the log. A new snapshot helps.
    #[error("too many commits of one epoch could be the one that counted")]
    Branches,
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
        let base = Branch::start(&snapshot, room, false)?;
        Ok(Self {
            room,
            snapshot,
            epoch: base.epoch(),
            group: base.scope.group,
            base: Some(base),
            commits: BTreeMap::new(),
            proposals: BTreeMap::new(),
            taken: 0,
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
        let target = info.group_context().confirmed_transcript_hash();
        let base = self.take_base()?;
        let ends = self.walk(base, door.epoch, target)?;
        let crypto = RustCrypto::default();
        let found = ends
            .into_iter()
            .find(|path| info::describes(&info, &path.branch.public, &crypto));
        let path = found.ok_or(FollowError::NotReached)?;
        Ok(Followed {
            scope: path.branch.scope,
            public: path.branch.public,
            policy: path.branch.policy,
            leaves: path.branch.leaves,
            info,
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
            _ => Branch::start(&self.snapshot, self.room, copyable)?,
        };
        base.note(self.proposals(self.epoch));
        Ok(base)
    }

    /// All branches of the epoch `to` that may be at the state with this transcript hash.
    fn walk(&self, base: Branch, to: u64, target: &[u8]) -> Result<Vec<Path>, FollowError> {
        let mut paths = vec![Path {
            branch: base,
            commits: 0,
            bytes: 0,
        }];
        let mut newer = None;
        for epoch in self.epoch..to {
            let last = epoch + 1 == to;
            let mut next = Vec::new();
            for path in paths {
                let steps = self.steps(&path.branch, epoch, &mut newer).into_iter();
                let steps = steps.filter(|step| !last || step.transcript() == target);
                self.fork(path, steps.collect(), last, &mut next);
                if next.len() > MAX_BRANCHES {
                    return Err(FollowError::Branches);
                }
            }
            if next.is_empty() {
                return Err(newer.map_or(FollowError::NotReached, FollowError::NewerPolicy));
            }
            paths = next;
        }
        Ok(paths)
    }

    /// The commits of an epoch that members could have merged in this state.
    fn steps(&self, branch: &Branch, epoch: u64, newer: &mut Option<u16>) -> Vec<Step> {
        let mut steps = Vec::new();
        for framed in self.commits(epoch) {
            match branch.judge(&framed.message, framed.bytes) {
                Ok(step) => steps.push(step),
                Err(Refusal::NewerPolicy(version)) => *newer = Some(version),
                Err(Refusal::Broken(_)) => {}
            }
        }
        steps
    }

    /// Follows each of the steps; where there are several, only those that somebody extends.
    fn fork(&self, path: Path, mut steps: Vec<Step>, last: bool, next: &mut Vec<Path>) {
        let Some(final_step) = steps.pop() else {
            return;
        };
        let alone = steps.is_empty();
        let goes_on = |path: &Path| last || self.is_extended(&path.branch);
        for step in steps {
            let copy = path.copy().and_then(|copy| self.follow(copy, step));
            next.extend(copy.filter(goes_on));
        }
        let path = self.follow(path, final_step);
        next.extend(path.filter(|path| alone || goes_on(path)));
    }

    fn follow(&self, path: Path, step: Step) -> Option<Path> {
        let (commits, bytes) = (path.commits, path.bytes.saturating_add(step.bytes));
        let copyable = self.may_fork(path.branch.epoch().saturating_add(1));
        let mut branch = path.branch.advance(step, copyable)?;
        branch.note(self.proposals(branch.epoch()));
        Some(Path {
            branch,
            commits: commits.saturating_add(1),
            bytes,
        })
    }

    fn is_extended(&self, branch: &Branch) -> bool {
        let mut commits = self.commits(branch.epoch()).iter();
        commits.any(|framed| {
            let verdict = branch.judge(&framed.message, framed.bytes);
            !matches!(verdict, Err(Refusal::Broken(_)))
        })
    }
}

impl Path {
    fn copy(&self) -> Option<Self> {
        Some(Self {
            branch: self.branch.copy()?,
            ..*self
        })
    }
}

impl Followed {
    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.public.group_context().epoch().as_u64()
    }

    /// All leaves, by index.
    pub fn leaves(&self) -> impl Iterator<Item = &LeafInfo> {
        self.leaves.iter()
    }

    /// The policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}
