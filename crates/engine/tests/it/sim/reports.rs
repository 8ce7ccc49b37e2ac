//! Invariant 6 (PROTOCOL section 8): every message that is shown verifies as a report, and no changed one does.

use engine::api::{ItemBody, ItemKey, ReportKey, verify_report};
use protocol::{
    ids::RoomId,
    log::{Body, Entry},
};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore as _, SeedableRng as _};

use super::{model_server::RoomRecord, person::Person, world::World};

/// Where in a report something stands: its name and a byte of it.
const FIELDS: [(&str, usize); 7] = [
    ("group", 2),
    ("epoch", 25),
    ("key", 30),
    ("room", 65),
    ("seq", 73),
    ("sender", 75),
    ("time", 114),
];

impl World {
    /// Makes a report of each message that somebody shows, as its engine does, and reads it as a stranger. Of those who show
    /// the same one, one does and by chance others: the rest only hold what opens it the same way.
    pub(super) fn check_reports(&self, id: RoomId, room: &RoomRecord) -> Result<(), String> {
        let key = ReportKey::parse(&self.server.report_key_bytes()).ok_or("the key is none")?;
        let mut rng = ChaCha20Rng::seed_from_u64(id.get());
        let messages = room.log().iter();
        for entry in messages.filter(|entry| matches!(entry.body, Body::Message(_))) {
            let mut opened = None;
            for person in self.owners() {
                let told = |what| format!("{} at {}: {what}", person.label, entry.seq);
                let Some(line) = self.shown_key(person, entry).map_err(told)? else {
                    continue;
                };
                if opened.as_ref() == Some(&line) && !rng.next_u32().is_multiple_of(8) {
                    continue;
                }
                self.check_report(person, entry, &key, &mut rng)
                    .map_err(told)?;
                opened = Some(line);
            }
        }
        Ok(())
    }

    fn check_report(
        &self,
        person: &Person,
        entry: &Entry,
        key: &ReportKey,
        rng: &mut ChaCha20Rng,
    ) -> Result<(), String> {
        let (room, seq) = (entry.room_id, entry.seq);
        let item = person
            .store
            .item(room, ItemKey::Logged(seq))
            .ok_or("gone")?;
        let kept = person.store.kept(room, seq);
        let attestation = self.server.attestation(entry.clone());
        let report = match person.engine().make_report(room, seq, &kept, &attestation) {
            Ok(report) => report,
            Err(refusal) => return Err(format!("no report: {refusal}")),
        };
        let shown = verify_report(&report, Some(key)).map_err(|failure| failure.sentence)?;
        let (said, proved) = (
            (item.sender, item.device, item.time, &item.body),
            (
                Some(shown.account),
                Some(shown.device),
                shown.sent,
                &shown.body,
            ),
        );
        let place = (shown.room, shown.seq, shown.logged);
        if said != proved || place != (room, seq, entry.timestamp) {
            return Err(format!("the report shows {shown:?}"));
        }
        let mut changed = report.to_vec();
        let at = rng.next_u32() as usize;
        let (what, at) = match rng.next_u32() % 2 {
            0 => FIELDS[at % FIELDS.len()],
            _ => ("some byte", at % changed.len()),
        };
        changed[at] ^= 1 << (rng.next_u32() % 8);
        match verify_report(&changed, Some(key)) {
            Ok(_) => Err(format!("its report holds with {what} changed, at {at}")),
            Err(_) => Ok(()),
        }
    }

    /// What opens the message that somebody shows there; none if nothing is shown, and then nothing may be kept.
    fn shown_key(&self, person: &Person, entry: &Entry) -> Result<Option<Vec<u8>>, String> {
        let item = person.store.item(entry.room_id, ItemKey::Logged(entry.seq));
        let shown = item.is_some_and(|item| !matches!(item.body, ItemBody::Tombstone(_)));
        // What a device said on a way that the room left is known to it by what it sealed, and opens no more.
        let own = person.engine().account();
        let own = own.is_some_and(|own| entry.device == Some(own.device));
        match (shown, person.store.kept(entry.room_id, entry.seq).key) {
            (true, Some(key)) => Ok(Some(key.to_vec())),
            (false, None) => Ok(None),
            (true, None) if own && self.betrayed => Ok(None),
            (true, None) => Err("the key of a shown message was not kept".to_owned()),
            (false, Some(_)) => Err("a key is kept of what is not shown".to_owned()),
        }
    }
}
