//! Both sides of the OPAQUE suite meet, and nothing but the same password opens.

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, Identifiers, ServerLogin, ServerLoginParameters,
    ServerRegistration, ServerSetup, generic_array::GenericArray, ksf::Ksf,
};
use protocol::opaque::{CONTEXT, SERVER_IDENTITY, Stretch, Suite};
use rand_core::OsRng;

const NAME: &[u8] = b"alice";

fn identifiers(name: &[u8]) -> Identifiers<'_> {
    Identifiers {
        client: Some(name),
        server: Some(SERVER_IDENTITY),
    }
}

/// A server with one account, its export key, and the sizes of the messages that made it.
struct Registered {
    setup: ServerSetup<Suite>,
    record: ServerRegistration<Suite>,
    export_key: Vec<u8>,
    sizes: [usize; 3],
}

fn register(password: &[u8]) -> Registered {
    let setup = ServerSetup::<Suite>::new(&mut OsRng);
    let start = ClientRegistration::<Suite>::start(&mut OsRng, password).unwrap();
    let request = start.message.serialize().len();
    let answer = ServerRegistration::start(&setup, start.message, NAME).unwrap();
    let response = answer.message.serialize().len();
    let parameters = ClientRegistrationFinishParameters::new(identifiers(NAME), None);
    let finish = start
        .state
        .finish(&mut OsRng, password, answer.message, parameters)
        .unwrap();
    let upload = finish.message.serialize().len();
    Registered {
        setup,
        record: ServerRegistration::finish(finish.message),
        export_key: finish.export_key.to_vec(),
        sizes: [request, response, upload],
    }
}

/// One login: the sizes of its messages, and the export key if both sides agree.
fn login(
    server: &Registered,
    record: Option<ServerRegistration<Suite>>,
    password: &[u8],
    client_context: &[u8],
) -> (Vec<usize>, Option<Vec<u8>>) {
    let start = ClientLogin::<Suite>::start(&mut OsRng, password).unwrap();
    let mut sizes = vec![start.message.serialize().len()];
    let parameters = || ServerLoginParameters {
        context: Some(CONTEXT),
        identifiers: identifiers(NAME),
    };
    let setup = &server.setup;
    let answer =
        ServerLogin::start(&mut OsRng, setup, record, start.message, NAME, parameters()).unwrap();
    sizes.push(answer.message.serialize().len());
    let client = ClientLoginFinishParameters::new(Some(client_context), identifiers(NAME), None);
    let finish = start
        .state
        .finish(&mut OsRng, password, answer.message, client);
    let Ok(finish) = finish else {
        return (sizes, None);
    };
    sizes.push(finish.message.serialize().len());
    let session = answer.state.finish(finish.message, parameters()).unwrap();
    assert_eq!(session.session_key, finish.session_key);
    (sizes, Some(finish.export_key.to_vec()))
}

#[test]
fn the_same_password_opens_and_gives_the_same_export_key() {
    let server = register(b"correct horse");
    let (sizes, opened) = login(
        &server,
        Some(server.record.clone()),
        b"correct horse",
        CONTEXT,
    );
    assert_eq!(opened, Some(server.export_key));
    // The sizes that docs/WIRE.md names.
    assert_eq!(server.sizes, [32, 64, 192]);
    assert_eq!(sizes, [96, 320, 64]);
}

#[test]
fn nothing_else_opens() {
    let server = register(b"correct horse");
    let record = || Some(server.record.clone());
    let (wrong, opened) = login(&server, record(), b"correct house", CONTEXT);
    assert_eq!(opened, None);
    let (unknown, opened) = login(&server, None, b"correct horse", CONTEXT);
    assert_eq!(opened, None);
    assert_eq!(
        wrong, unknown,
        "an unknown name looks like a wrong password"
    );
    let (_, opened) = login(&server, record(), b"correct horse", b"another context");
    assert_eq!(opened, None);
}

/// Computed with the reference implementation in C: Argon2id 1.3, 64 MiB, 3 passes, 1 lane, 16 zero bytes of salt. A
/// change of it would lock every account out.
#[test]
fn stretching_is_the_documented_argon2id() {
    let input = GenericArray::<u8, opaque_ke::generic_array::typenum::U64>::from_iter(0..64);
    let output = Stretch.hash(input).unwrap();
    assert_eq!(hex::encode(output), KNOWN);
}

const KNOWN: &str = "97076ac1d2e29b8f16f2af338d9f0e63a0d078c2b3cce12024bc7ecdd3cbc2d4b4dcb53de561c257004dc2d756cd8abcac4efc7b764b385fd8f624d7aa447a22";
