//! People with devices, a room, and its log: an honest server in a few lines.

use std::collections::BTreeMap;

use e2ee::{
    counters::Counters,
    device::{Device, Validity},
    group::{
        Change, Draft, Group, Intent, Joining, NewRoom, OpenError, OwnCommit, Received,
        RosterWrite, Sealed, StageContext, StageError, Verdict,
    },
    identity::Identity,
    ids::{AccountId, ClientId, RoomId},
    key_package::{self, OwnKeyPackage, PeerKeyPackage},
    log_head::LogHead,
    message::{Opened, Wire},
    policy::{Access, History, Permissions},
    room_state::RoomState,
    rows::{Row, RowChanges},
    signing::SigningKey,
    suite::Suite,
    user_name::UserName,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

pub const NOW: u64 = 1_700_000_000_000;

/// A device's durable rows, as a store would hold them.
#[derive(Default)]
pub struct Disk(BTreeMap<Vec<u8>, Row>);

impl Disk {
    pub fn write(&mut self, changes: RowChanges) {
        for row in changes.puts {
            self.0.insert(row.0.clone(), row);
        }
        for key in changes.deletes {
            assert!(self.0.remove(&key).is_some(), "deletes only what is stored");
        }
    }

    pub fn copy(other: &Self) -> Self {
        Self(other.0.clone())
    }

    pub fn rows(&self) -> Vec<Row> {
        self.0.values().cloned().collect()
    }
}

/// A person with one device and at most one room.
pub struct Person {
    pub name: &'static str,
    pub identity: Identity,
    pub signing: SigningKey,
    pub device: Device,
    pub suite: Suite,
    pub group: Option<Group>,
    pub disk: Disk,
    pub counters: Counters,
    pub counter: u64,
    pub rng: ChaCha20Rng,
}

/// What the server keeps of a room.
#[derive(Default)]
pub struct Server {
    pub door: Vec<u8>,
    pub state: Vec<u8>,
    pub roster: Vec<u8>,
    pub tree: Vec<u8>,
    pub chain: Vec<Vec<u8>>,
    pub commits: Vec<Vec<u8>>,
    /// Handshakes behind the tree snapshot.
    pub since_tree: Vec<Handshake>,
}

/// A handshake of the log.
pub enum Handshake {
    Commit(Vec<u8>),
    Proposal(Vec<u8>),
}

impl Server {
    pub fn take(&mut self, own: &OwnCommit) {
        self.door = own.door.clone();
        if let Some(state) = &own.state {
            self.state = state.clone();
        }
        match &own.roster {
            RosterWrite::Keep => {}
            RosterWrite::Append(chunk) => self.roster.extend_from_slice(chunk),
            RosterWrite::Replace(log) => self.roster = log.clone(),
        }
        self.since_tree.push(Handshake::Commit(own.commit.clone()));
        if let Some(tree) = &own.tree {
            self.tree = tree.clone();
            self.since_tree.clear();
        }
        self.chain.extend(own.chain.clone());
        self.commits.push(own.commit.clone());
    }
}

impl Person {
    pub fn new(name: &'static str, suite: Suite) -> Self {
        let mut seed = [0; 32];
        seed[..name.len()].copy_from_slice(name.as_bytes());
        let mut rng = ChaCha20Rng::from_seed(seed);
        let identity = Identity::generate(&mut rng);
        let signing = SigningKey::generate(&identity, 0, &mut rng);
        let user = UserName::new(name).unwrap();
        let device = Device::create(user, &signing, Validity::days(NOW, 30), &mut rng);
        Self {
            name,
            identity,
            signing,
            device,
            suite,
            group: None,
            disk: Disk::default(),
            counters: Counters::default(),
            counter: 0,
            rng,
        }
    }

    /// Another device of the same account.
    pub fn further_device(&self, name: &'static str) -> Self {
        let mut other = Self::new(name, self.suite);
        other.identity = Identity::from_seed(&self.identity.seed());
        other.signing = self.signing.duplicate();
        let user = UserName::new(self.name).unwrap();
        other.device = Device::create(
            user,
            &other.signing,
            Validity::days(NOW, 30),
            &mut other.rng,
        );
        other
    }

    pub fn account(&self) -> AccountId {
        self.device.account()
    }

    pub fn group(&mut self) -> &mut Group {
        self.group.as_mut().unwrap()
    }

    pub fn authenticator(&self) -> Vec<u8> {
        self.group.as_ref().unwrap().authenticator().to_vec()
    }

    /// A crash: memory is thrown away, the durable rows are loaded.
    pub fn reload(&mut self) {
        self.group = Some(Group::load(self.disk.rows()).unwrap());
    }

    /// One durable batch; then, as after a crash, memory is thrown away and loaded again.
    pub fn save(&mut self) {
        self.disk.write(self.group.as_ref().unwrap().take_changes());
        self.group = Some(Group::load(self.disk.rows()).unwrap());
    }

    pub fn create(&mut self, history: History) -> Server {
        let new = NewRoom {
            room: RoomId::new(7).unwrap(),
            history,
            access: Access::Invitation,
            permissions: Permissions::default(),
            state: RoomState::new("Tea", "", &mut self.rng).unwrap(),
            suite: self.suite,
        };
        let (group, creation) = Group::create(&self.device, new, NOW, &mut self.rng).unwrap();
        self.group = Some(group);
        self.save();
        Server {
            door: creation.door,
            state: creation.state,
            roster: creation.roster,
            tree: creation.tree,
            ..Server::default()
        }
    }

    pub fn key_package(&mut self) -> OwnKeyPackage {
        OwnKeyPackage::make(&self.device, self.suite, 1, &mut self.rng)
            .unwrap()
            .remove(0)
    }

    pub fn context(&self) -> StageContext {
        let group = self.group.as_ref().unwrap();
        StageContext {
            now_ms: NOW,
            log: LogHead::start(group.room(), group.group_id()),
            commits_since_tree: 0,
            bytes_since_tree: 0,
        }
    }

    pub fn stage(&mut self, intent: &Intent) -> Result<OwnCommit, StageError> {
        let context = self.context();
        let group = self.group.as_mut().unwrap();
        let staged = group.stage(&self.device, intent, &context, &mut self.rng);
        self.save();
        staged
    }

    pub fn judge(&mut self, commit: &[u8]) -> Verdict {
        let verdict = self.group().judge(commit).unwrap();
        self.save();
        verdict
    }

    pub fn merge(&mut self, commit: &[u8]) -> Change {
        match self.judge(commit) {
            Verdict::Merged(change) => *change,
            other => panic!("{}: {other:?}", self.name),
        }
    }

    pub fn join(&mut self, own: &OwnCommit, key_package: OwnKeyPackage) {
        let welcome = own.welcome.as_ref().unwrap();
        let names = key_package::references(&welcome.welcome).unwrap();
        assert!(names.contains(&key_package.reference));
        let joining = Joining {
            room: RoomId::new(7).unwrap(),
            welcome: &welcome.welcome,
            key_package: key_package.rows,
            bundle: Some(&welcome.bundle),
        };
        self.group = Some(Group::join(&self.device, joining, &mut self.rng).unwrap());
        self.disk = Disk::default();
        self.save();
    }

    pub fn say(&mut self, text: &str) -> (ClientId, Sealed) {
        let said = self.seal(text, false);
        self.save();
        said
    }

    pub fn say_unsaved(&mut self, text: &str) -> (ClientId, Sealed) {
        self.seal(text, false)
    }

    pub fn say_fleeting(&mut self, text: &str) -> (ClientId, Sealed) {
        let said = self.seal(text, true);
        self.save();
        said
    }

    fn seal(&mut self, text: &str, fleeting: bool) -> (ClientId, Sealed) {
        self.counter += 1;
        let client_id = ClientId::random(&mut self.rng);
        let context = self.context();
        let draft = Draft {
            client_id,
            counter: self.counter,
            sent_at_ms: NOW,
            seen: context.log.seen(),
            kind: 1,
            content: text.as_bytes(),
            fleeting,
            mark: &[],
        };
        let group = self.group.as_mut().unwrap();
        let sealed = group.seal(&self.device, &draft, &mut self.rng).unwrap();
        (client_id, sealed)
    }

    pub fn hear(&mut self, post: &Post) -> Result<Received, OpenError> {
        let group = self.group.as_mut().unwrap();
        let result = group.open(&post.wire(), &post.sealed.mls, &mut self.counters);
        self.save();
        result
    }

    /// The history path, with the entry as the server keeps it and nothing shown before.
    pub fn look_up(&self, post: &Post) -> Result<Opened, OpenError> {
        let group = self.group.as_ref().unwrap();
        let mut unseen = Counters::default();
        let opened = group.open_history(&post.wire(), post.sealed.epoch, &mut unseen);
        opened.map(|(opened, _)| opened)
    }

    pub fn reads(&self, post: &Post) -> bool {
        self.look_up(post).is_ok()
    }

    /// What a member does after it came in: state, roster log and history chain of the server.
    pub fn fetch(&mut self, server: &Server) {
        let group = self.group.as_mut().unwrap();
        group.open_state(&server.state).unwrap();
        group.open_roster(&server.roster).unwrap();
        for link in server.chain.iter().rev() {
            // Rooms without shared history have no links; older links wait for newer ones.
            group.open_chain_link(link).unwrap();
        }
        self.save();
    }

    pub fn leave(&mut self) -> Vec<u8> {
        let group = self.group.as_mut().unwrap();
        group.propose_leave(&self.device, &mut self.rng).unwrap()
    }
}

/// A message as an entry of the log.
pub struct Post {
    pub sealed: Sealed,
    pub client_id: ClientId,
    pub device: e2ee::ids::DeviceId,
}

impl Post {
    pub fn by(person: &mut Person, text: &str) -> Self {
        let (client_id, sealed) = person.say(text);
        Self {
            sealed,
            client_id,
            device: person.device.id(),
        }
    }

    pub fn wire(&self) -> Wire<'_> {
        Wire {
            encrypted_content: &self.sealed.encrypted_content,
            iv: &self.sealed.iv,
            message_hash: &self.sealed.message_hash,
            history_key: self.sealed.history_key.as_deref(),
            client_id: self.client_id,
            device: self.device,
        }
    }
}

/// One commit by `committer` that everybody merges; whom it adds joins.
pub fn commit(
    server: &mut Server,
    committer: &mut Person,
    intent: &Intent,
    others: &mut [&mut Person],
) -> OwnCommit {
    let own = committer.stage(intent).unwrap();
    server.take(&own);
    let change = committer.merge(&own.commit);
    assert!(change.own);
    for other in others {
        let theirs = other.merge(&own.commit);
        assert_eq!(theirs.rotation, change.rotation);
        assert_eq!(
            other.authenticator(),
            committer.authenticator(),
            "{}",
            other.name
        );
    }
    own
}

/// `committer` adds `guest`.
pub fn invite(
    server: &mut Server,
    committer: &mut Person,
    guest: &mut Person,
    others: &mut [&mut Person],
) -> OwnCommit {
    let key_package = guest.key_package();
    let peer = PeerKeyPackage::parse(&key_package.bytes, guest.suite).unwrap();
    let own = commit(server, committer, &Intent::invite(vec![peer]), others);
    guest.join(&own, key_package);
    assert_eq!(
        guest.authenticator(),
        committer.authenticator(),
        "{}",
        guest.name
    );
    own
}

/// Everybody opens a message and sees the same.
pub fn everyone_hears(post: &Post, text: &str, people: &mut [&mut Person]) {
    for person in people {
        let received = person
            .hear(post)
            .unwrap_or_else(|error| panic!("{}: {error}", person.name));
        assert_eq!(received.opened.payload.content.as_slice(), text.as_bytes());
        assert!(received.same_transcript);
    }
}
