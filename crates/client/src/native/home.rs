//! A home: the directory that holds one device's state.

use std::path::{Path, PathBuf};

use rand_core::OsRng;

use super::{Pins, Sqlite, files, header::Protection, keyring, lock::HomeLock, unlock::Unlock};
use crate::{
    store::{Sealed, Shelf as _, StoreError},
    transport::ServerUrl,
};

/// A directory with `store.db` (sealed), `server` (its address in the clear), `lock`, and with the insecure
/// setting `store.key`. One process owns it at a time.
#[derive(Debug)]
pub struct Home {
    dir: PathBuf,
    _lock: HomeLock,
}

/// The store of a native program.
pub type NativeStore = Sealed<Sqlite, OsRng>;

impl Home {
    /// Takes a directory, made if it is not there, for this process.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process has it; [`StoreError::Failed`] if it cannot be used.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        files::make_private_dir(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            _lock: HomeLock::take(dir)?,
        })
    }

    /// Whether there is a store.
    pub fn has_store(&self) -> bool {
        self.store_path().exists()
    }

    /// Opens the store.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if nothing opens its key; [`StoreError::Corrupt`] if it is damaged, or the
    /// passphrase is wrong.
    pub async fn open_store(&self, unlock: &mut Unlock<'_>) -> Result<NativeStore, StoreError> {
        let (shelf, header) = Sqlite::open(&self.store_path()).await?;
        let key = unlock.open(&header, &self.key_path())?;
        Ok(Sealed::new(shelf, key, OsRng))
    }

    /// Makes the store of a new home.
    ///
    /// # Errors
    /// [`StoreError::Locked`] if there is no way to protect its key; [`StoreError::Failed`] if there is a store.
    pub async fn create_store(&self, unlock: &mut Unlock<'_>) -> Result<NativeStore, StoreError> {
        if self.has_store() {
            return Err(StoreError::Failed("this home has a store".to_owned()));
        }
        let (key, header) = unlock.protect(&self.key_path())?;
        let shelf = Sqlite::create(&self.store_path(), &header).await?;
        Ok(Sealed::new(shelf, key, OsRng))
    }

    /// The server that this home belongs to.
    ///
    /// # Errors
    /// The file cannot be read, or holds no address.
    pub fn server(&self) -> Result<Option<ServerUrl>, StoreError> {
        let damaged = StoreError::Corrupt("the file `server` holds no address");
        let Some(bytes) = files::read(&self.dir.join("server"))? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged.clone())?;
        let mut lines = text.lines();
        let url = ServerUrl::parse(lines.next().unwrap_or_default());
        let url = url.map_err(|_| damaged.clone())?;
        let pins = pins(lines).ok_or(damaged)?;
        Ok(Some(url.trusted(pins)))
    }

    /// Notes the server that this home belongs to, and its pins.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_server(&self, url: &ServerUrl) -> Result<(), StoreError> {
        let Pins { pins, alone } = url.trust().pins();
        let word = if *alone { TRUST } else { PIN };
        let mut text = format!("{url}\n");
        for pin in pins {
            text.push_str(&format!("{word} {pin}\n"));
        }
        files::write_private(&self.dir.join("server"), text.as_bytes())
    }

    /// Takes away what this home holds, and the secret in the keyring that opens it. What is missing already is no error,
    /// so that whoever was interrupted does it again.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub async fn wipe(self) -> Result<(), StoreError> {
        if self.has_store()
            && let Ok((shelf, header)) = Sqlite::open(&self.store_path()).await
        {
            shelf.close().await?;
            if header.protection == Protection::Keyring {
                keyring::forget(header.keyring_name);
            }
        }
        // The store first: without it this home is an empty one.
        for name in [
            "store.db",
            "store.db-wal",
            "store.db-shm",
            "store.key",
            "server",
        ] {
            files::remove(&self.dir.join(name))?;
        }
        Ok(())
    }

    fn store_path(&self) -> PathBuf {
        self.dir.join("store.db")
    }

    fn key_path(&self) -> PathBuf {
        self.dir.join("store.key")
    }
}

/// A line of the file `server` for a key that the server may have, if an authority vouches for it as well.
const PIN: &str = "pin";
/// The same for a key that needs nobody to vouch for it.
const TRUST: &str = "trust";

/// The pins below the address. `None` where a line is neither.
fn pins<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Pins> {
    let mut read = Pins::default();
    for line in lines.filter(|line| !line.is_empty()) {
        let (word, pin) = line.split_once(' ')?;
        read.pins.push(pin.parse().ok()?);
        read.alone = match word {
            PIN => false,
            TRUST => true,
            _ => return None,
        };
    }
    Some(read)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use engine::api::{Batch, Key, Space};
    use protocol::pin::Pin;
    use zeroize::Zeroizing;

    use super::*;
    use crate::store::Store;

    fn row() -> (Key, Vec<u8>) {
        (
            Key::Named(Space::Account, b"me".to_vec()),
            b"a plain marker of some length".to_vec(),
        )
    }

    async fn filled(home: &Home, unlock: &mut Unlock<'_>) {
        let mut store = home.create_store(unlock).await.unwrap();
        let mut batch = Batch::default();
        let (key, value) = row();
        batch.put(key, value);
        store.commit(batch).await.unwrap();
        store.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_home_is_wiped_and_can_be_used_anew() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let home = Home::take(dir.path()).unwrap();
            filled(&home, &mut insecure(&mut nobody)).await;
            home.set_server(&ServerUrl::parse("http://localhost:5000").unwrap())
                .unwrap();
            fs::write(dir.path().join("letter.txt"), "the person's own").unwrap();
            home.wipe().await.unwrap();
            let left = fs::read_dir(dir.path()).unwrap().map(Result::unwrap);
            let mut left: Vec<_> = left.map(|entry| entry.file_name()).collect();
            left.sort();
            assert_eq!(left, ["letter.txt", "lock"]);
        }
        Home::take(dir.path()).unwrap().wipe().await.unwrap();
    }

    async fn opened(home: &Home, unlock: &mut Unlock<'_>) -> Result<(), StoreError> {
        let mut store = home.open_store(unlock).await?;
        assert_eq!(store.rows(Space::Account).await?, [row()]);
        store.close().await
    }

    fn nobody(_: super::super::Ask) -> Option<Zeroizing<String>> {
        None
    }

    fn by_passphrase<'a>(
        text: &str,
        ask: &'a mut dyn FnMut(super::super::Ask) -> Option<Zeroizing<String>>,
    ) -> Unlock<'a> {
        Unlock {
            insecure: false,
            passphrase: Some(Zeroizing::new(text.to_owned())),
            keyring: false,
            ask,
        }
    }

    fn insecure(ask: &mut dyn FnMut(super::super::Ask) -> Option<Zeroizing<String>>) -> Unlock<'_> {
        Unlock {
            insecure: true,
            passphrase: None,
            keyring: false,
            ask,
        }
    }

    #[test]
    fn a_home_remembers_its_server_and_the_pins() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        let url = ServerUrl::parse("https://chat.example.org").unwrap();
        let two = vec![Pin::from_bytes([1; 32]), Pin::from_bytes([2; 32])];
        for (pins, alone) in [(vec![], false), (two.clone(), false), (two, true)] {
            let pins = Pins { pins, alone };
            home.set_server(&url.clone().trusted(pins.clone())).unwrap();
            let known = home.server().unwrap().unwrap();
            assert_eq!((&known, known.trust().pins()), (&url, &pins));
        }
        for damage in ["pin", "pin sha256/AAAA", "other sha256/AAAA"] {
            let text = format!("{url}\n{damage}\n");
            fs::write(dir.path().join("server"), text).unwrap();
            assert!(matches!(home.server(), Err(StoreError::Corrupt(_))));
        }
    }

    #[tokio::test]
    async fn a_store_opens_again_with_its_passphrase_only() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        filled(&home, &mut by_passphrase("right", &mut nobody)).await;
        opened(&home, &mut by_passphrase("right", &mut nobody))
            .await
            .unwrap();
        let wrong = opened(&home, &mut by_passphrase("wrong", &mut nobody)).await;
        assert!(matches!(wrong, Err(StoreError::Corrupt(_))));
        let none = opened(&home, &mut insecure(&mut nobody)).await;
        assert_eq!(none, Err(StoreError::Locked));
    }

    #[tokio::test]
    async fn without_anybody_to_ask_a_new_store_stays_locked() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        let mut unlock = Unlock {
            insecure: false,
            passphrase: None,
            keyring: false,
            ask: &mut nobody,
        };
        let refused = home.create_store(&mut unlock).await.err();
        assert_eq!(refused, Some(StoreError::Locked));
        assert!(!home.has_store());
    }

    #[tokio::test]
    async fn damage_is_corruption_and_never_an_empty_store() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        filled(&home, &mut insecure(&mut nobody)).await;
        let whole = fs::read(home.store_path()).unwrap();
        let key = fs::read(home.key_path()).unwrap();
        let damages: [&dyn Fn(); 5] = [
            &|| fs::write(home.store_path(), b"").unwrap(),
            &|| fs::write(home.store_path(), b"not a database at all").unwrap(),
            &|| fs::write(home.store_path(), &whole[..whole.len() / 2]).unwrap(),
            &|| fs::write(home.key_path(), hex::encode([0; 32])).unwrap(),
            &|| fs::remove_file(home.key_path()).unwrap(),
        ];
        for (number, damage) in damages.iter().enumerate() {
            fs::write(home.store_path(), &whole).unwrap();
            fs::write(home.key_path(), &key).unwrap();
            opened(&home, &mut insecure(&mut nobody)).await.unwrap();
            damage();
            let refused = opened(&home, &mut insecure(&mut nobody)).await;
            assert!(
                matches!(refused, Err(StoreError::Corrupt(_))),
                "{number}: {refused:?}"
            );
        }
    }

    #[tokio::test]
    async fn nothing_readable_lies_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::take(dir.path()).unwrap();
        filled(&home, &mut by_passphrase("right", &mut nobody)).await;
        for file in fs::read_dir(dir.path()).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(14).any(|window| window == b"a plain marker"));
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_home_and_its_key_are_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("a").join("b");
        let home = Home::take(&inner).unwrap();
        filled(&home, &mut insecure(&mut nobody)).await;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&inner), 0o700);
        assert_eq!(mode(&home.key_path()), 0o600);
    }
}
