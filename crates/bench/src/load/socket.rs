//! A WebSocket, and Socket.IO over one: only what a load needs.

use anyhow::{Context, Result, bail};
use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async,
    tungstenite::{Message, Utf8Bytes},
};

use super::wire::Wire;

/// The writing half.
pub(crate) struct Writer(SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>);

/// The reading half.
pub(crate) struct Reader(SplitStream<WebSocketStream<MaybeTlsStream<TcpStream>>>);

/// Opens a WebSocket on loopback, without Nagle's delay.
///
/// # Errors
/// Nobody listens, or the server does not speak WebSocket.
pub(crate) async fn open(wire: &Wire, path: &str) -> Result<(Writer, Reader)> {
    let url = wire.base().replacen("http", "ws", 1);
    let (socket, _) = client_async(format!("{url}{path}"), wire.connect().await?)
        .await
        .context("no WebSocket")?;
    let (sink, stream) = socket.split();
    Ok((Writer(sink), Reader(stream)))
}

/// Opens a WebSocket and goes through the handshakes of Engine.IO 4 and Socket.IO 5.
///
/// # Errors
/// As [`open`]; the server refuses the token.
pub(crate) async fn connect(wire: &Wire, token: &str) -> Result<(Writer, Reader)> {
    let (mut writer, mut reader) = open(wire, "/socket.io/?EIO=4&transport=websocket").await?;
    writer
        .send(format!("40{}", serde_json::json!({ "token": token })))
        .await?;
    loop {
        let frame = reader.next().await?;
        if frame.starts_with("40") {
            return Ok((writer, reader));
        }
        if frame.starts_with("44") {
            bail!("the server refused the connection: {frame}");
        }
        if frame.as_str() == "2" {
            writer.send("3".to_owned()).await?;
        }
    }
}

impl Writer {
    /// Sends a text frame.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) async fn send(&mut self, text: String) -> Result<()> {
        self.0
            .send(Message::Text(text.into()))
            .await
            .context("the connection is gone")
    }

    /// Emits an event that wants an acknowledgement with this number.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) async fn emit(
        &mut self,
        number: usize,
        event: &str,
        payload: &serde_json::Value,
    ) -> Result<()> {
        self.send(format!("42{number}[\"{event}\",{payload}]"))
            .await
    }
}

impl Reader {
    /// The next text frame.
    ///
    /// # Errors
    /// The connection is gone.
    pub(crate) async fn next(&mut self) -> Result<Utf8Bytes> {
        while let Some(message) = self.0.next().await {
            if let Message::Text(text) = message.context("the connection is gone")? {
                return Ok(text);
            }
        }
        bail!("the server closed the connection")
    }
}
