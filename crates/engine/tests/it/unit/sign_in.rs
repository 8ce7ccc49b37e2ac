//! Signing in as far as it goes without a server.

use engine::{
    Config, Engine,
    api::{CallError, Command, CommandId, Event, Failure, Input, Output, Password},
};
use protocol::{
    PROTOCOL_VERSION,
    call::{Call, Reply},
    error::{ErrorBody, ErrorCode},
    names::UserName,
    rest::{Registration, ServerInfo},
    time::Timestamp,
};
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
        invite: None,
    }
}

fn failure(output: &Output) -> &Failure {
    match output.events.as_slice() {
        [Event::Done(CommandId(7), Err(failure))]
        | [
            Event::UpgradeRequired,
            Event::Done(CommandId(7), Err(failure)),
        ] => failure,
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

fn info(min_protocol: u32) -> ServerInfo {
    ServerInfo {
        report_key: None,
        protocol: min_protocol,
        min_protocol,
        registration: Registration::Open,
        pins: Vec::new(),
        timestamp: NOW,
    }
}

#[test]
fn a_server_that_is_too_new_is_left_before_anything_is_made() {
    let login = Command::Login {
        user: UserName::parse("alice").unwrap(),
        password: Password::new("tarnish gopher velvet oxide".to_owned()),
        code: None,
    };
    for command in [register("tarnish gopher velvet oxide"), login] {
        let mut client = Client::new();
        let (id, _) = client.command(command).calls.remove(0);
        let newer = Reply::ServerInfo(info(PROTOCOL_VERSION + 1));
        let output = client.handle(Input::Answer(id, Ok(newer)));
        assert_eq!(failure(&output).code, ErrorCode::UpgradeRequired);
        assert!(output.batch.is_empty() && output.calls.is_empty());
        assert!(client.engine.pending().is_idle());
    }
}

#[test]
fn every_refusal_of_a_way_in_is_said_with_its_own_code() {
    for code in [
        ErrorCode::ServerError,
        ErrorCode::ShuttingDown,
        ErrorCode::StorageFull,
        ErrorCode::UpgradeRequired,
        ErrorCode::RegistrationClosed,
        ErrorCode::NameTaken,
        ErrorCode::RateLimited,
    ] {
        let mut client = Client::new();
        let output = client.command(register("tarnish gopher velvet oxide"));
        let id = output.calls[0].0;
        let output = client.handle(Input::Answer(id, Ok(Reply::ServerInfo(info(1)))));
        let refusal = CallError::Refused(ErrorBody::new(code, NOW));
        let output = client.handle(Input::Answer(output.calls[0].0, Err(refusal)));
        assert_eq!(failure(&output).code, code);
        assert!(client.engine.account().is_none());
    }
    let mut client = Client::new();
    let output = client.command(register("tarnish gopher velvet oxide"));
    let nonsense = Input::Answer(output.calls[0].0, Ok(Reply::Done));
    let output = client.handle(nonsense);
    assert_eq!(failure(&output).code, ErrorCode::BadAnswer);
}

#[test]
fn a_registration_that_reaches_nobody_leaves_nothing_behind() {
    let mut client = Client::new();
    let output = client.command(register("tarnish gopher velvet oxide"));
    let [(id, Call::ServerInfo)] = output.calls.as_slice() else {
        panic!("{:?}", output.calls);
    };
    let output = client.handle(Input::Answer(*id, Ok(Reply::ServerInfo(info(1)))));
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
