//! The direct road: WebSockets that were opened straight away, without the library. A message is encoded once for all of
//! them and leaves in one write with what was committed beside it; what waits for a socket is bounded in bytes.

mod connection;
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) mod fuzzing;
mod handshake;
mod open;
mod packet;
mod wire;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::{app::Shared, listener::Place};
use connection::Connection;
use handshake::Handshake;
use open::Open;

/// All sockets of this road.
pub(crate) struct Direct {
    app: Shared,
    open: Arc<Open>,
}

impl Direct {
    pub(crate) fn new(app: &Shared) -> Arc<Self> {
        Arc::new(Self {
            app: Arc::clone(app),
            open: Arc::default(),
        })
    }

    /// Admits no more sockets, and closes those that are open once they have taken what waits for them. Each keeps its
    /// connection's place until then.
    pub(crate) fn stop(&self) {
        self.open.stop();
    }
}

/// Takes the requests that open a socket of this road; all others go on.
pub(crate) async fn or_next(
    State(direct): State<Arc<Direct>>,
    mut request: Request,
    next: Next,
) -> Response {
    // The library would keep it with the request.
    let place = request.extensions_mut().remove::<Place>();
    let Some(handshake) = Handshake::of(&mut request, direct.app.secure_cookies) else {
        return next.run(request).await;
    };
    let (response, upgrade) = handshake.accept();
    tokio::spawn(async move {
        match upgrade.on_upgrade.await {
            Ok(stream) => {
                let connection = Connection::new(direct.app.clone(), stream, upgrade.cookie);
                connection.run(&direct.open).await;
            }
            Err(error) => tracing::debug!(%error, "a socket was not opened"),
        }
        drop(place);
    });
    response
}
