//! The vault (PROTOCOL section 2): what the account keeps on the server for its own devices, each item sealed under
//! its own key, all of them named in a sealed root listing that never runs backwards.

use std::collections::{BTreeMap, BTreeSet};

use e2ee::{
    account_key::AccountKey,
    contacts::Contacts,
    ids::AccountId,
    root_box::RootSecret,
    seal::SealError,
    vault::{ItemName, RoomItem, SealedItem, VaultRoot, open_item, seal_item},
};
use protocol::{
    call::Call,
    ids::RoomId,
    rest::{ACCOUNT_KEY, VaultItem, VaultPut, VaultWrite},
};
use zeroize::Zeroizing;

use crate::{
    account::home::Home,
    api::{Alarm, CallError, Event, Space},
    engine::Engine,
    jobs::Job,
    records::RecordError,
    turn::Turn,
};

/// The root listing.
pub(crate) const ROOT: &str = "root";
/// The row of the last root listing seen, sealed as it came or as it was sent.
pub(crate) const ROW: &[u8] = b"vault-root";
/// The row of the names of items that wait to be written.
pub(crate) const DIRTY_ROW: &[u8] = b"vault-dirty";

/// Bytes of sealed items that go into one write at most, but always one item: a request has a limit.
const WRITE_BYTES: usize = 512 * 1024;

/// So often in a row a read or a write may fail before nobody waits for it.
const TRIES: u32 = 3;

/// What this device knows of the vault.
#[derive(Default)]
pub(crate) struct Vault {
    root: VaultRoot,
    dirty: BTreeSet<String>,
    /// A write is under way: the listing that stands if it is taken, and the items in it.
    writing: Option<(VaultRoot, BTreeSet<String>)>,
    /// The server may be ahead: the listing and these items are read before the next write.
    reading: Option<Reading>,
    /// What the server shows does not open with this device's keys, time and again. It is looked at again with other keys
    /// or in another connection, and nobody waits for it.
    closed: bool,
    doubt: Doubt,
    /// Items to be written may have been written by others unseen: all of them are read first.
    unsure: bool,
    /// What other devices wrote about rooms.
    pub(crate) rooms: BTreeMap<String, RoomItem>,
    /// Rooms that this device wants to come into: their pages are to be read.
    wanted: BTreeSet<RoomId>,
    /// Those whose pages were read, as far as there are any.
    looked_up: BTreeSet<RoomId>,
}

/// Whether these are the newest keys, once the server has shown what they do not open.
#[derive(Default, PartialEq, Eq)]
enum Doubt {
    #[default]
    None,
    /// Newer ones may lie in the mailbox, which is being read.
    MailAsked,
    /// It was read to its end.
    MailRead,
}

#[derive(Default)]
struct Reading {
    root: Option<VaultRoot>,
    items: Vec<ItemName>,
}

impl Vault {
    pub(crate) fn of(root: VaultRoot) -> Self {
        Self {
            root,
            ..Self::default()
        }
    }

    pub(crate) const fn root(&self) -> &VaultRoot {
        &self.root
    }

    /// The first items of an account, and the puts that a registration posts.
    pub(crate) fn create(
        home: &Home,
        contacts: &Contacts,
        root_secret: &RootSecret,
        turn: &mut Turn<'_>,
    ) -> Result<(Self, Vec<VaultPut>), SealError> {
        let account = home.device.account();
        let key = &home.account_key;
        let mut items = Vec::new();
        for (name, plaintext) in [
            (ItemName::account(), home.keys.encode()),
            (ItemName::contacts(), Zeroizing::new(contacts.encode())),
        ] {
            items.push(seal_item(key, account, name, 1, &plaintext, &mut turn.rng)?);
        }
        let mut root = VaultRoot::default();
        root.enter(&items);
        let mut puts: Vec<VaultPut> = items.into_iter().map(put).collect();
        puts.push(VaultPut {
            name: ACCOUNT_KEY.to_owned(),
            expected: 0,
            sealed: key.seal(root_secret, account, &mut turn.rng)?.into(),
        });
        puts.push(VaultPut {
            name: ROOT.to_owned(),
            expected: 0,
            sealed: root.seal(key, account, &mut turn.rng)?.into(),
        });
        let vault = Self::of(root);
        vault.save(home, turn);
        Ok((vault, puts))
    }

    pub(crate) fn save(&self, home: &Home, turn: &mut Turn<'_>) {
        let account = home.device.account();
        if let Ok(sealed) = self.root.seal(&home.account_key, account, &mut turn.rng) {
            turn.put(Space::Account, ROW, sealed);
        }
    }

    pub(crate) fn load(
        home: &Home,
        root: Option<&[u8]>,
        dirty: Option<&[u8]>,
    ) -> Result<Self, RecordError> {
        let mut vault = Self::default();
        if let Some(root) = root {
            vault.root = VaultRoot::open(root, &home.account_key, home.device.account())
                .map_err(|_| RecordError::Damaged)?;
        }
        if let Some(dirty) = dirty {
            vault.dirty = crate::records::decode(dirty)?;
            // The write may have been sent before the program ended.
            vault.reading = (!vault.dirty.is_empty()).then(Reading::default);
            vault.unsure = vault.reading.is_some();
        }
        Ok(vault)
    }

    pub(crate) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty() || self.writing.is_some()
    }

    pub(crate) fn pending(&self) -> usize {
        if self.closed {
            return 0;
        }
        let writing = self.writing.as_ref().map_or(0, |(_, items)| items.len());
        self.dirty.len().max(writing)
    }

    pub(crate) fn mark(&mut self, name: &ItemName, turn: &mut Turn<'_>) {
        if self.dirty.insert(name.as_str().to_owned()) {
            self.save_dirty(turn);
        }
    }

    /// The vault is sealed under another account key from now on; under this listing, where this device made it.
    pub(crate) fn rekey(&mut self, home: &Home, root: Option<VaultRoot>, turn: &mut Turn<'_>) {
        if let Some((_, names)) = self.writing.take() {
            self.dirty.extend(names);
            self.save_dirty(turn);
        }
        self.root = root.unwrap_or_else(|| self.root.clone());
        self.reading = (!self.dirty.is_empty()).then(Reading::default);
        self.unsure = self.reading.is_some();
        self.closed = false;
        self.doubt = Doubt::None;
        self.save(home, turn);
    }

    /// In a new connection the server may show something else.
    pub(crate) fn reconnected(&mut self) {
        self.closed = false;
        self.doubt = Doubt::None;
    }

    /// All mail is read, and with it every newer key that the server passes on.
    pub(crate) fn mail_is_read(&mut self) {
        if self.doubt == Doubt::MailAsked {
            self.doubt = Doubt::MailRead;
        }
    }

    fn save_dirty(&self, turn: &mut Turn<'_>) {
        turn.put(
            Space::Account,
            DIRTY_ROW,
            crate::records::encode(&self.dirty),
        );
    }

    fn version(&self, name: &ItemName) -> u64 {
        self.root.listed(name).map_or(0, |listed| listed.version)
    }
}

pub(crate) fn put(item: SealedItem) -> VaultPut {
    VaultPut {
        name: item.name.as_str().to_owned(),
        expected: item.version - 1,
        sealed: item.bytes.into(),
    }
}

fn room_out(room: e2ee::ids::RoomId) -> Option<RoomId> {
    RoomId::new(room.get()).ok()
}

/// Opens an item if the listing names exactly these bytes.
pub(crate) fn open(
    root: &VaultRoot,
    key: &AccountKey,
    account: AccountId,
    item: &VaultItem,
) -> Option<Zeroizing<Vec<u8>>> {
    let item = SealedItem {
        name: ItemName::parse(item.name.as_bytes()).ok()?,
        version: item.version,
        bytes: item.sealed.as_slice().to_vec(),
    };
    if !root.holds(&item) {
        return None;
    }
    open_item(key, account, &item).ok()
}

impl Engine {
    /// Whether a write makes progress now: not while one waits after a failure.
    pub(crate) fn vault_may_write(&self) -> bool {
        let failures = |job| self.jobs.failures(job);
        let held = self.devices.revocation.is_under_way();
        !held && failures(&Job::VaultWrite) < TRIES && failures(&Job::VaultRead) < TRIES
    }

    /// Writes what waits. The last thing in each turn, so that changes of one moment go in one write.
    pub(crate) fn vault_work(&mut self, turn: &mut Turn<'_>) {
        let held = self.vault.closed || self.devices.revocation.is_under_way();
        if self.vault.writing.is_some() || held {
            return;
        }
        if !self.vault.wanted.is_empty() && self.vault.reading.is_none() {
            self.vault.reading = Some(Reading::default());
        }
        if self.vault.reading.is_some() {
            self.read_vault(turn);
        } else if !self.vault.dirty.is_empty()
            && (self.is_quiet() || !self.logging_out.is_empty())
            && self.jobs.may_start(&Job::VaultWrite, turn.now)
        {
            self.write_vault(turn);
        }
    }

    fn write_vault(&mut self, turn: &mut Turn<'_>) {
        let Some(home) = &self.home else { return };
        let account = home.device.account();
        let mut waiting = std::mem::take(&mut self.vault.dirty);
        let mut names = BTreeSet::new();
        let mut items: Vec<SealedItem> = Vec::new();
        while let Some(next) = waiting.pop_first() {
            let name = ItemName::parse(next.as_bytes());
            let plaintext = name.as_ref().ok().and_then(|n| self.vault_plaintext(n));
            let (Ok(name), Some(plaintext)) = (name, plaintext) else {
                continue;
            };
            let bytes: usize = items.iter().map(|item| item.bytes.len()).sum();
            if !items.is_empty() && bytes + plaintext.len() > WRITE_BYTES {
                waiting.insert(next);
                break;
            }
            names.insert(next);
            let version = self.vault.version(&name) + 1;
            let sealed = seal_item(
                &home.account_key,
                account,
                name,
                version,
                &plaintext,
                &mut turn.rng,
            );
            items.extend(sealed);
        }
        self.vault.dirty = waiting;
        let mut root = self.vault.root.clone();
        let expected = root.version();
        root.enter(&items);
        let Ok(sealed) = root.seal(&home.account_key, account, &mut turn.rng) else {
            return;
        };
        let mut puts: Vec<VaultPut> = items.into_iter().map(put).collect();
        puts.push(VaultPut {
            name: ROOT.to_owned(),
            expected,
            sealed: sealed.into(),
        });
        self.vault.writing = Some((root, names));
        self.jobs
            .start(Job::VaultWrite, Call::WriteVault(VaultWrite { puts }), turn);
    }

    fn vault_plaintext(&self, name: &ItemName) -> Option<Zeroizing<Vec<u8>>> {
        if *name == ItemName::contacts() {
            return Some(Zeroizing::new(self.contacts.encode()));
        }
        if *name == ItemName::account() {
            return self.home.as_ref().map(|home| home.keys.encode());
        }
        let (room, page) = name.as_room_page()?;
        let room = protocol::ids::RoomId::new(room.get()).ok()?;
        let room = self.rooms.get(&room)?;
        let mut item = room.vault_item(page)?;
        if let Some(others) = self.vault.rooms.get(name.as_str()) {
            item.merge(others);
        }
        room.forget_ended_links(&mut item);
        Some(item.encode())
    }

    pub(crate) fn vault_written(&mut self, answer: &Result<(), CallError>, turn: &mut Turn<'_>) {
        let Some((root, names)) = self.vault.writing.take() else {
            return;
        };
        if answer.is_ok() {
            self.vault.root = root;
            self.jobs.clear(&Job::VaultWrite);
            if let Some(home) = &self.home {
                self.vault.save(home, turn);
            }
        } else {
            // Refused for a conflict, or unknown: what the server has tells.
            self.vault.dirty.extend(names);
            self.vault.reading = Some(Reading::default());
            self.jobs.back_off(Job::VaultWrite, turn.now, turn.rng);
        }
        self.vault.save_dirty(turn);
    }

    fn read_vault(&mut self, turn: &mut Turn<'_>) {
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
                self.vault.root = root;
                self.vault.unsure = false;
                let wanted = std::mem::take(&mut self.vault.wanted);
                self.vault.looked_up.extend(wanted);
                self.jobs.clear(&Job::VaultWrite);
                if let Some(home) = &self.home {
                    self.vault.save(home, turn);
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
            turn.event(Event::Alarm(Alarm::VaultClosed));
        }
    }

    /// Takes the listing if it is not behind what was seen, and notes which of the items to be written changed.
    fn vault_root_read(&self, reading: &mut Reading, item: &VaultItem) -> bool {
        let Some(home) = &self.home else { return false };
        let (key, account) = (&home.account_key, home.device.account());
        let Ok(root) = VaultRoot::open(item.sealed.as_slice(), key, account) else {
            return false;
        };
        if root.accepts(self.vault.root.version()).is_err() {
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
        let items: BTreeSet<ItemName> = dirty.chain(wanted.cloned()).collect();
        reading.items = items
            .into_iter()
            .filter(|name| root.listed(name).is_some())
            .collect();
        reading.root = Some(root);
        true
    }

    /// Whether what the account's devices know of a room was read from the vault.
    pub(crate) fn vault_pages_read(&self, room: RoomId) -> bool {
        self.vault.looked_up.contains(&room)
    }

    /// Whether what the account's devices know of a room was read from the vault; if not, it will be.
    pub(crate) fn room_pages_known(&mut self, room: RoomId) -> bool {
        let known = self.vault.looked_up.contains(&room);
        if !known {
            self.vault.wanted.insert(room);
        }
        known
    }

    /// The keys of a room did not open its door: another device may have written newer ones.
    pub(crate) fn forget_room_pages(&mut self, room: RoomId) {
        self.vault.looked_up.remove(&room);
    }

    /// What the account's other devices have left in the vault about a room, all pages together.
    pub(crate) fn vault_room(&self, room: RoomId) -> RoomItem {
        let mut whole = RoomItem::default();
        for (name, page) in &self.vault.rooms {
            let name = ItemName::parse(name.as_bytes()).ok();
            let of = name.and_then(|name| room_out(name.as_room_page()?.0));
            if of == Some(room) {
                whole.merge(page);
            }
        }
        whole
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
