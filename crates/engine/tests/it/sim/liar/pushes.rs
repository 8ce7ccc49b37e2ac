//! What is pushed, and what is pushed of nothing.

use protocol::{
    bytes::Bytes,
    events::{DoorShut, Ephemeral, Push, ReadmissionAsked, RoomClosed, RoomOpened},
    rest::Shut,
};

use super::Liar;
use crate::sim::faults::pick;

impl Liar {
    /// What a push becomes: nothing, itself, itself and something that never was.
    pub(crate) fn push(&mut self, push: Push) -> Vec<Push> {
        if let Push::NewMessage(entry) = &push {
            self.rooms.insert(entry.room_id);
            if self.entries.len() < 200 {
                self.entries.push((**entry).clone());
            }
        }
        let mut pushes = Vec::new();
        // Whoever has no session any more is to learn it.
        if matches!(push, Push::SessionEnded(_)) || !self.lies() {
            pushes.push(push);
        }
        if self.lies()
            && let Some(forged) = self.forged()
        {
            let at = self.way(pushes.len() as u64 + 1) as usize;
            pushes.insert(at, forged);
        }
        pushes
    }

    fn forged(&mut self) -> Option<Push> {
        let room_id = self.some_room()?;
        Some(match self.way(8) {
            0 => Push::Missed,
            1 => Push::RoomOpened(RoomOpened { room_id }),
            2 => Push::RoomClosed(RoomClosed { room_id }),
            3 => Push::Readmission(ReadmissionAsked { room_id }),
            4 => {
                let what = if self.way(2) == 0 {
                    Shut::Door
                } else {
                    Shut::Tree
                };
                Push::DoorShut(DoorShut { room_id, what })
            }
            5 => Push::DevicesChanged,
            6 => Push::Ephemeral(Ephemeral {
                room_id,
                sender: None,
                device: None,
                body: Bytes(vec![7; 216]),
            }),
            _ => Push::NewMessage(Box::new(pick(&mut self.rng, &self.entries)?.clone())),
        })
    }
}
