//! Ways in that lead elsewhere, or nowhere.

use protocol::rest::{Entrance, Handshakes, MailBody, Mailbox, Rooms, SideFiles};

use super::{kept, says};
use crate::{
    liar::Liar,
    world::{PASSWORD, Person, World},
};

/// The link, at the address at which somebody knows the server.
fn link_for(person: &Person, maker: &Person, room: &str) -> String {
    let link = maker.ok(&["room", "link", room]);
    link.replace(&maker.url, &person.url)
}

/// Attacks 8 and 36: the entrance of another room, and one of which a part is another's or nothing at all.
#[test]
fn a_link_leads_into_its_own_room_or_nowhere() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let carol = server.guest(&world, "carol");
    let tea = alice.room_with("Tea", &[], &[&bob]);
    let coffee = bob.room_with("Coffee", &[], &[&alice]);
    let link = link_for(&carol, &alice, &tea);
    let other: SideFiles = kept(&world.url, &bob, &format!("/api/rooms/{coffee}/side"));
    let join = ["room", "join", &link];
    let lies: [fn(&mut Entrance, &SideFiles); 5] = [
        |entrance, _| entrance.grant = None,
        |entrance, _| entrance.grant.as_mut().unwrap().0[30] ^= 1,
        |entrance, other| entrance.doors.clone_from(&other.doors),
        |entrance, other| entrance.tree.clone_from(&other.tree),
        |entrance, _| entrance.doors.clear(),
    ];
    for (at, lie) in lies.into_iter().enumerate() {
        let other = other.clone();
        server.lies("/enter ", move |entrance| lie(entrance, &other));
        let (status, code) = carol.fails(&join);
        let known = ["BAD_ANSWER", "BAD_LINK", "LINK_ASLEEP"];
        assert!(
            known.contains(&code.as_str()),
            "lie {at}: {code} ({status})"
        );
        assert_eq!(alice.members(&tea).len(), 2, "lie {at}");
        server.behaves();
    }
    // What only helps to read is doubted, and does not keep her out.
    server.lies("/enter ", move |entrance: &mut Entrance| {
        entrance.state.clone_from(&other.state);
        entrance.roster.clone_from(&other.roster);
    });
    carol.ok(&join);
    server.behaves();
    says(&alice, &tea, "welcome");
    assert_eq!(carol.texts(&tea), ["alice: welcome"]);
    assert_eq!(carol.room_field(&tea, "name"), "Tea");
    assert_eq!(carol.members(&tea), alice.members(&tea));
}

/// Attack 8: the room as it was, before somebody was removed from it.
#[test]
fn an_entrance_of_yesterday_lets_nobody_into_yesterdays_room() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let carol = server.guest(&world, "carol");
    let room = alice.room_with("Tea", &[], &[&bob]);
    let link = link_for(&carol, &alice, &room);
    let before: SideFiles = kept(&world.url, &alice, &format!("/api/rooms/{room}/side"));
    for topic in ["Green", "Black", "White"] {
        alice.ok(&["room", "topic", &room, topic]);
    }
    let yesterday = before.clone();
    server.lies("/enter ", move |entrance: &mut Entrance| {
        entrance.doors.clone_from(&yesterday.doors);
    });
    assert_eq!(carol.fails(&["room", "join", &link]).1, "LINK_ASLEEP");
    server.behaves();
    // Without the commits since, the old door fits the old tree: the log does not take what comes through it.
    server.lies("/enter ", move |entrance: &mut Entrance| {
        entrance.doors.clone_from(&before.doors);
        entrance.tree.clone_from(&before.tree);
        entrance.handshake_seq = before.tree.seq;
    });
    server.lies("/handshakes ", |page: &mut Handshakes| page.entries.clear());
    std::thread::scope(|scope| {
        let joins = scope.spawn(|| carol.run(&["room", "join", &link]));
        crate::patience::until(|| (server.has_heard("/commits ") > 1).then_some(()));
        assert_eq!(alice.members(&room).len(), 2);
        // She goes on looking, and what she finds counts.
        server.behaves();
        let ran = joins.join().unwrap();
        assert_eq!(ran.status, 0, "{}", ran.err);
    });
    says(&alice, &room, "welcome");
    assert_eq!(carol.texts(&room), ["alice: welcome"]);
    assert_eq!(carol.room_field(&room, "topic"), "White");
}

/// Attack 8: a device that comes back is not led behind what its account has seen.
#[test]
fn a_further_device_is_not_led_into_an_older_room() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice, bob] = world.people(["alice", "bob"]);
    let room = alice.room_with("Tea", &[], &[&bob]);
    let before: SideFiles = kept(&world.url, &bob, &format!("/api/rooms/{room}/side"));
    let rooms: Rooms = kept(&world.url, &bob, "/api/rooms");
    let end = rooms.rooms[0].handshake_seq;
    alice.ok(&["room", "topic", &room, "Green"]);
    says(&bob, &room, "seen by the first device");
    let mut second = Person {
        home: world.path().join("home-bob-2"),
        ..bob.clone()
    };
    second.url.clone_from(&server.url);
    server.lies("/enter ", move |entrance: &mut Entrance| {
        entrance.doors.clone_from(&before.doors);
        entrance.tree.clone_from(&before.tree);
        entrance.handshake_seq = end;
    });
    server.lies("/handshakes ", move |page: &mut Handshakes| {
        page.entries.retain(|entry| entry.seq <= end);
    });
    second.sign_in("login", PASSWORD);
    assert_ne!(second.room_field(&room, "state"), "joined");
    assert_eq!(server.has_heard("/commits "), 0, "it does not even try");
    server.behaves();
    let joined = || (second.room_field(&room, "state") == "joined").then_some(());
    crate::patience::until(joined);
    says(&alice, &room, "there you are");
    assert_eq!(second.texts(&room).last().unwrap(), "alice: there you are");
    assert_eq!(alice.members(&room).len(), 2);
}

/// Attacks 9 and 36: the mail that lets somebody in, withheld, cut or swapped.
#[test]
fn a_welcome_that_is_withheld_or_spoilt_comes_when_the_server_behaves() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.ok(&["room", "create", "Tea", "--history", "shared"]);
    says(&alice, &room, "before bob");
    let other = alice.ok(&["room", "create", "Coffee"]);
    server.lies("GET /api/mailbox", |mailbox: &mut Mailbox| {
        mailbox.mails.clear()
    });
    alice.ok(&["room", "invite", &room, "bob"]);
    alice.ok(&["room", "invite", &other, "bob"]);
    let rooms = bob.json(&["rooms"]);
    assert!(
        rooms.iter().all(|room| room["state"] != "joined"),
        "{rooms:?}"
    );
    server.behaves();
    // Each Welcome under the name of the other room: it leads into neither.
    server.lies("GET /api/mailbox", |mailbox: &mut Mailbox| {
        let rooms: Vec<_> = mailbox.mails.iter().map(|mail| mail.room_id).collect();
        let others = rooms.into_iter().rev();
        for (mail, room) in mailbox.mails.iter_mut().zip(others) {
            mail.room_id = room;
        }
    });
    let rooms = bob.json(&["rooms"]);
    assert!(
        rooms.iter().all(|room| room["state"] != "joined"),
        "{rooms:?}"
    );
    server.behaves();
    assert_eq!(alice.members(&room).len(), 2);
}

/// Attack 9: the keys that come with a Welcome are spoilt; those who are in notice, and give them anew.
#[test]
fn a_spoilt_bundle_is_made_good_by_those_who_are_in() {
    let world = World::new();
    let server = Liar::before(&world.url);
    let [alice] = world.people(["alice"]);
    let bob = server.guest(&world, "bob");
    let room = alice.ok(&["room", "create", "Tea", "--history", "shared"]);
    says(&alice, &room, "before bob");
    server.lies("GET /api/mailbox", |mailbox: &mut Mailbox| {
        for mail in &mut mailbox.mails {
            if let MailBody::Welcome { bundle, .. } = &mut mail.body {
                bundle.0[20] ^= 1;
            }
        }
    });
    alice.ok(&["room", "invite", &room, "bob"]);
    bob.ok(&["room", "accept", &room]);
    server.behaves();
    let helper = crate::bot::Bot::start(&alice);
    let whole = || {
        let read = bob.texts(&room) == ["alice: before bob"];
        (read && bob.room_field(&room, "name") == "Tea").then_some(())
    };
    crate::patience::until(whole);
    helper.end();
    says(&bob, &room, "now I see");
    assert_eq!(alice.texts(&room).last().unwrap(), "bob: now I see");
}
