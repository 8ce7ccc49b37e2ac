//! The vault (PROTOCOL section 2): what the account keeps on the server for its own devices, each item sealed under
//! its own key, all of them named in a sealed root listing that never runs backwards.

mod marks;
mod read;
mod write;

use e2ee::ordered::{Map, Set};

use e2ee::{
    account_key::AccountKey,
    contacts::Contacts,
    ids::AccountId,
    root_box::RootSecret,
    seal::SealError,
    vault::{ItemName, RoomItem, SealedItem, VaultMark, VaultRoot, open_item, seal_item},
};
use protocol::{
    ids::RoomId,
    rest::{ACCOUNT_KEY, VaultItem, VaultPut},
};
use zeroize::Zeroizing;

pub(crate) use self::marks::MARKS_ROW;
use self::marks::Marks;
use crate::{
    account::home::Home, api::Space, engine::Engine, jobs::Job, records::RecordError, turn::Turn,
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
    /// What the account's devices have seen of it.
    marks: Marks,
    /// Somebody was told in this connection that they saw different things.
    told: bool,
    /// What the server shows opens, and is older than what one of them has seen.
    denied: bool,
    dirty: Set<String>,
    /// A write is under way: the listing that stands if it is taken, and the items in it.
    writing: Option<(VaultRoot, Set<String>)>,
    /// The server may be ahead: the listing and these items are read before the next write.
    reading: Option<Reading>,
    /// What the server shows does not open with this device's keys, time and again. It is looked at again with other keys
    /// or in another connection, and nobody waits for it.
    closed: bool,
    doubt: Doubt,
    /// Items to be written may have been written by others unseen: all of them are read first.
    unsure: bool,
    /// What other devices wrote about rooms.
    pub(crate) rooms: Map<String, RoomItem>,
    /// Rooms that this device wants to come into: their pages are to be read.
    wanted: Set<RoomId>,
    /// Those whose pages were read, as far as there are any.
    looked_up: Set<RoomId>,
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
        let mut vault = Self::of(root);
        vault.save(home, turn);
        Ok((vault, puts))
    }

    pub(crate) fn save(&mut self, home: &Home, turn: &mut Turn<'_>) {
        let account = home.device.account();
        if !self.marks.note(VaultMark::of(&self.root), turn) {
            self.differs(turn);
        }
        if let Ok(sealed) = self.root.seal(&home.account_key, account, &mut turn.rng) {
            turn.put(Space::Account, ROW, sealed);
        }
    }

    pub(crate) fn load(
        home: &Home,
        root: Option<&[u8]>,
        dirty: Option<&[u8]>,
        marks: Option<&[u8]>,
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
        if let Some(marks) = marks {
            vault.marks = Marks::load(marks)?;
        }
        if vault.is_behind() {
            vault.reading.get_or_insert_default();
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
        // What was seen under the former key says nothing of what is sealed under this one.
        self.marks = Marks::default();
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
        self.told = false;
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
    /// Reads the listing, and what in it is not known here.
    pub(crate) fn look_at_vault(&mut self) {
        self.vault.reading.get_or_insert_default();
    }

    /// Whether nothing comes of looking at it now.
    pub(crate) fn vault_is_out_of_reach(&self) -> bool {
        self.vault.closed || self.jobs.failures(&Job::VaultRead) >= TRIES
    }

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
}
