//! What becomes of what crosses. All that a server says has a name: an answer that of its request's first line, an
//! acknowledgement `ack` and its event's, what is said unasked `push` and its event's.

use std::sync::mpsc::Sender;

use protocol::{
    error::ErrorCode,
    events::{History, name},
    ids::RoomId,
    log::Entry,
    rest::Handshakes,
};
use serde::{Serialize, de::DeserializeOwned};

/// What happens to a request that never reaches the server.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// It is refused with this code.
    Refuse(ErrorCode),
    /// It is answered with these bytes.
    Answer(Vec<u8>),
    /// The connection ends without an answer.
    Hang,
}

/// From what the server says to what the client is told: nothing, or more than one thing.
type Change = Box<dyn FnMut(&str) -> Vec<String> + Send>;
/// The same for an entry of a log, wherever it is told.
type LogChange = Box<dyn FnMut(Entry) -> Vec<Entry> + Send>;

/// All rules. Without any everything passes.
#[derive(Default)]
pub(super) struct Rules {
    acts: Vec<(String, Act)>,
    changes: Vec<(String, Change)>,
    /// The same for what clients say.
    misheard: Vec<(String, Change)>,
    log: Vec<LogChange>,
    /// After each thing of this name the client hears these events too.
    also: Vec<(String, Vec<String>)>,
    hold: Option<Hold>,
}

/// A page of a room's log that waits until an entry has passed.
struct Hold {
    /// The room, as packets name it.
    room: String,
    waits: Sender<()>,
    kept: Vec<String>,
}

impl Rules {
    pub(super) fn act(&mut self, request: &str, act: Act) {
        self.acts.push((request.to_owned(), act));
    }

    /// The first rule that fits a request.
    pub(super) fn act_of(&self, head: &str) -> Option<Act> {
        let found = self.acts.iter().find(|(name, _)| head.contains(name));
        found.map(|(_, act)| act.clone())
    }

    /// What does not read as a `T` (an error, say) is told as it is.
    pub(super) fn change<T: DeserializeOwned + Serialize>(
        &mut self,
        what: &str,
        change: impl FnMut(T) -> Vec<T> + Send + 'static,
    ) {
        self.changes.push((what.to_owned(), read_as(change)));
    }

    pub(super) fn mishear<T: DeserializeOwned + Serialize>(
        &mut self,
        request: &str,
        change: impl FnMut(T) -> Vec<T> + Send + 'static,
    ) {
        self.misheard.push((request.to_owned(), read_as(change)));
    }

    /// What the server hears in place of what a client says.
    pub(super) fn hear(&mut self, request: &str, mut body: Vec<u8>) -> Vec<u8> {
        for (name, change) in &mut self.misheard {
            let text = std::str::from_utf8(&body).unwrap_or_default();
            if request.contains(name.as_str())
                && let Some(text) = change(text).into_iter().next()
            {
                body = text.into_bytes();
            }
        }
        body
    }

    pub(super) fn change_log(&mut self, change: impl FnMut(Entry) -> Vec<Entry> + Send + 'static) {
        self.log.push(Box::new(change));
    }

    pub(super) fn also(&mut self, after: &str, events: Vec<String>) {
        self.also.push((after.to_owned(), events));
    }

    pub(super) fn said_after(&self, what: &str) -> Vec<String> {
        let fits = self.also.iter().filter(|(after, _)| what.contains(after));
        fits.flat_map(|(_, events)| events.clone()).collect()
    }

    /// The next page of this room's log waits for the next entry; whoever is told knows that it waits.
    pub(super) fn hold_page(&mut self, room: RoomId, waits: Sender<()>) {
        self.hold = Some(Hold {
            room: format!("\"room_id\":{}", room.get()),
            waits,
            kept: Vec::new(),
        });
    }

    /// What goes out now, of packets of this name.
    pub(super) fn in_order(&mut self, what: &str, mut packets: Vec<String>) -> Vec<String> {
        let Some(hold) = &mut self.hold else {
            return packets;
        };
        if !packets.iter().any(|packet| packet.contains(&hold.room)) {
            return packets;
        }
        if hold.kept.is_empty() && what == format!("ack {}", name::ROOM_HISTORY) {
            hold.kept = packets;
            // The story may not care.
            let _ = hold.waits.send(());
            return Vec::new();
        }
        if !hold.kept.is_empty() && what == format!("push {}", name::NEW_MESSAGE) {
            packets.append(&mut hold.kept);
            self.hold = None;
        }
        packets
    }

    /// What is told in place of one thing that the server says.
    pub(super) fn tell(&mut self, what: &str, text: &str) -> Vec<String> {
        let mut told = self.tell_log(what, text);
        for (name, change) in &mut self.changes {
            if what.contains(name.as_str()) {
                told = told.iter().flat_map(|text| change(text)).collect();
            }
        }
        told
    }

    fn tell_log(&mut self, what: &str, text: &str) -> Vec<String> {
        let as_it_is = vec![text.to_owned()];
        if self.log.is_empty() {
            return as_it_is;
        }
        if what == format!("push {}", name::NEW_MESSAGE) {
            let Ok(entry) = serde_json::from_str(text) else {
                return as_it_is;
            };
            return self.retold(vec![entry]).iter().map(written).collect();
        }
        if what == format!("ack {}", name::ROOM_HISTORY)
            && let Ok(mut history) = serde_json::from_str::<History>(text)
        {
            history.entries = self.retold(history.entries);
            return vec![written(&history)];
        }
        if what.contains("/handshakes")
            && let Ok(mut page) = serde_json::from_str::<Handshakes>(text)
        {
            page.entries = self.retold(page.entries);
            return vec![written(&page)];
        }
        if what.contains("/entries/")
            && let Ok(entry) = serde_json::from_str(text)
        {
            return self.retold(vec![entry]).iter().map(written).collect();
        }
        as_it_is
    }

    fn retold(&mut self, mut entries: Vec<Entry>) -> Vec<Entry> {
        for change in &mut self.log {
            entries = entries.into_iter().flat_map(&mut *change).collect();
        }
        entries
    }
}

fn read_as<T: DeserializeOwned + Serialize>(
    mut change: impl FnMut(T) -> Vec<T> + Send + 'static,
) -> Change {
    Box::new(move |text: &str| match serde_json::from_str(text) {
        Ok(value) => change(value).iter().map(written).collect(),
        Err(_) => vec![text.to_owned()],
    })
}

pub(super) fn written<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}
