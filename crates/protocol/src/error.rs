//! The closed list of error codes, and the one shape of every error answer.

use serde::{Deserialize, Serialize};

use crate::{ids::Ticket, time::Timestamp};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal, $sentence:literal;)*) => {
        /// Everything that can go wrong, by name. A code means the same from the server, the client and the
        /// command line; those with status 0 arise on the client alone.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)*
        }

        impl ErrorCode {
            /// All codes, in the order of the list.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as written on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The HTTP status that goes with it; 0 where only a client says it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// The plain sentence that goes with it.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }
        }
    };
}

codes! {
    /// The body is not JSON of the expected form.
    BadJson = "BAD_JSON", 400, "That request is not valid JSON of the expected form.";
    /// A field that should be base64 is not.
    BadBase64 = "BAD_BASE64", 400, "A field of that request is not standard padded base64.";
    /// A field breaks a rule of its own.
    BadRequest = "BAD_REQUEST", 422, "A field of that request is not allowed.";
    /// Over a limit.
    TooLarge = "TOO_LARGE", 413, "That is larger than this server accepts.";
    /// The content type is not JSON.
    UnsupportedMedia = "UNSUPPORTED_MEDIA", 415, "Send JSON.";
    /// No such path or thing.
    NotFound = "NOT_FOUND", 404, "There is nothing here.";
    /// The path exists, the method does not.
    MethodNotAllowed = "METHOD_NOT_ALLOWED", 405, "That method does not exist here.";
    /// No session, or one that the server does not know.
    Unauthenticated = "UNAUTHENTICATED", 401, "Log in first.";
    /// The session has ended.
    SessionExpired = "SESSION_EXPIRED", 401, "You were signed out. Log in again.";
    /// The session has no device yet.
    DeviceRequired = "DEVICE_REQUIRED", 403, "Set this device up first.";
    /// Wrong password or unknown user: the two cannot be told apart.
    LoginFailed = "LOGIN_FAILED", 401, "That name and password don't match.";
    /// The password is right, and the account has a second factor.
    SecondFactorRequired = "SECOND_FACTOR_REQUIRED", 403, "This account asks for a code as well: of your authenticator app, or a backup code.";
    /// A wrong code, or one that was used already: these cannot be told apart.
    CodeWrong = "CODE_WRONG", 403, "That code is not right, or was used already. Codes go by the clock: see that yours is right, and take the next one.";
    /// Not a passkey of this account for this server, or not as it was asked for, or one of which there is a copy.
    PasskeyRefused = "PASSKEY_REFUSED", 403, "That passkey does not count here. Use a code instead.";
    /// There is one: it goes before another comes.
    SecondFactorExists = "SECOND_FACTOR_EXISTS", 409, "This account has a second factor already.";
    /// There is none, or none whose enrolment is under way.
    NoSecondFactor = "NO_SECOND_FACTOR", 409, "This account has no second factor.";
    /// It was asked for and has yet to wait.
    ResetWaits = "RESET_WAITS", 403, "A reset counts 72 hours after it was asked for.";
    /// It was cancelled, or never asked for by this device.
    NoReset = "NO_RESET", 409, "No reset from this device is under way: it was cancelled, or never asked for.";
    /// Somebody has that name.
    NameTaken = "NAME_TAKEN", 409, "That name is taken.";
    /// The name breaks the rules.
    NameInvalid = "NAME_INVALID", 422, "A name has 2 to 32 of a-z, 0-9, dot, dash and underscore, and begins and ends with a letter or digit.";
    /// The password is too easy to guess.
    WeakPassword = "WEAK_PASSWORD", 422, "That password is too easy to guess.";
    /// This server takes no new accounts.
    RegistrationClosed = "REGISTRATION_CLOSED", 403, "This server takes no new accounts.";
    /// New accounts need an invite here.
    InviteRequired = "INVITE_REQUIRED", 403, "This server takes new accounts by invite only. Ask its administrator for one.";
    /// Unknown, used up, expired or taken back: these cannot be told apart.
    InviteInvalid = "INVITE_INVALID", 410, "That invite does not count any more. Ask for a new one.";
    /// The account has yet to get a password of its own; until then its sessions do nothing else.
    PasswordChangeRequired = "PASSWORD_CHANGE_REQUIRED", 403, "Set a new password first: this account still has the one that it was made with.";
    /// The account still has the password of a development server, and this is none.
    DefaultPassword = "DEFAULT_PASSWORD", 403, "This account still has the password of a development server, so it can't be used here.";
    /// Its owner has deleted the account: no session of it is one any more.
    AccountDeleted = "ACCOUNT_DELETED", 401, "That account was deleted.";
    /// An administrator has disabled the account.
    AccountDisabled = "ACCOUNT_DISABLED", 403, "An administrator of this server has disabled that account.";
    /// A plain password, where the server takes none.
    ClassicLoginOff = "CLASSIC_LOGIN_OFF", 403, "This server takes no plain passwords. Use a client of Secure Chat, which never sends one.";
    /// What needs keys, of or with an account that has none.
    ClassicAccount = "CLASSIC_ACCOUNT", 403, "A classic account has no keys: it can be in shared-key rooms, and nothing else.";
    /// Plain HTTP where only what is encrypted counts.
    HttpsRequired = "HTTPS_REQUIRED", 403, "This server is reached over https only.";
    /// A form that a page of another origin has sent.
    CrossSite = "CROSS_SITE", 403, "That came from a page of another site, so it does not count.";
    /// Only an administrator may do that.
    Forbidden = "FORBIDDEN", 403, "Only an administrator of this server may do that.";
    /// An API token without the scope, or any token where only the session's own will do.
    ScopeMissing = "SCOPE_MISSING", 403, "That token does not allow this.";
    /// A server always has an administrator who can log in.
    LastAdmin = "LAST_ADMIN", 409, "That is the only administrator of this server. Make someone else one first.";
    /// No account of that name or id.
    AccountNotFound = "ACCOUNT_NOT_FOUND", 404, "Nobody here has that name.";
    /// The account has as many devices as it may have.
    DeviceLimit = "DEVICE_LIMIT", 409, "This account has as many devices as it may have. Remove one first: under \"Your devices\" in the settings, or with `secure-chat device revoke`.";
    /// No new device waits there: unknown, over, or somebody else has answered it. These cannot be told apart.
    NoDeviceWaits = "NO_DEVICE_WAITS", 410, "No new device waits under those words: they are mistyped, older than ten minutes, or somebody else has answered. Begin again on the new device.";
    /// The other side has ended it.
    LinkStopped = "LINK_STOPPED", 410, "The other device has stopped this: the numbers were not the same, or somebody thought better of it. Nothing was handed over.";
    /// The account has no usable KeyPackage.
    NoKeyPackages = "NO_KEY_PACKAGES", 409, "That person's devices can't be reached yet.";
    /// Something was written in between.
    VersionConflict = "VERSION_CONFLICT", 409, "Another device wrote this first.";
    /// No such room, or none for this account.
    RoomNotFound = "ROOM_NOT_FOUND", 404, "There is no such room.";
    /// The account is not in the room.
    NotAMember = "NOT_A_MEMBER", 403, "You are not in that room.";
    /// The role does not allow it.
    RoleTooLow = "ROLE_TOO_LOW", 403, "Your role in this room does not allow that.";
    /// Another room has that id: draw again.
    RoomIdTaken = "ROOM_ID_TAKEN", 409, "Another room has that id.";
    /// Unknown, wrong token, expired, used up or taken back: these cannot be told apart.
    LinkEnded = "LINK_ENDED", 410, "That link has ended. Ask for a new one.";
    /// The room is of the other kind.
    WrongRoomKind = "WRONG_ROOM_KIND", 409, "That does not exist in a room of this kind.";
    /// A newer handshake stands in the log.
    StaleCommit = "STALE_COMMIT", 409, "Someone else changed the room at the same moment.";
    /// A newer handshake stands in the log: seal again.
    StaleMessage = "STALE_MESSAGE", 409, "The room changed before this message arrived.";
    /// For some seconds only the holder of a ticket may commit.
    CommitReserved = "COMMIT_RESERVED", 409, "Someone else is about to change the room.";
    /// Slow down.
    RateLimited = "RATE_LIMITED", 429, "Too many requests. Wait a moment.";
    /// The disk is full; what was acknowledged is safe.
    StorageFull = "STORAGE_FULL", 507, "The server's disk is full. Nothing that was accepted is lost.";
    /// The account has as many files here as it may have.
    FileQuota = "FILE_QUOTA", 507, "You have used up the space that this server gives you for files.";
    /// The file was on this server and is no more.
    FileGone = "FILE_GONE", 410, "That file is no longer on the server.";
    /// The server broke.
    ServerError = "SERVER_ERROR", 500, "The server could not do that.";
    /// The server is stopping.
    ShuttingDown = "SHUTTING_DOWN", 503, "The server is restarting.";
    /// The server needs a newer client.
    UpgradeRequired = "UPGRADE_REQUIRED", 426, "This server needs a newer version of Secure Chat.";

    /// The server cannot be reached.
    ServerGone = "SERVER_GONE", 0, "The server can't be reached.";
    /// Its certificate is signed by nobody whom this machine trusts, is for another name, or has expired.
    ServerUntrusted = "SERVER_UNTRUSTED", 0, "The server's certificate does not hold on this machine, so nothing was sent: nobody known has signed it, it is for another name, or it has expired.";
    /// Its key is none of the pinned ones.
    ServerKeyChanged = "SERVER_KEY_CHANGED", 0, "The server shows a key that is none of the pinned ones, so nothing was sent. Somebody may stand in between: ask whoever runs the server.";
    /// The server's answer makes no sense.
    BadAnswer = "BAD_ANSWER", 0, "The server's answer can't be understood.";
    /// Bytes that should be MLS are not.
    BadMls = "BAD_MLS", 0, "Key material from the server is damaged.";
    /// A certificate, pin or signature does not hold.
    IdentityMismatch = "IDENTITY_MISMATCH", 0, "The server showed a different identity for that person than before.";
    /// The room uses rules that this version does not know.
    PolicyTooNew = "POLICY_TOO_NEW", 0, "This room uses rules that this version does not know. Update to go on.";
    /// The room is paused while evidence is gathered.
    RoomPaused = "ROOM_PAUSED", 0, "This room is paused: checking with the others.";
    /// Another device revoked one, and this one has yet to get the account's new keys.
    DeviceOutdated = "DEVICE_OUTDATED", 0, "This device has yet to get your account's new keys. If it stays so, log in again with an empty home.";
    /// The room still waits for this person's answer.
    NotAccepted = "NOT_ACCEPTED", 0, "Accept the invitation first.";
    /// A room always has an owner.
    LastOwner = "LAST_OWNER", 0, "You are the only owner. Make someone else an owner first.";
    /// The account is to go, and is in rooms still.
    StillInRooms = "STILL_IN_ROOMS", 0, "Your account is still in rooms. Leave them first.";
    /// More than one room has that name.
    RoomAmbiguous = "ROOM_AMBIGUOUS", 0, "More than one room has that name. Use its id.";
    /// That person is in the room already.
    AlreadyMember = "ALREADY_MEMBER", 0, "That person is in the room already.";
    /// A file on this machine cannot be read or written.
    FileFailed = "FILE_FAILED", 0, "That file can't be read or written here.";
    /// What the server gives is not what the sender put there.
    FileDamaged = "FILE_DAMAGED", 0, "That file was changed on its way, so it is not opened.";
    /// It is no message, its key was not kept, or the server has it no more.
    NoReport = "NO_REPORT", 0, "That can't be reported.";
    /// Something in a report is not what author and server signed.
    BadReport = "BAD_REPORT", 0, "That report does not hold: it was changed, cut short or made up.";
    /// A file of it has other bytes than the release, or comes otherwise.
    WebClientChanged = "WEB_CLIENT_CHANGED", 0, "This server gives browsers something else than that web client. If it runs another release, compare with the list of that one; else don't use it in a browser, and tell the others.";
    /// Text or name over its limit, or empty.
    BadContent = "BAD_CONTENT", 0, "That text is empty or too long.";
    /// It opens nothing of what was said last in the room.
    PassphraseWrong = "PASSPHRASE_WRONG", 0, "That passphrase opens nothing of what was said in this room.";
    /// The text is no link of ours, or cut short.
    BadLink = "BAD_LINK", 0, "That is not a Secure Chat link.";
    /// What a person typed is not what the two devices have of each other.
    NumberWrong = "NUMBER_WRONG", 0, "That is not the number of this device and the new one, so nothing was handed over. Begin again on the new device. If they differ once more, somebody stands between the two: don't go on.";
    /// What the link grants is out of date until its creator's client renews it.
    LinkAsleep = "LINK_ASLEEP", 0, "That link works again when the person who made it is online.";
    /// This home has no account yet.
    NotLoggedIn = "NOT_LOGGED_IN", 0, "Register or log in first.";
    /// The text is no recovery code, or not this account's.
    RecoveryCodeWrong = "RECOVERY_CODE_WRONG", 0, "That is not the recovery code of your account.";
    /// The account was reset from a device alone, and its identity key is lost.
    NoIdentity = "NO_IDENTITY", 0, "Your account was reset without password and recovery code, so it can't revoke devices any more. Make a new account, and tell your contacts.";
    /// This home belongs to another account.
    OtherAccount = "OTHER_ACCOUNT", 0, "This home belongs to another account.";
    /// The store is sealed and nothing here opens it.
    StoreLocked = "STORE_LOCKED", 0, "The local store is locked. Set SECURE_CHAT_STORE_PASSPHRASE or use a terminal.";
    /// The store does not open: wrong passphrase or damage.
    StoreCorrupt = "STORE_CORRUPT", 0, "The local store is damaged or the passphrase is wrong.";
    /// Another process owns this home.
    StoreBusy = "STORE_BUSY", 0, "Another secure-chat is using this home.";
    /// There was an account here, and what was kept of it is gone.
    StoreGone = "STORE_GONE", 0, "What was kept here for your account is gone. Log in again.";
    /// The local disk is full or broken.
    StoreFailed = "STORE_FAILED", 0, "The local store could not be written.";
    /// A mistake of the program itself.
    ProgramFailed = "PROGRAM_FAILED", 0, "Secure Chat stopped because of a mistake of its own. Nothing that was sent is lost.";
    /// The server lowered a parameter below the client's floor.
    UnsafeParameters = "UNSAFE_PARAMETERS", 0, "The server asked for weaker protection than this client accepts.";
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of every error answer, over HTTP and in Socket.IO acknowledgements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// A plain sentence for a person.
    pub error: String,
    /// The code, for programs.
    pub code: ErrorCode,
    /// The server's time.
    pub timestamp: Timestamp,
    /// With `STALE_COMMIT`: the right to be the next committer, if nobody holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// With `RATE_LIMITED`, `COMMIT_RESERVED` and `RESET_WAITS`: milliseconds to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ErrorBody {
    /// The plain answer for a code.
    pub fn new(code: ErrorCode, timestamp: Timestamp) -> Self {
        Self {
            error: code.sentence().to_owned(),
            code,
            timestamp,
            ticket: None,
            retry_after_ms: None,
        }
    }
}
