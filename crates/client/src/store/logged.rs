//! A shelf for a system that gives no database: all rows in memory, and a log of every batch that is durable before a
//! write returns.
//!
//! The first record says how the store's key is kept; every other one is a batch. When the log is much longer than what it
//! leads to, it is written anew. Whoever keeps the [`Log`] sees to it that a record is there as a whole or not at all.

mod record;

use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use self::record::{Header, Needs};
use super::{KeyError, Memory, Name, Range, RowWrite, Sealed, Shelf, StoreError, StoreKey, Tag};

/// A log may be so much longer than twice what it leads to before it is written anew, in bytes.
const SLACK_BYTES: usize = 1024 * 1024;
/// A record of a log that is written anew is about so long.
const PART_BYTES: usize = 1024 * 1024;

/// Where records go, in order.
pub trait Log: Sized + 'static {
    /// Adds a record. When this returns `Ok`, it is durable; otherwise it is not there.
    fn append(&mut self, record: Vec<u8>) -> impl Future<Output = Result<(), StoreError>>;

    /// Puts these records in the place of all that are there: all or nothing, durably.
    fn replace(&mut self, records: Vec<Vec<u8>>) -> impl Future<Output = Result<(), StoreError>>;

    /// Ends well.
    fn close(self) -> impl Future<Output = Result<(), StoreError>>;
}

/// What opens the key of a logged store.
pub enum Opener {
    /// A passphrase of a person, which is stretched: 64 MiB and some 0.5 s each time.
    Passphrase(Zeroizing<String>),
    /// At least 32 random bytes.
    Secret(Zeroizing<Vec<u8>>),
}

/// Opens the store whose records a log holds, or makes one where there are none.
///
/// # Errors
/// [`StoreError::Locked`] if the store needs the other kind of opener; [`StoreError::Corrupt`] if the records are not those
/// of a store, or the opener is wrong; [`StoreError::Failed`] if the log fails, or a secret is too short.
pub async fn open_logged<L: Log, R: CryptoRngCore + 'static>(
    mut log: L,
    records: Vec<Vec<u8>>,
    opener: &Opener,
    mut rng: R,
) -> Result<Sealed<Logged<L>, R>, StoreError> {
    let mut records = records.into_iter();
    let (first, key) = match records.next() {
        Some(first) => {
            let key = open_key(&record::read_header(&first)?, opener)?;
            (first, key)
        }
        None => {
            let (key, header) = make_key(opener, &mut rng)?;
            let first = record::write(&header)?;
            log.append(first.clone()).await?;
            (first, key)
        }
    };
    let shelf = Logged::load(log, first, records)?;
    Ok(Sealed::new(shelf, key, rng))
}

fn make_key(
    opener: &Opener,
    rng: &mut impl CryptoRngCore,
) -> Result<(StoreKey, Header), StoreError> {
    let key = StoreKey::generate(rng);
    let (needs, sealed) = match opener {
        Opener::Passphrase(text) => (Needs::Passphrase, key.seal_under_passphrase(text, rng)),
        Opener::Secret(secret) => (Needs::Secret, key.seal_under_secret(secret, rng)),
    };
    let sealed = sealed.map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok((key, Header::new(needs, sealed)))
}

fn open_key(header: &Header, opener: &Opener) -> Result<StoreKey, StoreError> {
    let sealed = header.key();
    let opened = match (header.needs, opener) {
        (Needs::Passphrase, Opener::Passphrase(text)) => sealed.open_with_passphrase(text),
        (Needs::Secret, Opener::Secret(secret)) => sealed.open_with_secret(secret),
        _ => return Err(StoreError::Locked),
    };
    opened.map_err(|error| match error {
        KeyError::WrongKey => {
            StoreError::Corrupt("its key does not open; the passphrase may be wrong")
        }
        KeyError::ShortSecret | KeyError::NoMemory => StoreError::Failed(error.to_string()),
    })
}

/// Rows in memory, and their log.
pub struct Logged<L> {
    log: L,
    rows: Memory,
    /// The first record, as it is.
    header: Vec<u8>,
    /// How long the log is, and how long it may get.
    length: usize,
    limit: usize,
}

impl<L: Log> Logged<L> {
    fn load(
        log: L,
        header: Vec<u8>,
        records: impl Iterator<Item = Vec<u8>>,
    ) -> Result<Self, StoreError> {
        let (mut rows, mut length) = (Memory::new(), header.len());
        for record in records {
            length += record.len();
            rows.take(record::read_batch(&record)?);
        }
        let mut shelf = Self {
            log,
            rows,
            header,
            length,
            limit: 0,
        };
        let (_, needed) = shelf.anew()?;
        shelf.limit = needed * 2 + SLACK_BYTES;
        Ok(shelf)
    }

    /// The shortest log that leads to these rows, and its length.
    fn anew(&self) -> Result<(Vec<Vec<u8>>, usize), StoreError> {
        let mut records = vec![self.header.clone()];
        let (mut part, mut bytes) = (Vec::new(), 0);
        for (tag, name, value) in self.rows.all() {
            bytes += value.len();
            part.push(RowWrite {
                tag: tag.clone(),
                name: name.clone(),
                value: Some(value.clone()),
            });
            if bytes >= PART_BYTES {
                records.push(record::write_batch(&part)?);
                (part, bytes) = (Vec::new(), 0);
            }
        }
        if !part.is_empty() {
            records.push(record::write_batch(&part)?);
        }
        let length = records.iter().map(Vec::len).sum();
        Ok((records, length))
    }

    async fn shorten(&mut self) -> Result<(), StoreError> {
        let (records, length) = self.anew()?;
        self.limit = length * 2 + SLACK_BYTES;
        // What is long already has no use for being written anew.
        if length + SLACK_BYTES < self.length {
            self.log.replace(records).await?;
            self.length = length;
        }
        Ok(())
    }
}

impl<L: Log> Shelf for Logged<L> {
    async fn rows(&mut self, tag: &Tag) -> Result<Vec<(Name, Vec<u8>)>, StoreError> {
        self.rows.rows(tag).await
    }

    async fn range(&mut self, tag: &Tag, range: Range) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.rows.range(tag, range).await
    }

    async fn write(&mut self, writes: Vec<RowWrite>) -> Result<(), StoreError> {
        if writes.is_empty() {
            return Ok(());
        }
        let record = record::write_batch(&writes)?;
        let length = record.len();
        self.log.append(record).await?;
        self.rows.take(writes);
        self.length += length;
        if self.length > self.limit
            && let Err(error) = self.shorten().await
        {
            // The batch is durable; the log is tried again when it has grown once more.
            tracing::warn!(%error, "the log of the store could not be written anew");
            self.limit = self.length * 2;
        }
        Ok(())
    }

    async fn close(self) -> Result<(), StoreError> {
        self.log.close().await
    }
}

#[cfg(test)]
mod tests;
