//! Readmission: a device of a member asks whoever is there to add it to the group (PROTOCOL section 4, way d).

use serde::{Deserialize, Serialize};

use crate::{
    bytes::Bytes,
    ids::{AccountId, DeviceId},
    time::Timestamp,
};

/// `PUT /api/rooms/{room_id}/readmission`: asks, in place of what this device asked before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Readmission {
    /// Signed by the device, with a fresh KeyPackage.
    pub request: Bytes,
}

/// `GET /api/rooms/{room_id}/readmissions`: what waits, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Readmissions {
    /// At most a page.
    pub requests: Vec<ReadmissionRequest>,
}

/// A device that asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadmissionRequest {
    /// By the server's word; what counts is the signature inside.
    pub account: AccountId,
    /// By the server's word.
    pub device: DeviceId,
    /// What it says.
    pub request: Bytes,
    /// When the server took it.
    pub timestamp: Timestamp,
}
