//! TLS by the server itself: what is spoken, what is shown, what comes in the clear, and a certificate that is renewed.

mod authority;

use std::{fs, io};

use futures_util::{SinkExt as _, StreamExt as _};
use protocol::pin::Pin;
use reqwest::{Response, StatusCode, Version, header};
use rustls::{
    CipherSuite, NamedGroup, ProtocolVersion, SupportedProtocolVersion, pki_types::ServerName,
    version,
};
use serde_json::{Value, json};
use server::{CertificateFiles, Hsts, pin_of_file};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use self::authority::{Authority, HOST};
use crate::world::{World, plain_http};

/// A server with a certificate.
struct Tls {
    world: World,
    authority: Authority,
    files: CertificateFiles,
    dir: tempfile::TempDir,
}

impl Tls {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut server::Config)) -> Self {
        let (dir, authority) = (tempfile::tempdir().unwrap(), Authority::new());
        let files = authority.sign(dir.path());
        let world = World::with(|config| {
            config.transport.certificate = Some(files.clone());
            change(config);
        });
        Self {
            world: world.await,
            authority,
            files,
            dir,
        }
    }

    fn url(&self, path: &str) -> String {
        let address = self.world.server().address();
        format!("https://{HOST}:{}{path}", address.port())
    }

    fn http(&self, version_2: bool) -> reqwest::Client {
        self.authority.http(&self.world.address(), version_2)
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        let request = self.http(true).post(self.url(path)).json(&body);
        request.send().await.unwrap()
    }

    async fn connect(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.world.address()).await?;
        let connector = TlsConnector::from(self.authority.client(versions));
        let name = ServerName::try_from(HOST).unwrap();
        connector.connect(name, stream).await
    }

    /// The pin of what a new connection is shown.
    async fn shown(&self) -> Pin {
        let stream = self.connect(&[&version::TLS13]).await.unwrap();
        let shown = stream.get_ref().1.peer_certificates().unwrap();
        let path = self.dir.path().join("shown.pem");
        let pem = protocol::bytes::Bytes::from(&*shown[0]).to_base64();
        let pem = format!("-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n");
        fs::write(&path, pem).unwrap();
        pin_of_file(&path).unwrap()
    }
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_1_3_with_a_post_quantum_key_exchange_is_spoken_and_nothing_older() {
    let tls = Tls::new().await;
    let stream = tls.connect(&[&version::TLS13]).await.unwrap();
    let spoken = stream.get_ref().1;
    assert_eq!(spoken.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    let group = spoken.negotiated_key_exchange_group().unwrap();
    assert_eq!(group.name(), NamedGroup::X25519MLKEM768);
    let suite = spoken.negotiated_cipher_suite().unwrap();
    assert_eq!(suite.suite(), CipherSuite::TLS13_AES_256_GCM_SHA384);
    let refused = tls.connect(&[&version::TLS12]).await.unwrap_err();
    assert!(refused.to_string().contains("ProtocolVersion"), "{refused}");
    let older = Tls::with(|config| config.transport.tls_1_2 = true).await;
    let stream = older.connect(&[&version::TLS12]).await.unwrap();
    let spoken = stream.get_ref().1.protocol_version();
    assert_eq!(spoken, Some(ProtocolVersion::TLSv1_2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_1_and_2_are_answered_alike() {
    let tls = Tls::new().await;
    for (two, version) in [(false, Version::HTTP_11), (true, Version::HTTP_2)] {
        let asked = tls.http(two).get(tls.url("/api/server")).send();
        let answer = asked.await.unwrap();
        assert_eq!(
            (answer.version(), answer.status()),
            (version, StatusCode::OK)
        );
        let hsts = &answer.headers()[header::STRICT_TRANSPORT_SECURITY];
        assert_eq!(hsts, "max-age=63072000");
        assert_eq!(json_of(answer).await["pins"], Value::Null);
        let asked = tls.http(two).get(tls.url("/nowhere")).send();
        assert_eq!(json_of(asked.await.unwrap()).await["code"], "NOT_FOUND");
    }
    let preload = Tls::with(|config| config.transport.hsts = Hsts::Preload).await;
    let answer = preload
        .http(true)
        .get(preload.url("/"))
        .send()
        .await
        .unwrap();
    let hsts = answer.headers()[header::STRICT_TRANSPORT_SECURITY].to_str();
    assert_eq!(
        hsts.unwrap(),
        "max-age=63072000; includeSubDomains; preload"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_in_the_clear_is_sent_to_https_and_nothing_else() {
    let tls = Tls::with(|config| {
        config.transport.redirect = Some("127.0.0.1:0".parse().unwrap());
    });
    let tls = tls.await;
    let plain = tls.world.server().plain_address().unwrap().to_string();
    let http = plain_http()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    for address in [plain, tls.world.address()] {
        let asked = http.get(format!("http://{address}/join?a=b"));
        // Nobody is sent where a header says.
        let answer = asked.header("host", "evil.example").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
        assert_eq!(answer.headers()[header::LOCATION], tls.url("/join?a=b"));
        assert!(!answer.headers().contains_key(header::SET_COOKIE));
        let asked = http.get(format!("http://{address}//evil.example/"));
        let answer = asked.send().await.unwrap();
        assert_eq!(
            answer.headers()[header::LOCATION],
            tls.url("//evil.example/")
        );
        let body = json!({ "username": "simple", "password": "a plain passphrase" });
        let answer = http.post(format!("http://{address}/register")).json(&body);
        let answer = answer.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert_eq!(json_of(answer).await["code"], "HTTPS_REQUIRED");
    }
    let body = json!({ "username": "simple", "password": "a plain passphrase" });
    assert_eq!(tls.post("/register", body).await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_over_tls_is_of_this_host_and_counts_over_http_2() {
    let tls = Tls::new().await;
    let body = json!({ "username": "simple", "password": "a plain passphrase" });
    tls.post("/register", body.clone()).await;
    let answer = tls.post("/login", body).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-secure_chat="), "{cookie}");
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    let (pair, _) = cookie.split_once(';').unwrap();
    // A browser that says nothing of sites compares its origin with the host, which HTTP/2 has in no header.
    for (origin, status) in [
        (tls.url(""), StatusCode::OK),
        ("https://evil.example".to_owned(), StatusCode::UNAUTHORIZED),
    ] {
        let asked = tls.http(true).post(tls.url("/api/rooms"));
        let asked = asked.json(&json!({ "name": "kitchen" }));
        let asked = asked.header("cookie", pair).header("origin", origin);
        assert_eq!(asked.send().await.unwrap().status(), status);
    }
    let planted = pair.replace("__Host-", "");
    let asked = tls.http(true).get(tls.url("/api/rooms"));
    let answer = asked.header("cookie", planted).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

type Wire = WebSocketStream<TlsStream<TcpStream>>;

async fn socket(tls: &Tls, token: &str) -> Wire {
    let stream = tls.connect(&[&version::TLS13]).await.unwrap();
    let url = format!("wss://{HOST}/socket.io/?EIO=4&transport=websocket");
    let (mut wire, _) = client_async(url, stream).await.unwrap();
    assert!(text(&mut wire).await.starts_with('0'));
    let hello = format!("40{}", json!({ "token": token }));
    wire.send(Message::text(hello)).await.unwrap();
    assert!(text(&mut wire).await.starts_with("40"));
    wire
}

async fn text(wire: &mut Wire) -> String {
    match wire.next().await.unwrap().unwrap() {
        Message::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_shown_while_open_connections_go_on() {
    let tls = Tls::new().await;
    let first = pin_of_file(&tls.files.chain).unwrap();
    assert_eq!(tls.shown().await, first);
    let body = json!({ "username": "simple", "password": "a plain passphrase" });
    let token = json_of(tls.post("/register", body).await).await["token"].clone();
    let mut wire = socket(&tls, token.as_str().unwrap()).await;
    assert!(!tls.world.server().look_at_certificate());

    // Half of a renewal: the key is not the certificate's.
    let key = fs::read(&tls.files.key).unwrap();
    tls.authority.sign(tls.dir.path());
    let renewed = fs::read(&tls.files.key).unwrap();
    fs::write(&tls.files.key, key).unwrap();
    assert!(!tls.world.server().look_at_certificate());
    assert_eq!(tls.shown().await, first);

    fs::write(&tls.files.key, renewed).unwrap();
    assert!(tls.world.server().look_at_certificate());
    let second = tls.shown().await;
    assert_ne!(second, first);
    assert_eq!(second, pin_of_file(&tls.files.chain).unwrap());
    wire.send(Message::text(r#"427["no_such_event",{}]"#))
        .await
        .unwrap();
    let answer = text(&mut wire).await;
    assert!(
        answer.starts_with("437") && answer.contains("NOT_FOUND"),
        "{answer}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_a_key_in_reserve_names_both() {
    let spare = Pin::from_bytes([7; 32]);
    let tls = Tls::with(|config| config.transport.spare_pins = vec![spare]).await;
    let asked = tls.http(true).get(tls.url("/api/server")).send();
    let own = pin_of_file(&tls.files.chain).unwrap();
    assert_eq!(
        json_of(asked.await.unwrap()).await["pins"],
        json!([own, spare])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_neither_tls_nor_http_end_their_connection_alone() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let tls = Tls::new().await;
    let records: [&[u8]; 4] = [
        &[22, 3, 1, 0xff, 0xff],
        &[22; 600],
        &[0; 600],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];
    for bytes in records {
        let mut stream = TcpStream::connect(tls.world.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        // Whatever comes back, it ends.
        let _ = stream.read_to_end(&mut rest).await;
    }
    let answer = tls.http(true).get(tls.url("/healthz")).send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
}
