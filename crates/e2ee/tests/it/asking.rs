//! History keys for a device that lacks them (PROTOCOL section 4): who gets which, and from whom.

use e2ee::{
    device::{Device, Validity},
    group::{Group, Intent},
    history_request::HistoryRequestError,
    hostile,
    policy::History,
    signing::SigningKey,
    suite::Suite,
};

use crate::world::{NOW, Person, Post, Server, commit, invite};

/// Alice's room, in which Bob is from epoch 1 on and Carol from 2; Dave came with 3, was taken out with 4 and is back
/// with 5; Bob's phone is there from 6 on, and has no keys of before. Alice spoke in each epoch.
struct Story {
    server: Server,
    alice: Person,
    bob: Person,
    carol: Person,
    dave: Person,
    phone: Person,
    posts: Vec<Post>,
}

fn story(history: History, suite: Suite) -> Story {
    let [mut alice, mut bob, mut carol, mut dave] =
        ["alice", "bob", "carol", "dave"].map(|name| Person::new(name, suite));
    let mut server = alice.create(history);
    let mut posts = vec![Post::by(&mut alice, "0")];
    invite(&mut server, &mut alice, &mut bob, &mut []);
    posts.push(Post::by(&mut alice, "1"));
    invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
    posts.push(Post::by(&mut alice, "2"));
    let others = &mut [&mut bob, &mut carol];
    invite(&mut server, &mut alice, &mut dave, others);
    posts.push(Post::by(&mut alice, "3"));
    let gone = Intent::remove(dave.account());
    commit(&mut server, &mut alice, &gone, others);
    posts.push(Post::by(&mut alice, "4"));
    invite(&mut server, &mut alice, &mut dave, others);
    posts.push(Post::by(&mut alice, "5"));
    let mut phone = bob.further_device("phone");
    let others = &mut [&mut bob, &mut carol, &mut dave];
    invite(&mut server, &mut alice, &mut phone, others);
    posts.push(Post::by(&mut alice, "6"));
    phone.fetch(&server);
    Story {
        server,
        alice,
        bob,
        carol,
        dave,
        phone,
        posts,
    }
}

fn ask(person: &mut Person) -> Vec<u8> {
    let group = person.group.as_mut().unwrap();
    let epochs = vec![0..=group.epoch()];
    let request = group.ask_history(epochs, &person.device, &mut person.rng);
    person.save();
    request.unwrap()
}

fn answer(of: &Person, request: &[u8]) -> Result<Vec<u8>, HistoryRequestError> {
    of.group
        .as_ref()
        .unwrap()
        .answer_history(request, &of.device)
}

/// The epochs that somebody reads who had what was answered, and nothing kept of it.
fn reads(person: &Person, answer: &[u8], posts: &[Post]) -> Vec<usize> {
    let mut reader = Person::new("reader", person.suite);
    reader.group = Group::load(person.disk.rows()).ok();
    reader.group().take_history(answer).unwrap();
    let open = |(epoch, post): (usize, &Post)| reader.reads(post).then_some(epoch);
    posts.iter().enumerate().filter_map(open).collect()
}

#[test]
fn each_gives_what_the_account_was_there_for_before_its_eyes() {
    for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
        let mut story = story(History::SinceJoin, suite);
        assert!(!story.phone.reads(&story.posts[5]));
        let request = ask(&mut story.phone);
        let by = |of: &Person| reads(&story.phone, &answer(of, &request).unwrap(), &story.posts);
        // A sibling all; Alice from when she saw Bob come; the others from when they came, Dave the second time.
        assert_eq!(by(&story.bob), [1, 2, 3, 4, 5, 6]);
        assert_eq!(by(&story.alice), [1, 2, 3, 4, 5, 6]);
        assert_eq!(by(&story.carol), [2, 3, 4, 5, 6]);
        assert_eq!(by(&story.dave), [5, 6]);
        // Dave gets nothing of before he was back, from nobody.
        let request = ask(&mut story.dave);
        for of in [&story.alice, &story.bob, &story.carol] {
            assert_eq!(
                reads(&story.dave, &answer(of, &request).unwrap(), &story.posts),
                [5, 6]
            );
        }
    }
}

#[test]
fn what_somebody_wrote_into_the_roster_log_opens_nothing() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let dave = &mut story.dave;
    let group = dave.group.as_ref().unwrap();
    let record = hostile::roster_record(group, &dave.device, 1, &mut dave.rng).unwrap();
    let copy = [story.server.roster.clone(), record].concat();
    let alice = story.alice.group();
    alice.open_roster(&copy).unwrap();
    assert!(alice.seats(dave.device.account()).unwrap().holds(1));
    let request = ask(dave);
    let answer = answer(&story.alice, &request).unwrap();
    assert_eq!(reads(dave, &answer, &story.posts), [5, 6]);
}

#[test]
fn a_key_that_opened_a_message_stays_and_the_rest_goes() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let request = ask(&mut story.phone);
    let answer = answer(&story.bob, &request).unwrap();
    // Epochs 1 to 5: its own is here.
    assert_eq!(story.phone.group().take_history(&answer), Ok(5));
    assert!(story.phone.reads(&story.posts[2]));
    story.phone.group().history_is_whole();
    story.phone.save();
    assert!(story.phone.reads(&story.posts[2]));
    assert!(!story.phone.reads(&story.posts[3]));
    let late = story.phone.group().take_history(&answer);
    assert_eq!(late, Err(HistoryRequestError::NotAsked));
}

#[test]
fn wrong_keys_stand_in_nobodys_way() {
    for history in [History::SinceJoin, History::Shared] {
        let mut story = story(history, Suite::CLASSICAL);
        let request = ask(&mut story.phone);
        let dave = &mut story.dave;
        let group = dave.group.as_ref().unwrap();
        let wrong = hostile::history_answer(group, &dave.device, &request, &mut dave.rng);
        story.phone.group().take_history(&wrong.unwrap()).unwrap();
        let before = story.phone.reads(&story.posts[2]);
        assert_eq!(before, history == History::Shared, "the chain is there");
        let right = answer(&story.carol, &request).unwrap();
        story.phone.group().take_history(&right).unwrap();
        assert!(story.phone.reads(&story.posts[2]));
    }
}

#[test]
fn a_room_without_history_has_no_answer() {
    let mut story = story(History::None, Suite::CLASSICAL);
    let request = ask(&mut story.phone);
    let refused = answer(&story.bob, &request).err();
    assert_eq!(refused, Some(HistoryRequestError::NoHistory));
}

#[test]
fn only_a_leaf_of_now_is_answered() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let mut stranger = Person::new("stranger", Suite::CLASSICAL);
    let foreign = stranger.create(History::SinceJoin);
    assert!(foreign.chain.is_empty());
    let request = ask(&mut stranger);
    let refused = answer(&story.bob, &request).err();
    assert_eq!(refused, Some(HistoryRequestError::OtherRoom));
    // Whoever asks in the name of a device has to sign as that device.
    let copy = Group::load(story.phone.disk.rows()).unwrap();
    stranger.group = Some(copy);
    let request = ask(&mut stranger);
    let refused = answer(&story.bob, &request).err();
    assert_eq!(refused, Some(HistoryRequestError::NotAMember));
    // Nor in the name of an account that is not the device's, nor with anything changed.
    let request = ask(&mut story.phone);
    let mut another = request.clone();
    another[26..42].copy_from_slice(story.alice.account().as_bytes());
    let refused = answer(&story.bob, &another).err();
    assert_eq!(refused, Some(HistoryRequestError::NotAMember));
    let mut changed = request;
    *changed.last_mut().unwrap() ^= 1;
    let refused = answer(&story.bob, &changed).err();
    assert!(matches!(refused, Some(HistoryRequestError::Signature(_))));
    let request = ask(&mut story.dave);
    let gone = Intent::remove(story.dave.account());
    let others = &mut [&mut story.bob, &mut story.carol, &mut story.phone];
    commit(&mut story.server, &mut story.alice, &gone, others);
    let refused = answer(&story.bob, &request).err();
    assert_eq!(refused, Some(HistoryRequestError::NotAMember));
}

#[test]
fn a_revoked_device_gets_nothing_while_its_leaf_is_there() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let request = ask(&mut story.phone);
    assert!(answer(&story.carol, &request).is_ok());
    let next = SigningKey::generate(&story.bob.identity, 1, &mut story.bob.rng);
    let copy = Device::decode(&story.bob.device.encode()).unwrap();
    story.bob.device = copy.renew(&next, Validity::days(NOW, 90));
    let others = &mut [&mut story.alice, &mut story.carol];
    let renewal = Intent::housekeeping();
    commit(&mut story.server, &mut story.bob, &renewal, others);
    let refused = answer(&story.carol, &request).err();
    assert_eq!(refused, Some(HistoryRequestError::Generation));
}

#[test]
fn an_answer_is_one_devices_to_one_request() {
    let mut story = story(History::SinceJoin, Suite::CLASSICAL);
    let former = ask(&mut story.phone);
    let request = ask(&mut story.phone);
    let late = answer(&story.bob, &former).unwrap();
    let late = story.phone.group().take_history(&late);
    assert_eq!(late, Err(HistoryRequestError::NotAsked));
    // What a stranger seals to the request's key is no member's answer.
    let stranger = Person::new("stranger", Suite::CLASSICAL);
    let group = story.bob.group.as_ref().unwrap();
    let device = &stranger.device;
    let forged = hostile::history_answer(group, device, &request, &mut story.bob.rng).unwrap();
    let refused = story.phone.group().take_history(&forged);
    assert_eq!(refused, Err(HistoryRequestError::NotAMember));
    let mut changed = answer(&story.bob, &request).unwrap();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let refused = story.phone.group().take_history(&changed);
    assert!(matches!(refused, Err(HistoryRequestError::Signature(_))));
}
