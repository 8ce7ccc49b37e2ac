//! Name, topic, roles, permissions: who may change what, and what others learn of it.

use e2ee::{
    check::PublicReason,
    check::StateError,
    device::{Device, Validity},
    group::{Intent, JoinError, Joining, Leaving, OwnCommit, StageError, Verdict},
    ids::{AccountId, RoomId},
    key_package::{OwnKeyPackage, PeerKeyPackage},
    policy::{History, Permissions},
    roles::Role,
    signing::SigningKey,
    suite::Suite,
};

use crate::world::{NOW, Person, Server, commit, invite};

fn three() -> (Server, Person, Person, Person) {
    let [mut alice, mut bob, mut carol] =
        ["alice", "bob", "carol"].map(|name| Person::new(name, Suite::CLASSICAL));
    let mut server = alice.create(History::Shared);
    invite(&mut server, &mut alice, &mut bob, &mut []);
    invite(&mut server, &mut alice, &mut carol, &mut [&mut bob]);
    (server, alice, bob, carol)
}

/// Dave is added and has not looked at his Welcome.
fn add_dave(
    server: &mut Server,
    alice: &mut Person,
    others: &mut [&mut Person],
) -> (Person, OwnKeyPackage, OwnCommit) {
    let mut dave = Person::new("dave", Suite::CLASSICAL);
    let offered = dave.key_package();
    let peer = PeerKeyPackage::parse(&offered.bytes, Suite::CLASSICAL).unwrap();
    let own = commit(server, alice, &Intent::invite(vec![peer]), others);
    (dave, offered, own)
}

fn refused(result: Result<OwnCommit, StageError>) -> PublicReason {
    match result {
        Err(StageError::Refused(reason)) => reason,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("staged"),
    }
}

#[test]
fn a_new_name_reaches_everybody_and_the_server_learns_nothing_of_it() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    bob.fetch(&server);
    assert_eq!(bob.group().state().unwrap().name(), "Tea");
    commit(
        &mut server,
        &mut alice,
        &Intent::rename("Coffee"),
        &mut [&mut bob, &mut carol],
    );
    assert_eq!(alice.group().state().unwrap().name(), "Coffee");
    assert_eq!(
        bob.group().state(),
        None,
        "the old state is not the room's any more"
    );
    for person in [&mut bob, &mut carol] {
        assert_eq!(
            person.group().open_state(&server.state).unwrap().name(),
            "Coffee"
        );
    }
    let shown = [
        &server.state,
        &server.door,
        &server.roster,
        &server.commits[2],
    ];
    for bytes in shown {
        assert!(!bytes.windows(6).any(|window| window == b"Coffee"));
    }
}

#[test]
fn a_member_without_the_role_is_refused_before_it_posts() {
    let (_, mut alice, mut bob, mut carol) = three();
    let (a, c) = (alice.account(), carol.account());
    assert!(matches!(
        bob.stage(&Intent::rename("Mine")),
        Err(StageError::NoState)
    ));
    assert_eq!(
        refused(bob.stage(&Intent::remove(c))),
        PublicReason::RemoveRole
    );
    assert_eq!(
        refused(bob.stage(&Intent::remove(a))),
        PublicReason::RemoveRole
    );
    let promote = Intent::set_role(c, Role::Moderator);
    assert_eq!(refused(bob.stage(&promote)), PublicReason::RoleChange);
    let rotate = Intent {
        rotate: true,
        ..Intent::default()
    };
    assert_eq!(refused(bob.stage(&rotate)), PublicReason::RotateRole);
    let last = Intent::set_role(a, Role::Admin);
    assert_eq!(refused(alice.stage(&last)), PublicReason::NoOwner);
    let nobody = AccountId::from([9; 16]);
    assert!(matches!(
        bob.stage(&Intent::remove(nobody)),
        Err(StageError::NotAMember)
    ));
    // None of it left a trace.
    assert!(!bob.group().has_staged() && !alice.group().has_staged());
    assert!(bob.stage(&Intent::housekeeping()).is_ok());
    assert!(carol.stage(&Intent::housekeeping()).is_ok());
}

#[test]
fn permissions_say_who_invites_and_who_edits() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    let intent = Intent {
        permissions: Some(Permissions {
            invite: Role::Admin,
            edit: Role::Member,
        }),
        ..Intent::default()
    };
    let own = commit(
        &mut server,
        &mut alice,
        &intent,
        &mut [&mut bob, &mut carol],
    );
    assert!(!own.rotation);
    let mut dave = Person::new("dave", Suite::CLASSICAL);
    let offered = dave.key_package();
    let peer = PeerKeyPackage::parse(&offered.bytes, Suite::CLASSICAL).unwrap();
    let add = Intent::invite(vec![peer]);
    assert_eq!(refused(bob.stage(&add)), PublicReason::AddRole);
    bob.fetch(&server);
    commit(
        &mut server,
        &mut bob,
        &Intent::rename("Ours"),
        &mut [&mut alice, &mut carol],
    );
}

#[test]
fn a_rotation_on_demand_seals_everything_anew() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    let before = server.state.clone();
    let rotate = Intent {
        rotate: true,
        ..Intent::default()
    };
    let own = commit(
        &mut server,
        &mut alice,
        &rotate,
        &mut [&mut bob, &mut carol],
    );
    assert!(own.rotation && own.state.is_some() && own.chain.is_some());
    assert!(bob.group().open_state(&before).is_err());
    bob.fetch(&server);
    let door = bob.group().open_door(&server.door).unwrap();
    assert_eq!(door.commits_since_tree, u32::from(own.tree.is_none()));
}

#[test]
fn any_member_repairs_what_is_lost() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    bob.fetch(&server);
    let context = bob.context();
    let rng = &mut bob.rng;
    let group = bob.group.as_mut().unwrap();
    server.state = group.reseal_state(rng).unwrap();
    server.roster = group.reseal_roster(rng).unwrap();
    server.door = group.reseal_door(&bob.device, &context, rng).unwrap();
    carol.fetch(&server);
    alice.group().open_door(&server.door).unwrap();
    // A joiner whose bundle is lost asks for another one.
    let (mut dave, offered, own) = add_dave(&mut server, &mut alice, &mut [&mut bob, &mut carol]);
    let joining = Joining {
        room: RoomId::new(7).unwrap(),
        welcome: &own.welcome.as_ref().unwrap().welcome,
        key_package: offered.rows,
        bundle: Some(b"garbage"),
    };
    let mut group = e2ee::group::Group::join(&dave.device, joining, &mut dave.rng).unwrap();
    assert!(!group.has_door_key() && group.joined_log().is_none());
    assert_eq!(group.welcomed_by().unwrap().account, alice.account());
    let bundle = carol
        .group
        .as_ref()
        .unwrap()
        .make_bundle(context.log, &mut carol.rng)
        .unwrap();
    group.accept_bundle(&bundle).unwrap();
    assert!(group.has_door_key());
    assert_eq!(group.joined_log(), Some(context.log));
    group.open_state(&server.state).unwrap();
}

#[test]
fn a_welcome_into_another_room_or_for_another_device_is_refused() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    let (dave, offered, own) = add_dave(&mut server, &mut alice, &mut [&mut bob, &mut carol]);
    let welcome = own.welcome.unwrap();
    let joining = |room: u64, welcome| Joining {
        room: RoomId::new(room).unwrap(),
        welcome,
        key_package: offered.rows.clone(),
        bundle: None,
    };
    let join = |device, joining| {
        let rng = &mut Person::new("xenia", Suite::CLASSICAL).rng;
        e2ee::group::Group::join(device, joining, rng).err()
    };
    assert_eq!(
        join(&dave.device, joining(8, &welcome.welcome)),
        Some(JoinError::State(StateError::Room))
    );
    let eve = Person::new("eve", Suite::CLASSICAL);
    assert_eq!(
        join(&eve.device, joining(7, &welcome.welcome)),
        Some(JoinError::OtherDevice)
    );
    let garbage = join(&dave.device, joining(7, b"no Welcome"));
    assert!(matches!(garbage, Some(JoinError::Welcome(_))));
    assert_eq!(join(&dave.device, joining(7, &welcome.welcome)), None);
}

#[test]
fn a_device_whose_certificate_has_ended_commits_nothing_but_judges_as_before() {
    let (_, mut alice, mut bob, _) = three();
    let context = e2ee::group::StageContext {
        now_ms: u64::MAX,
        ..alice.context()
    };
    let group = alice.group.as_mut().unwrap();
    let result = group.stage(
        &alice.device,
        &Intent::housekeeping(),
        &context,
        &mut alice.rng,
    );
    assert!(matches!(result, Err(StageError::CertificateEnded)));
    let own = bob.stage(&Intent::housekeeping()).unwrap();
    alice.merge(&own.commit);
}

#[test]
fn the_last_owner_stays_until_there_is_another() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    let group = alice.group.as_mut().unwrap();
    assert!(group.propose_leave(&alice.device, &mut alice.rng).is_err());
    let heir = Intent::set_role(bob.account(), Role::Owner);
    commit(&mut server, &mut alice, &heir, &mut [&mut bob, &mut carol]);
    let (first, second) = (alice.leave(), bob.leave());
    for person in [&mut alice, &mut bob, &mut carol] {
        let group = person.group();
        assert!(group.note_proposal(&first).unwrap().committable);
        assert!(
            !group.note_proposal(&second).unwrap().committable,
            "one owner stays"
        );
        person.save();
        let leaving: Vec<Leaving> = person.group().leaving().unwrap();
        assert_eq!(
            leaving
                .iter()
                .map(|leave| leave.committable)
                .collect::<Vec<_>>(),
            [true, false]
        );
    }
    assert!(matches!(
        alice.stage(&Intent::housekeeping()),
        Err(StageError::Leaving)
    ));
    let own = carol.stage(&Intent::housekeeping()).unwrap();
    assert_eq!(own.effects.accounts_out, vec![alice.account()]);
    carol.merge(&own.commit);
    bob.merge(&own.commit);
    let heir = bob.account();
    assert_eq!(bob.group().role(heir), Role::Owner);
    assert!(
        bob.group().leaving().unwrap().is_empty(),
        "wishes end with their epoch"
    );
}

#[test]
fn several_devices_of_one_person_come_and_go() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    let mut phone = bob.further_device("bobs-phone");
    let others: &mut [&mut Person] = &mut [&mut alice, &mut carol];
    let own = invite(&mut server, &mut bob, &mut phone, others);
    assert!(own.effects.accounts_in.is_empty());
    let members = alice.group().members();
    let his = members
        .iter()
        .find(|member| member.account == bob.account())
        .unwrap();
    assert_eq!(his.devices.len(), 2);
    assert!(his.invited == his.devices.iter().all(|leaf| leaf.invited));
    // Revoking one of them is a rotation.
    let revoke = Intent::revoke(phone.device.id());
    let others: &mut [&mut Person] = &mut [&mut alice, &mut carol];
    let own = commit(&mut server, &mut bob, &revoke, others);
    assert!(own.rotation && own.effects.accounts_out.is_empty());
    assert!(matches!(
        alice.stage(&Intent::revoke(bob.device.id())),
        Err(StageError::NotAMember)
    ));
}

#[test]
fn one_device_asks_to_leave_and_all_of_the_account_go() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    let mut phone = bob.further_device("bobs-phone");
    let others: &mut [&mut Person] = &mut [&mut alice, &mut carol];
    invite(&mut server, &mut bob, &mut phone, others);
    let wish = phone.leave();
    for person in [&mut alice, &mut bob, &mut carol, &mut phone] {
        person.group().note_proposal(&wish).unwrap();
        person.save();
    }
    // The account's other device knows, and makes no commit that would be without it.
    assert!(bob.group().is_leaving().unwrap());
    assert!(!carol.group().is_leaving().unwrap());
    assert!(matches!(
        bob.stage(&Intent::housekeeping()),
        Err(StageError::Leaving)
    ));
    // Carol is a plain member, and may not remove anybody of her own will.
    let own = carol.stage(&Intent::housekeeping()).unwrap();
    assert!(own.rotation);
    assert_eq!(own.effects.accounts_out, [bob.account()]);
    let change = alice.merge(&own.commit);
    assert_eq!(change.removed.len(), 2);
    for person in [&mut bob, &mut phone] {
        let verdict = person.group().judge(&own.commit).unwrap();
        assert!(matches!(verdict, Verdict::Removed { asked: true, .. }));
    }
}

#[test]
fn a_welcome_for_a_key_package_of_a_former_certificate_lets_the_device_in() {
    let (mut server, mut alice, mut bob, mut carol) = three();
    let (mut dave, offered, own) = add_dave(&mut server, &mut alice, &mut [&mut bob, &mut carol]);
    // Meanwhile another device of Dave's was revoked.
    let next = SigningKey::generate(&dave.identity, 1, &mut dave.rng);
    let device = Device::decode(&dave.device.encode()).unwrap();
    dave.device = device.renew(&next, Validity::days(NOW, 30));
    dave.join(&own, offered);
    let renewal = Intent::housekeeping();
    commit(
        &mut server,
        &mut dave,
        &renewal,
        &mut [&mut alice, &mut bob, &mut carol],
    );
    let leaf = alice.group().leaf(dave.device.id()).cloned().unwrap();
    assert_eq!(leaf.certificate.generation(), 1);
}
