//! A member whose program is another one, for tests: it posts what this engine never would (PROTOCOL section 1).

mod file;
mod message;

pub use e2ee::hostile::{BadCommit, BadEntry, BadFile, BadMessage, Forgery};
use e2ee::{
    hostile::{self, Liar},
    status::{self, Role},
};
use protocol::{
    ids::{ClientId, RoomId, Seq},
    log::Effects,
    rest::CommitRequest,
};
use rand_core::CryptoRngCore;

use crate::{engine::Engine, rooms::Room};

/// A commit for the room's next place, declared to change nobody's membership, with a door that opens for nobody.
pub(crate) fn posted(
    handshake: Seq,
    commit: Vec<u8>,
    rng: &mut dyn CryptoRngCore,
) -> CommitRequest {
    CommitRequest {
        client_id: client_id(rng),
        handshake_seq: handshake,
        ticket: None,
        link: None,
        commit: commit.into(),
        effects: Effects::default(),
        mails: Vec::new(),
        door: b"no door".to_vec().into(),
        state: None,
        roster: None,
        tree: None,
        chain: None,
    }
}

fn client_id(rng: &mut dyn CryptoRngCore) -> ClientId {
    let mut client_id = [0; 16];
    rng.fill_bytes(&mut client_id);
    ClientId::from_bytes(client_id)
}

impl Room {
    const fn next_place(&self) -> Seq {
        Seq(self.record().handshake)
    }
}

impl Engine {
    /// A commit of this device that passes every public rule. `None` where this device cannot commit.
    pub fn forge_commit(
        &self,
        room: RoomId,
        forgery: &Forgery,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<CommitRequest> {
        let room = self.rooms.get(&room)?;
        let device = &self.home.as_ref()?.device;
        let commit = hostile::commit(room.group.as_ref()?, device, forgery, &mut rng)?;
        Some(posted(room.next_place(), commit, rng))
    }

    /// A commit of this device that breaks one public rule. `None` where it has nothing to break it with.
    pub fn break_rule(
        &self,
        room: RoomId,
        rule: BadCommit,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<CommitRequest> {
        let room = self.rooms.get(&room)?;
        let home = self.home.as_ref()?;
        let liar = Liar {
            group: room.group.as_ref()?,
            device: &home.device,
            signing: home.keys.signing(),
        };
        let commit = hostile::bad_commit(&liar, rule, &mut rng)?;
        Some(posted(room.next_place(), commit, rng))
    }

    /// An external commit of this device, which has nothing of the room but the tree snapshot that the server keeps.
    pub fn break_in(
        &self,
        room: RoomId,
        snapshot: &[u8],
        rule: BadEntry,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<CommitRequest> {
        let device = &self.home.as_ref()?.device;
        let room = crate::convert::room(room);
        let commit = hostile::from_outside(device, room, snapshot, rule, &mut rng)?;
        Some(posted(Seq::START, commit, rng))
    }

    /// A request for the history keys of all epochs, which this device does not note.
    pub fn forge_request(&self, room: RoomId, mut rng: &mut dyn CryptoRngCore) -> Option<Vec<u8>> {
        let group = self.rooms.get(&room)?.group.as_ref()?;
        let device = &self.home.as_ref()?.device;
        hostile::history_request(group, device, &mut rng)
    }

    /// An answer to somebody's history request, whose keys open nothing.
    pub fn forge_history(
        &self,
        room: RoomId,
        request: &[u8],
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<Vec<u8>> {
        let group = self.rooms.get(&room)?.group.as_ref()?;
        let device = &self.home.as_ref()?.device;
        hostile::history_answer(group, device, request, &mut rng)
    }

    /// An answer to somebody's `status` request, whatever is so: this device stands where the asker does, or in a state
    /// that nobody has ever been in.
    pub fn forge_status(&self, room: RoomId, request: &[u8], nowhere: bool) -> Option<Vec<u8>> {
        let room = self.rooms.get(&room)?;
        let device = &self.home.as_ref()?.device;
        let key_of = |account, device| room.leaf_key(account, device);
        let asked = status::verify(Role::Request, request, key_of).ok()?;
        let mut said = asked.status;
        if nowhere {
            said.transcript = [0; 16];
        }
        Some(status::sign(Role::Answer, &said, asked.nonce, device))
    }
}
