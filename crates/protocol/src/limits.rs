//! Every limit of the wire, in one place. Sizes are in bytes, times in milliseconds.

/// Shortest user name.
pub const USER_NAME_MIN: usize = 2;
/// Longest user name.
pub const USER_NAME_MAX: usize = 32;
/// Longest room name that a relay room may carry in the clear, in bytes.
pub const PUBLIC_ROOM_NAME_MAX: usize = 128;

/// Entries that a simple client is told of when it joins a shared-key room: the newest.
pub const NEWEST_ENTRIES: u64 = 50;

/// Devices of one account.
pub const DEVICES_MAX: usize = 10;
/// Accounts in one room.
pub const ROOM_ACCOUNTS_MAX: usize = 5_000;
/// One-time KeyPackages that a device keeps on the server.
pub const KEY_PACKAGES_MAX: usize = 100;
/// A device uploads new ones when fewer than this many are left.
pub const KEY_PACKAGES_LOW: usize = 20;
/// One KeyPackage.
pub const KEY_PACKAGE_BYTES: usize = 8 * 1024;
/// One device certificate.
pub const CERTIFICATE_BYTES: usize = 2 * 1024;

/// `encrypted_content` as text: base64 of a 64 kB payload with its signature, or a JSON array of numbers of
/// the same length from a foreign client.
pub const ENCRYPTED_CONTENT_CHARS: usize = 300 * 1024;
/// `iv` as text.
pub const IV_CHARS: usize = 128;
/// The MLS message inside `key`.
pub const KEY_BYTES: usize = 16 * 1024;
/// Content key wrapped under a history key.
pub const HISTORY_KEY_BYTES: usize = 256;
/// A shared-key room's key id.
pub const SHARED_KEY_ID_CHARS: usize = 64;
/// A commit: 1,000 members with an unpopulated tree need 2.7 MB.
pub const COMMIT_BYTES: usize = 8 * 1024 * 1024;
/// A proposal (SelfRemove) is small.
pub const PROPOSAL_BYTES: usize = 16 * 1024;
/// One link's grant, or a request for readmission.
pub const GRANT_BYTES: usize = 16 * 1024;
/// Links of one room that have not ended.
pub const LINKS_MAX: usize = 64;
/// Requests for readmission in one answer, the newest.
pub const READMISSIONS_PAGE: u32 = 100;
/// One mail (Welcome and bundle) to one device.
pub const MAIL_BYTES: usize = 8 * 1024 * 1024;
/// Mails in one commit request: ten devices for each of a hundred accounts.
pub const MAILS_PER_COMMIT: usize = 1_000;
/// `sealed` of a mail that carries an account key.
pub const ACCOUNT_KEY_MAIL_BYTES: usize = 16 * 1024;
/// `sealed` of a history request, or of its answer.
pub const HISTORY_MAIL_BYTES: usize = 256 * 1024;
/// Mails in one `POST /api/mail`, and in one revocation.
pub const MAILS_PER_REQUEST: usize = 16;
/// The body of `POST /api/mail`.
pub const MAIL_REQUEST_BYTES: usize = 6 * 1024 * 1024;
/// Door, room state, history chain link: each.
pub const SIDE_FILE_BYTES: usize = 256 * 1024;
/// Tree snapshot and whole roster log.
pub const LARGE_SIDE_FILE_BYTES: usize = 8 * 1024 * 1024;
/// History chain links that one repair adds.
pub const CHAIN_LINKS_PER_REPAIR: usize = 64;
/// Door candidates that the server keeps.
pub const DOORS_KEPT: usize = 4;
/// A whole commit request with its side files.
pub const COMMIT_REQUEST_BYTES: usize = 48 * 1024 * 1024;
/// A whole revocation, with the vault sealed anew.
pub const REVOKE_REQUEST_BYTES: usize = 48 * 1024 * 1024;
/// Any other request body.
pub const BODY_BYTES: usize = 1024 * 1024;
/// An ephemeral event's body.
pub const EPHEMERAL_BYTES: usize = 4 * 1024;
/// One vault item, sealed.
pub const VAULT_ITEM_BYTES: usize = 256 * 1024;
/// Vault items of one account.
pub const VAULT_ITEMS_MAX: usize = 10_000;
/// The label of an invite to the server, in bytes.
pub const INVITE_LABEL_MAX: usize = 128;
/// Accounts that one invite makes.
pub const INVITE_USES_MAX: u32 = 10_000;
/// How long an invite may count, where it does not count for ever: ten years.
pub const INVITE_MILLIS_MAX: u64 = 3_653 * 24 * 3_600_000;
/// A sealed root box.
pub const ROOT_BOX_BYTES: usize = 1024;

/// What a chunk of a sealed file holds of the file; the last one holds the rest.
pub const FILE_CHUNK_BYTES: usize = 1024 * 1024;
/// The authentication tag at the end of each sealed chunk.
pub const FILE_TAG_BYTES: usize = 16;
/// A sealed chunk.
pub const SEALED_CHUNK_BYTES: usize = FILE_CHUNK_BYTES + FILE_TAG_BYTES;
/// The largest file, where the operator says nothing else.
pub const FILE_BYTES: u64 = 100 * 1024 * 1024;
/// An upload that is not finished after this time is dropped.
pub const UPLOAD_MILLIS: u64 = 24 * 3_600_000;

/// A push carries the entry itself up to this size, else its size only.
pub const PUSH_BYTES: usize = 64 * 1024;
/// Most entries in one `room_history` answer.
pub const HISTORY_PAGE: u32 = 200;
/// A `room_history` answer stops before it grows past this.
pub const HISTORY_PAGE_BYTES: usize = 1024 * 1024;
/// Most entries in one answer of commits and proposals.
pub const HANDSHAKES_PAGE: u32 = 500;
/// Such an answer stops before it grows past this.
pub const HANDSHAKES_PAGE_BYTES: usize = 8 * 1024 * 1024;
/// Most mails in one answer.
pub const MAIL_PAGE: u32 = 50;

/// For this long only the holder of a ticket may commit.
pub const TICKET_MILLIS: u64 = 10_000;
/// A login's second leg must follow within this time.
pub const LOGIN_LEG_MILLIS: u64 = 60_000;
/// A login's third leg, and the second of an enrolment of codes, must follow within this time.
pub const CODE_LEG_MILLIS: u64 = 5 * 60_000;
/// A session that began by showing a code has shown it for this long.
pub const CODE_STANDS_MILLIS: u64 = 10 * 60_000;
/// A reset from a device alone waits for this long.
pub const RESET_WAIT_MILLIS: u64 = 72 * 3_600_000;
/// Characters of a code, with what a person puts between its groups.
pub const CODE_CHARS: usize = 64;
/// Backup codes of an account.
pub const BACKUP_CODES: usize = 10;
/// So many wrong codes in a row cost nothing but themselves; then the account waits before the next.
pub const CODE_TRIES: u32 = 5;
/// The first such wait; each further wrong code doubles it.
pub const CODE_WAIT_MILLIS: u64 = 30_000;
/// The longest.
pub const CODE_WAIT_MAX_MILLIS: u64 = 3_600_000;
/// A new device waits this long for one of its account, and a ticket for it counts this long.
pub const MEETING_MILLIS: u64 = 10 * 60_000;
/// One message between the two.
pub const MEETING_MESSAGE_BYTES: usize = 16 * 1024;
/// Messages of each side.
pub const MEETING_MESSAGES: usize = 2;
/// Meetings that one account joins within [`LOGIN_WINDOW_MILLIS`].
pub const MEETINGS_PER_WINDOW: u32 = 20;
/// A session unused for this long ends.
pub const SESSION_IDLE_MILLIS: u64 = 90 * 24 * 3_600_000;
/// Commits and proposals are kept at least this long: a leaf of a device that was away longer is taken out as unused.
pub const HANDSHAKES_KEPT_MILLIS: u64 = 90 * 24 * 3_600_000;
/// Logins of one account within [`LOGIN_WINDOW_MILLIS`] before further ones are slowed.
pub const LOGINS_PER_WINDOW: u32 = 20;
/// The window for [`LOGINS_PER_WINDOW`].
pub const LOGIN_WINDOW_MILLIS: u64 = 15 * 60_000;

/// How long an access token counts.
pub const ACCESS_TOKEN_MILLIS: u64 = 10 * 60_000;
/// A refresh token that is not used ends after this.
pub const REFRESH_IDLE_MILLIS: u64 = 30 * 24 * 3_600_000;
/// Pairs of access and refresh token that one session may have; the oldest gives way.
pub const TOKEN_FAMILIES_MAX: usize = 16;
/// API tokens of one account.
pub const API_TOKENS_MAX: usize = 50;
/// Longest name of an API token.
pub const API_TOKEN_NAME_MAX: usize = 128;
/// Longest time that an API token counts: a year.
pub const API_TOKEN_MILLIS_MAX: u64 = 366 * 24 * 3_600_000;
/// Passkeys of one account.
pub const PASSKEYS_MAX: usize = 20;
/// Longest name of a passkey.
pub const PASSKEY_NAME_MAX: usize = 128;
/// Longest part of what an authenticator says.
pub const PASSKEY_BYTES: usize = 8 * 1024;
/// How long a code counts that stands for a passkey.
pub const PASSKEY_CODE_MILLIS: u64 = 2 * 60_000;
