//! An external commit that no honest program makes, by somebody who holds a link (PROTOCOL section 4).

use e2ee::hostile::{self, BadEntry};
use protocol::{
    ids::RoomId,
    log::{Effects, Entry},
    rest::{CommitRequest, Entrance, LinkPass},
};
use rand_core::CryptoRngCore;

use super::{Arrival, Found, Way, seat::thresholds};
use crate::{api::LinkText, engine::Engine, hostile::posted, links::LinkKey};

impl Engine {
    /// What opens the entrance of a link's room.
    #[must_use]
    pub fn show_link(link: &LinkText) -> Option<(RoomId, LinkPass)> {
        let key = LinkKey::read(link).ok()?;
        let room = key.room;
        let arrival = Arrival::new(Way::Link(Box::new(key), link.clone()), false, None);
        Some((room, arrival.pass()?))
    }

    /// A commit by which this device would come in, with one rule broken, from what the server gives whoever shows the
    /// link's token: the entrance, and commits and proposals since its tree.
    pub fn break_entry(
        &self,
        link: &LinkText,
        entrance: Entrance,
        entries: Vec<Entry>,
        rule: BadEntry,
        mut rng: &mut dyn CryptoRngCore,
    ) -> Option<CommitRequest> {
        let home = self.home.as_ref()?;
        let key = LinkKey::read(link).ok()?;
        let room = key.room;
        let arrival = Arrival::new(Way::Link(Box::new(key), link.clone()), false, None);
        let found = Found {
            entrance,
            entries,
            more: false,
        };
        let keys = self.granted(&arrival, &found).ok()??.room_keys();
        let (door, tree) = thresholds(room, &found, &keys).next()?;
        let commit = hostile::enter(&home.device, &door, &tree, rule, &mut rng)?;
        let mut request = posted(found.entrance.handshake_seq, commit, rng);
        request.link = arrival.pass();
        request.effects = Effects {
            accounts_in: vec![crate::convert::account_out(home.device.account())],
            ..Effects::default()
        };
        Some(request)
    }
}
