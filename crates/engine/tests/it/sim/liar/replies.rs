//! What is twisted in an answer.

use protocol::{
    call::Reply,
    events::History,
    ids::Seq,
    log::Entry,
    rest::{Entrance, MailBody, Mailbox, Members, Rooms, SideFiles, TreeSnapshot},
    role::Role,
};

use super::{Blob, Liar};
use crate::sim::faults::pick;

impl Liar {
    pub(super) fn twist(&mut self, mut reply: Reply) -> Reply {
        match &mut reply {
            Reply::SideFiles(side) => self.side(side),
            Reply::Entrance(entrance) => self.entrance(entrance),
            Reply::History(history) => self.history(history),
            Reply::JoinedRoom(joined) => {
                self.rooms.insert(joined.room_id);
                self.number(&mut joined.last_seq.0);
                self.number(&mut joined.handshake_seq.0);
                joined.readmissions ^= self.lies();
            }
            Reply::Mailbox(mailbox) => self.mailbox(mailbox),
            Reply::VaultItem(item) => {
                self.blob(Blob::Vault, &mut item.sealed);
                self.number(&mut item.version);
            }
            Reply::VaultListing(listing) => {
                self.list(&mut listing.items);
                for item in &mut listing.items {
                    self.number(&mut item.version);
                }
            }
            Reply::ClaimedKeyPackages(claimed) => {
                for one in &mut claimed.key_packages {
                    self.blob(Blob::KeyPackage, &mut one.key_package);
                }
                self.list(&mut claimed.key_packages);
            }
            Reply::Devices(devices) => {
                for device in &mut devices.devices {
                    self.blob(Blob::Certificate, &mut device.certificate);
                }
                self.list(&mut devices.devices);
            }
            Reply::Members(members) => self.members(members),
            Reply::Rooms(rooms) => self.listed(rooms),
            Reply::Readmissions(asked) => {
                for request in &mut asked.requests {
                    self.blob(Blob::Request, &mut request.request);
                }
                self.list(&mut asked.requests);
            }
            Reply::Links(links) => self.list(&mut links.links),
            Reply::KeyPackageCount(count) => {
                let mut left = u64::from(count.left);
                self.number(&mut left);
                count.left = left.try_into().unwrap_or(u32::MAX);
            }
            Reply::Entry(entry) => self.other(entry),
            // What these say is proved by what follows, or decided by the person alone.
            Reply::ServerInfo(_)
            | Reply::RegisterStarted(_)
            | Reply::Session(_)
            | Reply::LoginStarted(_)
            | Reply::SecondFactorWanted(_)
            | Reply::Sessions(_)
            | Reply::SecondFactor(_)
            | Reply::EnrolStarted(_)
            | Reply::Enrolled(_)
            | Reply::BackupCodes(_)
            | Reply::Passkeys(_)
            | Reply::ApiTokens(_)
            | Reply::MadeApiToken(_)
            | Reply::LoginFinished(_)
            | Reply::DeviceTicket(_)
            | Reply::MeetingOpened(_)
            | Reply::MeetingJoined(_)
            | Reply::Heard(_)
            | Reply::Account(_)
            | Reply::RootBoxes(_)
            | Reply::Reset(_)
            | Reply::Room(_)
            | Reply::Receipt(_)
            | Reply::Handshakes(_)
            | Reply::Attestation(_)
            | Reply::Done => {}
        }
        reply
    }

    /// Another entry than the one that was asked for.
    fn other(&mut self, entry: &mut Entry) {
        if self.lies()
            && let Some(other) = pick(&mut self.rng, &self.entries)
        {
            *entry = other.clone();
        }
    }

    fn members(&mut self, members: &mut Members) {
        for member in &mut members.members {
            if self.lies() {
                member.role = Role::Owner;
            }
        }
        self.list(&mut members.members);
    }

    fn listed(&mut self, rooms: &mut Rooms) {
        for room in &mut rooms.rooms {
            self.rooms.insert(room.room_id);
            self.number(&mut room.last_seq.0);
            self.number(&mut room.handshake_seq.0);
            if self.lies() {
                room.role = Role::Owner;
            }
        }
        self.list(&mut rooms.rooms);
    }

    fn side(&mut self, side: &mut SideFiles) {
        for door in &mut side.doors {
            self.blob(Blob::Door, door);
        }
        self.list(&mut side.doors);
        self.blob(Blob::State, &mut side.state);
        for part in &mut side.roster {
            self.blob(Blob::Roster, part);
        }
        self.list(&mut side.roster);
        self.tree(&mut side.tree);
        for link in &mut side.chain {
            self.blob(Blob::Chain, link);
        }
        self.list(&mut side.chain);
    }

    fn tree(&mut self, tree: &mut TreeSnapshot) {
        self.blob(Blob::Tree, &mut tree.snapshot);
        self.number(&mut tree.seq.0);
    }

    /// Door and tree stay as they are: whoever comes in by a door of yesterday is in a room of yesterday, where nobody
    /// confirms that it came, and the server has it in its table of today. That is told as stories.
    fn entrance(&mut self, entrance: &mut Entrance) {
        self.blob(Blob::State, &mut entrance.state);
        for part in &mut entrance.roster {
            self.blob(Blob::Roster, part);
        }
        for link in &mut entrance.chain {
            self.blob(Blob::Chain, link);
        }
        self.number(&mut entrance.last_seq.0);
    }

    fn history(&mut self, history: &mut History) {
        self.entries(&mut history.entries);
        self.number(&mut history.last_seq.0);
        self.number(&mut history.handshake_seq.0);
    }

    /// Entries go missing, stand twice, in another order, or come from elsewhere.
    fn entries(&mut self, entries: &mut Vec<Entry>) {
        for entry in entries.iter() {
            if self.entries.len() < 200 {
                self.entries.push(entry.clone());
            }
        }
        self.list(entries);
        if self.lies()
            && let Some(other) = pick(&mut self.rng, &self.entries)
        {
            let other = other.clone();
            let at = self.way(entries.len() as u64 + 1) as usize;
            entries.insert(at, other);
        }
    }

    fn mailbox(&mut self, mailbox: &mut Mailbox) {
        for mail in &mut mailbox.mails {
            // A Welcome that is destroyed is destroyed for good: only what is beside it is twisted.
            match &mut mail.body {
                MailBody::Welcome { bundle, .. } => self.blob(Blob::Bundle, bundle),
                MailBody::AccountKey { .. }
                | MailBody::HistoryRequest { .. }
                | MailBody::HistoryKeys { .. } => {}
            }
            let mut seq = mail.seq.map_or(0, |seq| seq.0);
            self.number(&mut seq);
            if mail.seq.is_some() {
                mail.seq = Some(Seq(seq));
            }
        }
        // Mail that is acknowledged with a later one is gone.
        if self.lies() {
            let keep = self.way(mailbox.mails.len() as u64 + 1) as usize;
            mailbox.mails.truncate(keep);
        }
    }
}
