//! `GET /api/admin/limits`: what is kept for how long, and what an account may have.

use axum::{Json, extract::State};
use protocol::{
    limits::{
        DEVICES_MAX, HANDSHAKES_KEPT_MILLIS, KEY_PACKAGES_MAX, LINKS_MAX, LOGIN_WINDOW_MILLIS,
        LOGINS_PER_WINDOW, ROOM_ACCOUNTS_MAX, SESSION_IDLE_MILLIS, UPLOAD_MILLIS, VAULT_ITEMS_MAX,
    },
    rest::{Limit, Limits},
};

use crate::{
    app::Shared,
    http::{answer::Answer, caller::Administrator},
};

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// As configured, and where it is fixed, as built.
pub(super) async fn read(State(app): State<Shared>, _who: Administrator) -> Answer<Limits> {
    let files = app.files;
    let by = |what: &str, value, unit: &str, variable: &str| Limit {
        what: what.to_owned(),
        value,
        unit: unit.to_owned(),
        variable: Some(variable.to_owned()),
    };
    let fixed = |what: &str, value: u64, unit: &str| Limit {
        what: what.to_owned(),
        value: Some(value),
        unit: unit.to_owned(),
        variable: None,
    };
    Ok(Json(Limits {
        limits: vec![
            by(
                "A file",
                Some(files.largest),
                "bytes",
                "SECURE_CHAT_FILE_MB",
            ),
            by(
                "All files of one account",
                Some(files.quota),
                "bytes",
                "SECURE_CHAT_FILE_QUOTA_MB",
            ),
            by(
                "Files are kept for",
                files.kept_millis.map(|millis| millis / DAY),
                "days",
                "SECURE_CHAT_FILE_DAYS",
            ),
            fixed("Uploads are finished within", UPLOAD_MILLIS / HOUR, "hours"),
            fixed(
                "Changes of keys are kept for at least",
                HANDSHAKES_KEPT_MILLIS / DAY,
                "days",
            ),
            fixed(
                "An unused session ends after",
                SESSION_IDLE_MILLIS / DAY,
                "days",
            ),
            fixed("Devices of one account", DEVICES_MAX as u64, "devices"),
            fixed("Accounts in one room", ROOM_ACCOUNTS_MAX as u64, "accounts"),
            fixed("Links of one room", LINKS_MAX as u64, "links"),
            fixed(
                "KeyPackages of one device",
                KEY_PACKAGES_MAX as u64,
                "KeyPackages",
            ),
            fixed(
                "Vault items of one account",
                VAULT_ITEMS_MAX as u64,
                "items",
            ),
            by(
                "Messages of one account",
                Some(u64::from(app.messages_per_minute)),
                "in a minute",
                "SECURE_CHAT_MESSAGES_PER_MINUTE",
            ),
            fixed(
                "Logins of one name",
                u64::from(LOGINS_PER_WINDOW),
                const { LOGIN_UNIT },
            ),
        ],
    }))
}

/// The window of logins is a quarter of an hour.
const LOGIN_UNIT: &str = {
    assert!(LOGIN_WINDOW_MILLIS == 15 * 60_000);
    "in 15 minutes"
};
