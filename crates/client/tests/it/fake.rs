//! A server of a few lines that does whatever a test says, one connection after the other.

use std::future::Future;

use client::transport::{Network, ServerUrl};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::LocalSet,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

/// The greeting of an honest server; pings would come within a minute.
pub(crate) const OPEN: &str = "0{\"sid\":\"abc\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":100000}";

/// Where connections arrive.
pub(crate) struct Fake {
    listener: TcpListener,
}

impl Fake {
    pub(crate) async fn start() -> (Self, Network) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let network = Network::new(ServerUrl::parse(&url).unwrap()).unwrap();
        (Self { listener }, network)
    }

    /// The next request's connection, its head read.
    pub(crate) async fn request(&self) -> TcpStream {
        let (mut stream, _) = self.listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream
    }

    /// Answers the next request with these bytes and closes.
    pub(crate) async fn answer(&self, bytes: &[u8]) {
        let mut stream = self.request().await;
        // Whoever has heard enough closes first.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let _ = stream.read(&mut [0]).await;
    }

    /// The next WebSocket.
    pub(crate) async fn socket(&self) -> Socket {
        let (stream, _) = self.listener.accept().await.unwrap();
        Socket(accept_async(stream).await.unwrap())
    }

    /// The next WebSocket, with a session accepted.
    pub(crate) async fn greeted(&self) -> Socket {
        let mut socket = self.socket().await;
        socket.say(OPEN).await;
        assert!(socket.hear().await.starts_with("40{"));
        socket.say("40{\"sid\":\"def\"}").await;
        socket
    }
}

/// A WebSocket as the server sees it.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn say(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    /// Whoever has heard enough closes first.
    pub(crate) async fn send(&mut self, message: Message) {
        let _ = self.0.send(message).await;
    }

    /// The next text of the client.
    pub(crate) async fn hear(&mut self) -> String {
        let message = self.0.next().await.unwrap().unwrap();
        message.into_text().unwrap().as_str().to_owned()
    }

    /// Waits until the client has gone.
    pub(crate) async fn ended(mut self) {
        while let Some(Ok(_)) = self.0.next().await {}
    }
}

/// Runs a story where tasks may be spawned that stay on their thread.
pub(crate) async fn story(tell: impl Future<Output = ()>) {
    LocalSet::new().run_until(tell).await;
}
