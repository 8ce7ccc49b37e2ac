//! A WebSocket over TCP, and over TLS where the server is elsewhere.

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use crate::transport::{FRAME_BYTES, ServerUrl};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The WebSocket is closed, broken, or speaks something other than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WireGone;

/// The writing half.
pub(crate) struct WireSender(SplitSink<Stream, Message>);

/// The reading half.
pub(crate) struct WireReceiver(SplitStream<Stream>);

pub(crate) async fn open_wire(url: &ServerUrl) -> Result<(WireSender, WireReceiver), WireGone> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES))
        .max_frame_size(Some(FRAME_BYTES));
    let without_nagle = true;
    let connector = if url.is_https() {
        Connector::Rustls(url.trust().config())
    } else {
        Connector::Plain
    };
    let connected =
        connect_async_tls_with_config(url.socket(), Some(config), without_nagle, Some(connector));
    let (stream, _) = connected.await.map_err(|_| WireGone)?;
    let (sink, stream) = stream.split();
    Ok((WireSender(sink), WireReceiver(stream)))
}

impl WireSender {
    pub(crate) async fn send(&mut self, text: String) -> Result<(), WireGone> {
        self.0.send(Message::text(text)).await.map_err(|_| WireGone)
    }

    pub(crate) async fn close(&mut self) {
        // Closing what is broken already changes nothing.
        let _ = self.0.close().await;
    }
}

impl WireReceiver {
    /// The next text. WebSocket pings are answered below this.
    pub(crate) async fn receive(&mut self) -> Result<String, WireGone> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Err(WireGone),
            }
        }
    }
}
