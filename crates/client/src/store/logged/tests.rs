use std::{cell::RefCell, rc::Rc};

use engine::api::{Batch, Key, Space};
use rand_core::OsRng;

use super::*;
use crate::store::{Store as _, conformance};

/// A disk: what is on it outlives whoever opened it.
#[derive(Default, Clone)]
struct Disk {
    records: Rc<RefCell<Vec<Vec<u8>>>>,
    fails: Rc<RefCell<bool>>,
}

impl Disk {
    async fn open(&self, opener: &Opener) -> Result<Sealed<Logged<Self>, OsRng>, StoreError> {
        let records = self.records.borrow().clone();
        open_logged(self.clone(), records, opener, OsRng).await
    }

    fn bytes(&self) -> usize {
        self.records.borrow().iter().map(Vec::len).sum()
    }
}

impl Log for Disk {
    async fn append(&mut self, record: Vec<u8>) -> Result<(), StoreError> {
        if *self.fails.borrow() {
            return Err(StoreError::Failed("the disk is full".to_owned()));
        }
        self.records.borrow_mut().push(record);
        Ok(())
    }

    async fn replace(&mut self, records: Vec<Vec<u8>>) -> Result<(), StoreError> {
        *self.records.borrow_mut() = records;
        Ok(())
    }

    async fn close(self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn secret(byte: u8) -> Opener {
    Opener::Secret(Zeroizing::new(vec![byte; 32]))
}

fn batch(name: &str, value: Vec<u8>) -> Batch {
    let mut batch = Batch::default();
    batch.put(Key::Named(Space::Account, name.as_bytes().to_vec()), value);
    batch
}

#[tokio::test]
async fn it_is_a_store() {
    conformance::check(Disk::default().open(&secret(1)).await.unwrap()).await;
}

#[tokio::test]
async fn what_was_written_is_there_again_and_opens_for_its_key_only() {
    let disk = Disk::default();
    let mut store = disk.open(&secret(1)).await.unwrap();
    let marker = b"a plain marker".to_vec();
    store.commit(batch("a", marker.clone())).await.unwrap();
    store.commit(batch("b", b"2".to_vec())).await.unwrap();
    drop(store);
    let mut store = disk.open(&secret(1)).await.unwrap();
    let rows = store.rows(Space::Account).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].1, marker);
    let records = disk.records.borrow().concat();
    assert!(!records.windows(marker.len()).any(|part| part == marker));
    let other = disk.open(&secret(2)).await.err();
    assert!(matches!(other, Some(StoreError::Corrupt(_))), "{other:?}");
    let passphrase = Opener::Passphrase(Zeroizing::new("words".to_owned()));
    assert_eq!(disk.open(&passphrase).await.err(), Some(StoreError::Locked));
    let short = Opener::Secret(Zeroizing::new(vec![1; 31]));
    let short = Disk::default().open(&short).await.err();
    assert!(matches!(short, Some(StoreError::Failed(_))), "{short:?}");
}

#[tokio::test]
async fn a_passphrase_opens_what_it_closed() {
    let disk = Disk::default();
    let passphrase = |text: &str| Opener::Passphrase(Zeroizing::new(text.to_owned()));
    disk.open(&passphrase("right")).await.unwrap();
    disk.open(&passphrase("right")).await.unwrap();
    let wrong = disk.open(&passphrase("wrong")).await.err();
    assert!(matches!(wrong, Some(StoreError::Corrupt(_))), "{wrong:?}");
}

#[tokio::test]
async fn a_batch_that_the_log_refuses_is_not_there() {
    let disk = Disk::default();
    let mut store = disk.open(&secret(1)).await.unwrap();
    store.commit(batch("a", b"1".to_vec())).await.unwrap();
    *disk.fails.borrow_mut() = true;
    assert!(store.commit(batch("a", b"2".to_vec())).await.is_err());
    let rows = store.rows(Space::Account).await.unwrap();
    assert_eq!(rows[0].1, b"1");
}

#[tokio::test]
async fn a_log_stays_as_short_as_what_it_leads_to() {
    let disk = Disk::default();
    let mut store = disk.open(&secret(1)).await.unwrap();
    let value = vec![7; 100_000];
    for _ in 0..60 {
        store.commit(batch("a", value.clone())).await.unwrap();
        store.commit(batch("b", value.clone())).await.unwrap();
    }
    assert!(disk.bytes() < 3 * SLACK_BYTES, "{}", disk.bytes());
    let mut store = disk.open(&secret(1)).await.unwrap();
    assert_eq!(store.rows(Space::Account).await.unwrap().len(), 2);
}

#[tokio::test]
async fn foreign_records_are_corruption() {
    let disk = Disk::default();
    disk.open(&secret(1)).await.unwrap();
    disk.records.borrow_mut().push(b"not a batch".to_vec());
    let refused = disk.open(&secret(1)).await.err();
    assert!(
        matches!(refused, Some(StoreError::Corrupt(_))),
        "{refused:?}"
    );
}
