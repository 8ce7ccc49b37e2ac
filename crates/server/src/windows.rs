//! How much of what anybody may do in how long.

use protocol::{
    limits::{LOGIN_WINDOW_MILLIS, LOGINS_PER_WINDOW, MEETINGS_PER_WINDOW},
    time::Timestamp,
};

use crate::{failure::Refusal, listener::Peer, login::window::Window};

/// Limits per time window, of this server alone.
pub(crate) struct Windows {
    /// Whatever one address asks.
    pub(crate) requests: Window,
    /// Requests of logins from one address, of whatever names.
    pub(crate) login_addresses: Window,
    /// Requests from one address that make accounts.
    pub(crate) registrations: Window,
    /// Messages of one account.
    pub(crate) messages: Window,
    /// Commits of one account.
    pub(crate) commits: Window,
    /// KeyPackages that one device uploads, in requests.
    pub(crate) uploads: Window,
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
/// Behind one address there may be a whole house, and a page asks for ten files when it opens.
const REQUESTS_PER_MINUTE: u32 = 12_000;
/// A login is two requests, or three.
const LOGINS_PER_ADDRESS: u32 = 900;
/// Two requests are an account.
const REGISTRATIONS_PER_HOUR: u32 = 240;
const COMMITS_PER_HOUR: u32 = 6_000;
const UPLOADS_PER_HOUR: u32 = 600;
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

impl Windows {
    /// With so many messages of an account in a minute.
    pub(crate) fn new(messages: u32) -> Self {
        Self {
            requests: Window::new(REQUESTS_PER_MINUTE, MINUTE),
            login_addresses: Window::new(LOGINS_PER_ADDRESS, LOGIN_WINDOW_MILLIS),
            registrations: Window::new(REGISTRATIONS_PER_HOUR, HOUR),
            messages: Window::new(messages, MINUTE),
            commits: Window::new(COMMITS_PER_HOUR, HOUR),
            uploads: Window::new(UPLOADS_PER_HOUR, HOUR),
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

    /// Counts something of whoever is at this address; this machine's own is not counted.
    pub(crate) fn of_address(window: &Window, peer: Peer, now: Timestamp) -> Result<(), Refusal> {
        let counted = peer.counted();
        let counted = counted.map_or(Ok(()), |address| window.count(address, now));
        counted.map_err(Refusal::rate_limited)
    }
}
