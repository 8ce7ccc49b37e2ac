//! The data directory, the database, and the clock by what was written in it.

use std::{io, path::Path};

use protocol::time::Timestamp;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::Finding;
use crate::config::Config;

/// Below this a server soon says that its disk is full.
const LITTLE: u64 = 1 << 30;
/// Clocks of a few machines may differ by this.
const AHEAD: u64 = 5 * 60_000;

pub(super) async fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![directory(&config.data)];
    findings.extend(space(&config.data));
    if config.database.is_file() {
        findings.extend(database(&config.database, now).await);
    } else {
        let says = format!("{} is made at the first start.", config.database.display());
        findings.push(Finding::well("database", says));
    }
    findings
}

fn directory(path: &Path) -> Finding {
    let part = "data directory";
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => metadata,
        Ok(_) => return Finding::bad(part, format!("{} is no directory.", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Finding::well(
                part,
                format!("{} is made at the first start.", path.display()),
            );
        }
        Err(error) => return Finding::bad(part, format!("{}: {error}.", path.display())),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = metadata.mode() & 0o777;
        if mode & 0o077 != 0 {
            let path = path.display();
            let says = format!(
                "{path} has mode {mode:o}: others on this machine get in. chmod 700 {path}"
            );
            return Finding::bad(part, says);
        }
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            let says = format!(
                "{} is another account's: run this as the account that the server runs as.",
                path.display()
            );
            return Finding::look(part, says);
        }
    }
    let _ = metadata;
    Finding::well(part, format!("{} is for its owner alone", path.display()))
}

/// What is left on the disk.
#[cfg(unix)]
fn space(path: &Path) -> Option<Finding> {
    // One that is not there yet is made on the disk of its parent.
    let place = path.ancestors().find(|place| place.exists())?;
    let disk = rustix::fs::statvfs(place).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let (part, megabytes) = ("disk", free >> 20);
    Some(if free < LITTLE {
        let says = format!("{megabytes} MB are left: soon nothing more can be written.");
        Finding::look(part, says)
    } else {
        Finding::well(part, format!("{megabytes} MB are left"))
    })
}

#[cfg(not(unix))]
fn space(_path: &Path) -> Option<Finding> {
    None
}

async fn database(file: &Path, now: Timestamp) -> Vec<Finding> {
    let part = "database";
    let opened = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .connect()
        .await;
    let mut connection = match opened {
        Ok(connection) => connection,
        Err(error) => return vec![Finding::bad(part, format!("cannot be opened: {error}."))],
    };
    let mut findings = vec![whole(&mut connection).await];
    findings.extend(clock(&mut connection, now).await);
    // It was only read.
    let _ = connection.close().await;
    findings
}

async fn whole(connection: &mut SqliteConnection) -> Finding {
    let part = "database";
    let said = sqlx::query_scalar::<_, String>("PRAGMA quick_check(1)");
    match said.fetch_one(connection).await {
        Ok(word) if word == "ok" => Finding::well(part, "is whole"),
        Ok(word) => Finding::bad(
            part,
            format!("is damaged: {word}. Stop the server and put the last backup in its place."),
        ),
        Err(error) => Finding::bad(part, format!("cannot be read: {error}.")),
    }
}

/// A clock that is behind what was written lets sessions and certificates live too long.
async fn clock(connection: &mut SqliteConnection, now: Timestamp) -> Option<Finding> {
    let newest = "SELECT posted_at FROM entries ORDER BY id DESC LIMIT 1";
    let newest = sqlx::query_scalar::<_, i64>(newest);
    let newest = newest.fetch_optional(connection).await.ok()??;
    let newest = Timestamp::from_millis(u64::try_from(newest).ok()?);
    Some(if newest.since(now) > AHEAD {
        let says = format!("it is {now} here, and the last message is of {newest}: set the clock.");
        Finding::bad("clock", says)
    } else {
        Finding::well("clock", format!("it is {now}"))
    })
}
