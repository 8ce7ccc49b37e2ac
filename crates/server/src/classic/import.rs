//! Classic accounts that come from another server: into the data of one that does not run.

use std::{collections::BTreeSet, path::Path};

use protocol::{ids::AccountId, names::UserName};

use super::{Classic, Kept, KeptError};
use crate::{
    data_dir::DataDir,
    login::OpaqueServer,
    secrets::{Sealer, SecretKey},
    serve::{ServeError, Surroundings},
    store::{
        Failure,
        classic::{ClassicStore as _, NewClassic},
        sqlite,
    },
};

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A line is not `name:hash`.
    #[error("line {0}: it is not a name, a colon, and what was kept of the password")]
    Form(usize),
    /// A name breaks the rules.
    #[error("line {0}: {1}")]
    Name(usize, String),
    /// A name stands there twice, or somebody here has it.
    #[error("line {0}: that name is taken")]
    Taken(usize),
    /// What was kept of a password cannot be taken over.
    #[error("line {0}: {1}")]
    Kept(usize, KeptError),
    /// The server's data.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// An account of another server.
struct Coming {
    line: usize,
    name: UserName,
    kept: Kept,
}

/// Takes accounts over, all or none, and answers how many. Each line is a name, a colon, and the hash of a password: PBKDF2
/// with SHA-256 as Werkzeug, Django and Passlib write it, bcrypt, or Argon2id. Empty lines, and those that begin with `#`,
/// say nothing. At its owner's next login the hash becomes one of ours.
///
/// # Errors
/// [`ImportError`] names the first line that is wrong, or says what is wrong with the data.
pub async fn import_classic(
    (data, database): (&Path, &Path),
    secret_key: Option<SecretKey>,
    text: &str,
) -> Result<usize, ImportError> {
    let coming = read(text)?;
    if !database.is_file() {
        return Err(ServeError::NoData(database.to_owned()).into());
    }
    // Its locks keep a server out as they keep this out while one runs.
    let held = DataDir::open(data, database).map_err(ServeError::from)?;
    let Surroundings { clock, entropy, .. } = Surroundings::of_the_machine()?;
    let key = match secret_key {
        Some(key) => key,
        None if held.has_secret_key() => held.secret_key(&entropy).map_err(ServeError::from)?,
        None => return Err(ServeError::KeyNotGiven.into()),
    };
    let other_key = |_| ServeError::OtherSecretKey;
    let sealer = Sealer::new(&key).map_err(other_key)?;
    let classic = Classic::new(true, &key, &entropy).map_err(other_key)?;
    let opened = sqlite::open(database, sqlite::Limits::default(), clock, entropy.fork()).await;
    let (store, events) = opened.map_err(ServeError::from)?;
    drop(events);
    // It opens what the server keeps, or it is not the server's key.
    let opaque = OpaqueServer::load(&store, sealer, &entropy).await;
    let imported = match opaque {
        Err(error) => Err(ServeError::from(error).into()),
        Ok(_) => {
            let new = coming.iter().map(|it| new(&classic, it, &entropy));
            match new.collect() {
                Ok(new) => (store.import_classic(new).await).map_err(|failure| match failure {
                    Failure::Refused(place) => {
                        ImportError::Taken(coming.get(place).map_or(0, |it| it.line))
                    }
                    Failure::Store(error) => ServeError::from(error).into(),
                }),
                Err(error) => Err(error),
            }
        }
    };
    store.close().await;
    imported.map(|()| coming.len())
}

fn new(
    classic: &Classic,
    coming: &Coming,
    entropy: &crate::entropy::Entropy,
) -> Result<NewClassic, ImportError> {
    let account = AccountId::from_bytes(entropy.bytes());
    let kept = classic.seal(account, &coming.kept, entropy);
    Ok(NewClassic {
        account,
        name: coming.name.clone(),
        kept: kept.map_err(|_| ServeError::OtherSecretKey)?,
        token: None,
        invite: None,
    })
}

fn read(text: &str) -> Result<Vec<Coming>, ImportError> {
    let mut names = BTreeSet::new();
    let mut coming = Vec::new();
    for (text, line) in text.lines().zip(1..) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, kept) = text.split_once(':').ok_or(ImportError::Form(line))?;
        let name = UserName::parse(name.trim());
        let name = name.map_err(|error| ImportError::Name(line, error.to_string()))?;
        let kept = Kept::parse(kept.trim()).map_err(|error| ImportError::Kept(line, error))?;
        if !names.insert(name.clone()) {
            return Err(ImportError::Taken(line));
        }
        coming.push(Coming { line, name, kept });
    }
    Ok(coming)
}
