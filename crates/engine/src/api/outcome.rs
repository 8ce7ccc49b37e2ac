//! How what a person or a program wants ends.

use protocol::{
    error::ErrorCode,
    ids::{LinkId, RoomId},
    names::UserName,
    rest::{
        ApiToken, ListedSession, MadeApiToken, Passkey, PasswordProof, PendingReset, SecondFactor,
    },
};
use zeroize::Zeroizing;

use super::{DeviceView, ItemKey, LinkPreview, LinkText, LinkView};

/// The seed of codes that go by the clock, as an authenticator takes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// In Base32, to be typed.
    pub secret: Zeroizing<String>,
    /// The `otpauth` URI, for a QR code.
    pub uri: Zeroizing<String>,
}

/// How a command that succeeded ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The account exists. The recovery code is shown once and kept nowhere.
    Registered {
        /// Groups of letters and digits, for a person to keep.
        recovery_code: Zeroizing<String>,
    },
    /// The recovery code is another one. To be shown, and told by [`Command::CodeKept`](super::Command::CodeKept) that it was.
    CodeReplaced {
        /// Groups of letters and digits, for a person to keep.
        recovery_code: Zeroizing<String>,
    },
    /// The session stands; `new_device` if this home had no device before.
    LoggedIn {
        /// Whether a device was made.
        new_device: bool,
    },
    /// This device waits to be let in. Neither is secret.
    DeviceWaits {
        /// To be typed on a device of the account.
        words: String,
        /// To be read by its camera: what stands behind the `#` of a URL.
        code: String,
    },
    /// A device of an account has answered; nothing of it is proven before the number was typed there.
    DeviceAnswered {
        /// Whose account it says it is.
        user: UserName,
        /// Six digits, in two groups.
        number: String,
    },
    /// The new device shows a number, which is to be typed here.
    NumberWanted,
    /// The room exists.
    RoomCreated(RoomId),
    /// The link is live: what stands behind the `#` of its URL, or the room's number and six words.
    LinkCreated {
        /// Its id, for listing and ending it.
        link: LinkId,
        /// To be handed on, and shown to nobody else.
        text: LinkText,
    },
    /// The account's devices, oldest first.
    Devices(Vec<DeviceView>),
    /// The account's sessions, oldest first.
    Sessions(Vec<ListedSession>),
    /// A proof of the password; it counts once, for a minute.
    Proof(PasswordProof),
    /// The account's passkeys, oldest first.
    Passkeys(Vec<Passkey>),
    /// The account's API tokens, oldest first.
    ApiTokens(Vec<ApiToken>),
    /// An API token, shown this once.
    MadeApiToken(MadeApiToken),
    /// What the account has as a second factor.
    SecondFactor(SecondFactor),
    /// The reset that waits.
    Reset(Option<PendingReset>),
    /// To be taken into an authenticator, and shown to nobody else.
    Enrolment(Enrolment),
    /// Each counts once; they are shown once and kept nowhere.
    BackupCodes(Vec<Zeroizing<String>>),
    /// The links of the room.
    Links(Vec<LinkView>),
    /// What the link leads to.
    LinkPreview(Box<LinkPreview>),
    /// This account is in the room.
    RoomJoined(RoomId),
    /// The message is durable here and on its way.
    Queued(ItemKey),
    /// The report, for [`verify_report`](super::verify_report). Whoever has it reads the message.
    Report(Zeroizing<Vec<u8>>),
    /// It is done.
    Done,
}

// The recovery code must not reach a log by way of `{:?}`.
impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Registered { .. } => f.write_str("Registered"),
            Self::CodeReplaced { .. } => f.write_str("CodeReplaced"),
            Self::LoggedIn { new_device } => write!(f, "LoggedIn {{ new_device: {new_device} }}"),
            Self::DeviceWaits { .. } => f.write_str("DeviceWaits"),
            Self::DeviceAnswered { user, .. } => write!(f, "DeviceAnswered({user})"),
            Self::NumberWanted => f.write_str("NumberWanted"),
            Self::RoomCreated(room) => write!(f, "RoomCreated({room})"),
            Self::LinkCreated { link, .. } => write!(f, "LinkCreated({link})"),
            Self::Devices(devices) => write!(f, "Devices({})", devices.len()),
            Self::Sessions(sessions) => write!(f, "Sessions({})", sessions.len()),
            Self::Proof(_) => f.write_str("Proof"),
            Self::Passkeys(passkeys) => write!(f, "Passkeys({})", passkeys.len()),
            Self::ApiTokens(tokens) => write!(f, "ApiTokens({})", tokens.len()),
            Self::MadeApiToken(_) => f.write_str("MadeApiToken"),
            Self::SecondFactor(_) => f.write_str("SecondFactor"),
            Self::Reset(pending) => write!(f, "Reset({})", pending.is_some()),
            Self::Enrolment(_) => f.write_str("Enrolment"),
            Self::BackupCodes(_) => f.write_str("BackupCodes"),
            Self::Links(links) => write!(f, "Links({})", links.len()),
            Self::LinkPreview(preview) => write!(f, "LinkPreview({})", preview.room),
            Self::RoomJoined(room) => write!(f, "RoomJoined({room})"),
            Self::Report(_) => f.write_str("Report"),
            Self::Queued(item) => write!(f, "Queued({item:?})"),
            Self::Done => f.write_str("Done"),
        }
    }
}

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    /// From the closed list.
    pub code: ErrorCode,
    /// What happened, for a person.
    pub sentence: String,
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            sentence: code.sentence().to_owned(),
        }
    }
}
