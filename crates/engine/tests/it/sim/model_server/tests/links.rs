//! Links against the rules that the model follows.

use protocol::{
    ids::LinkId,
    rest::{EnterRoom, Entrance, FollowHandshakes, Link, LinkPass, PutLink, RosterWrite},
};
use sha2::{Digest as _, Sha256};

use super::*;

fn id(number: u8) -> LinkId {
    LinkId::from_bytes([number; 16])
}

/// Link `number`, whose token is its number.
fn put(number: u8) -> PutLink {
    PutLink {
        token_hash: Sha256::digest([number; 32]).to_vec().into(),
        grant: vec![number].into(),
        expires: None,
        uses: None,
    }
}

fn pass(number: u8) -> LinkPass {
    LinkPass {
        link_id: id(number),
        token: vec![number; 32].into(),
    }
}

/// Comes in by a link.
fn join(number: u8, who: u8, client: u8, handshake: u64) -> CommitRequest {
    let mut request = commit(client, Seq(handshake));
    request.effects.accounts_in = vec![account(who)];
    request.link = Some(pass(number));
    request
}

impl Desk {
    fn put(&mut self, who: u8, number: u8, put: PutLink) -> Result<(), ErrorCode> {
        let answer = self.call(who, Call::PutLink(room(), id(number), put));
        answer.map(|_| ()).map_err(|body| body.code)
    }

    fn delete(&mut self, who: u8, number: u8) -> Result<(), ErrorCode> {
        let answer = self.call(who, Call::DeleteLink(room(), id(number)));
        answer.map(|_| ()).map_err(|body| body.code)
    }

    fn links(&mut self) -> Vec<Link> {
        match self.call(ALICE, Call::Links(room())) {
            Ok(Reply::Links(links)) => links.links,
            answer => panic!("no links: {answer:?}"),
        }
    }

    fn enter(&mut self, who: u8, link: Option<LinkPass>) -> Result<Entrance, ErrorCode> {
        match self.call(who, Call::EnterRoom(room(), EnterRoom { link, shut: None })) {
            Ok(Reply::Entrance(entrance)) => Ok(*entrance),
            Ok(other) => panic!("{other:?}"),
            Err(body) => Err(body.code),
        }
    }

    fn follow(&mut self, after: u64, link: u8) -> (Vec<Seq>, bool) {
        let follow = FollowHandshakes {
            after: Seq(after),
            link: Some(pass(link)),
        };
        match self.call(CAROL, Call::FollowHandshakes(room(), follow)) {
            Ok(Reply::Handshakes(page)) => (
                page.entries.iter().map(|entry| entry.seq).collect(),
                page.more,
            ),
            answer => panic!("no handshakes: {answer:?}"),
        }
    }
}

#[test]
fn a_stranger_comes_in_by_a_link_and_a_use_is_counted_once() {
    let mut desk = Desk::with_room(&[]);
    let once = PutLink {
        uses: Some(1),
        ..put(5)
    };
    desk.put(ALICE, 5, once).unwrap();
    desk.call(ALICE, message(1, 0)).unwrap();
    let seen = desk.enter(BOB, Some(pass(5))).unwrap();
    assert_eq!(seen.grant, Some(vec![5].into()));
    assert_eq!((seen.handshake_seq, seen.last_seq), (Seq(0), Seq(1)));
    let receipt = desk.commit(BOB, join(5, BOB, 2, 0)).unwrap();
    assert_eq!(desk.commit(BOB, join(5, BOB, 2, 0)).unwrap(), receipt);
    assert_eq!(desk.enter(CAROL, Some(pass(5))), Err(ErrorCode::LinkEnded));
    let late = desk.commit(CAROL, join(5, CAROL, 3, 2)).unwrap_err();
    assert_eq!(late.code, ErrorCode::LinkEnded);
    desk.call(BOB, message(4, 2)).unwrap();
    // A member enters without a link, and by a link it changes nothing but the log.
    assert_eq!(desk.enter(BOB, None).unwrap().grant, None);
    assert_eq!(desk.enter(CAROL, None), Err(ErrorCode::NotAMember));
    desk.put(ALICE, 6, put(6)).unwrap();
    desk.commit(ALICE, join(6, ALICE, 5, 2)).unwrap();
    assert_eq!(desk.links()[0].used, 0);
    let mut grant = commit(6, Seq(4));
    grant.effects.roles = vec![RoleChange {
        account: account(BOB),
        role: Role::Admin,
    }];
    desk.commit(ALICE, grant).unwrap();
}

#[test]
fn a_commit_by_a_link_only_joins() {
    let mut desk = Desk::with_room(&[]);
    desk.put(ALICE, 5, put(5)).unwrap();
    let changes: [fn(&mut CommitRequest); 6] = [
        |it| it.effects = Effects::default(),
        |it| it.effects.accounts_in = vec![account(BOB), account(CAROL)],
        |it| it.effects.accounts_out = vec![account(ALICE)],
        |it| it.mails = vec![welcome(BOB)],
        |it| it.state = Some(vec![1].into()),
        |it| it.roster = Some(RosterWrite::Replace(vec![1].into())),
    ];
    for change in changes {
        let mut request = join(5, BOB, 1, 0);
        change(&mut request);
        let refused = desk.commit(BOB, request).unwrap_err();
        assert_eq!(refused.code, ErrorCode::BadRequest);
    }
    desk.commit(BOB, join(5, BOB, 1, 0)).unwrap();
}

#[test]
fn a_link_is_its_creators_and_does_not_come_back() {
    let mut desk = Desk::with_room(&[BOB]);
    let dated = PutLink {
        expires: Some(desk.now.plus(10)),
        ..put(5)
    };
    desk.put(BOB, 5, dated).unwrap();
    desk.put(ALICE, 6, put(6)).unwrap();
    assert_eq!(desk.put(ALICE, 5, put(5)), Err(ErrorCode::BadRequest));
    assert_eq!(desk.put(BOB, 5, put(7)), Err(ErrorCode::BadRequest));
    assert_eq!(desk.put(CAROL, 7, put(7)), Err(ErrorCode::NotAMember));
    let past = PutLink {
        expires: Some(desk.now),
        ..put(7)
    };
    assert_eq!(desk.put(BOB, 7, past), Err(ErrorCode::BadRequest));
    assert_eq!(desk.delete(BOB, 6), Err(ErrorCode::RoleTooLow));
    desk.delete(ALICE, 6).unwrap();
    desk.delete(BOB, 6).unwrap();
    assert_eq!(desk.put(ALICE, 6, put(6)), Err(ErrorCode::LinkEnded));
    let renewed = PutLink {
        grant: vec![9].into(),
        ..put(5)
    };
    desk.put(BOB, 5, renewed).unwrap();
    let seen = desk.enter(CAROL, Some(pass(5))).unwrap();
    assert_eq!(seen.grant, Some(vec![9].into()));
    desk.now = desk.now.plus(10);
    for link in [pass(5), pass(6), pass(8)] {
        assert_eq!(desk.enter(CAROL, Some(link)), Err(ErrorCode::LinkEnded));
    }
    assert!(desk.links().is_empty());
}

#[test]
fn links_end_with_their_creator_and_all_of_them_at_a_removal() {
    let out = |who: u8| Effects {
        accounts_out: vec![account(who)],
        ..Effects::default()
    };
    for wishes in [true, false] {
        let mut desk = Desk::with_room(&[BOB, CAROL]);
        desk.put(ALICE, 5, put(5)).unwrap();
        desk.put(BOB, 6, put(6)).unwrap();
        let wish = ProposalRequest {
            client_id: client_id(1),
            handshake_seq: Seq(2),
            proposal: vec![1].into(),
        };
        desk.call(BOB, Call::Propose(room(), wish)).unwrap();
        if !wishes {
            // The wish lapses with its epoch.
            desk.commit(ALICE, commit(2, Seq(3))).unwrap();
        }
        let mut request = commit(3, if wishes { Seq(3) } else { Seq(4) });
        request.effects = out(BOB);
        desk.commit(ALICE, request).unwrap();
        let left: Vec<_> = desk.links().iter().map(|link| link.link_id).collect();
        assert_eq!(left, if wishes { vec![id(5)] } else { vec![] });
    }
}

#[test]
fn whoever_follows_gets_commits_and_proposals_alone() {
    let mut desk = Desk::with_room(&[BOB]);
    desk.put(ALICE, 5, put(5)).unwrap();
    desk.call(BOB, message(1, 1)).unwrap();
    let wish = ProposalRequest {
        client_id: client_id(2),
        handshake_seq: Seq(1),
        proposal: vec![1].into(),
    };
    desk.call(BOB, Call::Propose(room(), wish)).unwrap();
    assert_eq!(desk.follow(0, 5), (vec![Seq(1), Seq(3)], false));
    desk.server.limits.handshake_page = 1;
    assert_eq!(desk.follow(0, 5), (vec![Seq(1)], true));
    assert_eq!(desk.follow(1, 5), (vec![Seq(3)], false));
}
