//! What lets people and programs in, and what its columns are.

use protocol::rest::Sight::{Hash, PublicKey, Readable, ServerSealed};

use super::tables::Table;

pub(super) const CREDENTIALS: &[Table] = &[
    (
        "api_tokens",
        &[
            ("token_hash", Hash, "The hash of a bot's token"),
            ("account_id", Readable, "Whose it is"),
            ("device_id", Readable, "As which device it acts"),
            ("name", Readable, "What its owner calls it"),
            (
                "scopes",
                Readable,
                "Whether it may read, write, and handle files",
            ),
            ("made_at", Readable, "When it was made"),
            ("used_at", Readable, "When it was last used, to the hour"),
            ("expires_at", Readable, "When it ends"),
        ],
    ),
    (
        "backup_codes",
        &[
            ("account_id", Readable, "An account"),
            (
                "hash",
                Hash,
                "The hash, under the server's key, of a code for a login without the authenticator",
            ),
        ],
    ),
    (
        "classic_accounts",
        &[
            (
                "account_id",
                Readable,
                "An account of a simple client, which sends its password to this server",
            ),
            (
                "kept",
                ServerSealed,
                "What checks that password (Argon2id); with the server's key one can guess at it, slowly",
            ),
            ("changed_at", Readable, "When the password was set"),
        ],
    ),
    (
        "credentials",
        &[
            ("account_id", Readable, "An account"),
            (
                "token_hash",
                Hash,
                "The hash of what its recovery code shows at a login",
            ),
            ("password_at", Readable, "When its password was changed"),
            ("password_by", Readable, "From which device"),
            ("code_at", Readable, "When its recovery code was replaced"),
            ("code_by", Readable, "From which device"),
        ],
    ),
    (
        "passkeys",
        &[
            (
                "credential",
                Readable,
                "The random number of a passkey that does in place of a login code",
            ),
            ("account_id", Readable, "Its account"),
            ("public_key", PublicKey, "What checks it"),
            ("counter", Readable, "How often it was used, if it says so"),
            ("name", Readable, "What its owner calls it"),
            ("made_at", Readable, "When it was added"),
            ("used_at", Readable, "When it was last used"),
            ("cloned_at", Readable, "When a copy of it was noticed"),
        ],
    ),
    (
        "resets",
        &[
            (
                "account_id",
                Readable,
                "An account whose password and recovery code are to be others, by a device alone",
            ),
            ("device_id", Readable, "The device that asked"),
            ("asked_at", Readable, "When; it waits 72 hours from then"),
        ],
    ),
    (
        "second_factors",
        &[
            ("account_id", Readable, "An account"),
            (
                "seed",
                ServerSealed,
                "What its login codes are made from, sealed under the server's key",
            ),
            (
                "last_step",
                Readable,
                "The last half minute whose code was used",
            ),
            ("wrong", Readable, "How many wrong codes came in a row"),
            ("wait_until", Readable, "Until when no code is looked at"),
            ("enrolled_at", Readable, "When codes began to be asked for"),
        ],
    ),
    (
        "sessions",
        &[
            ("token_hash", Hash, "The hash of a session's token"),
            ("account_id", Readable, "Whose it is"),
            ("device_id", Readable, "From which device"),
            ("started_at", Readable, "When it began"),
            ("used_at", Readable, "When it was last used, to the hour"),
            ("ended_at", Readable, "When it ended"),
        ],
    ),
    (
        "token_families",
        &[
            (
                "family_id",
                Readable,
                "The random number of a client that goes on by refresh tokens",
            ),
            ("session_hash", Hash, "The hash of its session's token"),
            ("token_hash", Hash, "The hash of its last refresh token"),
            ("made_at", Readable, "When it began"),
            ("renewed_at", Readable, "When it last got a token"),
            ("ended_at", Readable, "When it ended"),
        ],
    ),
];
