//! Five people with accounts, made once per suite: a registration stretches its password for a good part of a
//! second, and each seed begins with copies of them.

use std::sync::LazyLock;

use e2ee::suite::Suite;
use engine::{Config, api::Command, api::Password};
use protocol::names::UserName;

use super::{
    model_server::ModelServer,
    person::{Person, Who},
    store::Store,
    trace::Trace,
    world::World,
};

/// Everybody who can be in a story.
pub(crate) const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

/// Which cipher suite a run uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Fast, for most seeds.
    Classical,
    /// The suite of the product.
    PostQuantum,
}

impl Kind {
    pub(crate) fn config(self) -> Config {
        let suite = match self {
            Self::Classical => Suite::CLASSICAL,
            Self::PostQuantum => Suite::POST_QUANTUM,
        };
        Config {
            suite,
            ..Config::default()
        }
    }
}

struct Fixture {
    server: ModelServer,
    stores: Vec<Store>,
}

static CLASSICAL: LazyLock<Fixture> = LazyLock::new(|| Fixture::make(Kind::Classical));
static POST_QUANTUM: LazyLock<Fixture> = LazyLock::new(|| Fixture::make(Kind::PostQuantum));

impl Fixture {
    fn make(kind: Kind) -> Self {
        let mut world = newcomers(kind, NAMES.len(), 1, Trace::on());
        for who in world.everybody() {
            world.register(who);
        }
        let rest = world.quiesce();
        assert_eq!(rest, Ok(()), "{}", world.trace.tail(200));
        for who in world.everybody() {
            let signed_in = world.person(who).engine().session_token().is_some();
            assert!(signed_in, "not registered: {}", world.trace.tail(200));
        }
        let stores = world
            .people
            .iter()
            .map(|person| person.store.clone())
            .collect();
        let mut server = world.server;
        server.forget_sockets();
        Self { server, stores }
    }
}

/// People without accounts on an empty server.
pub(crate) fn newcomers(kind: Kind, count: usize, seed: u64, trace: Trace) -> World {
    protocol::opaque::remembered::begin();
    let config = kind.config();
    let people = NAMES
        .iter()
        .take(count)
        .enumerate()
        .map(|(i, name)| {
            Person::new(
                config,
                name,
                Store::default(),
                seed ^ ((i as u64 + 1) << 32),
            )
        })
        .collect();
    World::new(config, ModelServer::new(seed), people, seed, trace)
}

/// The first `count` people with accounts, signed in.
pub(crate) fn residents(kind: Kind, count: usize, seed: u64, trace: Trace) -> World {
    let fixture = match kind {
        Kind::Classical => &*CLASSICAL,
        Kind::PostQuantum => &*POST_QUANTUM,
    };
    let config = kind.config();
    let people = NAMES
        .iter()
        .zip(&fixture.stores)
        .take(count)
        .enumerate()
        .map(|(i, (name, store))| {
            Person::new(config, name, store.clone(), seed ^ ((i as u64 + 1) << 32))
        })
        .collect();
    World::new(config, fixture.server.clone(), people, seed, trace)
}

impl World {
    /// Somebody registers under the own name.
    pub(crate) fn register(&mut self, who: Who) {
        let user = UserName::parse(&self.person(who).name).expect("a name of ours");
        let password = Password::new(self.person(who).password());
        self.command(
            who,
            Command::Register {
                user,
                password,
                invite: None,
            },
        );
    }
}
