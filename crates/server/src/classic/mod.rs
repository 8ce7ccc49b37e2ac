//! Classic accounts: the server itself checks a name and a password, for simple clients. What it keeps of a password is
//! Argon2id, sealed under its key; what was kept elsewhere as PBKDF2 or bcrypt becomes that at the next login.

#[cfg(feature = "fuzzing-for-tests")]
pub(crate) mod fuzzing;
mod import;
mod kept;

use std::{sync::Arc, time::Duration};

use protocol::{error::ErrorCode, ids::AccountId, password::MAX_BYTES, rest::ClassicPassword};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

pub use import::{ImportError, import_classic};
pub(crate) use kept::Kept;
pub use kept::KeptError;

use crate::{
    entropy::Entropy,
    failure::Refusal,
    secrets::{NotOpened, Sealed, Sealer, SecretKey},
};

/// Passwords that are stretched at once: each takes 19 MiB and a core.
const TURNS: usize = 2;
/// Whoever waits longer for a turn is told to come again.
const PATIENCE: Duration = Duration::from_secs(10);
/// When that is, in milliseconds.
const AGAIN_MILLIS: u64 = 5_000;

/// The server's half of classic accounts.
pub(crate) struct Classic {
    on: bool,
    sealer: Sealer,
    turns: Arc<Semaphore>,
    /// Nobody's: a login of a name that does not exist is stretched against it, for that takes as long.
    decoy: Kept,
}

/// What a right password says of how it was kept.
pub(crate) enum Right {
    /// As it should be.
    AsKept,
    /// Otherwise; this is to be kept in its place.
    Keep(Vec<u8>),
}

impl Classic {
    /// The state of a server with this key; off, it refuses every password.
    ///
    /// # Errors
    /// As [`Sealer::new`].
    pub(crate) fn new(on: bool, key: &SecretKey, entropy: &Entropy) -> Result<Self, NotOpened> {
        Ok(Self {
            on,
            sealer: Sealer::new(key)?,
            turns: Arc::new(Semaphore::new(TURNS)),
            decoy: Kept::of_nobody(&entropy.bytes()).ok_or(NotOpened)?,
        })
    }

    /// Whether this server takes plain passwords.
    ///
    /// # Errors
    /// `CLASSIC_LOGIN_OFF`.
    pub(crate) fn is_on(&self) -> Result<(), Refusal> {
        if self.on {
            Ok(())
        } else {
            Err(Refusal::of(ErrorCode::ClassicLoginOff))
        }
    }

    /// Stretches a password, and seals what comes of it for the account.
    ///
    /// # Errors
    /// `RATE_LIMITED` if too many others wait.
    pub(crate) async fn keep(
        &self,
        account: AccountId,
        password: ClassicPassword,
        entropy: &Entropy,
    ) -> Result<Vec<u8>, Refusal> {
        let (password, salt) = (Zeroizing::new(password.0), entropy.bytes());
        let kept = self
            .in_turn(move || Kept::new(&password, &salt))
            .await?
            .ok_or(Refusal::of(ErrorCode::ServerError))?;
        self.seal(account, &kept, entropy)
    }

    /// Whether a password is the account's; nobody has one where there is none.
    ///
    /// # Errors
    /// `LOGIN_FAILED`; `RATE_LIMITED` if too many others wait.
    pub(crate) async fn check(
        &self,
        kept: Option<(AccountId, &[u8])>,
        password: ClassicPassword,
        entropy: &Entropy,
    ) -> Result<Right, Refusal> {
        let failed = Refusal::of(ErrorCode::LoginFailed);
        let password = Zeroizing::new(password.0);
        if password.len() > MAX_BYTES {
            return Err(failed);
        }
        let (account, kept) = match kept {
            Some((account, sealed)) => (Some(account), self.open(account, sealed)?),
            None => (None, self.decoy.clone()),
        };
        let salt = entropy.bytes();
        let stretched = self.in_turn(move || {
            let is_right = kept.is_of(&password);
            let anew = (is_right && !kept.is_as_now()).then(|| Kept::new(&password, &salt));
            (is_right, anew.flatten())
        });
        match (stretched.await?, account) {
            ((true, None), Some(_)) => Ok(Right::AsKept),
            ((true, Some(anew)), Some(account)) => {
                self.seal(account, &anew, entropy).map(Right::Keep)
            }
            _ => Err(failed),
        }
    }

    /// What another server kept of a password, sealed for the account.
    ///
    /// # Errors
    /// `SERVER_ERROR`, as [`Sealer::seal`].
    pub(crate) fn seal(
        &self,
        account: AccountId,
        kept: &Kept,
        entropy: &Entropy,
    ) -> Result<Vec<u8>, Refusal> {
        let mut rng = entropy.fork();
        let sealed = Sealed::ClassicPassword(account);
        self.sealer
            .seal(sealed, kept.text().as_bytes(), &mut rng)
            .map_err(|_| Refusal::of(ErrorCode::ServerError))
    }

    fn open(&self, account: AccountId, sealed: &[u8]) -> Result<Kept, Refusal> {
        let broken = Refusal::of(ErrorCode::ServerError);
        let opened = self.sealer.open(Sealed::ClassicPassword(account), sealed);
        let opened = opened.map_err(|_| broken)?;
        let text = std::str::from_utf8(&opened).map_err(|_| broken)?;
        Kept::parse(text).map_err(|_| broken)
    }

    /// Runs what takes a core, beside the threads that serve.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_late| Refusal::rate_limited(AGAIN_MILLIS))?;
        let turn = turn.map_err(|_closed| Refusal::of(ErrorCode::ShuttingDown))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await
            .map_err(|_panicked| Refusal::of(ErrorCode::ServerError))
    }
}
