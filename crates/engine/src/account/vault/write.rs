//! What changed here is written: items and root listing in one request, each at the version that was read.

use e2ee::ordered::Set;

use e2ee::vault::{ItemName, SealedItem, seal_item};
use protocol::{
    call::Call,
    rest::{VaultPut, VaultWrite},
};
use zeroize::Zeroizing;

use super::{ROOT, Reading, TRIES, WRITE_BYTES, put};
use crate::{api::CallError, engine::Engine, jobs::Job, turn::Turn};

impl Engine {
    /// Whether a write makes progress now: not while one waits after a failure.
    pub(crate) fn vault_may_write(&self) -> bool {
        let failures = |job| self.jobs.failures(job);
        let held = self.devices.revocation.is_under_way();
        !held && failures(&Job::VaultWrite) < TRIES && failures(&Job::VaultRead) < TRIES
    }

    /// How much waits to be written, and is waited for: what the server refuses again and again is kept for another time.
    pub(crate) fn vault_pending(&self) -> usize {
        let refused = self.jobs.failures(&Job::VaultWrite) >= TRIES;
        let pending = if refused { 0 } else { self.vault.pending() };
        // It may take the mail, and a look after it, before somebody is told that this one is denied what others saw.
        let withheld = self.vault.closed || self.jobs.failures(&Job::VaultRead) >= 2 * TRIES;
        pending + usize::from(self.vault.is_behind() && !withheld)
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
        let mut names = Set::new();
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
        if items.is_empty() {
            // What was to be written is not here any more, and a listing of nothing new says nothing.
            self.vault.save_dirty(turn);
            return;
        }
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
        if *name == ItemName::shared_keys() {
            return Some(self.shared_keys_item());
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
            let listed = root.listed(&ItemName::shared_keys());
            if names.contains(ItemName::shared_keys().as_str()) {
                self.shared.vault_read(listed.map(|listed| listed.hash));
            }
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
}
