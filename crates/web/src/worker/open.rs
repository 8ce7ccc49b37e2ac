//! The client of this origin: locked, opened, started.

use client::{
    Client,
    browser::{self, Expect, OriginLock, SystemClock},
    driver::{self, Parts},
    engine::{Config, Engine},
    store::StoreError,
    transport::{Network, ServerUrl},
};
use rand_core::OsRng;

/// Name of the lock and of the database of this origin.
const NAME: &str = "secure-chat";

/// A running client and the lock of its origin.
pub(super) struct Opened {
    pub(super) client: Client<Engine>,
    // Never read: held as long as this client lives.
    _lock: OriginLock,
}

/// Opens what this browser keeps, and starts.
///
/// # Errors
/// [`StoreError::Busy`] in a second tab; else as the store.
pub(super) async fn open(origin: &str, known: bool) -> Result<Opened, StoreError> {
    let lock = OriginLock::take(NAME).await?;
    let expect = if known {
        Expect::Account
    } else {
        Expect::Nothing
    };
    let store = browser::open_store(NAME, expect).await?;
    let unusable = || StoreError::Failed("the page has no address to connect to".to_owned());
    let url = ServerUrl::of_page(origin).map_err(|_| unusable())?;
    let parts = Parts {
        store,
        transport: Network::new(url).map_err(|_| unusable())?,
        clock: SystemClock,
        rng: OsRng,
    };
    let client = driver::start::<Engine, _, _, _, _>(Config::default(), parts).await?;
    Ok(Opened {
        client,
        _lock: lock,
    })
}

/// Removes what is left of a store that does not open.
///
/// # Errors
/// Another tab uses it, or the browser refuses.
pub(super) async fn erase() -> Result<(), StoreError> {
    let _lock = OriginLock::take(NAME).await?;
    browser::erase_store(NAME).await
}
