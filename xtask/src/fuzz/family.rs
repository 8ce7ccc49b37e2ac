//! Readers that run together: one target gives each input to all of them, so that a whole run ends within an hour or two.
//!
//! What one reader finds is a start for the others of its family, whose forms are close to its own. Where one of them
//! breaks, its name alone runs it alone: `cargo xtask fuzz 600 e2ee/door`.

/// Readers of one crate.
pub(super) struct Family {
    pub(super) package: &'static str,
    pub(super) name: &'static str,
    pub(super) readers: &'static [&'static str],
}

const fn family(
    package: &'static str,
    name: &'static str,
    readers: &'static [&'static str],
) -> Family {
    Family {
        package,
        name,
        readers,
    }
}

/// Every reader stands in one.
pub(super) const FAMILIES: &[Family] = &[
    family("client", "connections", &["answer", "frame"]),
    family("client", "files", &["file_name", "picture"]),
    family(
        "e2ee",
        "certificates",
        &[
            "account_key",
            "account_key_mail",
            "certificate",
            "device_answer",
            "device_code",
            "device_reveal",
            "signing_certificate",
            "user_name",
        ],
    ),
    family(
        "e2ee",
        "doors",
        &[
            "bundle",
            "door",
            "door_epoch",
            "grant",
            "link",
            "shared_link",
            "spoken_link",
        ],
    ),
    family(
        "e2ee",
        "envelopes",
        &["ephemeral", "message_key", "payload", "report", "status"],
    ),
    family(
        "e2ee",
        "handshakes",
        &[
            "commit",
            "key_package",
            "private_message",
            "proposal",
            "tree",
            "welcome",
        ],
    ),
    family(
        "e2ee",
        "histories",
        &[
            "history_answer",
            "history_chain",
            "history_request",
            "readmission",
        ],
    ),
    family("e2ee", "rooms", &["policy", "room_state", "roster"]),
    family(
        "e2ee",
        "vaults",
        &[
            "account_item",
            "cbor",
            "contacts",
            "counters",
            "item_name",
            "recovery_code",
            "room_item",
            "shared_keys",
            "vault_root",
        ],
    ),
    family("engine", "answers", &["login_answer", "register_answer"]),
    family(
        "engine",
        "contents",
        &[
            "content",
            "message",
            "said_link",
            "shared_message",
            "shared_text",
        ],
    ),
    family(
        "protocol",
        "bodies",
        &["answers", "parts", "requests", "scalars"],
    ),
    family("protocol", "events", &["events"]),
    family("server", "packets", &["frames", "packet"]),
    family(
        "server",
        "requests",
        &[
            "bearer", "forms", "headers", "kept", "legs", "opaque", "passkey", "path",
        ],
    ),
];
