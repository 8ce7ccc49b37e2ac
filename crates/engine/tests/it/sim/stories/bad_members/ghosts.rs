//! Those who have no leaf any more, a copy of all that their device had, and a server that puts into the log whatever they
//! like: former members, and devices that were revoked (PROTOCOL section 3: nothing after the removal).

use engine::{
    Engine,
    api::{Command, HistoryChoice, ItemBody},
    hostile::{BadCommit, BadEntry, BadMessage},
};
use protocol::{
    ids::{AccountId, ClientId, DeviceId, RoomId, Seq},
    log::{Body, Commit, Effects},
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::{ALICE, BOB, CAROL, DAVE, ERIN};
use crate::sim::{canary::MARKER, misdeeds::Fate, person::Who, world::World};

/// A program that goes on from a copy of a home.
struct Ghost {
    engine: Engine,
    rng: ChaCha20Rng,
    is: (AccountId, DeviceId),
    ids: u8,
}

impl Ghost {
    fn of(world: &World, who: Who) -> Self {
        let person = world.person(who);
        let engine = Engine::load(world.config, person.store.load()).expect("its own rows");
        let view = engine.account().expect("an account");
        Self {
            rng: ChaCha20Rng::seed_from_u64(7),
            is: (view.account, view.device),
            engine,
            ids: 0,
        }
    }

    fn next_id(&mut self) -> ClientId {
        self.ids += 1;
        ClientId::from_bytes([self.ids; 16])
    }
}

/// The rules that somebody breaks who has been shut out: the epoch is over, whatever else is wrong.
const COMMITS: [BadCommit; 6] = [
    BadCommit::NoMls,
    BadCommit::OtherEpoch,
    BadCommit::MembershipTag,
    BadCommit::AddTwice,
    BadCommit::PromoteSelf,
    BadCommit::ExternalSenders,
];

impl World {
    /// The server puts a commit of the ghost's into the log.
    fn haunts_by_commit(&mut self, room: RoomId, ghost: &mut Ghost, commit: Vec<u8>) -> Seq {
        let body = Body::Commit(Commit {
            commit: commit.into(),
            effects: Effects::default(),
            with_tree: false,
        });
        self.betrayed = true;
        self.slips(room, ghost, body)
    }

    fn slips(&mut self, room: RoomId, ghost: &mut Ghost, body: Body) -> Seq {
        let (id, now) = (ghost.next_id(), self.server_time());
        let seq = self.server.slips_in(room, ghost.is, id, body, now);
        self.flush_pushes();
        seq.expect("a room")
    }

    /// A message that the ghost seals with what it has. `rule` is what else is wrong with it, if anything is.
    fn haunts_by_message(&mut self, room: RoomId, ghost: &mut Ghost, rule: BadMessage) -> Seq {
        let text = format!("{MARKER} I am still here {}", ghost.ids);
        let made = ghost
            .engine
            .break_message(room, rule, &text, None, &mut ghost.rng);
        let (made, _) = made.expect("its group is as it was");
        let (id, now) = (made.client_id.expect("one"), self.server_time());
        let body = Body::Message(made.message);
        let seq = self.server.slips_in(room, ghost.is, id, body, now);
        let seq = seq.expect("a room");
        self.misdeeds.note(room, seq, Fate::Unread);
        self.flush_pushes();
        seq
    }

    /// All that a ghost tries. Nobody shows anything of it but that something was refused, in the log's past neither.
    fn is_haunted_in_vain(&mut self, room: RoomId, ghost: &mut Ghost, but: Who) {
        // Sealed rightly, in the epoch that the ghost knows: only its place is wrong.
        let mut lines = vec![self.haunts_by_message(room, ghost, BadMessage::OtherTranscript)];
        for rule in COMMITS {
            let made = ghost.engine.break_rule(room, rule, &mut ghost.rng);
            if let Some(request) = made {
                let seq = self.haunts_by_commit(room, ghost, request.commit.into());
                self.rest();
                self.all_refuse(&format!("{rule:?}"), room, seq, but);
            }
        }
        for rule in [BadMessage::OtherEpoch, BadMessage::OtherTranscript] {
            lines.push(self.haunts_by_message(room, ghost, rule));
        }
        self.breaks_in(room, ghost, but);
        self.rest();
        for who in self.honest(room, but) {
            for seq in &lines {
                let line = self.line(who, room, *seq).expect("a line");
                assert!(
                    matches!(line.body, ItemBody::Tombstone(_)),
                    "{who:?}: {line:?}"
                );
            }
        }
        self.all_go_on(room, but);
    }

    /// By external commits, from a tree that the server gives it.
    fn breaks_in(&mut self, room: RoomId, ghost: &mut Ghost, but: Who) {
        let snapshot = self.server.rooms()[&room].snapshot();
        for rule in BadEntry::ALL {
            let made = ghost.engine.break_in(room, &snapshot, rule, &mut ghost.rng);
            if let Some(request) = made {
                let seq = self.haunts_by_commit(room, ghost, request.commit.into());
                self.rest();
                self.all_refuse(&format!("{rule:?}"), room, seq, but);
            }
        }
    }
}

#[test]
fn a_former_member_with_the_servers_help_says_and_changes_nothing() {
    for history in [HistoryChoice::SinceJoin, HistoryChoice::Shared] {
        let (mut world, room) = World::company(history);
        let mut ghost = Ghost::of(&world, BOB);
        let remove = world.remove(room, BOB);
        world.does(CAROL, remove);
        world.is_haunted_in_vain(room, &mut ghost, BOB);
        // Who comes later reads the log's past by the other path, and shows no more of it.
        let invite = world.invite(room, ERIN);
        world.does(ALICE, invite);
        world.does(ERIN, Command::Accept { room });
        world.rest();
        if history == HistoryChoice::Shared {
            assert_eq!(world.reads(ERIN, room), world.reads(ALICE, room));
        }
        let further = world.moves_in("alice", 80);
        world.rest();
        assert_eq!(world.reads(further, room), world.reads(ALICE, room));
    }
}

#[test]
fn a_revoked_device_with_the_servers_help_says_and_changes_nothing() {
    let (mut world, room) = World::company(HistoryChoice::Shared);
    let phone = world.further(99);
    world.say(phone, room, "from the phone");
    world.rest();
    let mut ghost = Ghost::of(&world, phone);
    world.is_stolen(phone);
    world.server.keeps_revoked = true;
    let revoke = world.revoking(ALICE, &[phone]);
    world.does(ALICE, revoke);
    world.is_haunted_in_vain(room, &mut ghost, phone);
    // The account's next device, whom the vault tells all, shows no more either.
    let tablet = world.further(98);
    assert_eq!(world.reads(tablet, room), world.reads(DAVE, room));
    world.all_go_on(room, phone);
}
