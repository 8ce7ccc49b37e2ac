//! All that follows from some keys and all blobs, until nothing more does.

use std::collections::BTreeMap;

use e2ee::{
    closure::{Commit, Context, Epoch, Key, KeyPair, Tried, Wrapping, account_key, history_keys},
    ids as lock,
    suite::Suite,
};
use protocol::ids::{GroupId, RoomId};

use super::{
    blobs::{Blobs, RoomBlobs},
    keys::{Keys, RoomKeys},
    past::Chronicle,
};

/// What the computation works on.
pub(super) struct Closure<'a> {
    pub(super) suite: Suite,
    pub(super) blobs: &'a Blobs,
    pub(super) chronicles: &'a BTreeMap<RoomId, Chronicle>,
    /// Whether every private key is tried on every sealed path secret, and not only those whose public keys are in the
    /// tree. A commit seals to no others, and to find that out takes long.
    pub(super) thorough: bool,
}

/// One room's part of it.
struct Room<'a> {
    suite: Suite,
    thorough: bool,
    room: lock::RoomId,
    group: lock::GroupId,
    blobs: &'a RoomBlobs,
    chronicle: &'a Chronicle,
}

impl Closure<'_> {
    pub(super) fn complete(&self, keys: &mut Keys) {
        self.open_mail(keys);
        self.open_vaults(keys);
        for (id, blobs) in &self.blobs.rooms {
            let (Some(chronicle), Some(group)) = (self.chronicles.get(id), blobs.group) else {
                continue;
            };
            let room = Room {
                suite: self.suite,
                thorough: self.thorough,
                room: lock::RoomId::new(id.get()).expect("a room's number"),
                group: lock_group(group),
                blobs,
                chronicle,
            };
            let own = keys.rooms.entry(*id).or_default();
            own.pairs.extend(keys.leaf_pairs.iter().cloned());
            room.complete(own, &keys.init_pairs);
        }
    }

    /// Account keys on their way to devices.
    fn open_mail(&self, keys: &mut Keys) {
        for (account, device, mail) in &self.blobs.account_keys {
            let packages = &keys.key_packages;
            let key = account_key(mail.as_slice(), *account, *device, packages, self.suite);
            keys.account.extend(key);
        }
    }

    fn open_vaults(&self, keys: &mut Keys) {
        let account_keys: Vec<Tried> = keys.account.iter().map(Tried::new).collect();
        let (room, group) = (lock::RoomId::new(1).expect("a number"), [0; 16].into());
        for (about, item) in &self.blobs.vault {
            let Some(about) = about else { continue };
            let mut tries = account_keys.iter();
            if let Some(found) = tries.find_map(|key| key.open(item, room, group)) {
                let own = keys.room(*about);
                found.keys.into_iter().for_each(|key| own.add(key));
            }
        }
    }
}

impl Room<'_> {
    fn complete(&self, own: &mut RoomKeys, init_pairs: &[KeyPair]) {
        for epoch in own.epochs.values().cloned().collect::<Vec<_>>() {
            self.export(own, &epoch);
        }
        self.arrive_where_staged(own);
        self.open_welcomes(own, init_pairs);
        self.open_answers(own);
        while self.follow_commits(own) | self.try_keys(own) {}
        self.open_messages(own);
    }

    fn export(&self, own: &mut RoomKeys, epoch: &Epoch) {
        let keys = epoch.exports(self.suite, self.room, self.group);
        keys.into_iter().for_each(|key| own.add(key));
    }

    /// Takes an epoch in, if it is one that members were in.
    fn arrive(&self, own: &mut RoomKeys, context: &Context, epoch: Epoch) -> bool {
        let states = self.chronicle.at(context.epoch).iter();
        let mut real = states.filter(|state| state.context() == context);
        let real = real.any(|state| *state.epoch() == epoch);
        if real {
            self.export(own, &epoch);
            own.epochs.insert(context.clone(), epoch);
        }
        real
    }

    /// Takes in what own commits led to that the log took.
    fn arrive_where_staged(&self, own: &mut RoomKeys) {
        let staged = std::mem::take(&mut own.staged);
        for state in self.chronicle.states.values().flatten() {
            if staged.contains(state.epoch()) {
                self.arrive(own, state.context(), state.epoch().clone());
            }
        }
    }

    fn open_welcomes(&self, own: &mut RoomKeys, init_pairs: &[KeyPair]) {
        for (epoch, welcome) in &self.blobs.welcomes {
            for state in self.chronicle.at(*epoch) {
                let context = state.context();
                if own.epochs.contains_key(context) && !self.thorough {
                    continue;
                }
                if let Some((epoch, pairs)) = welcome.open(self.suite, init_pairs, context)
                    && self.arrive(own, context, epoch)
                {
                    own.pairs.extend(pairs);
                }
            }
        }
    }

    fn open_answers(&self, own: &mut RoomKeys) {
        for answer in &self.blobs.answers {
            for seed in own.seeds.clone() {
                let keys = history_keys(answer.as_slice(), &seed, self.suite);
                keys.into_iter().for_each(|key| own.add(key));
            }
        }
    }

    /// Follows every commit from every state that is known, whatever the commit does to whom.
    fn follow_commits(&self, own: &mut RoomKeys) -> bool {
        let mut more = false;
        for commit in &self.blobs.commits {
            for before in self.chronicle.at(commit.epoch) {
                let Some(from) = own.epochs.get(before.context()).cloned() else {
                    continue;
                };
                for after in self.chronicle.at(commit.epoch + 1) {
                    if own.epochs.contains_key(after.context()) {
                        continue;
                    }
                    let fits = |pair: &&KeyPair| {
                        let public = &pair.public;
                        self.thorough || before.has_node(public) || after.has_node(public)
                    };
                    let pairs: Vec<KeyPair> = own.pairs.iter().filter(fits).cloned().collect();
                    let contexts = (before.context(), after.context());
                    more |= self.follow(own, commit, &from, &pairs, contexts);
                }
            }
        }
        more
    }

    fn follow(
        &self,
        own: &mut RoomKeys,
        commit: &Commit,
        from: &Epoch,
        pairs: &[KeyPair],
        (before, after): (&Context, &Context),
    ) -> bool {
        let pairs: Vec<&KeyPair> = pairs.iter().collect();
        let mut opened = commit.open_path(self.suite, &pairs, before, after);
        let none = commit.without_path(self.suite);
        opened.extend(none.map(|secret| (secret, Vec::new())));
        let psks: Vec<Key> = if commit.is_external() {
            own.keys.iter().copied().collect()
        } else {
            Vec::new()
        };
        let mut more = false;
        for (secret, nodes) in opened {
            for epoch in commit.lead_on(self.suite, from, &secret, &psks, after) {
                if self.arrive(own, after, epoch) {
                    own.pairs.extend(nodes.iter().cloned());
                    more = true;
                }
            }
        }
        more
    }

    /// Tries each new key on every file and every wrapped content key.
    fn try_keys(&self, own: &mut RoomKeys) -> bool {
        let mut more = false;
        while let Some(key) = own.fresh.pop() {
            more = true;
            let tried = Tried::new(&key);
            for (at, file) in self.blobs.files.iter().enumerate() {
                if own.open_files.contains(&at) {
                    continue;
                }
                if let Some(found) = tried.open(file, self.room, self.group) {
                    own.open_files.insert(at);
                    found.keys.into_iter().for_each(|key| own.add(key));
                }
            }
            let wrapping = Wrapping::new(&key);
            for (seq, message) in &self.blobs.messages {
                if own.open_messages.contains(seq) {
                    continue;
                }
                let content = message.unwrap(&wrapping);
                if content.is_some_and(|key| message.opens_with(&key)) {
                    own.open_messages.insert(*seq);
                }
            }
        }
        more
    }

    /// Those whose content keys are known, and those of known epochs.
    fn open_messages(&self, own: &mut RoomKeys) {
        // Not those of an entry that lost a race: nobody else was ever in them.
        let real = |epoch: &u64| {
            let mut states = self.chronicle.at(*epoch).iter();
            states.any(|state| own.epochs.contains_key(state.context()))
        };
        let epochs: Vec<u64> = self.chronicle.states.keys().copied().filter(real).collect();
        for (seq, message) in &self.blobs.messages {
            let of_it = own.content.iter();
            let mut of_it = of_it.filter(|(hash, _)| *hash == message.message_hash);
            if epochs.contains(&message.place.epoch)
                || of_it.any(|(_, key)| message.opens_with(key))
            {
                own.open_messages.insert(*seq);
            }
        }
    }
}

fn lock_group(group: GroupId) -> lock::GroupId {
    lock::GroupId::from(*group.as_bytes())
}
