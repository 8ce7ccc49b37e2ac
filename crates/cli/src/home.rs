//! Which home, and how its store opens.

use std::{env, path::PathBuf};

use client::native::{Home, NativeStore, Unlock};
use protocol::error::ErrorCode;
use zeroize::Zeroizing;

use crate::{args::Global, exit::Problem, prompt};

/// Takes the home that the flags name.
pub(crate) fn take(global: &Global) -> Result<Home, Problem> {
    Ok(Home::take(&directory(global)?)?)
}

fn directory(global: &Global) -> Result<PathBuf, Problem> {
    if let Some(home) = &global.home {
        return Ok(home.clone());
    }
    let data = non_empty("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| Some(PathBuf::from(non_empty("HOME")?).join(".local/share")));
    data.map(|data| data.join("secure-chat"))
        .ok_or_else(|| Problem::usage("There is no home directory here. Use --home."))
}

fn non_empty(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Opens the store of a home that has one.
pub(crate) async fn open(home: &Home) -> Result<NativeStore, Problem> {
    if !home.has_store() {
        return Err(Problem::of(ErrorCode::NotLoggedIn));
    }
    Ok(home
        .open_store(&mut unlock(&mut prompt::store_passphrase))
        .await?)
}

/// Opens the store of a home, or makes one.
pub(crate) async fn open_or_create(home: &Home) -> Result<NativeStore, Problem> {
    if home.has_store() {
        return open(home).await;
    }
    Ok(home
        .create_store(&mut unlock(&mut prompt::store_passphrase))
        .await?)
}

type Asker<'a> = &'a mut dyn FnMut(client::native::Ask) -> Option<Zeroizing<String>>;

fn unlock(ask: Asker<'_>) -> Unlock<'_> {
    Unlock {
        insecure: non_empty("SECURE_CHAT_INSECURE_STORE").is_some_and(|value| value == "1"),
        passphrase: non_empty("SECURE_CHAT_STORE_PASSPHRASE").map(Zeroizing::new),
        keyring: true,
        ask,
    }
}
