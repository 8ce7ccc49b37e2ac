//! A further device of an account is news: to its other devices until somebody has looked, and to its rooms.

use engine::api::{Command, HistoryChoice, ItemBody, RoomNotice};
use protocol::ids::{DeviceId, RoomId};

use super::{ALICE, BOB};
use crate::sim::{person::Who, world::World};

impl World {
    fn news(&self, who: Who) -> Vec<DeviceId> {
        let news = self.person(who).engine().new_devices();
        news.into_iter().map(|news| news.device).collect()
    }

    pub(super) fn notices(&self, who: Who, room: RoomId) -> Vec<RoomNotice> {
        let items = self.person(who).screen.get(&room).into_iter().flatten();
        items
            .filter_map(|(_, item)| match &item.body {
                ItemBody::Notice(notice) => Some(notice.clone()),
                _ => None,
            })
            .collect()
    }

    fn restarts(&mut self, who: Who) {
        self.crash(who);
        self.rest();
    }
}

#[test]
fn a_new_device_is_told_to_the_others_until_somebody_has_looked() {
    let mut world = World::people(1);
    let laptop = world.further(99);
    let device = world.device(laptop);
    assert_eq!(world.news(ALICE), [device]);
    assert_eq!(world.person(ALICE).told, [device]);
    // To the newcomer the first device is no news.
    assert!(world.news(laptop).is_empty());
    world.restarts(ALICE);
    assert_eq!(world.news(ALICE), [device]);
    let devices = vec![device];
    world.does(ALICE, Command::AcknowledgeDevices { devices });
    assert!(world.news(ALICE).is_empty());
    world.restarts(ALICE);
    assert!(world.news(ALICE).is_empty());
    assert_eq!(world.person(ALICE).told, [device]);
}

#[test]
fn a_device_that_was_off_is_told_when_it_comes_back() {
    let mut world = World::people(1);
    world.offline(ALICE);
    let laptop = world.logs_in_further(99);
    world.run(60_000);
    assert!(world.news(ALICE).is_empty());
    world.rest();
    assert_eq!(world.news(ALICE), [world.device(laptop)]);
}

#[test]
fn a_server_that_hides_a_device_cannot_hide_it_in_a_room() {
    let mut world = World::people(2);
    let room = world.room_of(HistoryChoice::SinceJoin, &[BOB]);
    world.server.hides_new_devices = true;
    let laptop = world.further(99);
    let device = world.device(laptop);
    assert_eq!(world.news(ALICE), [device]);
    let alice = world.person(ALICE).account().unwrap();
    for who in [ALICE, BOB, laptop] {
        let added = RoomNotice::DeviceAdded(alice);
        assert!(world.notices(who, room).contains(&added), "{who:?}");
    }
}

#[test]
fn a_device_that_was_revoked_is_news_no_more() {
    let mut world = World::people(1);
    let laptop = world.further(99);
    let revoke = world.revoking(ALICE, &[laptop]);
    world.is_stolen(laptop);
    world.does(ALICE, revoke);
    assert!(world.news(ALICE).is_empty());
}
