//! Starting, serving and stopping.

use std::{io, net::SocketAddr, sync::Arc};

use protocol::{
    limits::{LOGIN_LEG_MILLIS, UPLOAD_MILLIS},
    pin::Pin,
    time::Timestamp,
};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};

use crate::{
    app::{App, CHUNKS, LARGE_BODIES},
    blobs::Blobs,
    classic::Classic,
    clock::{Clock, SystemClock},
    config::{Config, Mode},
    data_dir::{DataDir, DataDirError},
    entrance::{Entrance, Open},
    entropy::Entropy,
    failure::Refusal,
    http,
    listener::Listener,
    login::{OpaqueServer, Pending},
    meetings::Meetings,
    passkey::Passkeys,
    push::{Hub, fan_out},
    report_key::ReportKey,
    second_factor::{BackupKeys, SecondFactors},
    secrets::{NotOpened, Rotation, Sealer, SecretKey, SetupError},
    session::AccessKey,
    site::Site,
    socket::{direct::Direct, library},
    store::{
        Committed, Store as _, StoreError,
        blob::OldBlobs,
        sqlite::{self, OpenError, ResealError, SqliteStore},
        token::TokenStore as _,
    },
    tls::{self, Tls, TlsError},
    windows::Windows,
};

/// What nobody will ask about any more is forgotten this often.
const SWEEP_EVERY: std::time::Duration = std::time::Duration::from_secs(3_600);

/// When stopping, the library's sockets get this long to take what waits for them.
const SOCKETS_PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Why a server does not start, or did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The data directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The database cannot be used.
    #[error("the database cannot be used: {0}")]
    Database(String),
    /// What the server keeps secret was sealed under another key.
    #[error(
        "the data was sealed under another SECRET_KEY; start with the one that it was made with, or give that one as SECRET_KEY_PREVIOUS"
    )]
    OtherSecretKey,
    /// Production without a secret key.
    #[error("in production SECRET_KEY must be set; make one with: openssl rand -hex 32")]
    NoSecretKey,
    /// Neither a secret key nor a development server's data.
    #[error("the server's SECRET_KEY is not set")]
    KeyNotGiven,
    /// There is no database where one should be.
    #[error("there is no server's data at {}", .0.display())]
    NoData(std::path::PathBuf),
    /// The address cannot be used.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operating system gives no randomness.
    #[error("the operating system gives no randomness")]
    NoEntropy,
    /// Signals cannot be received.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
}

impl From<OpenError> for ServeError {
    fn from(error: OpenError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<SetupError> for ServeError {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::OtherKey => Self::OtherSecretKey,
            SetupError::Damaged | SetupError::Store(_) => Self::Database(error.to_string()),
        }
    }
}

impl From<ResealError> for ServeError {
    fn from(error: ResealError) -> Self {
        match error {
            ResealError::OtherKey => Self::OtherSecretKey,
            ResealError::Damaged | ResealError::Open(_) => Self::Database(error.to_string()),
        }
    }
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}

/// What a server takes from outside besides its configuration; tests bring their own.
pub struct Surroundings {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// All randomness.
    pub entropy: Entropy,
    /// The database may not grow past this many pages of 4 KiB.
    pub max_database_pages: Option<u32>,
    /// The web client, if the program has one inside.
    pub site: Option<Site>,
}

impl Surroundings {
    /// The machine's clock and randomness.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn of_the_machine() -> Result<Self, ServeError> {
        let entropy = Entropy::from_os().map_err(|_| ServeError::NoEntropy)?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            entropy,
            max_database_pages: None,
            site: None,
        })
    }
}

/// Serves until the process is told to stop (SIGTERM or SIGINT), then finishes what was accepted.
///
/// # Errors
/// [`ServeError`] says what to change.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    let server = Server::start(config, Surroundings::of_the_machine()?).await?;
    tracing::info!(address = %server.address(), "serving");
    stop_signal().await.map_err(ServeError::Signals)?;
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}

/// The key that the operator gives, or the one of a development server's data. Production has refused a weak one before.
fn secret_key(config: &Config, data: &DataDir, entropy: &Entropy) -> Result<SecretKey, ServeError> {
    match (&config.secret_key, config.mode) {
        (Some(key), _) => {
            if let Err(weak) = key.check_strength() {
                tracing::warn!(%weak, "this key will do for development alone");
            }
            Ok(key.clone())
        }
        (None, Mode::Development) => Ok(data.secret_key(entropy)?),
        (None, Mode::Production) => Err(ServeError::NoSecretKey),
    }
}

/// Brings everything that the server has sealed under this key, if it is under the previous one.
async fn rotate(
    config: &Config,
    limits: sqlite::Limits,
    key: &SecretKey,
    entropy: &Entropy,
) -> Result<(), ServeError> {
    let Some(previous) = &config.previous_key else {
        return Ok(());
    };
    let rotation = Rotation::new(previous, key, entropy.fork());
    let rotation = rotation.map_err(|NotOpened| ServeError::OtherSecretKey)?;
    match sqlite::reseal(&config.database, limits, rotation).await? {
        Some(done) => tracing::info!(
            sealed_anew = done.turned,
            damaged = done.damaged,
            "nothing is under SECRET_KEY_PREVIOUS any more: take it out"
        ),
        None => tracing::warn!("nothing is under SECRET_KEY_PREVIOUS: take it out"),
    }
    Ok(())
}

/// What the data directory holds, opened by the secret key.
struct Kept {
    store: SqliteStore,
    events: mpsc::Receiver<Vec<Committed>>,
    report_key: ReportKey,
    opaque: OpaqueServer,
    second_factors: SecondFactors,
    classic: Classic,
    blobs: Blobs,
}

impl Kept {
    async fn open(
        config: &Config,
        limits: sqlite::Limits,
        key: &SecretKey,
        clock: &Arc<dyn Clock>,
        entropy: &Entropy,
    ) -> Result<Self, ServeError> {
        rotate(config, limits, key, entropy).await?;
        let sealer = || Sealer::new(key).map_err(|NotOpened| ServeError::OtherSecretKey);
        let (store, events) =
            sqlite::open(&config.database, limits, clock.clone(), entropy.fork()).await?;
        let report_key = ReportKey::load(&store, &sealer()?, entropy).await?;
        let opaque = OpaqueServer::load(&store, sealer()?, entropy).await?;
        let backup_keys = BackupKeys::load(&store, &sealer()?, key, entropy).await?;
        let classic = Classic::new(config.classic_login, key, entropy);
        store.sweep().await?;
        let blobs = Blobs::new(config.data.join("files"));
        let known = store.blobs().await?;
        blobs
            .remove_others(&known)
            .map_err(|error| DataDirError::Io(config.data.join("files"), error))?;
        Ok(Self {
            store,
            events,
            report_key,
            opaque,
            second_factors: SecondFactors::new(sealer()?, backup_keys),
            classic: classic.map_err(|NotOpened| ServeError::OtherSecretKey)?,
            blobs,
        })
    }
}

/// A running server.
pub struct Server {
    pub(crate) app: Arc<App>,
    /// It begins with an account that its own program makes.
    pub(crate) default_admin: bool,
    direct: Arc<Direct>,
    io: socketioxide::SocketIo,
    listener: Listener,
    plain_address: Option<SocketAddr>,
    fan_out: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    /// Of the certificate.
    watchers: Vec<JoinHandle<()>>,
    _data: DataDir,
}

impl Server {
    /// Opens the data and starts to serve.
    ///
    /// # Errors
    /// [`ServeError`] says what to change.
    pub async fn start(config: Config, around: Surroundings) -> Result<Self, ServeError> {
        let Surroundings {
            clock,
            entropy,
            max_database_pages,
            site,
        } = around;
        let entropy = Arc::new(entropy);
        let data = DataDir::open(&config.data, &config.database)?;
        let key = secret_key(&config, &data, &entropy)?;
        let limits = sqlite::Limits {
            max_pages: max_database_pages,
        };
        let Kept {
            store,
            events,
            report_key,
            opaque,
            second_factors,
            classic,
            blobs,
        } = Kept::open(&config, limits, &key, &clock, &entropy).await?;
        let tls = Tls::of(&config.transport, &config.data)?;
        let entrance = Entrance::bind(&config).await?;
        let public_url = entrance.public_url(&config, tls.as_ref());
        let transport = &config.transport;
        let hub = Arc::new(Hub::new(clock.clone()));
        let app = Arc::new(App {
            store,
            hub: hub.clone(),
            clock,
            entropy,
            opaque,
            classic,
            report_key,
            access_key: AccessKey::new(&key),
            logins: Pending::new(LOGIN_LEG_MILLIS),
            second_factors,
            passkeys: Passkeys::new(),
            hsts: transport.hsts(&public_url),
            public_url,
            meetings: Meetings::new(),
            session_millis: config.session_millis,
            windows: Windows::new(config.messages_per_minute),
            messages_per_minute: config.messages_per_minute,
            large_bodies: Semaphore::new(LARGE_BODIES),
            chunks: Arc::new(Semaphore::new(CHUNKS)),
            blobs,
            files: config.files,
            last_probe: tokio::sync::Mutex::new(None),
            registration: config.registration,
            development: config.is_development_on_loopback(),
            searching: tokio::sync::Mutex::default(),
            site,
            secure_cookies: transport.is_encrypted(),
            tls,
        });
        let direct = Direct::new(&app);
        let (layer, io) = library::layer(&app);
        let router = http::router(&app, &direct, layer, &config.cors_origins);
        let Open {
            listener,
            plain_address,
        } = entrance.open(&app, router, transport)?;
        let fan_out = tokio::spawn(fan_out(hub, events));
        let sweeper = tokio::spawn(sweep(app.clone()));
        let watchers = watchers(&config, &app);
        Ok(Self {
            default_admin: config.is_development_on_loopback() && config.default_admin,
            app,
            direct,
            io,
            listener,
            plain_address,
            fan_out,
            sweeper,
            watchers,
            _data: data,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Where plain HTTP is sent to https.
    pub fn plain_address(&self) -> Option<SocketAddr> {
        self.plain_address
    }

    /// The address for people: where it listens, for those on this machine, or what it is known by.
    pub fn url(&self) -> String {
        if self.app.secure_cookies {
            self.app.public_url.origin().to_owned()
        } else {
            format!("http://{}", self.address())
        }
    }

    /// Where this machine's own programs reach it, and the key that it shows them.
    pub fn own_url(&self) -> (String, Option<Pin>) {
        let address = self.address();
        match &self.app.tls {
            Some(tls) => (
                format!("https://{address}"),
                Some(tls.shown.certificate().facts.pin),
            ),
            None => (format!("http://{address}"), None),
        }
    }

    /// Reads the certificate's files again, as it does by itself every minute; whether there is another one.
    pub fn look_at_certificate(&self) -> bool {
        self.app
            .tls
            .as_ref()
            .is_some_and(|tls| tls::look(&tls.shown))
    }

    /// Stops: accepts nothing more, closes the sockets, lets requests under way end, and closes the database after its
    /// last write.
    pub async fn stop(self) {
        self.sweeper.abort();
        for watcher in &self.watchers {
            watcher.abort();
        }
        self.listener.stop_accepting();
        self.direct.stop();
        if tokio::time::timeout(SOCKETS_PATIENCE, self.io.close())
            .await
            .is_err()
        {
            tracing::warn!("some sockets did not close in time");
        }
        self.listener.finish().await;
        self.app.store.close().await;
        // The fan-out ends with the store's events.
        if let Err(error) = self.fan_out.await {
            tracing::error!(%error, "the fan-out ended badly");
        }
    }
}

/// What sees to the certificate while the server runs.
fn watchers(config: &Config, app: &App) -> Vec<JoinHandle<()>> {
    let Some(tls) = &app.tls else {
        return Vec::new();
    };
    let watch = tls::watch(tls.shown.clone(), app.clock.clone());
    let mut watchers = vec![tokio::spawn(watch)];
    if let Some(acme) = config.transport.acme.clone() {
        let data = Arc::from(config.data.as_path());
        let keep = tls::acme::keep(acme, data, tls.shown.clone(), app.clock.clone());
        watchers.push(tokio::spawn(keep));
    }
    watchers
}

async fn sweep(app: Arc<App>) {
    let mut every = tokio::time::interval(SWEEP_EVERY);
    // The first tick is at once.
    every.tick().await;
    loop {
        if let Err(error) = app.store.drop_handshakes(app.clock.now()).await {
            tracing::warn!(%error, "old commits could not be dropped");
        }
        if let Err(error) = drop_old_blobs(&app).await {
            tracing::warn!(code = %error.code(), "old files could not be dropped");
        }
        if let Err(error) = end_old_sessions(&app).await {
            tracing::warn!(code = %error.code(), "old sessions could not be ended");
        }
        if let Err(error) = end_old_api_tokens(&app).await {
            tracing::warn!(code = %error.code(), "old API tokens could not be ended");
        }
        every.tick().await;
        if let Err(error) = app.store.sweep().await {
            tracing::warn!(%error, "old sessions could not be forgotten");
        }
    }
}

/// Cuts the sockets of sessions that have lasted as long as a session may: their next request would be refused anyway.
async fn end_old_sessions(app: &App) -> Result<(), Refusal> {
    let now = app.clock.now().millis();
    let began = Timestamp::from_millis(now.saturating_sub(app.session_millis));
    let ended = app.store.end_old_sessions(began).await?;
    http::cut_sessions(app, ended);
    Ok(())
}

/// The same for API tokens.
async fn end_old_api_tokens(app: &App) -> Result<(), Refusal> {
    let ended = app.store.end_old_api_tokens().await?;
    http::cut_sessions(app, ended);
    Ok(())
}

/// Drops files that were kept long enough. A row goes before its bytes: what a crash leaves is a file without a row.
async fn drop_old_blobs(app: &App) -> Result<(), Refusal> {
    let ago = |millis| Timestamp::from_millis(app.clock.now().millis().saturating_sub(millis));
    let old = OldBlobs {
        unfinished: ago(UPLOAD_MILLIS),
        finished: app.files.kept_millis.map(ago),
    };
    loop {
        let gone = app.store.drop_old_blobs(old).await?;
        if gone.is_empty() {
            return Ok(());
        }
        for blob in gone {
            app.blobs.remove(blob).await?;
        }
    }
}

#[cfg(unix)]
async fn stop_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
