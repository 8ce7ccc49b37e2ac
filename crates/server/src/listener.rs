//! Connections: accepted without delay on small packets, bounded in number, in the time of their headers, and in the
//! time that they get to end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::{Request, body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinHandle,
};

use crate::socket::direct::Place;

/// Connections at once.
const CONNECTIONS: usize = 20_000;
/// A request's head must have arrived after this time; an idle connection is closed after it, too.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// When stopping, requests under way get this long.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// After an error of `accept` (out of file descriptors, say) nothing is accepted for this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The task that accepts, and what stops it.
pub(crate) struct Listener {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    places: Arc<Semaphore>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Starts to accept.
    pub(crate) fn start(listener: TcpListener, router: Router) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let accepting = tokio::spawn(accept(listener, router, places.clone(), stopped));
        Ok(Self {
            address,
            stop,
            places,
            accepting,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nothing more; idle connections close, the others after their request.
    pub(crate) fn stop_accepting(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for the connections, but not for ever.
    pub(crate) async fn finish(self) {
        let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
        let ended = tokio::time::timeout(STOP_PATIENCE, self.places.acquire_many(all)).await;
        if ended.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    places: Arc<Semaphore>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stopped) => return,
        };
        match accepted {
            Ok((stream, _address)) => {
                tokio::spawn(connection(stream, router.clone(), place, stopped.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Waits until the listener stops.
async fn told(stopped: &mut watch::Receiver<bool>) {
    // An error says that the listener is gone.
    let _gone = stopped.wait_for(|stop| *stop).await.map(|_| ());
}

async fn connection(
    stream: TcpStream,
    router: Router,
    place: OwnedSemaphorePermit,
    mut stopped: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection closed at once");
        return;
    }
    let service = Placed {
        place: Place(Arc::new(place)),
        router: TowerToHyperService::new(router),
    };
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = told(&mut stopped) => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        // Broken off, too slow or not HTTP: the client's affair.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Gives each request its connection's place, which is free when the connection has ended and no socket keeps it.
struct Placed {
    place: Place,
    router: TowerToHyperService<Router>,
}

impl Service<Request<Incoming>> for Placed {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.place.clone());
        self.router.call(request)
    }
}
