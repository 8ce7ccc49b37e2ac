//! The page shows every type, route, event and code, and each example is read and written alike.

use std::collections::BTreeSet;

use protocol::{
    error::ErrorCode,
    events::name,
    limits::*,
    log::{Body, Entry},
};
use serde_json::Value;

use crate::{
    page::{WIRE, examples},
    types::{TYPES, find},
};

#[test]
fn every_example_is_read_and_written_alike() {
    for example in examples() {
        let at = format!("docs/WIRE.md:{} {}", example.line, example.of);
        let round_trip = find(example.of).unwrap_or_else(|| panic!("{at}: no such type"));
        let shown: Value =
            serde_json::from_str(&example.json).unwrap_or_else(|e| panic!("{at}: {e}"));
        let written = round_trip(&example.json).unwrap_or_else(|e| panic!("{at}: {e}"));
        assert_eq!(written, shown, "{at}");
    }
}

#[test]
fn every_type_has_an_example() {
    let shown: BTreeSet<_> = examples().iter().map(|example| example.of).collect();
    let types: BTreeSet<_> = TYPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(shown, types);
}

#[test]
fn every_kind_of_entry_has_an_example() {
    let mut shown = BTreeSet::new();
    for example in examples().iter().filter(|example| example.of == "Entry") {
        let entry: Entry = serde_json::from_str(&example.json).unwrap();
        shown.insert(match entry.body {
            Body::Message(_) => "message",
            Body::Commit(_) => "commit",
            Body::Proposal(_) => "proposal",
            Body::Notice(_) => "notice",
            Body::Deleted(_) => "deleted",
            Body::Large(_) => "large",
        });
    }
    assert_eq!(shown.len(), 6, "{shown:?}");
    for kind in shown {
        assert!(
            WIRE.contains(&format!("\n### Entry of kind `{kind}`\n")),
            "{kind}"
        );
    }
}

const METHODS: [&str; 4] = ["GET ", "POST ", "PUT ", "DELETE "];

#[test]
fn every_route_and_event_has_a_section() {
    let calls = include_str!("../../src/call.rs");
    // What does not go through the engine is listed at the head of its own file.
    let beside = [
        include_str!("../../src/rest/admin.rs"),
        include_str!("../../src/rest/blob.rs"),
        include_str!("../../src/rest/invite.rs"),
        include_str!("../../src/rest/passkey.rs"),
        include_str!("../../src/rest/token.rs"),
    ];
    let beside = beside
        .iter()
        .flat_map(|source| source.lines())
        .filter_map(|line| line.strip_prefix("//! * `"));
    let routes: BTreeSet<_> = calls
        .lines()
        .filter_map(|line| line.trim().strip_prefix("/// `"))
        .chain(beside)
        .filter_map(|line| line.split('`').next())
        .filter(|route| METHODS.iter().any(|m| route.starts_with(m)))
        .collect();
    assert!(routes.len() > 20, "{routes:?}");
    for route in &routes {
        assert!(WIRE.contains(&format!("\n### `{route}`\n")), "{route}");
        assert!(WIRE.contains(&format!("\n| [`{route}`](#")), "{route}");
    }
    let sections = METHODS.map(|m| WIRE.matches(&format!("\n### `{m}")).count());
    assert_eq!(
        sections.iter().sum::<usize>(),
        routes.len(),
        "a section without a route"
    );
    for event in [
        name::JOIN_ROOM,
        name::SEND_MESSAGE,
        name::ROOM_HISTORY,
        name::EPHEMERAL,
        name::NEW_MESSAGE,
        name::MAIL,
        name::MISSED,
        name::DOOR_SHUT,
        name::ROOM_OPENED,
        name::ROOM_CLOSED,
        name::READMISSION,
        name::SESSION_ENDED,
    ] {
        assert!(WIRE.contains(&format!("\n### `{event}`\n")), "{event}");
    }
}

#[test]
fn the_table_of_codes_is_the_list() {
    let shown: Vec<_> = WIRE
        .lines()
        .skip_while(|line| *line != "| code | status | sentence |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(str::to_owned)
        .collect();
    let listed: Vec<_> = ErrorCode::ALL
        .iter()
        .map(|code| {
            let status = match code.status() {
                0 => "–".to_owned(),
                status => status.to_string(),
            };
            format!("| `{code}` | {status} | {} |", code.sentence())
        })
        .collect();
    assert_eq!(shown, listed);
}

/// What is limited, by how much, and in what.
const LIMITS: &[(&str, usize, &str)] = &[
    ("a request's body", BODY_BYTES, " bytes"),
    (
        "the body of a commit request",
        COMMIT_REQUEST_BYTES,
        " bytes",
    ),
    ("the body of a revocation", REVOKE_REQUEST_BYTES, " bytes"),
    ("the body of `POST /api/mail`", MAIL_REQUEST_BYTES, " bytes"),
    (
        "`encrypted_content`",
        ENCRYPTED_CONTENT_CHARS,
        " characters",
    ),
    ("`iv`", IV_CHARS, " characters"),
    ("`key.mls`", KEY_BYTES, " bytes"),
    ("`key.shared`", SHARED_KEY_ID_CHARS, " characters"),
    ("`history_key`", HISTORY_KEY_BYTES, " bytes"),
    ("`body` of an ephemeral event", EPHEMERAL_BYTES, " bytes"),
    ("`commit`", COMMIT_BYTES, " bytes"),
    ("`proposal`", PROPOSAL_BYTES, " bytes"),
    ("one mail: `welcome` and `bundle`", MAIL_BYTES, " bytes"),
    ("mails of a commit request", MAILS_PER_COMMIT, ""),
    (
        "`sealed` of a mail of kind `account_key`",
        ACCOUNT_KEY_MAIL_BYTES,
        " bytes",
    ),
    (
        "`sealed` of a mail about history",
        HISTORY_MAIL_BYTES,
        " bytes",
    ),
    (
        "mails of `POST /api/mail` and of a revocation",
        MAILS_PER_REQUEST,
        "",
    ),
    (
        "`grant` of a link, `request` of a readmission: each",
        GRANT_BYTES,
        " bytes",
    ),
    ("links of a room that have not ended", LINKS_MAX, ""),
    (
        "requests of a readmissions answer",
        READMISSIONS_PAGE as usize,
        "",
    ),
    ("`door`, `state`, `chain`: each", SIDE_FILE_BYTES, " bytes"),
    ("`tree`, `roster`: each", LARGE_SIDE_FILE_BYTES, " bytes"),
    (
        "links of the history chain that one repair adds",
        CHAIN_LINKS_PER_REPAIR,
        "",
    ),
    ("KeyPackage", KEY_PACKAGE_BYTES, " bytes"),
    ("one-time KeyPackages of a device", KEY_PACKAGES_MAX, ""),
    ("device certificate", CERTIFICATE_BYTES, " bytes"),
    ("devices of an account", DEVICES_MAX, ""),
    ("`label` of an invite", INVITE_LABEL_MAX, " bytes"),
    ("`uses` of an invite", INVITE_USES_MAX as usize, ""),
    ("a code of a second factor", CODE_CHARS, " characters"),
    ("backup codes of an account", BACKUP_CODES, ""),
    ("API tokens of an account", API_TOKENS_MAX, ""),
    ("`name` of an API token", API_TOKEN_NAME_MAX, " bytes"),
    ("passkeys of an account", PASSKEYS_MAX, ""),
    ("`name` of a passkey", PASSKEY_NAME_MAX, " bytes"),
    (
        "each part of what an authenticator says",
        PASSKEY_BYTES,
        " bytes",
    ),
    ("`message` of a meeting", MEETING_MESSAGE_BYTES, " bytes"),
    ("messages of each side of a meeting", MEETING_MESSAGES, ""),
    ("root box", ROOT_BOX_BYTES, " bytes"),
    ("vault item", VAULT_ITEM_BYTES, " bytes"),
    ("vault items of an account", VAULT_ITEMS_MAX, ""),
    ("name of a relay room", PUBLIC_ROOM_NAME_MAX, " bytes"),
    ("accounts in a room", ROOM_ACCOUNTS_MAX, ""),
    ("a pushed entry, before it is `large`", PUSH_BYTES, " bytes"),
    ("entries of a history answer", HISTORY_PAGE as usize, ""),
    (
        "entries of a handshakes answer",
        HANDSHAKES_PAGE as usize,
        "",
    ),
    (
        "a handshakes answer, if it has more than one entry",
        HANDSHAKES_PAGE_BYTES,
        " bytes",
    ),
    ("mails of a mailbox answer", MAIL_PAGE as usize, ""),
];

#[test]
fn the_table_of_limits_is_the_list() {
    for (what, limit, unit) in LIMITS {
        let row = format!("\n| {what} | {limit}{unit} |\n");
        assert!(WIRE.contains(&row), "{row}");
    }
}

#[test]
fn every_code_that_the_page_names_exists() {
    for example in WIRE.split('`').skip(1).step_by(2) {
        let code = example.len() > 5
            && example.contains('_')
            && example
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        if code {
            assert!(
                ErrorCode::ALL.iter().any(|known| known.as_str() == example),
                "{example}"
            );
        }
    }
}

#[test]
fn a_code_is_written_as_it_prints_and_appears_once() {
    let mut seen = BTreeSet::new();
    for code in ErrorCode::ALL {
        assert!(seen.insert(code.as_str()), "{code}");
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        assert!(matches!(code.status(), 0 | 400..=599), "{code}");
        assert!(code.sentence().ends_with('.'), "{code}");
    }
}
