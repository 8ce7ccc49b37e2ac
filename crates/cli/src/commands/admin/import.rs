//! `admin import`: classic accounts of another server, into the data of one that does not run.

use std::{
    env, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use protocol::error::ErrorCode;
use serde_json::json;
use server::SecretKey;
use zeroize::Zeroizing;

use crate::{exit::Problem, output::Output};

pub(super) async fn run(output: Output, data: PathBuf, file: &Path) -> Result<(), Problem> {
    let text = Zeroizing::new(read(file)?);
    let usage = |error: String| Problem::usage(error);
    let places = server::data_places(|name| env::var(name).ok(), Some(data));
    let (data, database) = places.map_err(|error| usage(error.to_string()))?;
    let key = env::var("SECRET_KEY").ok().filter(|key| !key.is_empty());
    let key = key.map(|key| SecretKey::from_text(&Zeroizing::new(key)));
    let key = key.transpose().map_err(|error| usage(error.to_string()))?;
    let imported = server::import_classic((&data, &database), key, &text).await;
    let count = imported.map_err(|error| {
        let sentence = format!("Nothing was imported: {error}.");
        Problem::new(ErrorCode::ServerError, sentence)
    })?;
    let accounts = if count == 1 { "account" } else { "accounts" };
    output.line(
        &format!(
            "Imported {count} {accounts}. Each logs in with its password as before, where CLASSIC_LOGIN is on."
        ),
        || json!({ "imported": count }),
    )
}

fn read(file: &Path) -> Result<String, Problem> {
    let read = if file == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    read.map_err(|error| {
        let sentence = format!("{}: {error}.", file.display());
        Problem::new(ErrorCode::FileFailed, sentence)
    })
}
