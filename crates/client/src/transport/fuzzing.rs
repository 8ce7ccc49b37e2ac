//! What a server sends, as the two roads read it.

use engine::{api::CallError, json};
use protocol::{call::Call, error::ErrorBody, events::*, log::Entry, rest::*};
use serde::de::DeserializeOwned;

use super::{plan, socketio};

/// A frame of the connection, and what is in it.
pub(crate) fn frame(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(socketio::reads)
}

/// A type of answers: its name, and whether it takes this JSON.
type Answer = (&'static str, fn(&str) -> bool);

macro_rules! answers {
    ($($name:ident)*) => {
        &[$((stringify!($name), like_serde::<$name>)),*]
    };
}

/// Everything that answers a call.
const ANSWERS: &[Answer] = answers! {
    Account ClaimedKeyPackages Devices Entrance Entry ErrorBody Handshakes History JoinedRoom KeyPackageCount Links
    LoginFinished LoginStarted Mailbox Members Readmissions Receipt RegisterStarted Reset Room Rooms RootBoxes ServerInfo
    Session SideFiles VaultItem VaultListing
};

/// The name of an answer's type, a space, and its text; `Done` is the answer with nothing in it.
pub(crate) fn answer(bytes: &[u8]) -> bool {
    let Some((name, text)) = text(bytes).and_then(|text| text.split_once(' ')) else {
        return false;
    };
    if name == "Done" {
        return done(text);
    }
    let of = ANSWERS.iter().find(|(of, _)| *of == name);
    of.is_some_and(|(_, reader)| reader(text))
}

fn done(text: &str) -> bool {
    let Ok(plan) = plan::Plan::of(&Call::Logout) else {
        return false;
    };
    let read = plan::read(text, plan.read);
    matches!(read, Ok(_) | Err(CallError::Refused(_)))
}

/// The detour that makes the code small reads nothing that the straight way does not, and nothing else from it.
fn like_serde<T: DeserializeOwned + PartialEq>(text: &str) -> bool {
    let Ok(ours) = json::read::<T>(text) else {
        return false;
    };
    let theirs = serde_json::from_str::<T>(text);
    assert!(theirs.is_ok_and(|theirs| theirs == ours), "another value");
    true
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
