//! A room with an owner (alice), a moderator (carol), two members (bob, dave).

use rand_chacha::ChaCha20Rng;

use crate::{
    check::PublicReason,
    device::{Device, Validity},
    group::{Group, Intent, Joining, NewRoom, PrivateReason, StageContext, Verdict},
    ids::{AccountId, RoomId},
    key_package::{OwnKeyPackage, PeerKeyPackage},
    policy::{Access, History, Permissions},
    roles::Role,
    room_state::RoomState,
    signing::SigningKey,
    suite::Suite,
    testing::{self, NOW_MS},
};

/// What the forger's honest half says of a commit that it did not stage.
const OWN_LEAF: Verdict = Verdict::Suspect(PrivateReason::OwnLeaf);

/// A device in the room.
pub(super) struct Seat {
    pub(super) signing: SigningKey,
    pub(super) device: Device,
    pub(super) group: Group,
}

pub(super) struct Room {
    pub(super) alice: Seat,
    pub(super) bob: Seat,
    pub(super) carol: Seat,
    pub(super) dave: Seat,
    pub(super) rng: ChaCha20Rng,
}

/// Somebody who is not in the room.
pub(super) struct Stranger {
    pub(super) signing: SigningKey,
    pub(super) device: Device,
}

pub(super) fn stranger(name: &str, seed: u64) -> Stranger {
    let person = testing::person(name, seed);
    Stranger {
        signing: person.signing,
        device: person.device,
    }
}

impl Stranger {
    pub(super) fn key_package(&self, rng: &mut ChaCha20Rng) -> OwnKeyPackage {
        OwnKeyPackage::make(&self.device, Suite::CLASSICAL, 1, rng)
            .unwrap()
            .remove(0)
    }
}

/// A further device of an account, with a certificate of the given signing key.
pub(super) fn further_device(signing: &SigningKey, rng: &mut ChaCha20Rng) -> Stranger {
    let name = testing::user_name("further");
    let device = Device::create(name, signing, Validity::days(NOW_MS, 90), rng);
    Stranger {
        signing: signing.duplicate(),
        device,
    }
}

pub(super) fn peer(key_package: &OwnKeyPackage) -> PeerKeyPackage {
    PeerKeyPackage::parse(&key_package.bytes, Suite::CLASSICAL).unwrap()
}

impl Seat {
    pub(super) fn account(&self) -> AccountId {
        self.device.account()
    }

    /// An honest commit, already merged here.
    pub(super) fn commit(&mut self, intent: &Intent, rng: &mut ChaCha20Rng) -> Vec<u8> {
        let own = self.stage(intent, rng);
        self.group.confirm_own().unwrap().unwrap();
        own.commit
    }

    pub(super) fn stage(
        &mut self,
        intent: &Intent,
        rng: &mut ChaCha20Rng,
    ) -> crate::group::OwnCommit {
        let context = context(&self.group);
        self.group
            .stage(&self.device, intent, &context, rng)
            .unwrap()
    }
}

pub(super) fn context(group: &Group) -> StageContext {
    StageContext {
        now_ms: NOW_MS,
        ..StageContext::start(group.room(), group.group_id())
    }
}

impl Room {
    pub(super) fn new() -> Self {
        Self::with(Access::Invitation, Permissions::default())
    }

    pub(super) fn with(access: Access, permissions: Permissions) -> Self {
        let mut rng = testing::rng(1);
        let people = ["alice", "bob", "carol", "dave"]
            .iter()
            .zip(10..)
            .map(|(name, seed)| stranger(name, seed));
        let [alice, bob, carol, dave] = people.collect::<Vec<_>>().try_into().ok().unwrap();
        let new = NewRoom {
            room: RoomId::new(7).unwrap(),
            history: History::SinceJoin,
            access,
            permissions,
            state: RoomState::new("Tea", "", &mut rng).unwrap(),
            suite: Suite::CLASSICAL,
        };
        let (group, _) = Group::create(&alice.device, new, NOW_MS, &mut rng).unwrap();
        let mut alice = Seat {
            signing: alice.signing,
            device: alice.device,
            group,
        };
        let guests = [bob, carol, dave];
        let own: Vec<_> = guests
            .iter()
            .map(|guest| guest.key_package(&mut rng))
            .collect();
        let intent = Intent {
            invite: own.iter().map(peer).collect(),
            roles: vec![(guests[1].device.account(), Role::Moderator)],
            ..Intent::default()
        };
        let staged = alice.stage(&intent, &mut rng);
        alice.group.confirm_own().unwrap().unwrap();
        let welcome = staged.welcome.unwrap();
        let mut seats = guests.into_iter().zip(own).map(|(guest, key_package)| {
            let joining = Joining {
                room: RoomId::new(7).unwrap(),
                welcome: &welcome.welcome,
                key_package: key_package.rows,
                bundle: Some(&welcome.bundle),
            };
            let group = Group::join(&guest.device, joining, &mut rng).unwrap();
            Seat {
                signing: guest.signing,
                device: guest.device,
                group,
            }
        });
        let [bob, carol, dave] = [(); 3].map(|()| seats.next().unwrap());
        drop(seats);
        Self {
            alice,
            bob,
            carol,
            dave,
            rng,
        }
    }

    pub(super) fn seats(&mut self) -> [&mut Seat; 4] {
        [
            &mut self.alice,
            &mut self.bob,
            &mut self.carol,
            &mut self.dave,
        ]
    }

    /// Everybody whose device is not the committer's merges an honest commit.
    pub(super) fn follow(&mut self, commit: &[u8]) {
        for seat in self.seats() {
            match seat.group.judge(commit).unwrap() {
                // The committer itself is ahead already.
                Verdict::Merged(_) | Verdict::Skipped(PublicReason::WrongEpoch) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Everybody skips the commit for this reason, and nobody's state moves.
    pub(super) fn all_skip(&mut self, name: &str, commit: &[u8], reason: PublicReason) {
        for seat in self.seats() {
            let epoch = seat.group.epoch();
            seat.group.take_changes();
            let verdict = seat.group.judge(commit).unwrap();
            // The forger's honest half asks for the tag only after it has seen its own name.
            let own = reason == PublicReason::MembershipTag && verdict == OWN_LEAF;
            if !own {
                assert_eq!(verdict, Verdict::Skipped(reason), "{name}");
            }
            assert_eq!(seat.group.epoch(), epoch, "{name}");
            assert!(seat.group.take_changes().is_empty(), "{name}");
        }
    }

    /// Everybody but the committer merges: the control of a case.
    pub(super) fn all_merge(&mut self, name: &str, commit: &[u8]) {
        let mut merged = 0;
        for seat in self.seats() {
            match seat.group.judge(commit).unwrap() {
                Verdict::Merged(_) => merged += 1,
                OWN_LEAF | Verdict::Removed { .. } => {}
                other => panic!("{name}: {other:?}"),
            }
        }
        assert!(merged >= 2, "{name}");
    }
}

/// The signing key of generation 1 of a person of [`stranger`].
pub(super) fn next_generation(name: &str, seed: u64, rng: &mut ChaCha20Rng) -> SigningKey {
    SigningKey::generate(&testing::person(name, seed).identity, 1, rng)
}
