//! What every request sees.

use std::sync::Arc;

use protocol::{
    error::ErrorCode,
    ids::{AccountId, LoginId, RoomId},
    rest::Registration,
    time::Timestamp,
};
use tokio::sync::Semaphore;

use crate::{
    blobs::Blobs,
    classic::Classic,
    clock::Clock,
    config::Files,
    entropy::Entropy,
    failure::Refusal,
    login::{OpaqueServer, Pending, PendingLogin},
    meetings::Meetings,
    passkey::Passkeys,
    public_url::PublicUrl,
    push::Hub,
    report_key::ReportKey,
    second_factor::SecondFactors,
    session::AccessKey,
    site::Site,
    store::{
        Store as _,
        room::{RoomView, Standing},
        sqlite::SqliteStore,
    },
    tls::Tls,
    windows::Windows,
};

/// The one state behind HTTP and sockets.
pub(crate) struct App {
    pub(crate) store: SqliteStore,
    pub(crate) hub: Arc<Hub>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<Entropy>,
    pub(crate) opaque: OpaqueServer,
    /// Accounts whose password the server itself checks.
    pub(crate) classic: Classic,
    pub(crate) report_key: ReportKey,
    /// Signs access tokens.
    pub(crate) access_key: AccessKey,
    pub(crate) logins: Pending<LoginId, PendingLogin>,
    pub(crate) second_factors: SecondFactors,
    pub(crate) passkeys: Passkeys,
    /// Under which address people reach this server.
    pub(crate) public_url: PublicUrl,
    /// New devices that wait for one of their account.
    pub(crate) meetings: Meetings,
    /// How long a session lasts at most, in milliseconds.
    pub(crate) session_millis: u64,
    pub(crate) windows: Windows,
    /// Messages that one account may send in a minute, as configured.
    pub(crate) messages_per_minute: u32,
    /// Large request bodies that may be in memory at once.
    pub(crate) large_bodies: Semaphore,
    /// Chunks of files that may be in memory at once.
    pub(crate) chunks: Arc<Semaphore>,
    /// The bytes of sealed files.
    pub(crate) blobs: Blobs,
    /// What files may have.
    pub(crate) files: Files,
    /// One search of all that is stored at a time.
    pub(crate) searching: tokio::sync::Mutex<()>,
    /// When readiness was last probed, and how it was.
    pub(crate) last_probe: tokio::sync::Mutex<Option<(Timestamp, Result<(), Refusal>)>>,
    /// Who may make an account.
    pub(crate) registration: Registration,
    /// A server for development, on loopback: only there an account may have its default password.
    pub(crate) development: bool,
    /// The web client, where there is one.
    pub(crate) site: Option<Site>,
    /// Whether cookies are for TLS only.
    pub(crate) secure_cookies: bool,
    /// What browsers are to remember of TLS, as it stands in a header.
    pub(crate) hsts: Option<&'static str>,
    /// TLS, where this server ends it itself.
    pub(crate) tls: Option<Tls>,
}

/// A shared [`App`].
pub(crate) type Shared = Arc<App>;

/// Large request bodies in memory at once.
pub(crate) const LARGE_BODIES: usize = 4;

/// Chunks of files in memory at once.
pub(crate) const CHUNKS: usize = 16;

impl App {
    /// A room that the account is in, or was in.
    pub(crate) async fn visible_room(
        &self,
        room: RoomId,
        account: AccountId,
    ) -> Result<RoomView, Refusal> {
        let view = self.store.view(room, account).await?;
        let view = view.ok_or(Refusal::of(ErrorCode::RoomNotFound))?;
        match (view.standing, view.kind) {
            // A sealed room does not show strangers that it exists.
            (Standing::Stranger, protocol::rest::Encryption::Mls) => {
                Err(Refusal::of(ErrorCode::RoomNotFound))
            }
            (Standing::Stranger, protocol::rest::Encryption::SharedKey) => {
                Err(Refusal::of(ErrorCode::NotAMember))
            }
            (Standing::Member(_) | Standing::Left(_), _) => Ok(view),
        }
    }

    /// A room that the account is in.
    pub(crate) async fn room_of_member(
        &self,
        room: RoomId,
        account: AccountId,
    ) -> Result<RoomView, Refusal> {
        let view = self.visible_room(room, account).await?;
        match view.standing {
            Standing::Member(_) => Ok(view),
            Standing::Left(_) | Standing::Stranger => Err(Refusal::of(ErrorCode::NotAMember)),
        }
    }
}
