//! The mailbox of a device.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, DeviceId, GroupId, MailId, RoomId, Seq},
    time::Timestamp,
};

/// `GET /api/mailbox?after=ID`: mail of this device, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mailbox {
    /// At most a page.
    pub mails: Vec<Mail>,
    /// Whether there is more after the last of these.
    pub more: bool,
}

/// One mail: sealed bytes from a device to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mail {
    /// Ascending per device.
    pub id: MailId,
    /// By the server's word.
    pub sender: AccountId,
    /// The room that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// The log entry that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// When the server took it.
    pub timestamp: Timestamp,
    /// What it is.
    #[serde(flatten)]
    pub body: MailBody,
}

/// What a mail carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailBody {
    /// A way into a room: an MLS Welcome and the bundle of the epoch.
    Welcome {
        /// The MLS group.
        group_id: GroupId,
        /// MLS Welcome message.
        welcome: Bytes,
        /// {J_c, H_c if shared}, sealed for that epoch.
        bundle: Bytes,
    },
    /// To a device of the same account: the account key after a revocation.
    AccountKey {
        /// Sealed to the device and signed.
        sealed: Bytes,
    },
    /// Asks for the history keys of epochs in which the asking account had a leaf.
    HistoryRequest {
        /// Signed, with a one-time key to answer to.
        sealed: Bytes,
    },
    /// Answers a history request.
    HistoryKeys {
        /// Sealed to the key of the request and signed.
        sealed: Bytes,
    },
}

/// `POST /api/mailbox/ack`: everything up to here is durable on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailAck {
    /// The last mail.
    pub up_to: MailId,
}

/// `POST /api/mail`: mail without a commit. Without a room it goes to devices of the same account, else to devices of
/// members of the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendMail {
    /// The room that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<RoomId>,
    /// At least one; all or nothing.
    pub mails: Vec<MailDrop>,
}

/// A mail to drop with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MailDrop {
    /// To which account.
    pub account_id: AccountId,
    /// To which of its devices.
    pub device_id: DeviceId,
    /// What.
    #[serde(flatten)]
    pub body: MailBody,
}
