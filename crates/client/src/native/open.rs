//! A client over a home.

use engine::{Config, Engine};
use rand_core::OsRng;

use super::{Home, SystemClock, Unlock};
use crate::{
    Client,
    driver::{self, Parts},
    store::StoreError,
    transport::{Network, ServerUrl},
};

/// Opens the client of a home, which is made where it is new, and begins to connect. To be called on a
/// [`LocalSet`](tokio::task::LocalSet), where its loop runs; `home` is kept as long as the client.
///
/// # Errors
/// As [`Home::open_store`] and [`Home::create_store`]; [`StoreError::Failed`] if the home belongs to another server.
pub async fn open(
    home: &Home,
    server: &ServerUrl,
    unlock: &mut Unlock<'_>,
) -> Result<Client<Engine>, StoreError> {
    let server = match home.server()? {
        Some(known) if known == *server => known,
        Some(other) => {
            let sentence = format!("this home belongs to {other}");
            return Err(StoreError::Failed(sentence));
        }
        None => server.clone(),
    };
    let store = if home.has_store() {
        home.open_store(unlock).await?
    } else {
        home.create_store(unlock).await?
    };
    home.set_server(&server)?;
    let transport = Network::new(server);
    let parts = Parts {
        store,
        transport: transport.map_err(|error| StoreError::Failed(error.to_string()))?,
        clock: SystemClock,
        rng: OsRng,
    };
    driver::start::<Engine, _, _, _, _>(Config::default(), parts).await
}
