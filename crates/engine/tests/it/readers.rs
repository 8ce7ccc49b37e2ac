//! What nobody wrote, given to every reader of this crate (attack 7).

use std::collections::BTreeMap;

use e2ee::{secret::Secret, spoken::SpokenLink};
use engine::fuzzing::TARGETS;
use opaque_ke::{
    ClientLogin, ClientRegistration, CredentialResponse, Identifiers, RegistrationResponse,
    ServerLogin, ServerLoginParameters, ServerRegistration, ServerSetup,
};
use protocol::opaque::Suite;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};

#[path = "../../../../fuzz/replay.rs"]
mod replay;

#[test]
fn nothing_breaks_a_reader_of_what_others_say() {
    replay::replay("engine", TARGETS);
}

#[test]
fn the_corpus_has_a_real_value_of_each() {
    let mut real = real_values();
    for target in TARGETS {
        let values = real.remove(target.0).unwrap_or_default();
        assert!(!values.is_empty(), "nothing for {}", target.0);
        for (file, value) in values {
            replay::keep("engine", target, file, &value);
        }
    }
    assert!(real.is_empty(), "{:?}", real.keys());
}

type Values = Vec<(&'static str, Vec<u8>)>;

fn real_values() -> BTreeMap<&'static str, Values> {
    let [registered, logged_in] = opaque_answers();
    let words = SpokenLink::from_secret(Secret::from_bytes(&[7; 10])).to_text();
    let said = format!("5923 4801 7236 4801 {}", words.as_str());
    let message = serde_json::json!({
        "encrypted_content": "AAECAw==",
        "iv": "AAECAwQFBgcICQoL",
        "message_hash": "ab".repeat(32),
        "key": { "mls": "AAEC" },
        "history_key": "AwQF",
    });
    BTreeMap::from([
        ("content", contents()),
        ("login_answer", vec![("real", logged_in)]),
        ("message", vec![("real", message.to_string().into_bytes())]),
        ("register_answer", vec![("real", registered)]),
        ("said_link", vec![("real", said.into_bytes())]),
        ("shared_message", shared_messages()),
        ("shared_text", shared_texts()),
    ])
}

/// A room of basic encryption takes both spellings of bytes.
fn shared_messages() -> Values {
    let message = |content: &str, iv: &str| {
        let hash = "AB".repeat(32);
        let message = serde_json::json!({
            "encrypted_content": content, "iv": iv, "message_hash": hash,
        });
        message.to_string().into_bytes()
    };
    vec![
        (
            "array",
            message("[0, 1,255]", "[0,1,2,3,4,5,6,7,8,9,10,11]"),
        ),
        ("base64", message("AAECAw==", "AAECAwQFBgcICQoL")),
    ]
}

/// What own clients seal there, and what others may.
fn shared_texts() -> Values {
    let own = serde_json::json!({
        "room_id": 7, "salt": "AAECAwQFBgcICQoLDA0ODw==", "text": "yes", "reply_to": 9,
    });
    vec![
        ("own", own.to_string().into_bytes()),
        ("plain", b"yes".to_vec()),
    ]
}

/// One of each kind, as docs/PROTOCOL.md gives it.
fn contents() -> Values {
    let of = |kind: u16, parts: &[&[u8]]| [&kind.to_be_bytes(), parts.concat().as_slice()].concat();
    let file = of(
        4,
        &[
            &[1; 16],
            &[2; 32],
            &1_u32.to_be_bytes(),
            &9_u64.to_be_bytes(),
            &[3; 32],
            b"\x05a.pdf",
            b"\x0fapplication/pdf",
            b"\x03\xff\xd8\xff",
        ],
    );
    vec![
        ("text", of(1, &["tea at four ☕".as_bytes()])),
        ("reply", of(2, &[&9_u64.to_be_bytes(), b"yes"])),
        ("joined", of(3, &[])),
        ("file", file),
        ("newer", of(900, &[b"?"])),
    ]
}

/// A server's answers to the first legs of a registration and of a login.
fn opaque_answers() -> [Vec<u8>; 2] {
    let rng = &mut ChaCha20Rng::from_seed([1; 32]);
    let setup = ServerSetup::<Suite>::new(rng);
    let asked = ClientRegistration::<Suite>::start(rng, b"password").unwrap();
    let registered = ServerRegistration::start(&setup, asked.message, b"alice").unwrap();
    let asked = ClientLogin::<Suite>::start(rng, b"password").unwrap();
    let parameters = ServerLoginParameters {
        context: None,
        identifiers: Identifiers {
            client: None,
            server: None,
        },
    };
    let login = ServerLogin::start(rng, &setup, None, asked.message, b"alice", parameters).unwrap();
    let registered: RegistrationResponse<Suite> = registered.message;
    let login: CredentialResponse<Suite> = login.message;
    [registered.serialize().to_vec(), login.serialize().to_vec()]
}
