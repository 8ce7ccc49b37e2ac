//! What must hold once everything is at rest (PROTOCOL section 8, invariants 2, 4, 5 and 9).

use std::collections::{BTreeMap, BTreeSet};

use engine::api::{
    Delivery, HistoryChoice, ItemBody, ItemKey, RoomStage, RoomView, TimelineItem, TombstoneCause,
};
use protocol::{
    ids::{AccountId, RoomId, Seq},
    log::Body,
    role::Role,
};
use sha2::{Digest, Sha256};

use super::{
    model_server::RoomRecord,
    person::{Person, Text},
    world::World,
};

/// From after `came` up to and including `went`: the entries that an account may read.
#[derive(Clone, Copy, Debug)]
struct Span {
    came: Seq,
    went: Option<Seq>,
}

impl Span {
    fn holds(&self, seq: Seq) -> bool {
        seq > self.came && self.went.is_none_or(|went| seq <= went)
    }
}

/// When an account was in a room, by the log.
fn spans(room: &RoomRecord, account: AccountId) -> Vec<Span> {
    let mut spans = Vec::new();
    if room.creator() == account {
        spans.push(Span {
            came: Seq::START,
            went: None,
        });
    }
    for (seq, effects) in room.declared() {
        if effects.accounts_out.contains(&account)
            && let Some(span) = spans.last_mut()
        {
            span.went = Some(*seq);
        }
        if effects.accounts_in.contains(&account) {
            spans.push(Span {
                came: *seq,
                went: None,
            });
        }
    }
    spans
}

/// The running log head, computed from what the server keeps.
fn log_head(id: RoomId, room: &RoomRecord) -> [u8; 32] {
    let mut start = Sha256::new();
    start.update(b"secure-chat/1 log");
    start.update(id.get().to_be_bytes());
    start.update(room.group_id().as_bytes());
    let mut head: [u8; 32] = start.finalize().into();
    for entry in room.log() {
        let body = match &entry.body {
            Body::Deleted(deleted) => deleted.body_hash.as_slice().try_into().expect("a hash"),
            body => Sha256::digest(body.canonical().expect("the body is kept")).into(),
        };
        let input = entry.head_input(&body).expect("no push stub");
        let next = Sha256::new()
            .chain_update(head)
            .chain_update(Sha256::digest(input));
        head = next.finalize().into();
    }
    head
}

/// What one account may and must show of a room.
struct Reading {
    shared: bool,
    joined: bool,
    spans: Vec<Span>,
    /// Those of the spans in which the account said yes: an invitation is not read before that.
    accepted: Vec<Span>,
}

impl Reading {
    fn new(room: &RoomRecord, account: AccountId, view: &RoomView) -> Self {
        let spans = spans(room, account);
        let spoke = |span: &Span| {
            room.log().iter().any(|entry| {
                let own = entry.sender == account && span.holds(entry.seq);
                own && matches!(entry.body, Body::Message(_))
            })
        };
        let made = |span: &Span| span.came == Seq::START;
        // Who came by a link wanted to.
        let came_by_link = |span: &Span| {
            let by = room.log().iter().find(|entry| entry.seq == span.came);
            by.is_some_and(|entry| entry.sender == account)
        };
        Self {
            shared: view.history == HistoryChoice::Shared,
            joined: view.stage == RoomStage::Joined,
            accepted: spans
                .iter()
                .copied()
                .filter(|span| made(span) || spoke(span) || came_by_link(span))
                .collect(),
            spans,
        }
    }

    fn may(&self, seq: Seq) -> bool {
        let reaches = |span: &Span| span.went.is_none_or(|went| seq <= went);
        self.spans
            .iter()
            .any(|span| span.holds(seq) || (self.shared && reaches(span)))
    }

    /// Whether the account has been there since then.
    fn stays(&self, seq: Seq) -> bool {
        let mut spans = self.spans.iter();
        spans.any(|span| span.went.is_none() && span.holds(seq))
    }

    fn must(&self, seq: Seq) -> bool {
        (self.joined && self.shared) || self.accepted.iter().any(|span| span.holds(seq))
    }
}

type Roles = BTreeMap<AccountId, Role>;

/// What one person knows of a room that it is in.
struct Seat<'a> {
    person: &'a Person,
    view: RoomView,
    roles: Roles,
}

impl World {
    /// Everything that must hold at rest.
    ///
    /// # Errors
    /// A sentence about the first thing that does not.
    pub(crate) fn check(&self) -> Result<(), String> {
        if let Some(what) = &self.failure {
            return Err(what.clone());
        }
        for (id, room) in self.server.rooms() {
            let told = |what: String| format!("room {id}: {what}");
            self.check_stages(*id, room).map_err(told)?;
            self.check_agreement(*id, room).map_err(told)?;
            self.check_messages(*id, room).map_err(told)?;
            self.check_reports(*id, room).map_err(told)?;
        }
        for person in self.owners() {
            self.check_texts(person)?;
            check_screen(person)?;
            person.twin(self.config)?;
        }
        Ok(())
    }

    /// Whoever still has their device.
    pub(super) fn owners(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| !person.stolen)
    }

    fn check_stages(&self, id: RoomId, room: &RoomRecord) -> Result<(), String> {
        for person in self.owners() {
            let Some(account) = person.account() else {
                continue;
            };
            let name = &person.label;
            let stage = person.engine().room(id).map(|view| view.stage);
            let seated = room.table().roles().contains_key(&account);
            let was_there = !spans(room, account).is_empty();
            let fine = match stage {
                Some(RoomStage::Invited | RoomStage::Joined) => seated,
                // Whoever was away for longer than the next change finds nobody who can confirm it.
                Some(RoomStage::Left | RoomStage::Removed | RoomStage::RemovedUnconfirmed) => {
                    !seated && was_there
                }
                // Who never got to open the invitation before it was over knows nothing of the room.
                None => !seated,
                Some(RoomStage::Suspect) => seated && self.waits_alone(person, id),
                Some(RoomStage::Leaving) => self.waits_alone(person, id),
                // The last device with its keys is lost.
                Some(RoomStage::NotOnThisDevice) => seated && self.is_lost(id),
                Some(_) => false,
            };
            if !fine {
                return Err(format!(
                    "{name} stands at {stage:?}, in the server's table: {seated}"
                ));
            }
        }
        Ok(())
    }

    fn seats(&self, id: RoomId) -> Vec<Seat<'_>> {
        self.owners()
            .filter_map(|person| {
                let view = person.engine().room(id)?;
                let members = person.engine().members(id);
                let roles = members
                    .iter()
                    .map(|member| (member.account, member.role))
                    .collect();
                (view.stage == RoomStage::Joined).then_some(Seat {
                    person,
                    view,
                    roles,
                })
            })
            .collect()
    }

    fn check_agreement(&self, id: RoomId, room: &RoomRecord) -> Result<(), String> {
        let seats = self.seats(id);
        let head = log_head(id, room);
        let table: &Roles = room.table().roles();
        for seat in &seats {
            let name = &seat.person.label;
            if seat.view.last_seq != room.last_seq() {
                let (own, last) = (seat.view.last_seq, room.last_seq());
                return Err(format!("{name} is at {own} of {last}"));
            }
            if seat.view.head != head {
                return Err(format!("{name} has another log head"));
            }
            if seat.roles != *table {
                return Err(format!(
                    "{name} sees {:?}, the table is {table:?}",
                    seat.roles
                ));
            }
        }
        for pair in seats.windows(2) {
            let [one, two] = pair else {
                continue;
            };
            let names = (&one.person.label, &two.person.label);
            if one.view.epoch != two.view.epoch {
                return Err(format!(
                    "{names:?} are in epochs {} and {}",
                    one.view.epoch, two.view.epoch
                ));
            }
            if one.view.authenticator != two.view.authenticator {
                return Err(format!("{names:?} have different epoch authenticators"));
            }
            if (&one.view.name, &one.view.topic) != (&two.view.name, &two.view.topic) {
                return Err(format!("{names:?} read different names or topics"));
            }
        }
        Ok(())
    }

    /// Everybody shows the same message at each place that they may read, and nothing anywhere else.
    fn check_messages(&self, id: RoomId, room: &RoomRecord) -> Result<(), String> {
        let mut said: BTreeMap<Seq, (AccountId, ItemBody)> = BTreeMap::new();
        for person in self.owners() {
            let Some(account) = person.account() else {
                continue;
            };
            let Some(view) = person.engine().room(id) else {
                continue;
            };
            let reading = Reading::new(room, account, &view);
            let shown = person.store.timeline(id);
            for entry in room.log() {
                let item = shown.get(&ItemKey::Logged(entry.seq));
                if self.misdeeds.check(person, entry, item)? {
                    continue;
                }
                if let Some(ItemBody::Notice(notice)) = item.map(|item| &item.body)
                    && is_trouble(notice)
                    && !self.betrayed
                    && self.lies == 0
                {
                    let name = &person.label;
                    return Err(format!("{name} sees {notice:?} at {}", entry.seq));
                }
                let kept = self.reads_all(person, &view);
                // Of a former stay others give no keys to a device that was not there, and the vault may have none.
                let lost = person.came_later && !reading.shared && !reading.stays(entry.seq);
                let (inside, due) = (reading.may(entry.seq), reading.must(entry.seq) && kept);
                let cannot = item.map(|item| &item.body)
                    == Some(&ItemBody::Tombstone(TombstoneCause::DoesNotOpen));
                // What somebody said on a way that all have left is read by nobody else (decision 23).
                let betrayed = self.is_after_betrayal(id, entry.seq);
                let lost = lost || betrayed;
                let body = item.map(|item| &item.body);
                let wrong_epoch = body == Some(&ItemBody::Tombstone(TombstoneCause::WrongEpoch));
                if wrong_epoch && (betrayed || self.misdeeds.is_in_doubt(room.log(), entry)) {
                    continue;
                }
                // Whoever was given a bad bundle speaks to those who are there, and wraps nothing for later ones.
                let unwrapped =
                    matches!(&entry.body, Body::Message(message) if message.history_key.is_none());
                let lost = lost || (self.lies > 0 && unwrapped);
                if !(lost && (cannot || item.is_none())) {
                    check_line(person, entry.seq, &entry.body, item, inside, due)?;
                }
                let (Some(item), Body::Message(_)) = (item, &entry.body) else {
                    continue;
                };
                if matches!(item.body, ItemBody::Tombstone(_)) {
                    continue;
                }
                if item.sender != Some(entry.sender) {
                    return Err(format!(
                        "{} shows another sender at {}",
                        person.label, entry.seq
                    ));
                }
                let known = said
                    .entry(entry.seq)
                    .or_insert_with(|| (entry.sender, item.body.clone()));
                if known.1 != item.body {
                    let name = &person.label;
                    return Err(format!(
                        "{name} reads {:?} at {}, another {:?}",
                        item.body, entry.seq, known.1
                    ));
                }
            }
            if let Some(key) = shown.keys().find(|key| !is_place(room, **key)) {
                return Err(format!(
                    "{} shows {key:?}, which is not in the log",
                    person.label
                ));
            }
        }
        self.check_said(id, &said)
    }

    /// Whether a device reads all that its account may. Where no history is kept, each of several devices reads what it
    /// was there for; and who began anew gets nothing of a room that the account is out of.
    fn reads_all(&self, person: &Person, view: &RoomView) -> bool {
        let account = person.account();
        let homes = self.people.iter().filter(|one| one.account() == account);
        let alone = homes.count() == 1 && !person.came_later;
        match view.history {
            HistoryChoice::None => alone,
            _ => !person.came_later || view.stage == RoomStage::Joined,
        }
    }

    /// Each text stands once, from the person who wrote it.
    fn check_said(
        &self,
        id: RoomId,
        said: &BTreeMap<Seq, (AccountId, ItemBody)>,
    ) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for (seq, (sender, body)) in said {
            let ItemBody::Text(text) = body else {
                continue;
            };
            let mut devices = self
                .people
                .iter()
                .filter(|person| person.account() == Some(*sender));
            let fate = devices.find_map(|person| person.texts.get(text));
            let sent = [Text::Durable(id), Text::Lost(id)];
            if !fate.is_some_and(|fate| sent.contains(fate)) {
                return Err(format!("{text:?} at {seq} was never sent here: {fate:?}"));
            }
            if !seen.insert(text) {
                return Err(format!("{text:?} stands twice, again at {seq}"));
            }
        }
        Ok(())
    }

    /// What is durable at its sender stands in the log, or its sender sees that it failed because it was out.
    fn check_texts(&self, person: &Person) -> Result<(), String> {
        let name = &person.label;
        for (text, fate) in &person.texts {
            let Text::Durable(id) = fate else {
                continue;
            };
            let is_it = |item: &TimelineItem| item.body == ItemBody::Text(text.clone());
            let logged = person
                .store
                .timeline(*id)
                .values()
                .filter(|item| is_it(item))
                .count();
            let drafts = person.engine().drafts(*id);
            let draft = drafts.iter().find(|item| is_it(item));
            // A server that says so is believed as far as the screen can be asked to send it again.
            let was_out = || self.lies > 0 || self.was_ever_out(person, *id);
            match (logged, draft.map(|item| item.delivery)) {
                (1, None) => {}
                (0, Some(Delivery::Failed(_))) if was_out() => {}
                (0, None) if was_out() => {
                    return Err(format!("{name}'s {text:?} vanished when the room was left"));
                }
                other => return Err(format!("{name}'s {text:?} is {other:?} in room {id}")),
            }
        }
        Ok(())
    }

    fn was_ever_out(&self, person: &Person, id: RoomId) -> bool {
        let (Some(room), Some(account)) = (self.server.rooms().get(&id), person.account()) else {
            return false;
        };
        spans(room, account).iter().any(|span| span.went.is_some())
            || room
                .log()
                .iter()
                .any(|entry| entry.sender == account && matches!(entry.body, Body::Proposal(_)))
    }
}

fn is_place(room: &RoomRecord, key: ItemKey) -> bool {
    matches!(key, ItemKey::Logged(seq) if seq <= room.last_seq())
}

fn check_line(
    person: &Person,
    seq: Seq,
    body: &Body,
    item: Option<&TimelineItem>,
    inside: bool,
    due: bool,
) -> Result<(), String> {
    let name = &person.label;
    let message = matches!(body, Body::Message(_));
    match item.map(|item| &item.body) {
        Some(ItemBody::Tombstone(TombstoneCause::BeforeJoin)) if !inside => Ok(()),
        Some(ItemBody::Tombstone(cause)) => Err(format!("{name} cannot read {seq}: {cause:?}")),
        Some(_) if message && !inside => Err(format!("{name} reads {seq} from outside")),
        None if message && due => Err(format!("{name} misses {seq}")),
        _ => Ok(()),
    }
}

/// Notices that have no place among honest people.
fn is_trouble(notice: &engine::api::RoomNotice) -> bool {
    use engine::api::RoomNotice;
    matches!(notice, RoomNotice::RefusedChange | RoomNotice::Checking)
}

/// The screen shows what is durable, line by line.
fn check_screen(person: &Person) -> Result<(), String> {
    for room in person.engine().rooms() {
        let mut durable = person.store.timeline(room.room);
        let drafts = person.engine().drafts(room.room);
        durable.extend(drafts.into_iter().map(|item| (item.key, item)));
        let shown = person.screen.get(&room.room).cloned().unwrap_or_default();
        if shown != durable {
            let keys =
                |lines: &BTreeMap<ItemKey, TimelineItem>| lines.keys().copied().collect::<Vec<_>>();
            let (shown, durable) = (keys(&shown), keys(&durable));
            let name = &person.label;
            return Err(format!(
                "{name}'s screen shows {shown:?}, durable is {durable:?}"
            ));
        }
    }
    Ok(())
}
