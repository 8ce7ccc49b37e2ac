//! The client of this origin: opened and started by whoever holds the origin's lock.

use client::{
    Client,
    browser::{self, Expect, SystemClock},
    driver::{self, Parts},
    engine::{Config, Engine},
    store::{StoreError, Stretched},
    transport::{Network, ServerUrl},
};
use rand_core::OsRng;

/// Name of the lock and of the database of this origin.
pub(super) const NAME: &str = "secure-chat";

/// Opens what this browser keeps, and starts.
///
/// # Errors
/// As the store.
pub(super) async fn open(
    origin: &str,
    known: bool,
    passphrase: Option<&Stretched>,
) -> Result<Client<Engine>, StoreError> {
    let expect = if known {
        Expect::Account
    } else {
        Expect::Nothing
    };
    let store = browser::open_store(NAME, expect, passphrase).await?;
    let unusable = || StoreError::Failed("the page has no address to connect to".to_owned());
    let url = ServerUrl::of_page(origin).map_err(|_| unusable())?;
    let parts = Parts {
        store,
        transport: Network::new(url).map_err(|_| unusable())?,
        clock: SystemClock,
        rng: OsRng,
    };
    driver::start::<Engine, _, _, _, _>(Config::default(), parts).await
}

/// Removes what is left of a store that does not open.
///
/// # Errors
/// The browser refuses.
pub(super) async fn erase() -> Result<(), StoreError> {
    super::transfer::sweep_all().await;
    browser::erase_store(NAME).await
}
