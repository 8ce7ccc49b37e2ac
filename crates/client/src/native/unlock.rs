//! Opening the store's key, or making one.

use std::path::Path;

use rand_core::{OsRng, RngCore};
use zeroize::Zeroizing;

use super::{
    files,
    header::{Header, Protection},
    keyring::{self, Found},
};
use crate::store::{KeyError, StoreError, StoreKey};

/// What may open a store. Tried in this order for a new store; an existing one says what it needs.
pub struct Unlock<'a> {
    /// Keep the key in a file beside the store: no protection beyond the file's owner.
    pub insecure: bool,
    /// A passphrase, from the environment.
    pub passphrase: Option<Zeroizing<String>>,
    /// Whether to ask the operating system's keyring.
    pub keyring: bool,
    /// Asks a person; gives `None` where there is nobody to ask.
    pub ask: &'a mut dyn FnMut(Ask) -> Option<Zeroizing<String>>,
}

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// The passphrase of an existing store.
    Passphrase,
    /// A passphrase for a new store; the program asks twice.
    NewPassphrase,
}

impl Unlock<'_> {
    /// Makes a key for a new store and seals it under the first protection that is there.
    pub(super) fn protect(&mut self, key_file: &Path) -> Result<(StoreKey, Header), StoreError> {
        let key = StoreKey::generate(&mut OsRng);
        let header = |protection, keyring_name, sealed: Result<_, KeyError>| {
            sealed.map_err(opened_badly).map(|key| Header {
                protection,
                keyring_name,
                key,
            })
        };
        if self.insecure {
            let secret = secret();
            files::write_private(key_file, hex::encode(secret.as_slice()).as_bytes())?;
            let sealed = key.seal_under_secret(&secret, &mut OsRng);
            let header = header(Protection::File, String::new(), sealed)?;
            return Ok((key, header));
        }
        if self.passphrase.is_none() && self.keyring {
            let (name, secret) = (keyring_name(), secret());
            if keyring::keep(name.clone(), secret.clone()) {
                let sealed = key.seal_under_secret(&secret, &mut OsRng);
                let header = header(Protection::Keyring, name, sealed)?;
                return Ok((key, header));
            }
        }
        let passphrase = self.passphrase(Ask::NewPassphrase)?;
        let sealed = key.seal_under_passphrase(&passphrase, &mut OsRng);
        let header = header(Protection::Passphrase, String::new(), sealed)?;
        Ok((key, header))
    }

    /// Opens the key of an existing store.
    pub(super) fn open(
        &mut self,
        header: &Header,
        key_file: &Path,
    ) -> Result<StoreKey, StoreError> {
        let opened = match header.protection {
            Protection::File => {
                let missing = StoreError::Corrupt("its key file is missing");
                let text = files::read(key_file)?.ok_or(missing)?;
                let secret = hex::decode(text.trim_ascii())
                    .map_err(|_| StoreError::Corrupt("its key file is damaged"))?;
                header.key.open_with_secret(&Zeroizing::new(secret))
            }
            Protection::Keyring => match keyring::look_up(header.keyring_name.clone()) {
                Found::Secret(secret) => header.key.open_with_secret(&secret),
                Found::Nothing => {
                    return Err(StoreError::Corrupt(
                        "its key is not in the keyring any more",
                    ));
                }
                Found::NoKeyring => return Err(StoreError::Locked),
            },
            Protection::Passphrase => {
                let passphrase = self.passphrase(Ask::Passphrase)?;
                header.key.open_with_passphrase(&passphrase)
            }
        };
        opened.map_err(opened_badly)
    }

    fn passphrase(&mut self, ask: Ask) -> Result<Zeroizing<String>, StoreError> {
        self.passphrase
            .take()
            .or_else(|| (self.ask)(ask))
            .filter(|text| !text.is_empty())
            .ok_or(StoreError::Locked)
    }
}

fn opened_badly(error: KeyError) -> StoreError {
    match error {
        KeyError::WrongKey | KeyError::ShortSecret => {
            StoreError::Corrupt("its key does not open; the passphrase may be wrong")
        }
        KeyError::NoMemory => StoreError::Failed(error.to_string()),
    }
}

fn secret() -> Zeroizing<Vec<u8>> {
    let mut secret = Zeroizing::new(vec![0; 32]);
    OsRng.fill_bytes(&mut secret);
    secret
}

fn keyring_name() -> String {
    let mut name = [0; 8];
    OsRng.fill_bytes(&mut name);
    format!("store-{}", hex::encode(name))
}
