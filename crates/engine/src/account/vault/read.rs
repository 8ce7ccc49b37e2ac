//! What the server has is read: the root listing, then those items in it that this device does not know.

use e2ee::{
    contacts::Contacts,
    ordered::set,
    vault::{ItemName, RoomItem, VaultRoot},
};
use protocol::{call::Call, rest::VaultItem};

use super::{Doubt, ROOT, Reading, TRIES, open, room_out};
use crate::{
    api::{Alarm, Event},
    engine::Engine,
    jobs::Job,
    turn::Turn,
};

impl Engine {
    pub(super) fn read_vault(&mut self, turn: &mut Turn<'_>) {
        if !self.jobs.may_start(&Job::VaultRead, turn.now) {
            return;
        }
        let Some(reading) = &self.vault.reading else {
            return;
        };
        let name = match (&reading.root, reading.items.last()) {
            (None, _) => ROOT.to_owned(),
            (Some(_), Some(item)) => item.as_str().to_owned(),
            (Some(_), None) => return,
        };
        self.jobs.start(Job::VaultRead, Call::VaultItem(name), turn);
    }

    pub(crate) fn vault_read(&mut self, item: &VaultItem, turn: &mut Turn<'_>) {
        let Some(mut reading) = self.vault.reading.take() else {
            return;
        };
        let Some(home) = &self.home else { return };
        let (key, account) = (&home.account_key, home.device.account());
        let understood = match &reading.root {
            None => self.vault_root_read(&mut reading, item),
            Some(root) => match open(root, key, account, item) {
                Some(plaintext) => {
                    reading.items.pop();
                    self.merge_item(&item.name, &plaintext, turn)
                }
                None => false,
            },
        };
        if !understood {
            // Withheld, swapped or rolled back: nothing of it is believed, and it is asked for again.
            self.vault.reading = Some(Reading::default());
            self.jobs.back_off(Job::VaultRead, turn.now, turn.rng);
            self.vault_not_understood(turn);
            return;
        }
        self.jobs.clear(&Job::VaultRead);
        self.vault.closed = false;
        self.vault.doubt = Doubt::None;
        match reading.root {
            Some(root) if reading.items.is_empty() => {
                // Who refuses a write for what others wrote, and shows nothing that they did, is waited for no longer.
                if root.version() > self.vault.root.version() {
                    self.jobs.clear(&Job::VaultWrite);
                }
                let before = std::mem::replace(&mut self.vault.root, root);
                self.vault.unsure = false;
                let wanted = std::mem::take(&mut self.vault.wanted);
                self.vault.looked_up.extend(wanted);
                if let Some(home) = &self.home {
                    self.vault.save(home, turn);
                }
                let listed = self.vault.root.listed(&ItemName::shared_keys());
                self.shared.vault_read(listed.map(|listed| listed.hash));
                self.write_again_what_was_lost(&before, turn);
                if self.vault.is_behind() {
                    self.vault.reading = Some(Reading::default());
                }
            }
            _ => self.vault.reading = Some(reading),
        }
    }

    /// The keys of this device may be old ones: then the server keeps newer ones in the mailbox since it took what they
    /// seal. Only who has read that to its end afterwards and still understands nothing is shown something wrong.
    fn vault_not_understood(&mut self, turn: &mut Turn<'_>) {
        if self.vault.doubt == Doubt::None {
            self.vault.doubt = Doubt::MailAsked;
            self.mailbox.read_again();
        }
        let tried = self.jobs.failures(&Job::VaultRead) >= TRIES;
        if tried && !self.vault.closed && self.vault.doubt == Doubt::MailRead {
            self.vault.closed = true;
            if self.vault.denied {
                self.vault.differs(turn);
            } else {
                turn.event(Event::Alarm(Alarm::VaultClosed));
            }
        }
    }

    /// What this device has seen in the vault, and what is there now was not made from: the server took it from another
    /// state. This device still knows what it wrote, and writes it again.
    fn write_again_what_was_lost(&mut self, before: &VaultRoot, turn: &mut Turn<'_>) {
        let lost: Vec<ItemName> = self.vault.root.lost(before).cloned().collect();
        for name in &lost {
            self.vault.mark(name, turn);
        }
        if !lost.is_empty() {
            self.vault.differs(turn);
            self.vault.reading = Some(Reading::default());
            self.vault.unsure = true;
        }
    }

    /// Takes the listing if it is not behind what the account's devices have seen, and notes which of the items to be
    /// written changed.
    fn vault_root_read(&mut self, reading: &mut Reading, item: &VaultItem) -> bool {
        self.vault.denied = false;
        let Some(home) = &self.home else { return false };
        let (key, account) = (&home.account_key, home.device.account());
        let Ok(root) = VaultRoot::open(item.sealed.as_slice(), key, account) else {
            return false;
        };
        let seen = self.vault.root.version().max(self.vault.marks.highest());
        self.vault.denied = root.accepts(seen).is_err();
        if self.vault.denied {
            return false;
        }
        let unseen = |name: &ItemName| {
            self.vault.unsure || root.listed(name) != self.vault.root.listed(name)
        };
        let dirty = self
            .vault
            .dirty
            .iter()
            .filter_map(|name| ItemName::parse(name.as_bytes()).ok())
            .filter(unseen);
        let wanted = root.items().map(|(name, _)| name).filter(|name| {
            let room = name.as_room_page().and_then(|(room, _)| room_out(room));
            room.is_some_and(|room| self.vault.wanted.contains(&room))
        });
        let shared = ItemName::shared_keys();
        let hash = root.listed(&shared).map(|listed| listed.hash);
        let shared = self.shared.is_unread(hash).then_some(shared);
        let items = set(dirty.chain(wanted.cloned()).chain(shared));
        reading.items = items
            .into_iter()
            .filter(|name| root.listed(name).is_some())
            .collect();
        reading.root = Some(root);
        true
    }

    fn merge_item(&mut self, name: &str, plaintext: &[u8], turn: &mut Turn<'_>) -> bool {
        let Ok(name) = ItemName::parse(name.as_bytes()) else {
            return false;
        };
        if name == ItemName::contacts() {
            let Ok(theirs) = Contacts::decode(plaintext) else {
                return false;
            };
            self.contacts.merge(&theirs);
            self.save_contacts(turn);
        } else if name == ItemName::shared_keys() {
            return self.shared_keys_read(plaintext, turn);
        } else if let Some((room, _)) = name.as_room_page() {
            let Ok(theirs) = RoomItem::decode(plaintext) else {
                return false;
            };
            // An item from before there were pages holds keys of several.
            for (page, item) in theirs.into_pages() {
                let name = ItemName::room_page(room, page);
                self.vault.mark(&name, turn);
                let known = self.vault.rooms.entry(name.as_str().to_owned());
                known.or_default().merge(&item);
            }
        }
        true
    }
}
