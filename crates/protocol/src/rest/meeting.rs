//! Where a new device and one of the account find each other (decisions 52 and 53): a meeting holds two messages of each
//! side for some minutes, and the ticket that one hands to the other opens a session.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{DeviceId, MeetingId},
    rest::{FactorCode, PasswordProof},
    time::Timestamp,
};

/// 256 random bits as 43 URL-safe characters, which open something once or for some minutes. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ShownToken(pub String);

impl fmt::Debug for ShownToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownToken")
    }
}

/// `POST /api/meetings`: a new device waits for one of its account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenMeeting {
    /// Hash of what the words say.
    pub meeting_id: MeetingId,
    /// What the new device will reveal, as a hash: 32 bytes.
    pub commitment: Bytes,
}

/// Answer to [`OpenMeeting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeetingOpened {
    /// Of the new device's side.
    pub token: ShownToken,
    /// Nobody waits there after it.
    pub expires: Timestamp,
}

/// Answer to `POST /api/meetings/{meeting_id}/join`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeetingJoined {
    /// Of the side of the account's device.
    pub token: ShownToken,
    /// What the new device has committed to. It is known before anything is said by this side.
    pub commitment: Bytes,
}

/// `POST /api/meetings/{meeting_id}/say`: one of the two messages of a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeetingMessage {
    /// Which side.
    pub token: ShownToken,
    /// 0 or 1. The same message may be said again.
    pub number: u32,
    /// The message.
    pub message: Bytes,
}

/// `POST /api/meetings/{meeting_id}/hear`: what has the other side said?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HearMeeting {
    /// Which side.
    pub token: ShownToken,
    /// From this message on: 0 or 1.
    pub number: u32,
}

/// Answer to [`HearMeeting`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Heard {
    /// Nothing if it has not said that one yet.
    pub messages: Vec<Bytes>,
}

/// `POST /api/meetings/{meeting_id}/end`: the other side hears that it comes to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndMeeting {
    /// Which side.
    pub token: ShownToken,
}

/// `POST /api/devices/ticket`: a device of the account wants to let another one in. A session alone does not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DrawTicket {
    /// Of the password.
    pub proof: PasswordProof,
    /// Of the second factor, where the account has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<FactorCode>,
}

/// Answer to [`DrawTicket`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeviceTicket {
    /// Opens one session, of one new device, for some minutes.
    pub ticket: ShownToken,
}

/// `POST /login/ticket`: answered as a login that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TicketLogin {
    /// As it was handed over.
    pub ticket: ShownToken,
    /// An existing device of the account that goes on in this session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
}
