//! Each table that there is, and what its columns are.

use protocol::rest::Sight::{self, Hash, PublicKey, Readable, Sealed, ServerSealed};

/// A table with its columns.
pub(super) type Table = (&'static str, &'static [(&'static str, Sight, &'static str)]);

pub(super) const TABLES: &[Table] = &[
    (
        "account_marks",
        &[
            (
                "account_id",
                Readable,
                "An account that is not an ordinary one",
            ),
            (
                "administrator",
                Readable,
                "Whether it administrates this server",
            ),
            (
                "must_change",
                Readable,
                "Whether it has yet to get a password of its own",
            ),
            (
                "disabled_at",
                Readable,
                "Since when an administrator has it disabled",
            ),
            ("freed_at", Readable, "When its name was freed"),
            ("deleted_at", Readable, "When its owner deleted it"),
        ],
    ),
    (
        "accounts",
        &[
            (
                "account_id",
                Readable,
                "An account: a hash of its identity key",
            ),
            ("username", Readable, "Its name"),
            (
                "identity_key",
                PublicKey,
                "The key that its devices are vouched for by",
            ),
            (
                "password_file",
                ServerSealed,
                "What checks its password (OPAQUE); with it and the server's key one can guess at passwords, slowly",
            ),
            (
                "root_by_password",
                Sealed,
                "Its root secret, sealed under its password",
            ),
            (
                "root_by_code",
                Sealed,
                "Its root secret, sealed under its recovery code",
            ),
            ("created_at", Readable, "When it registered"),
        ],
    ),
    (
        "audit",
        &[
            (
                "id",
                Readable,
                "An act of an administrator, or of the server itself, counted",
            ),
            ("acted_at", Readable, "When"),
            ("actor", Readable, "Who acted"),
            ("actor_name", Readable, "Her name then"),
            ("act", Readable, "What was done"),
            ("target", Readable, "To which account"),
            ("target_name", Readable, "Its name then"),
            ("detail", Readable, "Which invite it was about"),
        ],
    ),
    (
        "blobs",
        &[
            (
                "blob_id",
                Readable,
                "A sealed file, which lies beside the database",
            ),
            ("room_id", Readable, "Its room"),
            ("account_id", Readable, "Who sent it"),
            ("length", Readable, "Its bytes, sealed"),
            ("begun_at", Readable, "When its upload began"),
            ("stored_at", Readable, "When it was all there"),
        ],
    ),
    (
        "chain_links",
        &[
            ("id", Readable, "The order of links"),
            ("room_id", Readable, "A room"),
            (
                "sealed",
                Sealed,
                "The way from one history key to the one before",
            ),
        ],
    ),
    (
        "devices",
        &[
            ("device_id", Readable, "A device"),
            ("account_id", Readable, "Its account"),
            (
                "certificate",
                PublicKey,
                "Its public key and its account's name, signed for the account",
            ),
            (
                "last_resort",
                PublicKey,
                "The KeyPackage that is given when no other is left",
            ),
            ("created_at", Readable, "When it was added"),
        ],
    ),
    (
        "doors",
        &[
            ("id", Readable, "The order of doors"),
            ("room_id", Readable, "A room"),
            (
                "sealed",
                Sealed,
                "What people need who come in by themselves",
            ),
        ],
    ),
    (
        "entries",
        &[
            ("id", Readable, "An entry, counted over all rooms"),
            ("room_id", Readable, "Its room"),
            ("seq", Readable, "Its place in the room"),
            ("sender", Readable, "The account that posted it"),
            ("device_id", Readable, "From which device"),
            ("posted_at", Readable, "When"),
            (
                "client_id",
                Readable,
                "A random number by which a repeated post is known",
            ),
            (
                "handshake_seq",
                Readable,
                "The last change of keys that its sender knew",
            ),
            (
                "body",
                Sealed,
                "Sealed: message, key and hash. Readable beside it: its kind and size, and of a change of members who came and went",
            ),
            ("body_hash", Hash, "The hash of the body"),
            (
                "head",
                Hash,
                "The hash by which members prove what stands in the log",
            ),
        ],
    ),
    (
        "handshakes",
        &[
            ("room_id", Readable, "A room"),
            (
                "seq",
                Readable,
                "A place where its keys changed or may change",
            ),
            ("kind", Readable, "Whether it is a commit or a proposal"),
        ],
    ),
    (
        "invites",
        &[
            ("id", Readable, "An invite to this server, counted"),
            ("token_hash", Hash, "The hash of what it is shown by"),
            ("label", Readable, "What administrators call it"),
            (
                "source",
                Readable,
                "Whether an administrator, the server or its operator made it",
            ),
            ("made_by", Readable, "Which administrator"),
            ("makes_admin", Readable, "Whether it makes an administrator"),
            ("uses", Readable, "How many accounts it makes"),
            ("used", Readable, "How many it has made"),
            ("created_at", Readable, "When it was made"),
            ("expires_at", Readable, "When it ends"),
            ("ended_at", Readable, "When it was taken back"),
        ],
    ),
    (
        "key_packages",
        &[
            ("id", Readable, "The order of KeyPackages"),
            ("device_id", Readable, "Whose they are"),
            (
                "key_package",
                PublicKey,
                "Public keys by which the device is invited once",
            ),
        ],
    ),
    (
        "links",
        &[
            ("room_id", Readable, "A room"),
            ("link_id", Readable, "A link into it"),
            ("creator", Readable, "Who made it"),
            ("token_hash", Hash, "The hash of what it is shown by"),
            (
                "sealed",
                Sealed,
                "What it opens the room with, sealed under the link's secret",
            ),
            ("created_at", Readable, "When it was made"),
            ("expires_at", Readable, "When it ends"),
            ("uses", Readable, "How many people may come in by it"),
            ("used", Readable, "How many have"),
            ("ended_at", Readable, "When it was taken back"),
        ],
    ),
    (
        "mails",
        &[
            ("id", Readable, "The order of mails"),
            ("device_id", Readable, "Which device gets it"),
            ("sender", Readable, "Which account sent it"),
            ("room_id", Readable, "The room that it is about"),
            ("seq", Readable, "The place in the room that it belongs to"),
            ("posted_at", Readable, "When"),
            (
                "body",
                Sealed,
                "Keys and invitations, sealed for the device; its kind and size are readable",
            ),
        ],
    ),
    (
        "members",
        &[
            ("room_id", Readable, "A room"),
            ("account_id", Readable, "An account that is or was in it"),
            (
                "role",
                Readable,
                "Its role there, as far as the server asks for one",
            ),
            ("joined_seq", Readable, "Where in the log it came in"),
            ("leaving_seq", Readable, "Where it asked to leave"),
            ("left_seq", Readable, "Where it went out"),
        ],
    ),
    (
        "probes",
        &[
            ("id", Readable, "Always 1"),
            (
                "checked_at",
                Readable,
                "When the server last tried whether it can write",
            ),
        ],
    ),
    (
        "readmissions",
        &[
            ("room_id", Readable, "A room"),
            (
                "device_id",
                Readable,
                "A device that asks to be let in again",
            ),
            ("account_id", Readable, "Its account"),
            ("request", Sealed, "What members check it by"),
            ("posted_at", Readable, "When it asked"),
        ],
    ),
    (
        "revoked_devices",
        &[
            ("device_id", Readable, "A device that was put out"),
            ("account_id", Readable, "Its account"),
            ("revoked_at", Readable, "When"),
        ],
    ),
    (
        "room_states",
        &[
            ("room_id", Readable, "A room"),
            ("sealed", Sealed, "Its name, topic and rules"),
        ],
    ),
    (
        "rooms",
        &[
            ("room_id", Readable, "A room: a random number"),
            (
                "kind",
                Readable,
                "Whether it is a sealed room or one of basic encryption",
            ),
            ("group_id", Readable, "The random number of its MLS group"),
            (
                "name",
                Readable,
                "Of a room of basic encryption its public name; always empty in sealed rooms",
            ),
            ("handshake_seq", Readable, "Where its keys last changed"),
            ("created_by", Readable, "Who made it"),
            (
                "client_id",
                Readable,
                "A random number by which a repeated request is known",
            ),
            ("created_at", Readable, "When"),
        ],
    ),
    (
        "roster_records",
        &[
            ("id", Readable, "The order of records"),
            ("room_id", Readable, "A room"),
            (
                "sealed",
                Sealed,
                "Who was in the room when, for later members",
            ),
        ],
    ),
    (
        "schema_version",
        &[("version", Readable, "How new these tables are")],
    ),
    (
        "server_secrets",
        &[
            ("name", Readable, "Which secret of the server's own"),
            ("sealed", ServerSealed, "The secret; it opens no message"),
        ],
    ),
    (
        "trees",
        &[
            ("room_id", Readable, "A room"),
            ("seq", Readable, "The place in its log"),
            (
                "snapshot",
                PublicKey,
                "The public keys of the devices in the room's group then",
            ),
        ],
    ),
    (
        "vault_items",
        &[
            ("account_id", Readable, "An account"),
            (
                "name",
                Readable,
                "Which item: a room's number or a fixed word",
            ),
            ("version", Readable, "How often it was written"),
            (
                "sealed",
                Sealed,
                "What its devices share: keys, contacts, rooms",
            ),
        ],
    ),
];
