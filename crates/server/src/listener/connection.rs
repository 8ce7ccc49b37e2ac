//! One connection, from its first byte to its last.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderValue, header},
};
use futures_util::future::{BoxFuture, Either};
use hyper::{Request, body::Incoming, service::Service};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;

use super::{Place, Stopped, peer::Peer};
use crate::{config::Proxies, tls::acme::PROTOCOL};

/// A request's head must have arrived after this time; an idle connection is closed after it, too.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// A handshake of TLS must be over after this time.
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// Requests at once on one connection of HTTP/2.
const STREAMS: u32 = 64;
/// The most that the fields of one head may have on HTTP/2, in bytes; HTTP/1 has its own bound in hyper.
const HEAD_BYTES: u32 = 32 * 1024;
/// The first byte of a TLS record that opens a handshake (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;

/// What answers the connections of a listener.
pub(crate) struct Desk {
    /// Everything that the server does.
    pub(crate) router: Router,
    /// The way to https, for whoever comes in the clear and should not.
    pub(crate) redirect: Router,
    /// TLS, where the server speaks it.
    pub(crate) tls: Option<TlsAcceptor>,
    /// Who may come in the clear from elsewhere.
    pub(crate) proxies: Proxies,
}

impl Desk {
    /// Serves one connection to its end.
    pub(super) async fn serve(
        &self,
        stream: TcpStream,
        from: IpAddr,
        place: Place,
        stopped: Stopped,
    ) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection closed at once");
            return;
        }
        let asks = |router: &Router| Asks {
            place,
            from,
            proxies: self.proxies.clone(),
            under_way: Arc::default(),
            router: TowerToHyperService::new(router.clone()),
        };
        let Some(tls) = &self.tls else {
            let may = from.is_loopback() || self.proxies.has(from);
            let router = if may { &self.router } else { &self.redirect };
            return speak(Version::One, stream, asks(router), stopped).await;
        };
        let shaken = tokio::time::timeout(HANDSHAKE_PATIENCE, async {
            if begins_in_the_clear(&stream).await? {
                return Ok(Either::Left(stream));
            }
            tls.accept(stream).await.map(Either::Right)
        });
        match shaken.await {
            Ok(Ok(Either::Left(stream))) => {
                speak(Version::One, stream, asks(&self.redirect), stopped).await;
            }
            // An authority has seen what it wanted.
            Ok(Ok(Either::Right(stream)))
                if stream.get_ref().1.alpn_protocol() == Some(PROTOCOL) => {}
            Ok(Ok(Either::Right(stream))) => {
                let version = Version::agreed(stream.get_ref().1.alpn_protocol());
                speak(version, stream, asks(&self.router), stopped).await;
            }
            // Older than what is spoken here, a scanner, or too slow: the client's affair.
            Ok(Err(error)) => tracing::debug!(%error, "a handshake of TLS failed"),
            Err(_) => tracing::debug!("a handshake of TLS took too long"),
        }
    }
}

/// Whether the client speaks plain HTTP where TLS is spoken: somebody typed an address without `https`.
async fn begins_in_the_clear(stream: &TcpStream) -> io::Result<bool> {
    let mut first = [0];
    let read = stream.peek(&mut first).await?;
    Ok(read == 1 && first != [HANDSHAKE])
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    /// What client and server agreed on by ALPN; a client that says nothing speaks HTTP/1.1.
    fn agreed(alpn: Option<&[u8]>) -> Self {
        match alpn {
            Some(b"h2") => Self::Two,
            _ => Self::One,
        }
    }

    fn builder(self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD_BYTES)
            .keep_alive_interval(HEAD_PATIENCE)
            .keep_alive_timeout(HEAD_PATIENCE);
        match self {
            Self::One => builder.http1_only(),
            Self::Two => builder.http2_only(),
        }
    }
}

/// Answers requests until the client is gone, idle for too long, or the server stops.
async fn speak<S>(version: Version, stream: S, asks: Asks, mut stopped: Stopped)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let under_way = Arc::clone(&asks.under_way);
    let builder = version.builder();
    let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), asks);
    tokio::pin!(serving);
    let idle = async {
        match version {
            // hyper sees to it, by the time that a head may take.
            Version::One => std::future::pending().await,
            Version::Two => idle(&under_way).await,
        }
    };
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = stopped.told() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
        () = idle => {
            serving.as_mut().graceful_shutdown();
            // One that does not answer to this either is dropped.
            tokio::time::timeout(HEAD_PATIENCE, serving).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        // Broken off, too slow or not HTTP: the client's affair.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Waits until no request was under way for a while.
async fn idle(under_way: &UnderWay) {
    let mut seen = under_way.begun();
    loop {
        tokio::time::sleep(HEAD_PATIENCE).await;
        let begun = under_way.begun();
        if begun == seen && under_way.is_nothing() {
            return;
        }
        seen = begun;
    }
}

/// Requests of one connection.
#[derive(Default)]
struct UnderWay {
    begun: AtomicUsize,
    answered: AtomicUsize,
}

impl UnderWay {
    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    fn is_nothing(&self) -> bool {
        self.begun() == self.answered.load(Ordering::Relaxed)
    }
}

/// Counts a request as answered, also where its client is gone before.
struct OnItsWay(Arc<UnderWay>);

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// Gives each request its connection's place, which is free when the connection has ended and no socket keeps it; says
/// where it comes from; and names the host where HTTP/2 has it in another place.
#[derive(Clone)]
struct Asks {
    place: Place,
    from: IpAddr,
    proxies: Proxies,
    under_way: Arc<UnderWay>,
    router: TowerToHyperService<Router>,
}

impl Service<Request<Incoming>> for Asks {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let peer = Peer::of(self.from, request.headers(), &self.proxies);
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(self.place.clone());
        let authority = request.uri().authority().map(ToString::to_string);
        if let Some(host) = authority.and_then(|host| HeaderValue::try_from(host).ok()) {
            request.headers_mut().entry(header::HOST).or_insert(host);
        }
        self.under_way.begun.fetch_add(1, Ordering::Relaxed);
        let on_its_way = OnItsWay(Arc::clone(&self.under_way));
        let answer = self.router.call(request);
        Box::pin(async move {
            let _on_its_way = on_its_way;
            answer.await
        })
    }
}
