//! The post office: stores and forwards sealed envelopes and cannot open one.
//!
//! One process, one SQLite file. A request comes in over HTTP ([`Server`] lists the routes in one place) or as a
//! Socket.IO event, is written by one writer that groups commits, and is answered when its bytes are on disk; then the
//! room's sockets are told, in the order of the log. The wire is the crate `protocol`.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use server::{Config, Flags};
//!
//! let config = Config::from_env(|name| std::env::var(name).ok(), &Flags::default())?;
//! server::serve(config).await?;
//! # Ok(())
//! # }
//! ```

mod app;
mod blobs;
mod classic;
mod clock;
mod config;
mod data_dir;
mod doctor;
mod entrance;
mod entropy;
mod failure;
#[cfg(feature = "fuzzing-for-tests")]
pub mod fuzzing;
mod http;
mod labels;
mod listener;
pub mod logging;
mod login;
mod meetings;
mod passkey;
mod public_url;
mod push;
mod report_key;
mod second_factor;
mod secrets;
mod serve;
mod session;
mod setup;
mod site;
mod socket;
mod store;
mod tls;
mod windows;

pub use classic::{ImportError, KeptError, import_classic};
pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{
    Acme, AcmeError, CertificateFiles, Config, ConfigError, DatabaseUrlError, Files, FilesError,
    Flags, Hsts, ListenError, MESSAGES_PER_MINUTE, Mode, ModeError, Origin, OriginError, Proxies,
    Registration, SESSION_MILLIS, SecretKeyError, SessionDaysError, Transport, TransportError,
    data_places,
};
pub use data_dir::DataDirError;
pub use doctor::{Finding, Health, check, examine};
pub use entropy::Entropy;
pub use public_url::{PublicUrl, PublicUrlError};
pub use secrets::{SecretKey, SecretKeyTooShort, WeakKey};
pub use serve::{ServeError, Server, Surroundings, serve};
pub use setup::{Setup, admin_invite};
pub use site::{Asset, PAGE_POLICY, Site};
pub use tls::{
    AcmeFilesError, Certificate, CertificateError, Facts, TlsError, make_key, pin_of_file,
};
