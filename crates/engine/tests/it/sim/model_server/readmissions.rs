//! Devices that ask to be let into a group again.

use protocol::{
    bytes::Bytes,
    call::Reply,
    error::ErrorCode,
    events::{Push, ReadmissionAsked},
    ids::{AccountId, DeviceId, RoomId},
    limits,
    rest::{Readmission, ReadmissionRequest, Readmissions},
    time::Timestamp,
};

use super::{Caller, ModelServer, Refusal};

/// What waits in a room, by device.
pub(super) type Waiting = std::collections::BTreeMap<DeviceId, (AccountId, Bytes, Timestamp)>;

impl ModelServer {
    pub(super) fn ask_readmission(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        asked: Readmission,
    ) -> Result<Reply, Refusal> {
        let now = self.now;
        if asked.request.is_empty() {
            return Err(ErrorCode::BadRequest.into());
        }
        if asked.request.len() > limits::GRANT_BYTES {
            return Err(ErrorCode::TooLarge.into());
        }
        let room = self.room_of_member_mut(caller, room_id)?;
        let waits = (caller.account, asked.request, now);
        room.readmissions.insert(caller.device, waits);
        self.push_to_room(room_id, &Push::Readmission(ReadmissionAsked { room_id }));
        Ok(Reply::Done)
    }

    pub(super) fn drop_readmission(
        &mut self,
        caller: Caller,
        room_id: RoomId,
    ) -> Result<Reply, Refusal> {
        let room = self.room_of_member_mut(caller, room_id)?;
        room.readmissions.remove(&caller.device);
        Ok(Reply::Done)
    }

    /// Loses what was asked in a room, as a server may that wants nobody let in.
    pub(crate) fn forget_readmissions(&mut self, room_id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room_id) {
            room.readmissions.clear();
        }
    }

    pub(super) fn readmissions(&self, caller: Caller, room_id: RoomId) -> Result<Reply, Refusal> {
        let room = self.room_of_member(caller, room_id)?;
        let mut requests: Vec<_> = room
            .readmissions
            .iter()
            .map(
                |(device, (account, request, timestamp))| ReadmissionRequest {
                    account: *account,
                    device: *device,
                    request: request.clone(),
                    timestamp: *timestamp,
                },
            )
            .collect();
        requests.sort_by_key(|request| (std::cmp::Reverse(request.timestamp), request.device));
        requests.truncate(limits::READMISSIONS_PAGE as usize);
        Ok(Reply::Readmissions(Readmissions { requests }))
    }
}
