//! The mailbox of a device.

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, DeviceId, GroupId, MailId, RoomId, Seq},
    time::Timestamp,
};

/// `GET /api/mailbox?after=ID`: mail of this device, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// At most a page.
    pub mails: Vec<Mail>,
    /// Whether there is more after the last of these.
    pub more: bool,
}

/// One mail: sealed bytes from a device to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Ascending per device.
    pub id: MailId,
    /// By the server's word.
    pub sender: AccountId,
    /// The room that it is about.
    pub room_id: RoomId,
    /// The log entry that it came with.
    pub seq: Seq,
    /// When the server took it.
    pub timestamp: Timestamp,
    /// What it is.
    #[serde(flatten)]
    pub body: MailBody,
}

/// What a mail carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// `POST /api/mailbox/ack`: everything up to here is durable on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailAck {
    /// The last mail.
    pub up_to: MailId,
}

/// A mail to drop with a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDrop {
    /// To which account.
    pub account_id: AccountId,
    /// To which of its devices.
    pub device_id: DeviceId,
    /// What.
    #[serde(flatten)]
    pub body: MailBody,
}
