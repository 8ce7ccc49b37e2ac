//! What the operator decides, from flags and environment variables. Pure: reading the environment, files and
//! sockets is for others.

mod acme;
mod cors;
mod database;
mod files;
mod listen;
mod mode;
mod secret;
mod session;
mod transport;

use std::{net::SocketAddr, path::PathBuf};

pub use acme::{Acme, AcmeError};
pub use cors::{Origin, OriginError};
pub use database::DatabaseUrlError;
pub use files::{Files, FilesError};
pub use listen::ListenError;
pub use mode::{Mode, ModeError};
pub use secret::SecretKeyError;
pub use session::{SESSION_MILLIS, SessionDaysError};
pub use transport::{CertificateFiles, Hsts, Proxies, Transport, TransportError};

use crate::{
    public_url::{PublicUrl, PublicUrlError},
    secrets::SecretKey,
};

pub use protocol::rest::Registration;

/// A server's configuration.
#[derive(Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data directory; created with mode 0700.
    pub data: PathBuf,
    /// The SQLite file.
    pub database: PathBuf,
    /// Development or production.
    pub mode: Mode,
    /// `SECRET_KEY`; none in development means one that is kept in the data directory.
    pub secret_key: Option<SecretKey>,
    /// `SECRET_KEY_PREVIOUS`: what the data may still be sealed under; a start brings all of it under the other one.
    pub previous_key: Option<SecretKey>,
    /// Who may make an account.
    pub registration: Registration,
    /// Whether a server for development begins with an account that has a password which everybody knows.
    pub default_admin: bool,
    /// Whether accounts whose password the server itself checks exist: those of simple clients.
    pub classic_login: bool,
    /// Pages of these origins may use the server too, by tokens.
    pub cors_origins: Vec<Origin>,
    /// What files may have.
    pub files: Files,
    /// How long a session lasts at most, in milliseconds.
    pub session_millis: u64,
    /// Under which address people reach the server; none is this machine's own.
    pub public_url: Option<PublicUrl>,
    /// How clients reach it.
    pub transport: Transport,
    /// Messages that one account may send in a minute.
    pub messages_per_minute: u32,
}

/// What the command line says; a flag goes before a variable.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen ADDR`.
    pub listen: Option<String>,
    /// `--data DIR`.
    pub data: Option<PathBuf>,
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// `--listen` or `PORT`.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// `SECURE_CHAT_ENV` or `FLASK_ENV`.
    #[error(transparent)]
    Mode(#[from] ModeError),
    /// `DATABASE_URL`.
    #[error(transparent)]
    Database(#[from] DatabaseUrlError),
    /// `SECRET_KEY` and `SECRET_KEY_PREVIOUS`.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// `SSL_CERT_PATH`, `SSL_KEY_PATH`, `TRUSTED_PROXY` and what belongs to them.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// `SECURE_CHAT_FILE_MB` and its like.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// `SECURE_CHAT_SESSION_MAX_DAYS`.
    #[error(transparent)]
    SessionDays(#[from] SessionDaysError),
    /// `SECURE_CHAT_PUBLIC_URL`.
    #[error(transparent)]
    PublicUrl(#[from] PublicUrlError),
    /// A proxy, and no address of what it stands for.
    #[error(
        "with TRUSTED_PROXY set SECURE_CHAT_PUBLIC_URL must say under which address people reach this server, such as https://chat.example.org"
    )]
    ProxyForWhat,
    /// `SECURE_CHAT_REGISTRATION`.
    #[error("SECURE_CHAT_REGISTRATION is \"open\", \"invite\" or \"closed\", not {0:?}")]
    Registration(String),
    /// `SECURE_CHAT_CORS_ORIGINS`.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// `CLASSIC_LOGIN`.
    #[error("CLASSIC_LOGIN is \"on\" or \"off\", not {0:?}")]
    ClassicLogin(String),
    /// `SECURE_CHAT_MESSAGES_PER_MINUTE`.
    #[error("SECURE_CHAT_MESSAGES_PER_MINUTE is a whole number of messages, not {0:?}")]
    Messages(String),
    /// `SECURE_CHAT_DEFAULT_ADMIN`.
    #[error("SECURE_CHAT_DEFAULT_ADMIN is \"yes\" or \"no\", not {0:?}")]
    DefaultAdmin(String),
}

impl Config {
    /// Reads a configuration from the environment, asked by name, and the command line. An empty variable counts as
    /// unset.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable and what to do.
    pub fn from_env(
        variable: impl Fn(&str) -> Option<String>,
        flags: &Flags,
    ) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let listen = listen::parse(flags.listen.as_deref(), variable("PORT").as_deref())?;
        let transport = transport::parse(variable, listen)?;
        let alone = is_loopback(listen) && !transport.has_proxy();
        let mode = mode::parse(variable("SECURE_CHAT_ENV"), variable("FLASK_ENV"), alone)?;
        let data = flags.data.clone().unwrap_or_else(|| PathBuf::from("data"));
        let database = database::parse(variable("DATABASE_URL").as_deref(), &data)?;
        let secret_key = secret::parse(variable("SECRET_KEY"), mode)?;
        let previous_key = secret::parse_previous(variable("SECRET_KEY_PREVIOUS"))?;
        let registration = registration(variable("SECURE_CHAT_REGISTRATION"), mode)?;
        let default_admin = default_admin(variable("SECURE_CHAT_DEFAULT_ADMIN"))?;
        let classic_login = classic_login(variable("CLASSIC_LOGIN"), mode)?;
        let cors_origins = cors::parse(variable("SECURE_CHAT_CORS_ORIGINS"))?;
        let session_millis = session::parse(variable("SECURE_CHAT_SESSION_MAX_DAYS"))?;
        let public_url = variable("SECURE_CHAT_PUBLIC_URL");
        let public_url = public_url.map(|text| PublicUrl::parse(&text)).transpose()?;
        if transport.has_proxy() && public_url.is_none() {
            return Err(ConfigError::ProxyForWhat);
        }
        let messages_per_minute = messages(variable("SECURE_CHAT_MESSAGES_PER_MINUTE"))?;
        let files = files::parse(variable)?;
        Ok(Self {
            listen,
            data,
            database,
            mode,
            secret_key,
            previous_key,
            registration,
            default_admin,
            classic_login,
            cors_origins,
            files,
            session_millis,
            public_url,
            transport,
            messages_per_minute,
        })
    }

    /// Whether this is a server for development that nobody but this machine reaches: the one kind on which an account may
    /// have the default password.
    pub fn is_development_on_loopback(&self) -> bool {
        matches!(self.mode, Mode::Development)
            && is_loopback(self.listen)
            && !self.transport.has_proxy()
    }
}

const fn is_loopback(address: SocketAddr) -> bool {
    match address {
        SocketAddr::V4(address) => address.ip().is_loopback(),
        SocketAddr::V6(address) => address.ip().is_loopback(),
    }
}

/// Where a server's data is, for whoever looks after it on the machine: the directory and the SQLite file.
///
/// # Errors
/// `DATABASE_URL` is none that this version can use.
pub fn data_places(
    variable: impl Fn(&str) -> Option<String>,
    data: Option<PathBuf>,
) -> Result<(PathBuf, PathBuf), ConfigError> {
    let data = data.unwrap_or_else(|| PathBuf::from("data"));
    let url = variable("DATABASE_URL").filter(|value| !value.trim().is_empty());
    let database = database::parse(url.as_deref(), &data)?;
    Ok((data, database))
}

fn default_admin(said: Option<String>) -> Result<bool, ConfigError> {
    match said.as_deref() {
        Some("yes") | None => Ok(true),
        Some("no") => Ok(false),
        Some(other) => Err(ConfigError::DefaultAdmin(other.to_owned())),
    }
}

/// More than anybody writes, and what a bot may need.
pub const MESSAGES_PER_MINUTE: u32 = 3_000;

fn messages(said: Option<String>) -> Result<u32, ConfigError> {
    let Some(said) = said else {
        return Ok(MESSAGES_PER_MINUTE);
    };
    let number = said.trim().parse().ok().filter(|number| *number > 0);
    number.ok_or(ConfigError::Messages(said))
}

/// Where passwords reach the server they reach whoever has the server: in production only where the operator says so.
fn classic_login(said: Option<String>, mode: Mode) -> Result<bool, ConfigError> {
    match said.as_deref() {
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        None => Ok(mode == Mode::Development),
        Some(other) => Err(ConfigError::ClassicLogin(other.to_owned())),
    }
}

fn registration(said: Option<String>, mode: Mode) -> Result<Registration, ConfigError> {
    match (said.as_deref(), mode) {
        (Some("open"), _) | (None, Mode::Development) => Ok(Registration::Open),
        (Some("invite"), _) | (None, Mode::Production) => Ok(Registration::Invite),
        (Some("closed"), _) => Ok(Registration::Closed),
        (Some(other), _) => Err(ConfigError::Registration(other.to_owned())),
    }
}

#[cfg(test)]
mod tests;
