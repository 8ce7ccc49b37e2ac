//! The other side of the comparison: axum with a WebSocket, and every frame to everyone. It keeps nothing, checks
//! nothing and knows nobody, so it marks what this machine's sockets can do.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::Response,
    routing::get,
    serve::ListenerExt as _,
};
use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink};
use tokio::{net::TcpListener, sync::broadcast};

/// Frames that a reader may be behind; enough that none is dropped here.
const BEHIND: usize = 100_000;

type Frames = broadcast::Sender<Utf8Bytes>;

/// Serves on a port of loopback until the process is ended.
///
/// # Errors
/// The port is taken.
pub(crate) fn serve(port: u16) -> Result<()> {
    super::runtime()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .context("cannot listen")?;
        serve_on(listener).await
    })
}

/// Serves until the task is dropped.
pub(super) async fn serve_on(listener: TcpListener) -> Result<()> {
    let (frames, _) = broadcast::channel::<Utf8Bytes>(BEHIND);
    let upgrade = |State(frames): State<Frames>, upgrade: WebSocketUpgrade| async move {
        accept(upgrade, frames)
    };
    let router = Router::new()
        .route("/readyz", get(|| async {}))
        .route("/ws", get(upgrade))
        .with_state(frames);
    let listener = listener.tap_io(|stream| {
        // Only a little slower where it fails.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await.context("cannot serve")
}

fn accept(upgrade: WebSocketUpgrade, frames: Frames) -> Response {
    // Before the handshake is answered: what is sent right after it must reach everyone.
    let own = frames.subscribe();
    upgrade.on_upgrade(|socket: WebSocket| async move {
        let (sink, mut stream) = socket.split();
        let writer = tokio::spawn(write(sink, own));
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message {
                // Nobody listens once all have gone.
                let _ = frames.send(text);
            }
        }
        writer.abort();
    })
}

/// Writes what has come in at once, then flushes: one system call for many frames under load.
async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut frames: broadcast::Receiver<Utf8Bytes>,
) {
    while let Ok(first) = frames.recv().await {
        if sink.feed(Message::Text(first)).await.is_err() {
            return;
        }
        while let Ok(next) = frames.try_recv() {
            if sink.feed(Message::Text(next)).await.is_err() {
                return;
            }
        }
        if sink.flush().await.is_err() {
            return;
        }
    }
}
