//! Random sequences of valid operations: everybody who is in shares the epoch, everybody who is out
//! knows it.

use e2ee::{
    group::{Intent, StageError, Verdict},
    policy::History,
    roles::Role,
    suite::Suite,
};
use proptest::prelude::*;

use crate::world::{Person, Post, Server, everyone_hears, invite};

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];

#[derive(Clone, Copy, Debug)]
enum Step {
    Invite(usize, usize),
    Remove(usize, usize),
    Role(usize, usize, Role),
    Rename(usize),
    Rotate(usize),
    Leave(usize),
    Housekeep(usize),
    Say(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..NAMES.len();
    let role = prop_oneof![
        Just(Role::Member),
        Just(Role::Moderator),
        Just(Role::Admin),
        Just(Role::Owner)
    ];
    prop_oneof![
        3 => (who.clone(), who.clone()).prop_map(|(by, guest)| Step::Invite(by, guest)),
        1 => (who.clone(), who.clone()).prop_map(|(by, whom)| Step::Remove(by, whom)),
        2 => (who.clone(), who.clone(), role).prop_map(|(by, whom, role)| Step::Role(by, whom, role)),
        1 => who.clone().prop_map(Step::Rename),
        1 => who.clone().prop_map(Step::Rotate),
        1 => who.clone().prop_map(Step::Leave),
        1 => who.clone().prop_map(Step::Housekeep),
        3 => who.prop_map(Step::Say),
    ]
}

struct World {
    server: Server,
    people: Vec<Person>,
    inside: Vec<bool>,
}

impl World {
    fn new(history: History) -> Self {
        let mut people: Vec<Person> = NAMES
            .iter()
            .map(|name| Person::new(name, Suite::CLASSICAL))
            .collect();
        let server = people[0].create(history);
        Self {
            server,
            people,
            inside: vec![true, false, false, false],
        }
    }

    fn members(&mut self) -> Vec<&mut Person> {
        let inside = self.inside.clone();
        let people = self.people.iter_mut().zip(inside);
        people
            .filter(|(_, inside)| *inside)
            .map(|(person, _)| person)
            .collect()
    }

    fn take(&mut self, step: Step) {
        let (Step::Invite(by, _)
        | Step::Remove(by, _)
        | Step::Role(by, ..)
        | Step::Rename(by)
        | Step::Rotate(by)
        | Step::Leave(by)
        | Step::Housekeep(by)
        | Step::Say(by)) = step;
        if !self.inside[by] {
            return;
        }
        match step {
            Step::Invite(_, guest) => self.invite(by, guest),
            Step::Remove(_, whom) => {
                let account = self.people[whom].account();
                self.commit(by, &Intent::remove(account));
            }
            Step::Role(_, whom, role) => {
                let account = self.people[whom].account();
                self.commit(by, &Intent::set_role(account, role));
            }
            Step::Rename(_) => self.commit(by, &Intent::rename("Other")),
            Step::Rotate(_) => self.commit(
                by,
                &Intent {
                    rotate: true,
                    ..Intent::default()
                },
            ),
            Step::Leave(_) => self.propose(by),
            Step::Housekeep(_) => self.commit(by, &Intent::housekeeping()),
            Step::Say(_) => {
                let post = Post::by(&mut self.people[by], "words");
                everyone_hears(&post, "words", &mut self.members());
            }
        }
    }

    fn invite(&mut self, by: usize, guest: usize) {
        let leaving = !self.people[by].group().leaving().unwrap().is_empty();
        if self.inside[guest] || leaving {
            return;
        }
        let mut committer = None;
        let mut joiner = None;
        let mut others = Vec::new();
        for (at, person) in self.people.iter_mut().enumerate() {
            if at == by {
                committer = Some(person);
            } else if at == guest {
                joiner = Some(person);
            } else if self.inside[at] {
                others.push(person);
            }
        }
        let (committer, joiner) = (committer.unwrap(), joiner.unwrap());
        invite(&mut self.server, committer, joiner, &mut others);
        self.inside[guest] = true;
        self.people[guest].fetch(&self.server);
    }

    fn propose(&mut self, by: usize) {
        let person = &mut self.people[by];
        let group = person.group.as_mut().unwrap();
        let Ok(proposal) = group.propose_leave(&person.device, &mut person.rng) else {
            return;
        };
        for member in self.members() {
            member.group().note_proposal(&proposal).unwrap();
            member.save();
        }
    }

    fn commit(&mut self, by: usize, intent: &Intent) {
        let own = match self.people[by].stage(intent) {
            Ok(own) => own,
            Err(
                StageError::Refused(_)
                | StageError::NotAMember
                | StageError::Leaving
                | StageError::NoState,
            ) => return,
            Err(other) => panic!("{other}"),
        };
        self.server.take(&own);
        for at in 0..self.people.len() {
            if !self.inside[at] {
                continue;
            }
            let person = &mut self.people[at];
            match person.judge(&own.commit) {
                Verdict::Merged(change) => {
                    assert_eq!(change.accounts_out, own.effects.accounts_out);
                    assert_eq!(change.rotation, own.rotation);
                    if change.state_changed || change.rotation {
                        // A rotation by somebody who did not know the state leaves it to repair.
                        let _ = person.group().open_state(&self.server.state);
                        person.save();
                    }
                }
                Verdict::Removed { .. } => {
                    assert!(own.effects.accounts_out.contains(&person.account()));
                    self.inside[at] = false;
                }
                other => panic!("{}: {other:?}", person.name),
            }
        }
    }

    fn check(&mut self) {
        let mut members = self.members();
        let (first, others) = members.split_first_mut().unwrap();
        for other in others {
            assert_eq!(first.authenticator(), other.authenticator());
            assert_eq!(first.group().members(), other.group().members());
            assert_eq!(first.group().policy(), other.group().policy());
        }
        assert!(first.group().policy().roles.has_owner());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn members_converge(
        steps in proptest::collection::vec(step(), 1..25),
        history in prop_oneof![
            Just(History::None), Just(History::SinceJoin), Just(History::Shared)
        ],
    ) {
        let mut world = World::new(history);
        for step in steps {
            world.take(step);
            world.check();
        }
    }
}
