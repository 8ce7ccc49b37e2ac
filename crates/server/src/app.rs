//! What every request sees.

use std::sync::Arc;

use protocol::{
    error::ErrorCode,
    ids::{AccountId, LoginId, RoomId},
    limits::{LOGIN_WINDOW_MILLIS, LOGINS_PER_WINDOW, MEETINGS_PER_WINDOW},
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
    login::{OpaqueServer, Pending, PendingLogin, window::Window},
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

/// Limits per time window, of this server alone.
pub(crate) struct Windows {
    /// Logins of one name.
    pub(crate) logins: Window,
    /// Logins of a device that the account has, where those of its name are used up.
    pub(crate) known_logins: Window,
    /// Meetings with new devices that one account joins.
    pub(crate) meetings: Window,
    /// Names that one account looks up.
    pub(crate) lookups: Window,
    /// KeyPackage claims of one account, of all others.
    pub(crate) claims: Window,
    /// One-time KeyPackages of one account that one other takes; then it gets the last-resort ones.
    pub(crate) one_time_claims: Window,
    /// Rooms that one account creates.
    pub(crate) rooms: Window,
    /// Links that one account makes or renews.
    pub(crate) link_puts: Window,
    /// Requests with which one account shows a link.
    pub(crate) links: Window,
    /// Requests of one account that carry mail without a commit.
    pub(crate) mails: Window,
    /// Requests of one device to be let in again.
    pub(crate) readmissions: Window,
    /// Resets that one account asks for.
    pub(crate) resets: Window,
    /// Files that one account begins to upload.
    pub(crate) blobs: Window,
    /// Entries that one account has attested for reports.
    pub(crate) attestations: Window,
    /// Words of people who could not come into one room.
    pub(crate) shut: Window,
    /// Ephemeral events of one device.
    pub(crate) ephemerals: Window,
    /// Requests of one administrator.
    pub(crate) admin: Window,
    /// Searches of all that is stored, by anybody.
    pub(crate) searches: Window,
}

const HOUR: u64 = 3_600_000;
const LOOKUPS_PER_HOUR: u32 = 2_000;
const CLAIMS_PER_HOUR: u32 = 6_000;
const ONE_TIME_CLAIMS_PER_HOUR: u32 = 10;
const ROOMS_PER_HOUR: u32 = 600;
const LINK_PUTS_PER_HOUR: u32 = 600;
const LINKS_PER_HOUR: u32 = 600;
const MAILS_PER_HOUR: u32 = 1_000;
const READMISSIONS_PER_HOUR: u32 = 600;
const RESETS_PER_DAY: u32 = 6;
const BLOBS_PER_HOUR: u32 = 6_000;
const ATTESTATIONS_PER_HOUR: u32 = 600;
const MINUTE: u64 = 60_000;
const SHUT_PER_MINUTE: u32 = 6;
const EPHEMERAL_WINDOW: u64 = 10_000;
const EPHEMERALS_PER_WINDOW: u32 = 200;
const ADMIN_PER_MINUTE: u32 = 120;
const SEARCHES_PER_HOUR: u32 = 12;

impl Default for Windows {
    fn default() -> Self {
        Self {
            logins: Window::new(LOGINS_PER_WINDOW, LOGIN_WINDOW_MILLIS),
            known_logins: Window::new(LOGINS_PER_WINDOW, LOGIN_WINDOW_MILLIS),
            meetings: Window::new(MEETINGS_PER_WINDOW, LOGIN_WINDOW_MILLIS),
            lookups: Window::new(LOOKUPS_PER_HOUR, HOUR),
            claims: Window::new(CLAIMS_PER_HOUR, HOUR),
            one_time_claims: Window::new(ONE_TIME_CLAIMS_PER_HOUR, HOUR),
            rooms: Window::new(ROOMS_PER_HOUR, HOUR),
            link_puts: Window::new(LINK_PUTS_PER_HOUR, HOUR),
            links: Window::new(LINKS_PER_HOUR, HOUR),
            mails: Window::new(MAILS_PER_HOUR, HOUR),
            readmissions: Window::new(READMISSIONS_PER_HOUR, HOUR),
            resets: Window::new(RESETS_PER_DAY, 24 * HOUR),
            blobs: Window::new(BLOBS_PER_HOUR, HOUR),
            attestations: Window::new(ATTESTATIONS_PER_HOUR, HOUR),
            shut: Window::new(SHUT_PER_MINUTE, MINUTE),
            ephemerals: Window::new(EPHEMERALS_PER_WINDOW, EPHEMERAL_WINDOW),
            admin: Window::new(ADMIN_PER_MINUTE, MINUTE),
            searches: Window::new(SEARCHES_PER_HOUR, HOUR),
        }
    }
}

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
