//! What the tabs of one browser say to each other. Nobody outside of the origin hears it.
//!
//! A [`Parcel`] is of one form (CBOR) for ever, so that every version of the page can read it as far as the version, and what
//! is in it is read by the same version only.

use client::engine::api::Ticket;
use protocol::{error::ErrorCode, ids::RoomId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::wire::{Tell, Trouble, Wish};

/// Name of the channel, the same for every version of the page.
pub const NAME: &str = "secure-chat";

/// A tab, by a number that it drew at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tab(pub [u8; 16]);

/// Which page a tab shows, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// By the content of its code.
    pub version: String,
    /// When it was opened, in milliseconds since 1970.
    pub since: u64,
}

/// What goes over the channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// The sender's page, as in [`Edition`].
    pub version: String,
    /// When it was opened, as there.
    pub since: u64,
    /// The sender.
    pub from: Tab,
    /// For whom; for everybody, if for nobody.
    pub to: Option<Tab>,
    /// A [`Word`] as CBOR.
    #[serde(with = "serde_bytes")]
    pub word: Vec<u8>,
}

/// What one tab says to another.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// A tab is there and asks who the owner is.
    Hello,
    /// The sender is.
    Owner,
    /// To the owner: tell me everything, from now on.
    Join(Shown),
    /// To the owner: what is on my screen.
    Show(Shown),
    /// To the owner: what the person wants.
    Wish(Wanted),
    /// To the owner: the person agreed to begin anew on this device.
    Erase,
    /// From the owner: what opens the store where it has a passphrase, so that another tab can go on at once.
    Key(Option<ByteBuf>),
    /// From the owner.
    Tell(Tell),
}

/// The room on a screen, and how many of its last lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shown {
    /// Which, if one is.
    pub room: Option<RoomId>,
    /// How many.
    pub count: usize,
}

/// A wish on its way to the owner.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Its number in its tab.
    pub number: u64,
    /// What.
    pub wish: Wish,
    /// By this the owner knows a repetition of what it, or the owner before it, has done.
    pub ticket: Option<Ticket>,
    /// It was given to an owner before, who was gone before it answered.
    pub again: bool,
}

/// What to make of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// The same page: read it.
    Same,
    /// An older page: leave it unread, and let that tab hear of this one.
    Older,
    /// A newer page: this tab is to be reloaded.
    Newer,
}

impl Edition {
    /// Of two pages the one that was opened last is what the server gives out today.
    pub fn meets(&self, parcel: &Parcel) -> Meeting {
        if self.version == parcel.version {
            Meeting::Same
        } else if self.since > parcel.since {
            Meeting::Older
        } else {
            Meeting::Newer
        }
    }
}

/// For the person in front of an older page.
pub fn updated() -> Trouble {
    Trouble {
        code: ErrorCode::UpgradeRequired,
        sentence: "Secure Chat was updated: reload this tab.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use client::engine::cbor;

    use super::*;

    fn form(value: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        cbor::write(value, &mut bytes).unwrap();
        bytes
    }

    fn parcel(version: &str, since: u64) -> Parcel {
        Parcel {
            version: version.to_owned(),
            since,
            from: Tab([7; 16]),
            to: None,
            word: form(&Word::Hello),
        }
    }

    #[test]
    fn of_two_pages_the_older_one_is_to_be_reloaded() {
        let edition = Edition {
            version: "b".to_owned(),
            since: 5,
        };
        assert_eq!(edition.meets(&parcel("b", 9)), Meeting::Same);
        assert_eq!(edition.meets(&parcel("a", 4)), Meeting::Older);
        assert_eq!(edition.meets(&parcel("c", 6)), Meeting::Newer);
    }

    #[test]
    fn a_parcel_is_of_one_form_for_ever() {
        let mut bytes = b"\xa5\x67version\x6dweb.0123.wasm\x65since\x05\x64from\x90".to_vec();
        bytes.extend([7; 16]);
        bytes.extend(b"\x62to\xf6\x64word\x46\x65Hello");
        let parcel = parcel("web.0123.wasm", 5);
        assert_eq!(form(&parcel), bytes);
        assert_eq!(cbor::read::<Parcel>(&bytes).unwrap(), parcel);
    }
}
