//! The operating system's keyring: a secret per home. Absent wherever it does not answer at once.

use std::{sync::mpsc, thread, time::Duration};

use keyring::Entry;
use zeroize::Zeroizing;

const SERVICE: &str = "secure-chat";

/// A desktop may ask its user to unlock the keyring; without a desktop the answer comes at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the keyring says.
pub(super) enum Found {
    /// The secret of this name.
    Secret(Zeroizing<Vec<u8>>),
    /// The keyring works and has none of this name.
    Nothing,
    /// There is no keyring, or it is locked.
    NoKeyring,
}

/// Looks a secret up.
pub(super) fn look_up(name: String) -> Found {
    let found = ask(move || match Entry::new(SERVICE, &name)?.get_secret() {
        Ok(secret) => Ok(Found::Secret(Zeroizing::new(secret))),
        Err(keyring::Error::NoEntry) => Ok(Found::Nothing),
        Err(error) => Err(error),
    });
    found.unwrap_or(Found::NoKeyring)
}

/// Keeps a secret. `false` if there is no keyring that takes it.
pub(super) fn keep(name: String, secret: Zeroizing<Vec<u8>>) -> bool {
    ask(move || Entry::new(SERVICE, &name)?.set_secret(&secret)).is_some()
}

/// Forgets a secret. What no keyring answers for stays there: it opens nothing any more.
pub(super) fn forget(name: String) {
    let _ = ask(move || Entry::new(SERVICE, &name)?.delete_credential());
}

/// Runs a request on a thread of its own, since the bus may never answer. `None` if it fails or takes too long.
fn ask<T: Send + 'static>(
    request: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> Option<T> {
    if !has_bus() {
        return None;
    }
    let (answer, answered) = mpsc::channel();
    thread::spawn(move || {
        // Nobody may be listening any more.
        let _ = answer.send(request());
    });
    answered.recv_timeout(PATIENCE).ok()?.ok()
}

/// Without a session bus the library would try to start one, which takes long and fails.
#[cfg(target_os = "linux")]
fn has_bus() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || set("XDG_RUNTIME_DIR").is_some_and(|dir| std::path::Path::new(&dir).join("bus").exists())
}

#[cfg(not(target_os = "linux"))]
fn has_bus() -> bool {
    true
}
