//! Signing in as far as it goes without a server.

use engine::{
    Config, Engine,
    api::{CallError, Command, CommandId, Event, Failure, Input, Output, Password},
};
use protocol::{call::Call, error::ErrorCode, names::UserName, time::Timestamp};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

struct Client {
    engine: Engine,
    rng: ChaCha20Rng,
}

impl Client {
    fn new() -> Self {
        Self {
            engine: Engine::new(Config::default()),
            rng: ChaCha20Rng::seed_from_u64(1),
        }
    }

    fn handle(&mut self, input: Input) -> Output {
        self.engine.handle(input, NOW, &mut self.rng)
    }

    fn command(&mut self, command: Command) -> Output {
        self.handle(Input::Command(CommandId(7), command))
    }
}

fn register(password: &str) -> Command {
    Command::Register {
        user: UserName::parse("alice").unwrap(),
        password: Password::new(password.to_owned()),
    }
}

fn failure(output: &Output) -> &Failure {
    match output.events.as_slice() {
        [Event::Done(CommandId(7), Err(failure))] => failure,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_weak_password_is_refused_before_anything_is_sent() {
    let output = Client::new().command(register("alice-alice-alice"));
    assert_eq!(failure(&output).code, ErrorCode::WeakPassword);
    assert!(failure(&output).sentence.contains("A good one: "));
    assert!(output.calls.is_empty() && output.batch.is_empty());
}

#[test]
fn without_an_account_there_is_nothing_to_do() {
    for command in [Command::Logout, Command::Sync] {
        let output = Client::new().command(command);
        assert_eq!(failure(&output).code, ErrorCode::NotLoggedIn);
    }
}

#[test]
fn a_registration_that_reaches_nobody_leaves_nothing_behind() {
    let mut client = Client::new();
    let output = client.command(register("tarnish gopher velvet oxide"));
    let [(id, Call::RegisterStart(_))] = output.calls.as_slice() else {
        panic!("{:?}", output.calls);
    };
    let id = *id;
    let busy = client.command(register("tarnish gopher velvet oxide"));
    assert_eq!(failure(&busy).code, ErrorCode::RateLimited);
    let output = client.handle(Input::Answer(id, Err(CallError::Gone)));
    assert_eq!(failure(&output).code, ErrorCode::ServerGone);
    assert!(output.batch.is_empty() && client.engine.account().is_none());
    let again = client.handle(Input::Answer(id, Err(CallError::Gone)));
    assert!(again.events.is_empty(), "an answer is taken once");
    assert!(client.engine.pending().is_idle());
}
