//! Connections: accepted without delay on small packets, in the clear or over TLS, bounded in number and per address, in the
//! time of their heads, and in the time that they get to end.

mod connection;
mod crowd;
mod peer;
pub(crate) mod redirect;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinHandle,
};

use self::crowd::{Crowd, OneOf};

pub(crate) use connection::Desk;
pub(crate) use peer::Peer;

/// Connections at once.
const CONNECTIONS: usize = 20_000;
/// When stopping, requests under way get this long.
const STOP_PATIENCE: Duration = Duration::from_secs(10);
/// After an error of `accept` (out of file descriptors, say) nothing is accepted for this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The tasks that accept, and what stops them.
pub(crate) struct Listener {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    doors: Doors,
    accepting: Vec<JoinHandle<()>>,
}

/// What all doors of a server share.
#[derive(Clone)]
struct Doors {
    places: Arc<Semaphore>,
    crowd: Arc<Crowd>,
    stopped: Stopped,
}

impl Listener {
    /// Starts to accept.
    ///
    /// # Errors
    /// The listener has no address.
    pub(crate) fn start(listener: TcpListener, desk: Desk) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let doors = Doors {
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            crowd: Arc::default(),
            stopped: Stopped(stopped),
        };
        let mut started = Self {
            address,
            stop,
            doors,
            accepting: Vec::new(),
        };
        started.open(listener, desk);
        Ok(started)
    }

    /// Accepts at another address too.
    pub(crate) fn open(&mut self, listener: TcpListener, desk: Desk) {
        let accepting = accept(listener, Arc::new(desk), self.doors.clone());
        self.accepting.push(tokio::spawn(accepting));
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
        let ended = self.doors.places.acquire_many(all);
        let ended = tokio::time::timeout(STOP_PATIENCE, ended).await;
        if ended.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        for accepting in self.accepting {
            accepting.abort();
        }
    }
}

/// Tells when the listener stops.
#[derive(Clone)]
struct Stopped(watch::Receiver<bool>);

impl Stopped {
    async fn told(&mut self) {
        // An error says that the listener is gone.
        let _gone = self.0.wait_for(|stop| *stop).await.map(|_| ());
    }
}

/// A connection's place among those that are allowed; a socket keeps it.
#[derive(Clone)]
pub(crate) struct Place(#[expect(dead_code, reason = "held")] Arc<(OwnedSemaphorePermit, OneOf)>);

async fn accept(listener: TcpListener, desk: Arc<Desk>, mut doors: Doors) {
    loop {
        let Ok(place) = doors.places.clone().acquire_owned().await else {
            return;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = doors.stopped.told() => return,
        };
        let (stream, from) = match accepted {
            Ok((stream, from)) => (stream, from.ip().to_canonical()),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // A proxy has everybody's connections.
        let counted = if desk.proxies.has(from) {
            None
        } else {
            Peer(from).counted()
        };
        let Some(one_of) = Crowd::enter(&doors.crowd, counted) else {
            tracing::debug!("one address has as many connections as it may have");
            continue;
        };
        let (desk, stopped) = (Arc::clone(&desk), doors.stopped.clone());
        let place = Place(Arc::new((place, one_of)));
        tokio::spawn(async move { desk.serve(stream, from, place, stopped).await });
    }
}
