//! Attacks on the vault, and the rules of merging.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;
use crate::{
    account_key::AccountKey,
    codec::CodecError,
    ids::{AccountId, RoomId},
    link::LinkSecret,
    log_head::LogHead,
    seal::SealError,
    secret::Secret,
    signing::SigningKey,
    spoken::SpokenLink,
    testing::{flipped, person, rng},
};

const ACCOUNT: [u8; 16] = [1; 16];

fn key(version: u32) -> AccountKey {
    AccountKey::generate(version, &mut rng(version.into()))
}

fn sealed(name: ItemName, version: u64, plaintext: &[u8]) -> SealedItem {
    seal_item(
        &key(1),
        ACCOUNT.into(),
        name,
        version,
        plaintext,
        &mut rng(7),
    )
    .unwrap()
}

fn room(id: u64) -> ItemName {
    ItemName::room(RoomId::new(id).unwrap())
}

#[test]
fn an_item_opens_under_its_key_name_version_and_account() {
    let item = sealed(room(5), 3, b"keys");
    let open = |key: &AccountKey, account: [u8; 16], item: &SealedItem| {
        open_item(key, account.into(), item)
    };
    assert_eq!(open(&key(1), ACCOUNT, &item).unwrap().as_slice(), b"keys");
    assert_eq!(open(&key(2), ACCOUNT, &item), Err(SealError));
    assert_eq!(open(&key(1), [2; 16], &item), Err(SealError));
    let named = SealedItem {
        name: room(6),
        ..item.clone()
    };
    assert_eq!(open(&key(1), ACCOUNT, &named), Err(SealError));
    let aged = SealedItem {
        version: 4,
        ..item.clone()
    };
    assert_eq!(open(&key(1), ACCOUNT, &aged), Err(SealError));
    for bytes in flipped(&item.bytes) {
        assert_eq!(
            open(
                &key(1),
                ACCOUNT,
                &SealedItem {
                    bytes,
                    ..item.clone()
                }
            ),
            Err(SealError)
        );
    }
}

#[test]
fn the_listing_names_one_state_of_every_item() {
    let (old, new) = (sealed(room(5), 1, b"old"), sealed(room(5), 2, b"new"));
    let mut root = VaultRoot::default();
    root.enter([&old]);
    assert!(root.holds(&old) && !root.holds(&new));
    root.enter([&new, &sealed(ItemName::contacts(), 1, b"")]);
    assert!(root.holds(&new) && !root.holds(&old));
    // The server relabels the old item, or shows one that was never listed.
    assert!(!root.holds(&SealedItem { version: 2, ..old }));
    assert!(!root.holds(&sealed(room(6), 1, b"")));
    assert_eq!((root.version(), root.items().count()), (2, 2));
}

#[test]
fn a_vault_does_not_run_backwards() {
    let mut root = VaultRoot::default();
    root.enter([&sealed(room(5), 1, b"")]);
    let before = root.clone();
    root.enter([&sealed(room(5), 2, b"")]);
    assert_eq!(root.accepts(2), Ok(()));
    assert_eq!(root.accepts(1), Ok(()));
    assert_eq!(before.accepts(2), Err(RolledBack { found: 1, seen: 2 }));
    assert_ne!(before.hash(), root.hash());
}

#[test]
fn what_another_vault_lost_is_seen_in_its_listing() {
    let mut before = VaultRoot::default();
    before.enter(&[sealed(room(5), 1, b"keys"), sealed(room(6), 1, b"keys")]);
    let mut next = before.clone();
    next.enter(&[sealed(room(6), 2, b"more")]);
    assert_eq!(next.lost(&before).count(), 0);
    assert_eq!(before.lost(&next).collect::<Vec<_>>(), [&room(6)]);
    let mut other = before.clone();
    other.enter(&[sealed(room(6), 2, b"others")]);
    assert_eq!(other.lost(&next).collect::<Vec<_>>(), [&room(6)]);
    assert_eq!(VaultRoot::default().lost(&before).count(), 2);
}

#[test]
fn a_mark_says_which_vault_to_the_accounts_devices_alone() {
    let mut root = VaultRoot::default();
    root.enter(&[sealed(room(5), 1, b"keys")]);
    let mark = VaultMark::of(&root);
    let mark_of = |seed| mark.seal(&key(1), ACCOUNT.into(), &mut rng(seed)).unwrap();
    let bytes = mark_of(1);
    assert_eq!(bytes.len(), VaultMark::SEALED_LEN);
    let open = |bytes: &[u8], key: &AccountKey, account: [u8; 16]| {
        VaultMark::open(bytes, key, account.into())
    };
    assert_eq!(open(&bytes, &key(1), ACCOUNT), Ok(mark));
    assert_eq!(open(&bytes, &key(2), ACCOUNT), Err(SealError));
    assert_eq!(open(&bytes, &key(1), [2; 16]), Err(SealError));
    assert!(flipped(&bytes).all(|bytes| open(&bytes, &key(1), ACCOUNT).is_err()));
    assert_eq!(open(b"", &key(1), ACCOUNT), Err(SealError));
    // The same state looks new each time.
    assert_ne!(bytes, mark_of(2));
    let mut other = VaultRoot::default();
    other.enter(&[sealed(room(5), 1, b"others")]);
    let other = VaultMark::of(&other);
    assert_eq!(other.version, mark.version);
    assert_ne!(other.hash, mark.hash);
}

#[test]
fn the_listing_opens_under_its_account_key_alone() {
    let mut root = VaultRoot::default();
    root.enter([
        &sealed(room(5), 1, b""),
        &sealed(ItemName::account(), 1, b""),
    ]);
    let account = AccountId::from(ACCOUNT);
    let bytes = root.seal(&key(1), account, &mut rng(3)).unwrap();
    assert_eq!(VaultRoot::open(&bytes, &key(1), account), Ok(root));
    assert_eq!(
        VaultRoot::open(&bytes, &key(2), account),
        Err(SealError.into())
    );
    assert_eq!(
        VaultRoot::open(&bytes, &key(1), [2; 16].into()),
        Err(SealError.into())
    );
    assert!(
        flipped(&bytes)
            .all(|bytes| VaultRoot::open(&bytes, &key(1), account) == Err(SealError.into()))
    );
}

#[test]
fn item_names_have_one_form() {
    assert_eq!(room(5).as_str(), "room/5");
    assert_eq!(room(5).as_room(), RoomId::new(5).ok());
    for other in [
        "account",
        "room/",
        "room/05",
        "room/9007199254740992",
        "room/5/x",
    ] {
        assert_eq!(
            ItemName::parse(other.as_bytes()).unwrap().as_room(),
            None,
            "{other}"
        );
    }
    let page = ItemName::room_page(RoomId::new(5).unwrap(), 97);
    assert_eq!(page.as_str(), "room/5/97");
    assert_eq!(page.as_room(), None);
    assert_eq!(page.as_room_page(), Some((RoomId::new(5).unwrap(), 97)));
    assert_eq!(room(5).as_room_page(), Some((RoomId::new(5).unwrap(), 0)));
    for other in [
        "room/5/0",
        "room/5/01",
        "room/5/x",
        "room/05/1",
        "room/5/1/1",
    ] {
        let name = ItemName::parse(other.as_bytes()).unwrap();
        assert_eq!(name.as_room_page(), None, "{other}");
    }
    for bad in ["", "Room/5", "a b", "a\0", "ä", &"x".repeat(65)] {
        assert_eq!(ItemName::parse(bad.as_bytes()), Err(ItemNameError), "{bad}");
    }
}

#[test]
fn the_account_item_holds_the_accounts_own_signing_key() {
    let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
    let account = alice.identity.account_id();
    let bytes = AccountItem::new(alice.signing.duplicate()).encode();
    let item = AccountItem::decode(&bytes, account).unwrap();
    assert_eq!(item.signing().certificate(), alice.signing.certificate());
    assert!(item.signing().seed().same_as(&alice.signing.seed()));

    let foreign = AccountItem::new(mallory.signing).encode();
    assert_eq!(
        AccountItem::decode(&foreign, account).err(),
        Some(AccountItemError::Account)
    );
    assert_eq!(
        AccountItem::decode(&[], account).err(),
        Some(CodecError::BadValue.into())
    );
    assert!(flipped(&bytes).all(|bytes| AccountItem::decode(&bytes, account).is_err()));
}

#[test]
fn a_signing_key_is_only_ever_raised() {
    let alice = person("alice", 1);
    let next =
        |generation| SigningKey::generate(&alice.identity, generation, &mut rng(generation.into()));
    let mut item = AccountItem::new(next(1));
    assert!(!item.raise(next(0)) && !item.raise(next(1)));
    assert!(item.raise(next(2)));
    assert_eq!(item.signing().certificate().generation(), 2);
}

#[test]
fn what_a_newer_client_wrote_is_kept() {
    let newer = [[0, 1, 0].as_slice(), &[0, 9, 2, 4, 2]].concat();
    let mut item = RoomItem::decode(&newer).unwrap();
    item.door_keys.insert(3, Secret::from_bytes(&[7; 32]));
    let written = item.encode();
    assert!(written.ends_with(&[0, 9, 2, 4, 2]));
    let read = RoomItem::decode(&written).unwrap();
    assert_eq!(read.door_keys.of(3).count(), 1);
}

#[test]
fn damaged_room_items_are_refused() {
    for (bytes, error) in [
        (&[0][..], CodecError::Truncated),
        (&[0, 1, 3, 0, 0, 0], CodecError::Truncated),
        (&[0, 9, 0, 0, 9, 0], CodecError::NotCanonical),
        (&[0, 9, 0, 0, 1, 0], CodecError::NotCanonical),
        (&[0, 1, 0xBF, 0xFF, 0xFF, 0xFF], CodecError::TooLong),
        (&[0, 3, 1, 0], CodecError::Truncated),
        (&[0, 4, 1, 0], CodecError::BadValue),
        (&[0, 5, 1, 0], CodecError::Truncated),
    ] {
        assert_eq!(RoomItem::decode(bytes).err(), Some(error), "{bytes:?}");
    }
}

#[test]
fn keys_of_a_rotation_are_found_from_any_epoch_that_it_covers() {
    let mut keys = EpochKeys::default();
    keys.insert(2, Secret::from_bytes(&[2; 32]));
    keys.insert(7, Secret::from_bytes(&[7; 32]));
    let at = |epoch| {
        keys.at(epoch)
            .map(|key| key.expose()[0])
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [at(1), at(2), at(6), at(7), at(99)],
        [vec![], vec![2], vec![2], vec![7], vec![7]]
    );
    assert_eq!((keys.of(2).count(), keys.of(3).count()), (1, 0));
}

/// (epoch, key) pairs, links, mark and group with few enough values that items overlap and disagree, and an unknown
/// field.
type Drawn = (
    Vec<(u64, u8)>,
    Vec<(u64, u8)>,
    Vec<u8>,
    Vec<(u8, u8, bool)>,
    Option<(u64, u64)>,
    Option<u8>,
);

fn drawn() -> impl Strategy<Value = Drawn> {
    let keys = || proptest::collection::vec((0u64..4, 0u8..4), 0..5);
    (
        keys(),
        keys(),
        proptest::collection::vec(0u8..3, 0..3),
        proptest::collection::vec((0u8..3, 0u8..3, any::<bool>()), 0..4),
        proptest::option::of((0u64..3, 0u64..3)),
        proptest::option::of(0u8..3),
    )
}

fn vault_link(value: u8, said: bool) -> VaultLink {
    let words = || SpokenLink::from_secret(Secret::from_bytes(&[value; 10]));
    VaultLink {
        secret: LinkSecret::from_secret(Secret::from_bytes(&[value; 32])),
        words: said.then(words),
        sealed: u64::from(value / 2),
    }
}

fn mark(epoch: u64, seq: u64) -> RoomMark {
    let head = [u8::try_from(seq).unwrap(); 32];
    RoomMark {
        epoch,
        log: LogHead { seq, head },
    }
}

fn room_item((doors, histories, unknown, links, seen, group): &Drawn) -> RoomItem {
    let mut encoded = vec![0, 77, u8::try_from(unknown.len()).unwrap()];
    encoded.extend_from_slice(unknown);
    let mut item = RoomItem::decode(&encoded).unwrap();
    doors.iter().for_each(|(epoch, key)| {
        item.door_keys
            .insert(*epoch, Secret::from_bytes(&[*key; 32]))
    });
    histories.iter().for_each(|(epoch, key)| {
        item.history_keys
            .insert(*epoch, Secret::from_bytes(&[*key; 32]))
    });
    links.iter().for_each(|(id, value, said)| {
        item.links
            .insert([*id; 16].into(), vault_link(*value, *said));
    });
    item.mark = seen.map(|(epoch, seq)| mark(epoch, seq));
    item.group = group.map(|group| [group; 16].into());
    item
}

#[test]
fn a_room_item_holds_links_group_and_mark() {
    let mut item = RoomItem::default();
    item.links.insert([1; 16].into(), vault_link(3, false));
    item.links.insert([2; 16].into(), vault_link(4, true));
    item.group = Some([5; 16].into());
    item.mark = Some(mark(6, 7));
    let bytes = item.encode();
    let read = RoomItem::decode(&bytes).unwrap();
    assert_eq!((read.group, read.mark), (item.group, item.mark));
    let link = &read.links[&[2; 16].into()];
    assert_eq!(link.sealed, 2);
    let same = vault_link(4, true);
    assert!(link.secret.as_secret().same_as(same.secret.as_secret()));
    let words = |link: &VaultLink| link.words.as_ref().map(|words| words.to_text());
    assert_eq!(words(link), words(&same));
    assert!(words(&read.links[&[1; 16].into()]).is_none());
    assert_eq!(read.encode(), bytes);
    for len in 0..bytes.len() {
        let part = RoomItem::decode(&bytes[..len]);
        assert!(part.is_err() || part.is_ok_and(|part| part.encode() != bytes));
    }
}

#[test]
fn of_two_grants_of_a_link_the_later_one_stands() {
    let item = |sealed| {
        let mut item = RoomItem::default();
        let link = VaultLink {
            sealed,
            ..vault_link(1, false)
        };
        item.links.insert([1; 16].into(), link);
        item
    };
    for (ours, theirs) in [(3, 7), (7, 3), (7, 7)] {
        let mut ours = item(ours);
        ours.merge(&item(theirs));
        assert_eq!(ours.links[&[1; 16].into()].sealed, 7);
    }
}

#[test]
fn nobody_goes_back_behind_the_mark() {
    let mut item = RoomItem::default();
    for (epoch, seq) in [(3, 9), (5, 8), (4, 7)] {
        let other = RoomItem {
            mark: Some(mark(epoch, seq)),
            ..RoomItem::default()
        };
        item.merge(&other);
    }
    let mark = item.mark.unwrap();
    assert_eq!((mark.epoch, mark.log.seq), (5, 9));
    assert!(mark.admits(5) && mark.admits(6) && !mark.admits(4));
}

fn merged(parts: &[&Drawn]) -> Vec<u8> {
    let mut items = parts.iter().map(|drawn| room_item(drawn));
    let mut all = items.next().unwrap();
    items.for_each(|item| all.merge(&item));
    all.encode().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn room_items_merge_in_any_order(a in drawn(), b in drawn(), c in drawn()) {
        prop_assert_eq!(merged(&[&a, &b]), merged(&[&b, &a]));
        prop_assert_eq!(merged(&[&a, &a]), merged(&[&a]));
        prop_assert_eq!(merged(&[&a, &b, &b, &a]), merged(&[&a, &b]));
        let mut right = room_item(&b);
        right.merge(&room_item(&c));
        let mut left = room_item(&a);
        left.merge(&right);
        prop_assert_eq!(left.encode().to_vec(), merged(&[&a, &b, &c]));
        for (epoch, key) in a.0.iter().chain(&b.0) {
            let all = RoomItem::decode(&merged(&[&a, &b])).unwrap();
            prop_assert!(all.door_keys.of(*epoch).any(|known| known.same_as(&Secret::from_bytes(&[*key; 32]))));
        }
    }

    #[test]
    fn account_items_merge_to_the_highest_generation(a in (0u32..3, 0u64..3), b in (0u32..3, 0u64..3), c in (0u32..3, 0u64..3)) {
        let alice = person("alice", 1);
        let item = |(generation, seed): (u32, u64)| {
            AccountItem::new(SigningKey::generate(&alice.identity, generation, &mut rng(seed)))
        };
        let merge = |mut left: AccountItem, right: &AccountItem| {
            left.merge(right);
            left
        };
        let bytes = |item: AccountItem| item.encode().to_vec();
        prop_assert_eq!(bytes(merge(item(a), &item(b))), bytes(merge(item(b), &item(a))));
        prop_assert_eq!(bytes(merge(item(a), &item(a))), bytes(item(a)));
        let left = merge(merge(item(a), &item(b)), &item(c));
        prop_assert_eq!(left.signing().certificate().generation(), a.0.max(b.0).max(c.0));
        let right = merge(item(a), &merge(item(b), &item(c)));
        prop_assert_eq!(bytes(left), bytes(right));
    }

    #[test]
    fn hostile_items_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = RoomItem::decode(&bytes);
        prop_assert!(AccountItem::decode(&bytes, ACCOUNT.into()).is_err());
    }
}
