//! `SECRET_KEY`: whether it is one, and whether the data is under it.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use super::Finding;
use crate::{
    config::{Config, Mode},
    data_dir,
    secrets::{Sealer, Secret, SecretKey, Under, under},
    store::sqlite,
};

const PART: &str = "SECRET_KEY";
const PREVIOUS: &str = "SECRET_KEY_PREVIOUS";

/// How the key is, and how the data stands to it.
pub(super) async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![given(config)];
    findings.extend(opens(config).await);
    findings
}

fn given(config: &Config) -> Finding {
    let Some(key) = &config.secret_key else {
        return match config.mode {
            Mode::Development => Finding::well(
                PART,
                "not given: a development server makes one in its data.",
            ),
            Mode::Production => {
                Finding::bad(PART, "not given. Make one with: openssl rand -hex 32")
            }
        };
    };
    match key.check_strength() {
        Ok(()) => Finding::well(PART, "given. Keep it apart from the backups of the data."),
        // In production the configuration was refused.
        Err(weak) => Finding::look(
            PART,
            format!(
                "{weak}. It will do for development alone; make one with: openssl rand -hex 32"
            ),
        ),
    }
}

/// Under which key the data is, as far as that is to be known.
async fn opens(config: &Config) -> Option<Finding> {
    let key = match &config.secret_key {
        Some(key) => key.clone(),
        None => data_dir::kept_key(&config.data)?,
    };
    let sealer = |key: &SecretKey| Sealer::new(key).ok();
    let previous = config.previous_key.as_ref();
    let kept = read(&config.database).await.unwrap_or_default();
    let under = under(&sealer(&key)?, previous.and_then(sealer).as_ref(), &kept);
    match (under, previous) {
        (Under::Nothing | Under::Current, None) => None,
        (Under::Nothing | Under::Current, Some(_)) => Some(Finding::look(
            PREVIOUS,
            "nothing is under it any more: take it out.",
        )),
        (Under::Previous, _) => Some(Finding::look(
            PREVIOUS,
            "the data is under it: the next start seals everything anew under SECRET_KEY. A backup of before needs it.",
        )),
        (Under::Neither, None) => Some(Finding::bad(
            PART,
            "the data was sealed under another one: start with that, or give it as SECRET_KEY_PREVIOUS.",
        )),
        (Under::Neither, Some(_)) => Some(Finding::bad(
            PREVIOUS,
            "the data was sealed under neither this nor SECRET_KEY.",
        )),
    }
}

/// The server's own secrets, as they are kept; none where there is no database that can be read, which is told elsewhere.
async fn read(file: &Path) -> Option<Vec<(Secret, Vec<u8>)>> {
    if !file.is_file() {
        return None;
    }
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = options.connect().await.ok()?;
    let kept = sqlite::secrets(&mut connection).await.ok();
    // It was only read.
    let _ = connection.close().await;
    kept
}
