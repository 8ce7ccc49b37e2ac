//! What a bad member does, one rule at a time, and what the checks know of it afterwards.

use std::collections::{BTreeMap, BTreeSet};

use engine::{
    api::{ItemKey, TimelineItem, TombstoneCause},
    hostile::{BadCommit, BadFile, BadMessage},
};
use protocol::{
    call::{Call, Reply},
    error::{ErrorBody, ErrorCode},
    ids::{AccountId, RoomId, Seq},
    log::{Body, Entry},
};

use super::{
    canary::MARKER,
    faults::pick,
    model_server::Origin,
    person::{Person, Text, Who},
    world::World,
};

/// One rule that a member breaks past every check of its own program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    Commit(BadCommit),
    Message(BadMessage),
    File(BadFile),
}

impl Broken {
    /// All of them but two. A counter that is used again: who came after its first use sees no second one, and shows it.
    /// And a commit without the membership tag: the device that made it takes it for that of a thief of its keys.
    pub(crate) fn all() -> Vec<Self> {
        let commits = BadCommit::ALL.into_iter();
        let commits = commits.filter(|rule| *rule != BadCommit::MembershipTag);
        let commits = commits.map(Self::Commit);
        let messages = BadMessage::ALL.into_iter();
        let messages = messages.filter(|rule| *rule != BadMessage::ReusedCounter);
        let messages = messages.map(Self::Message);
        let files = BadFile::ALL.into_iter().map(Self::File);
        commits.chain(messages).chain(files).collect()
    }
}

/// What became of a bad line: shown as not readable, or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nobody reads it.
    Unread,
    /// It is what its author wanted to say.
    Read,
    /// It is not what our program says.
    Anything,
}

/// All that was done.
#[derive(Default)]
pub(crate) struct Misdeeds {
    /// How many rules were broken.
    pub(crate) count: usize,
    lines: BTreeMap<(RoomId, Seq), Fate>,
    /// Commits that everybody refuses.
    commits: BTreeSet<(RoomId, Seq)>,
    /// Who has sworn to a log that is not so.
    perjurers: BTreeSet<AccountId>,
}

impl Misdeeds {
    /// What is to become of a line, if a bad member or the server put it there.
    pub(crate) fn fate(&self, room: RoomId, seq: Seq) -> Option<Fate> {
        self.lines.get(&(room, seq)).copied()
    }

    /// Notes a line.
    pub(crate) fn note(&mut self, room: RoomId, seq: Seq, fate: Fate) {
        self.lines.insert((room, seq), fate);
    }

    /// Whether those who come later cannot know that a line is in its place (decision 48): behind a commit that came to
    /// nothing, and before the one that counted, by which its author went out.
    pub(crate) fn is_in_doubt(&self, log: &[Entry], line: &Entry) -> bool {
        let refused = |entry: &Entry| self.commits.contains(&(entry.room_id, entry.seq));
        let mut commits = log.iter().filter_map(|entry| match &entry.body {
            Body::Commit(commit) => Some((entry, commit)),
            _ => None,
        });
        let before = commits
            .clone()
            .take_while(|(entry, _)| entry.seq < line.seq);
        let after = commits.find(|(entry, _)| entry.seq > line.seq && !refused(entry));
        before.last().is_some_and(|(entry, _)| refused(entry))
            && after.is_some_and(|(_, commit)| commit.effects.accounts_out.contains(&line.sender))
    }

    /// Whether somebody's word about the log is known to be false.
    pub(crate) fn has_sworn_falsely(&self, account: AccountId) -> bool {
        self.perjurers.contains(&account)
    }

    /// Whether a line of somebody's is as it must be: nobody shows what its author could not say.
    pub(crate) fn check(
        &self,
        person: &Person,
        entry: &Entry,
        item: Option<&TimelineItem>,
    ) -> Result<bool, String> {
        use engine::api::ItemBody;
        match self.fate(entry.room_id, entry.seq) {
            None | Some(Fate::Read) => Ok(false),
            // The story looks for itself.
            Some(Fate::Anything) => Ok(true),
            Some(Fate::Unread) => match item.map(|item| &item.body) {
                None | Some(ItemBody::Tombstone(_)) => Ok(true),
                Some(body) => {
                    let (name, seq) = (&person.label, entry.seq);
                    Err(format!(
                        "{name} shows at {seq} what nobody could say: {body:?}"
                    ))
                }
            },
        }
    }
}

/// What everybody who is there shows in the place of a bad message.
pub(crate) fn shown_cause(rule: BadMessage) -> Option<TombstoneCause> {
    match rule {
        BadMessage::NoMls | BadMessage::Size | BadMessage::NewerVersion | BadMessage::Padding => {
            Some(TombstoneCause::Malformed)
        }
        BadMessage::Cipher | BadMessage::WrongWrapKey => Some(TombstoneCause::DoesNotOpen),
        BadMessage::OtherEpoch => Some(TombstoneCause::WrongEpoch),
        BadMessage::ReusedCounter => Some(TombstoneCause::Replayed),
        BadMessage::WrongHash
        | BadMessage::HashOfAnother
        | BadMessage::TwoTexts
        | BadMessage::OtherRoom
        | BadMessage::OtherGroup
        | BadMessage::OtherClientId
        | BadMessage::OtherSender
        | BadMessage::Signature
        | BadMessage::ReplayedPayload => Some(TombstoneCause::Mismatch),
        BadMessage::ForgedSeen | BadMessage::SeenAhead | BadMessage::OtherTranscript => None,
    }
}

impl World {
    /// Somebody breaks a rule. `None` where there is nothing to break it with; else the place in the log, for what has one,
    /// or why the server did not take it.
    pub(crate) fn breaks(
        &mut self,
        who: Who,
        room: RoomId,
        broken: Broken,
    ) -> Option<Result<Option<Seq>, ErrorCode>> {
        let text = format!("{MARKER} believe me, {broken:?} at {}", self.now);
        let heard = self.heard_by(who, room);
        let person = &mut self.people[who.0];
        let engine = person.engine.as_mut().expect("somebody who is there");
        let rng = &mut person.rng;
        let call = match broken {
            Broken::Commit(rule) => {
                Call::Commit(room, Box::new(engine.break_rule(room, rule, rng)?))
            }
            Broken::Message(rule) => {
                let heard = heard.map(|entry| (person.store.kept(room, entry.seq), entry));
                let heard = heard.as_ref().map(|(kept, entry)| (entry, kept));
                let (message, batch) = engine.break_message(room, rule, &text, heard, rng)?;
                person.store.apply(batch);
                Call::SendMessage(Box::new(message))
            }
            Broken::File(rule) => Call::RepairSide(room, Box::new(engine.poison(room, rule, rng)?)),
        };
        let answer = self.posts(who, call);
        if answer.is_ok() {
            self.misdeeds.count += 1;
            // Others may see that something was refused.
            self.betrayed |= matches!(broken, Broken::Commit(_));
        }
        Some(answer.inspect(|seq| match (seq, broken) {
            (Some(seq), Broken::Message(rule)) => {
                self.note_message(who, room, *seq, rule, text);
            }
            (Some(seq), Broken::Commit(_)) => {
                self.misdeeds.commits.insert((room, *seq));
            }
            _ => {}
        }))
    }

    /// Somebody says, by all rules of the seal, what no program of ours says: content of any kind. Gives its place.
    pub(crate) fn says_anything(
        &mut self,
        who: Who,
        room: RoomId,
        kind: u16,
        content: &[u8],
    ) -> Seq {
        let person = &mut self.people[who.0];
        let engine = person.engine.as_mut().expect("somebody who is there");
        let said = engine.say_anything(room, kind, content, &mut person.rng);
        let (message, batch) = said.expect("a member");
        person.store.apply(batch);
        let seq = self.posts(who, Call::SendMessage(Box::new(message)));
        let seq = seq.expect("it is in step").expect("a place");
        self.misdeeds.count += 1;
        self.misdeeds.note(room, seq, Fate::Anything);
        seq
    }

    fn note_message(&mut self, who: Who, room: RoomId, seq: Seq, rule: BadMessage, text: String) {
        let unread = shown_cause(rule).is_some();
        let fate = if unread { Fate::Unread } else { Fate::Read };
        self.misdeeds.note(room, seq, fate);
        let person = &mut self.people[who.0];
        if rule.alarms() {
            let account = person.account().expect("an account");
            self.misdeeds.perjurers.insert(account);
        }
        if !unread {
            person.texts.insert(text, Text::Lost(room));
        }
    }

    /// The last message of somebody else that this device reads.
    fn heard_by(&self, who: Who, room: RoomId) -> Option<Entry> {
        let person = self.person(who);
        let log = self.server.rooms().get(&room)?.log().iter().rev();
        let mut others = log.filter(|entry| {
            let message = matches!(entry.body, Body::Message(_));
            let line = person.store.item(room, ItemKey::Logged(entry.seq));
            message
                && Some(entry.sender) != person.account()
                && line.is_some_and(|line| line.sender == Some(entry.sender))
                && person.store.kept(room, entry.seq).key.is_some()
        });
        others.next().cloned()
    }

    fn posts(&mut self, who: Who, call: Call) -> Result<Option<Seq>, ErrorCode> {
        match self.calls(who, call) {
            Ok(Reply::Receipt(receipt)) => Ok(Some(receipt.seq)),
            Ok(_) => Ok(None),
            Err(body) => Err(body.code),
        }
    }

    /// A call that is no engine's, under somebody's session.
    pub(crate) fn calls(&mut self, who: Who, call: Call) -> Result<Reply, ErrorBody> {
        let engine = self.person(who).engine.as_ref();
        let token = engine.and_then(engine::Engine::session_token);
        let origin = Origin {
            token: token.map(str::to_owned),
            connection: None,
        };
        let now = self.server_time();
        let answer = self.server.call(&origin, call, now);
        self.flush_pushes();
        answer
    }

    /// One of those who are there breaks some rule, if there is one that it can break, and goes on as before.
    pub(crate) fn some_device_breaks_a_rule(&mut self) {
        let Some((who, room)) = self.somebody_in_company(1) else {
            return;
        };
        let all = Broken::all();
        let broken = *pick(&mut self.rng, &all).expect("some");
        let label = self.person(who).label.clone();
        let done = self.breaks(who, room, broken);
        self.trace.line(self.now, &label, || {
            format!("BREAKS {broken:?} in {room}: {done:?}")
        });
    }

    /// A bad file in the place of the one that goes with the next commit of this device that has such a file.
    pub(crate) fn spoilt(&mut self, who: Who, call: Call) -> Call {
        let person = &mut self.people[who.0];
        let (Some(rule), Call::Commit(room, mut request)) = (person.spoils, call.clone()) else {
            return call;
        };
        let engine = person.engine.as_ref().expect("somebody who is there");
        if !engine.spoil(room, &mut request, rule, &mut person.rng) {
            return call;
        }
        person.spoils = None;
        self.misdeeds.count += 1;
        Call::Commit(room, request)
    }
}
