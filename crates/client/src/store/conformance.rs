//! What every store must do, whatever it stands on.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests; the browser's run as a program of their own"
)]

use engine::api::{Batch, Key, Space};
use protocol::ids::RoomId;

use super::{Order, Range, Store};

fn room(number: u64) -> RoomId {
    RoomId::new(number).unwrap()
}

fn named(space: Space, name: &str) -> Key {
    Key::Named(space, name.as_bytes().to_vec())
}

async fn put(store: &mut impl Store, rows: &[(Key, &[u8])]) {
    let mut batch = Batch::default();
    for (key, value) in rows {
        batch.put(key.clone(), value.to_vec());
    }
    store.commit(batch).await.unwrap();
}

/// Runs all rules on an empty store.
pub async fn check(mut store: impl Store) {
    rows_come_back(&mut store).await;
    spaces_do_not_mix(&mut store).await;
    the_last_write_counts(&mut store).await;
    ranges_follow_numbers(&mut store).await;
    rooms_are_found_by_number(&mut store).await;
    odd_values_survive(&mut store).await;
}

async fn rows_come_back(store: &mut impl Store) {
    assert!(store.rows(Space::Account).await.unwrap().is_empty());
    let rows = [
        (named(Space::Account, "device"), b"1".as_slice()),
        (named(Space::Account, "session"), b"2".as_slice()),
        (named(Space::KeyPackages, "device"), b"3".as_slice()),
    ];
    put(store, &rows).await;
    let read = store.rows(Space::Account).await.unwrap();
    assert_eq!(
        read,
        [
            (rows[0].0.clone(), b"1".to_vec()),
            (rows[1].0.clone(), b"2".to_vec())
        ]
    );
}

async fn spaces_do_not_mix(store: &mut impl Store) {
    let spaces: [fn(RoomId) -> Space; 5] = [
        Space::Group,
        Space::Outbox,
        Space::Timeline,
        Space::Heads,
        Space::History,
    ];
    for (index, space) in spaces.iter().enumerate() {
        for number in [1, 256] {
            let value = vec![index as u8, number as u8];
            put(store, &[(named(space(room(number)), "x"), &value)]).await;
        }
    }
    for (index, space) in spaces.iter().enumerate() {
        for number in [1, 256] {
            let rows = store.rows(space(room(number))).await.unwrap();
            assert_eq!(rows.len(), 1);
            assert_eq!(rows[0].1, [index as u8, number as u8]);
        }
    }
}

async fn the_last_write_counts(store: &mut impl Store) {
    let space = Space::Group(room(9));
    put(
        store,
        &[(named(space, "a"), b"old"), (named(space, "b"), b"old")],
    )
    .await;
    let mut batch = Batch::default();
    batch.put(named(space, "a"), b"newer".to_vec());
    batch.put(named(space, "a"), b"newest".to_vec());
    batch.put(named(space, "b"), b"newer".to_vec());
    batch.delete(named(space, "b"));
    batch.delete(named(space, "never there"));
    store.commit(batch).await.unwrap();
    store.commit(Batch::default()).await.unwrap();
    let rows = store.rows(space).await.unwrap();
    assert_eq!(rows, [(named(space, "a"), b"newest".to_vec())]);
}

async fn ranges_follow_numbers(store: &mut impl Store) {
    let space = Space::Timeline(room(3));
    let numbers = [1, 2, 3, 10, 255, 256, 70_000, (1 << 53) - 1];
    for number in numbers.iter().rev() {
        let value = number.to_string();
        put(store, &[(Key::Numbered(space, *number), value.as_bytes())]).await;
    }
    let mut range = async |after, before, limit, order| {
        let range = Range {
            after,
            before,
            limit,
            order,
        };
        let rows = store.range(space, range).await.unwrap();
        for (number, value) in &rows {
            assert_eq!(number.to_string().as_bytes(), value);
        }
        rows.into_iter()
            .map(|(number, _)| number)
            .collect::<Vec<_>>()
    };
    assert_eq!(range(None, None, 99, Order::Oldest).await, numbers);
    assert_eq!(range(None, None, 2, Order::Oldest).await, [1, 2]);
    assert_eq!(range(Some(3), None, 2, Order::Oldest).await, [10, 255]);
    assert_eq!(
        range(Some(2), Some(256), 9, Order::Newest).await,
        [255, 10, 3]
    );
    assert_eq!(
        range(None, None, 2, Order::Newest).await,
        [(1 << 53) - 1, 70_000]
    );
    assert!(range(None, None, 0, Order::Oldest).await.is_empty());
    assert!(range(Some(5), Some(6), 9, Order::Oldest).await.is_empty());
    let tail = store.tail(space, 3).await.unwrap();
    let tail: Vec<u64> = tail.into_iter().map(|(number, _)| number).collect();
    assert_eq!(tail, [256, 70_000, (1 << 53) - 1]);
    assert_eq!(store.rows(space).await.unwrap().len(), numbers.len());
}

async fn rooms_are_found_by_number(store: &mut impl Store) {
    for number in [5, 3, 4] {
        put(store, &[(Key::Numbered(Space::Rooms, number), b"room")]).await;
    }
    let mut batch = Batch::default();
    batch.delete(Key::Numbered(Space::Rooms, 4));
    store.commit(batch).await.unwrap();
    let keys: Vec<Key> = store
        .rows(Space::Rooms)
        .await
        .unwrap()
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            Key::Numbered(Space::Rooms, 3),
            Key::Numbered(Space::Rooms, 5)
        ]
    );
    let newest = store.range(Space::Rooms, Range::newest(1)).await.unwrap();
    assert_eq!(newest, [(5, b"room".to_vec())]);
}

async fn odd_values_survive(store: &mut impl Store) {
    let space = Space::History(room(77));
    let long = vec![0xa5; 300_000];
    let rows: [(Key, &[u8]); 4] = [
        (Key::Named(space, Vec::new()), b""),
        (Key::Named(space, vec![0]), b"\0"),
        (Key::Named(space, vec![0xff; 300]), &long),
        (Key::Numbered(space, 0), b"zero"),
    ];
    put(store, &rows).await;
    let mut read = store.rows(space).await.unwrap();
    read.sort();
    let mut wanted: Vec<(Key, Vec<u8>)> = rows
        .iter()
        .map(|(key, value)| (key.clone(), value.to_vec()))
        .collect();
    wanted.sort();
    assert_eq!(read, wanted);
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::check;
    use crate::store::{Memory, Plain, Sealed, StoreKey};

    #[tokio::test]
    async fn memory_conforms() {
        check(Plain::new(Memory::new())).await;
    }

    #[tokio::test]
    async fn sealed_memory_conforms() {
        let key = StoreKey::generate(&mut OsRng);
        check(Sealed::new(Memory::new(), key, OsRng)).await;
    }
}
