//! Rooms: creation, listing, members and side files.

use std::collections::{BTreeMap, VecDeque};

use protocol::{
    bytes::Bytes,
    call::Reply,
    error::ErrorCode,
    events::{Push, RoomOpened},
    ids::{ClientId, DeviceId, GroupId, RoomId, Seq, Ticket},
    limits,
    log::{Body, Effects, Entry},
    rest::{
        CreateRoom, Encryption, Member, Members, NewSealedRoom, Receipt, Room, Rooms, SideFiles,
        SideRepair, TreeSnapshot,
    },
    time::Timestamp,
};

use super::{
    Caller, ModelServer, Refusal, links::LinkRecords, readmissions::Waiting, tables::Table,
};

/// One sealed room.
#[derive(Clone)]
pub(crate) struct RoomRecord {
    pub(super) group_id: GroupId,
    created_by: (Caller, ClientId),
    pub(super) table: Table,
    pub(super) log: Vec<Entry>,
    /// What each commit declared, also when its body is gone: for the checks.
    pub(super) declared: Vec<(Seq, Effects)>,
    pub(super) receipts: BTreeMap<(DeviceId, ClientId), Receipt>,
    pub(super) handshake_seq: Seq,
    pub(super) ticket: Option<HeldTicket>,
    pub(super) side: Side,
    pub(super) links: LinkRecords,
    pub(super) readmissions: Waiting,
}

/// Somebody's right to be the next committer.
#[derive(Clone, Copy)]
pub(super) struct HeldTicket {
    pub(super) ticket: Ticket,
    pub(super) holder: DeviceId,
    pub(super) until: Timestamp,
}

/// The room's side files.
#[derive(Clone)]
pub(super) struct Side {
    doors: VecDeque<Bytes>,
    pub(super) state: Bytes,
    pub(super) roster: Vec<Bytes>,
    pub(super) tree: TreeSnapshot,
    pub(super) chain: Vec<Bytes>,
    /// How often a member put something right.
    repairs: usize,
}

impl Side {
    pub(super) fn add_door(&mut self, door: Bytes) {
        self.doors.push_front(door);
        self.doors.truncate(limits::DOORS_KEPT);
    }
}

impl RoomRecord {
    fn new(creator: Caller, new: NewSealedRoom) -> Self {
        Self {
            group_id: new.group_id,
            created_by: (creator, new.client_id),
            table: Table::with_owner(creator.account),
            log: Vec::new(),
            declared: Vec::new(),
            receipts: BTreeMap::new(),
            handshake_seq: Seq::START,
            ticket: None,
            side: Side {
                doors: VecDeque::from([new.door]),
                state: new.state,
                roster: vec![new.roster],
                tree: TreeSnapshot {
                    seq: Seq::START,
                    snapshot: new.tree,
                },
                chain: Vec::new(),
                repairs: 0,
            },
            links: LinkRecords::new(),
            readmissions: Waiting::new(),
        }
    }

    /// The table of members.
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }

    /// All entries.
    pub(crate) fn log(&self) -> &[Entry] {
        &self.log
    }

    /// What each commit declared.
    pub(crate) fn declared(&self) -> &[(Seq, Effects)] {
        &self.declared
    }

    /// How often members put side files right.
    pub(crate) fn repairs(&self) -> usize {
        self.side.repairs
    }

    /// The tree snapshot.
    pub(crate) fn snapshot(&self) -> Vec<u8> {
        self.side.tree.snapshot.0.clone()
    }

    /// The group behind the room.
    pub(crate) fn group_id(&self) -> GroupId {
        self.group_id
    }

    /// Who made the room.
    pub(crate) fn creator(&self) -> protocol::ids::AccountId {
        self.created_by.0.account
    }

    pub(crate) fn last_seq(&self) -> Seq {
        Seq(self.log.len() as u64)
    }

    pub(super) fn side_files(&self) -> SideFiles {
        let side = self.side.clone();
        SideFiles {
            doors: side.doors.into(),
            state: side.state,
            roster: side.roster,
            tree: side.tree,
            chain: side.chain,
        }
    }

    /// The last commit; the start in epoch 0.
    pub(super) fn last_commit(&self) -> Seq {
        let commit = |entry: &&Entry| matches!(entry.body, Body::Commit(_));
        let last = self.log.iter().rev().find(commit);
        last.map_or(Seq::START, |entry| entry.seq)
    }

    pub(super) fn handshake_seq(&self) -> Seq {
        self.handshake_seq
    }
}

impl ModelServer {
    pub(super) fn create_room(
        &mut self,
        caller: Caller,
        new: CreateRoom,
    ) -> Result<Reply, Refusal> {
        let CreateRoom::Mls(new) = new else {
            return Err(ErrorCode::WrongRoomKind.into());
        };
        let room_id = new.room_id;
        match self.rooms.get(&room_id) {
            Some(room) if room.created_by == (caller, new.client_id) => {}
            Some(_) => return Err(ErrorCode::RoomIdTaken.into()),
            None => {
                self.rooms.insert(room_id, RoomRecord::new(caller, *new));
                let opened = Push::RoomOpened(RoomOpened { room_id });
                self.push_to_account(caller.account, &opened);
            }
        }
        let room = self.room_of_member(caller, room_id)?;
        Ok(Reply::Room(show(room_id, room, caller)?))
    }

    pub(super) fn list_rooms(&self, caller: Caller) -> Result<Reply, Refusal> {
        let rooms = self
            .rooms
            .iter()
            .filter_map(|(id, room)| show(*id, room, caller).ok())
            .collect();
        Ok(Reply::Rooms(Rooms { rooms }))
    }

    pub(super) fn members(&self, caller: Caller, room_id: RoomId) -> Result<Reply, Refusal> {
        let room = self.room_of_member(caller, room_id)?;
        let members = room
            .table
            .roles()
            .iter()
            .filter_map(|(account, role)| {
                let record = self.accounts.get(account)?;
                Some(Member {
                    account_id: *account,
                    username: record.name.clone(),
                    role: *role,
                })
            })
            .collect();
        Ok(Reply::Members(Members { members }))
    }

    pub(super) fn side_files(&self, caller: Caller, room_id: RoomId) -> Result<Reply, Refusal> {
        let room = self.room_of_member(caller, room_id)?;
        Ok(Reply::SideFiles(Box::new(room.side_files())))
    }

    pub(super) fn repair_side(
        &mut self,
        caller: Caller,
        room_id: RoomId,
        repair: SideRepair,
    ) -> Result<Reply, Refusal> {
        let room = self.room_of_member_mut(caller, room_id)?;
        let handshake = room.handshake_seq;
        let side = &mut room.side;
        let places = side.tree.seq..=handshake;
        let misplaced = repair
            .tree
            .as_ref()
            .is_some_and(|tree| !places.contains(&tree.seq));
        if repair == SideRepair::default() || misplaced {
            return Err(ErrorCode::BadRequest.into());
        }
        if repair.chain.len() > limits::CHAIN_LINKS_PER_REPAIR {
            return Err(ErrorCode::TooLarge.into());
        }
        side.repairs += 1;
        side.chain.extend(repair.chain);
        if let Some(door) = repair.door {
            side.add_door(door);
        }
        if let Some(state) = repair.state {
            side.state = state;
        }
        if let Some(roster) = repair.roster {
            side.roster = vec![roster];
        }
        if let Some(tree) = repair.tree {
            side.tree = tree;
        }
        Ok(Reply::Done)
    }

    /// Damages the files beside a room, as a bad committer or a bad disk would.
    pub(crate) fn spoil_side_files(&mut self, room_id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room_id) {
            let nonsense = || Bytes(b"nonsense".to_vec());
            room.side.state = nonsense();
            room.side.roster = vec![nonsense()];
            room.side.doors = VecDeque::from([nonsense()]);
        }
    }

    /// Loses all links of the history chain, but for nonsense in the place of each.
    pub(crate) fn spoil_chain(&mut self, room_id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room_id) {
            let links = room.side.chain.iter_mut();
            links.for_each(|link| *link = Bytes(b"nonsense".to_vec()));
        }
    }

    /// Damages all doors.
    pub(crate) fn spoil_doors(&mut self, room_id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room_id) {
            let doors = room.side.doors.iter_mut();
            doors.for_each(|door| *door = Bytes(b"no door".to_vec()));
        }
    }

    /// Damages the tree snapshot.
    pub(crate) fn spoil_tree(&mut self, room_id: RoomId) {
        if let Some(room) = self.rooms.get_mut(&room_id) {
            room.side.tree.snapshot = Bytes(b"no tree".to_vec());
        }
    }

    /// The room, if the caller's account is in it.
    pub(super) fn room_of_member(
        &self,
        caller: Caller,
        room_id: RoomId,
    ) -> Result<&RoomRecord, Refusal> {
        let room = self.rooms.get(&room_id).ok_or(ErrorCode::RoomNotFound)?;
        room.table
            .role(caller.account)
            .ok_or(ErrorCode::NotAMember)?;
        Ok(room)
    }

    pub(super) fn room_of_member_mut(
        &mut self,
        caller: Caller,
        room_id: RoomId,
    ) -> Result<&mut RoomRecord, Refusal> {
        self.room_of_member(caller, room_id)?;
        self.rooms
            .get_mut(&room_id)
            .ok_or_else(|| ErrorCode::RoomNotFound.into())
    }
}

fn show(room_id: RoomId, room: &RoomRecord, caller: Caller) -> Result<Room, ErrorCode> {
    Ok(Room {
        room_id,
        encryption: Encryption::Mls,
        group_id: Some(room.group_id),
        name: None,
        role: room
            .table
            .role(caller.account)
            .ok_or(ErrorCode::NotAMember)?,
        last_seq: room.last_seq(),
        handshake_seq: room.handshake_seq,
    })
}
