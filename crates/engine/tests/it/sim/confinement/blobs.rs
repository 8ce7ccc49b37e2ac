//! All that the server was ever given, by what it is.

use std::collections::{BTreeMap, BTreeSet};

use e2ee::{
    closure::{Commit, File, Message, Welcome},
    group::epoch_of,
    ids as lock,
    message::Place,
};
use protocol::{
    bytes::Bytes,
    call::Call,
    ids::{AccountId, GroupId, RoomId, Seq},
    log::{Body, Entry, Key},
    rest::{CommitRequest, CreateRoom, MailBody, MailDrop, RosterWrite, SideRepair, VaultPut},
};

use crate::sim::model_server::{ModelServer, RoomRecord};

/// What concerns one room.
#[derive(Default)]
pub(super) struct RoomBlobs {
    pub(super) group: Option<GroupId>,
    pub(super) files: Vec<File>,
    /// Places of the files that came with what the server refused: of a commit that never counted, for instance.
    pub(super) refused: BTreeSet<usize>,
    /// The epochs with which the room's first files came, and those beside commits.
    pub(super) epochs: BTreeMap<usize, u64>,
    pub(super) commits: Vec<Commit>,
    /// Welcomes, by the epoch that they lead into.
    pub(super) welcomes: Vec<(u64, Welcome)>,
    pub(super) messages: Vec<(Seq, Message)>,
    /// Answers to requests for history keys.
    pub(super) answers: Vec<Bytes>,
}

/// Everything.
#[derive(Default)]
pub(super) struct Blobs {
    pub(super) rooms: BTreeMap<RoomId, RoomBlobs>,
    /// Vault items, with the room that each is about.
    pub(super) vault: Vec<(Option<RoomId>, File)>,
    /// Account keys, to devices.
    pub(super) account_keys: Vec<(lock::AccountId, lock::DeviceId, Bytes)>,
}

impl Blobs {
    pub(super) fn of(server: &ModelServer) -> Self {
        let mut blobs = Self::default();
        for (id, room) in server.rooms() {
            let own = blobs.rooms.entry(*id).or_default();
            own.group = Some(room.group_id());
            own.messages = room
                .log()
                .iter()
                .filter_map(|entry| message(room, entry))
                .collect();
        }
        for given in server.given() {
            let before = blobs.files();
            blobs.take(&given.call, given.account);
            if !given.taken {
                blobs.refuse_since(&before);
            }
        }
        for room in blobs.rooms.values_mut() {
            room.commits.sort_by_key(|commit| commit.epoch);
            let epochs: Vec<u64> = room.commits.iter().map(|commit| commit.epoch + 1).collect();
            for file in &mut room.files {
                if let File::Chain(_, possible) | File::Roster(_, possible) = file {
                    possible.push(0);
                    possible.extend(&epochs);
                    possible.sort_unstable();
                    possible.dedup();
                }
            }
        }
        blobs
    }

    fn take(&mut self, call: &Call, from: Option<AccountId>) {
        match call {
            Call::RegisterFinish(finish) => self.vault(Some(finish.account_id), &finish.vault),
            Call::WriteVault(write) => self.vault(from, &write.puts),
            Call::RevokeDevices(request) => {
                self.vault(from, &request.vault);
                request.mails.iter().for_each(|mail| self.mail(mail, None));
            }
            Call::SendMail(send) => {
                let mails = send.mails.iter();
                mails.for_each(|mail| self.mail(mail, send.room_id.map(|room| (room, None))));
            }
            Call::CreateRoom(CreateRoom::Mls(new)) => {
                self.file(new.room_id, File::Door(vec(&new.door)));
                self.file_of(new.room_id, File::State(vec(&new.state)), 0);
                let roster = File::Roster(vec(&new.roster), Vec::new());
                self.file_of(new.room_id, roster, 0);
            }
            Call::PutLink(room, link, put) => {
                let link = lock::LinkId::from(*link.as_bytes());
                self.file(*room, File::Grant(vec(&put.grant), link));
            }
            Call::RepairSide(room, repair) => self.repair(*room, repair),
            Call::Commit(room, request) => self.commit(*room, request),
            _ => {}
        }
    }

    /// How many files there are.
    fn files(&self) -> BTreeMap<RoomId, usize> {
        let rooms = self.rooms.iter();
        rooms.map(|(id, room)| (*id, room.files.len())).collect()
    }

    fn refuse_since(&mut self, before: &BTreeMap<RoomId, usize>) {
        for (id, room) in &mut self.rooms {
            let first = before.get(id).copied().unwrap_or_default();
            room.refused.extend(first..room.files.len());
        }
    }

    fn file(&mut self, room: RoomId, file: File) {
        let files = &mut self.rooms.entry(room).or_default().files;
        if !files.contains(&file) {
            files.push(file);
        }
    }

    /// A file that came with an epoch.
    fn file_of(&mut self, room: RoomId, file: File, epoch: u64) {
        let before = self.rooms.get(&room).map_or(0, |room| room.files.len());
        self.file(room, file);
        let own = self.rooms.entry(room).or_default();
        if own.files.len() > before {
            own.epochs.insert(before, epoch);
        }
    }

    fn repair(&mut self, room: RoomId, repair: &SideRepair) {
        let door = repair.door.iter().map(|door| File::Door(vec(door)));
        let state = repair.state.iter().map(|state| File::State(vec(state)));
        let chain = repair.chain.iter();
        let chain = chain.map(|link| File::Chain(vec(link), Vec::new()));
        let roster = repair.roster.iter();
        let roster = roster.map(|roster| File::Roster(vec(roster), Vec::new()));
        for file in door.chain(state).chain(chain).chain(roster) {
            self.file(room, file);
        }
    }

    fn commit(&mut self, room: RoomId, request: &CommitRequest) {
        let Some(commit) = Commit::read(request.commit.as_slice()) else {
            return;
        };
        let epoch = commit.epoch + 1;
        self.file(room, File::Door(vec(&request.door)));
        let state = request.state.iter().map(|state| File::State(vec(state)));
        let roster = request.roster.iter().map(|roster| {
            let (RosterWrite::Append(bytes) | RosterWrite::Replace(bytes)) = roster;
            File::Roster(vec(bytes), Vec::new())
        });
        for file in state.chain(roster) {
            self.file_of(room, file, epoch);
        }
        if let Some(link) = &request.chain {
            self.file(room, File::Chain(vec(link), Vec::new()));
        }
        for mail in &request.mails {
            self.mail(mail, Some((room, Some(epoch))));
        }
        let commits = &mut self.rooms.entry(room).or_default().commits;
        commits.push(commit);
    }

    fn mail(&mut self, mail: &MailDrop, room: Option<(RoomId, Option<u64>)>) {
        match (&mail.body, room) {
            (MailBody::AccountKey { sealed }, _) => {
                let account = lock::AccountId::from(*mail.account_id.as_bytes());
                let device = lock::DeviceId::from(*mail.device_id.as_bytes());
                self.account_keys.push((account, device, sealed.clone()));
            }
            (
                MailBody::Welcome {
                    welcome, bundle, ..
                },
                Some((room, Some(epoch))),
            ) => {
                self.file(room, File::Bundle(vec(bundle), epoch));
                let welcomes = &mut self.rooms.entry(room).or_default().welcomes;
                let welcome = Welcome::read(welcome.as_slice());
                welcomes.extend(welcome.map(|welcome| (epoch, welcome)));
            }
            (MailBody::HistoryKeys { sealed }, Some((room, _))) => {
                let answers = &mut self.rooms.entry(room).or_default().answers;
                answers.push(sealed.clone());
            }
            _ => {}
        }
    }

    fn vault(&mut self, account: Option<AccountId>, puts: &[VaultPut]) {
        let Some(account) = account else { return };
        let account = lock::AccountId::from(*account.as_bytes());
        for put in puts {
            let room = e2ee::vault::ItemName::parse(put.name.as_bytes());
            let room = room.ok().and_then(|name| name.as_room_page());
            let room = room.and_then(|(room, _)| RoomId::new(room.get()).ok());
            let version = put.expected + 1;
            let item = File::Vault(vec(&put.sealed), account, put.name.clone(), version);
            self.vault.push((room, item));
        }
    }
}

fn vec(bytes: &Bytes) -> Vec<u8> {
    bytes.as_slice().to_vec()
}

/// A message of the log.
fn message(room: &RoomRecord, entry: &Entry) -> Option<(Seq, Message)> {
    let Body::Message(body) = &entry.body else {
        return None;
    };
    let Key::Mls(mls) = &body.key else {
        return None;
    };
    let bytes = |text: &str| Bytes::from_base64(text).ok().map(Vec::from);
    let message = Message {
        place: Place {
            room: lock::RoomId::new(entry.room_id.get()).ok()?,
            group: lock::GroupId::from(*room.group_id().as_bytes()),
            epoch: epoch_of(mls.as_slice())?,
        },
        device: lock::DeviceId::from(*entry.device?.as_bytes()),
        client_id: lock::ClientId::from(*entry.client_id.as_bytes()),
        encrypted_content: bytes(&body.encrypted_content)?,
        iv: bytes(&body.iv)?.try_into().ok()?,
        message_hash: e2ee::codec::unhex(body.message_hash.as_bytes())?,
        wrap: body.history_key.as_ref().map(vec),
    };
    Some((entry.seq, message))
}
