//! One server on a free port, with a clock that stands still until it is moved.

use std::{path::PathBuf, sync::Arc};

use protocol::time::Timestamp;
use reqwest::{Method, StatusCode};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use serde_json::{Value, json};
use server::{
    Config, Entropy, Files, ManualClock, Mode, Registration, SecretKey, Server, Site, Surroundings,
    Transport,
};

/// Noon on a winter day.
pub const START: u64 = 1_795_000_000_000;

pub struct World {
    pub clock: Arc<ManualClock>,
    pub config: Config,
    pub max_pages: Option<u32>,
    pub site: Option<Site>,
    server: Option<Server>,
    pub http: reqwest::Client,
    _home: tempfile::TempDir,
}

/// A client for plain HTTP. It wants to know of TLS nevertheless.
pub fn plain_http() -> reqwest::ClientBuilder {
    let builder = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into());
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let none = builder.with_root_certificates(RootCertStore::empty());
    reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(none.with_no_client_auth())
}

/// An answer: status and JSON body.
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The code of an error, whose shape and status are checked.
    #[track_caller]
    pub fn code(&self) -> String {
        let code = self.body["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no error: {}", self.body));
        let known = protocol::error::ErrorCode::ALL
            .iter()
            .find(|known| known.as_str() == code);
        assert_eq!(known.unwrap().status(), self.status.as_u16());
        assert_eq!(self.body["error"], known.unwrap().sentence());
        let timestamp = self.body["timestamp"].as_str().unwrap();
        timestamp.parse::<Timestamp>().unwrap();
        code.to_owned()
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let home = tempfile::tempdir().unwrap();
        let data: PathBuf = home.path().join("data");
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            database: data.join("chat.db"),
            data,
            mode: Mode::Development,
            secret_key: Some(SecretKey::from_text("0123456789abcdef0123456789abcdef").unwrap()),
            previous_key: None,
            registration: Registration::Open,
            default_admin: false,
            classic_login: true,
            cors_origins: Vec::new(),
            files: Files::default(),
            session_millis: server::SESSION_MILLIS,
            public_url: None,
            transport: Transport::default(),
            messages_per_minute: server::MESSAGES_PER_MINUTE,
        };
        change(&mut config);
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(START)));
        // A connection for each request: after a body that was refused unread the server closes, and who takes
        // that connection from a pool meanwhile writes into nothing.
        let http = plain_http().pool_max_idle_per_host(0).build().unwrap();
        let mut world = Self {
            clock,
            config,
            max_pages: None,
            site: None,
            server: None,
            http,
            _home: home,
        };
        world.start().await;
        world
    }

    /// Starts the server on the data that is there.
    pub async fn start(&mut self) {
        let around = Surroundings {
            clock: self.clock.clone(),
            entropy: Entropy::from_os().unwrap(),
            max_database_pages: self.max_pages,
            site: self.site,
        };
        self.server = Some(Server::start(self.config.clone(), around).await.unwrap());
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub async fn stop(&mut self) {
        self.server.take().unwrap().stop().await;
    }

    pub fn address(&self) -> String {
        self.server.as_ref().unwrap().address().to_string()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| json!({ "text": text }));
        Answer {
            status,
            headers,
            body,
        }
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let mut request = self.http.request(method, self.url(path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.send(request).await
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.call(Method::GET, path, token, None).await
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.call(Method::POST, path, token, Some(&body)).await
    }

    pub async fn delete(&self, path: &str, token: Option<&str>) -> Answer {
        self.call(Method::DELETE, path, token, None).await
    }

    pub async fn put(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.call(Method::PUT, path, token, Some(&body)).await
    }
}
