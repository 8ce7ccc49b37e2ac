//! What is kept of a password: Argon2id, or as another server has kept it.

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::SaltString,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// What a password costs: memory in KiB, passes, lanes (OWASP, Password Storage Cheat Sheet).
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
const HASH_BYTES: usize = 32;
pub(super) const SALT_BYTES: usize = 16;
/// PBKDF2 with fewer rounds is guessed too fast, with more it holds the server up.
const ROUNDS: std::ops::RangeInclusive<u32> = 100_000..=10_000_000;
/// The same for the cost of bcrypt.
const BCRYPT_COST: std::ops::RangeInclusive<u32> = 10..=16;

/// More than this of Argon2id holds the server up.
const ARGON2_KIB_MAX: u32 = 256 * 1024;
const ARGON2_PASSES_MAX: u32 = 16;

/// Why a text is nothing that is kept of a password here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// It has no form that is known.
    #[error(
        "it is neither Argon2id, nor PBKDF2 with SHA-256 (of Werkzeug, Django or Passlib), nor bcrypt"
    )]
    Unknown,
    /// It costs a guesser too little, or this server too much.
    #[error(
        "it has too few rounds to protect anybody, or too many: PBKDF2 needs 100000, bcrypt a cost of 10"
    )]
    Cost,
}

/// What is kept of one password.
#[derive(Clone)]
pub(crate) struct Kept {
    text: String,
    form: Form,
}

#[derive(Clone)]
enum Form {
    Argon2id,
    Bcrypt,
    Pbkdf2 {
        rounds: u32,
        salt: Vec<u8>,
        hash: Vec<u8>,
    },
}

impl Kept {
    /// Stretches a password; none if the library refuses its own parameters.
    pub(crate) fn new(password: &str, salt: &[u8; SALT_BYTES]) -> Option<Self> {
        let salt = SaltString::encode_b64(salt).ok()?;
        let hash = argon2id()?.hash_password(password.as_bytes(), &salt).ok()?;
        Some(Self {
            text: hash.to_string(),
            form: Form::Argon2id,
        })
    }

    /// One that no password opens but by guessing these bytes.
    pub(super) fn of_nobody(drawn: &[u8; SALT_BYTES]) -> Option<Self> {
        Self::new(&hex::encode(drawn), drawn)
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// [`KeptError`].
    pub(crate) fn parse(text: &str) -> Result<Self, KeptError> {
        Ok(Self {
            text: text.to_owned(),
            form: form(text)?,
        })
    }

    /// As it is stored.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is what this version keeps of a new password.
    pub(crate) fn is_as_now(&self) -> bool {
        let parsed = PasswordHash::new(&self.text).ok();
        let params = parsed.and_then(|hash| Params::try_from(&hash).ok());
        matches!(self.form, Form::Argon2id)
            && params.is_some_and(|it| (it.m_cost(), it.t_cost(), it.p_cost()) == COST)
    }

    /// Whether it is of this password.
    pub(crate) fn is_of(&self, password: &str) -> bool {
        match &self.form {
            Form::Argon2id => {
                let hash = PasswordHash::new(&self.text);
                let verify = |hash| argon2id()?.verify_password(password.as_bytes(), &hash).ok();
                hash.ok().and_then(verify).is_some()
            }
            Form::Bcrypt => bcrypt::verify(password, &self.text).unwrap_or(false),
            Form::Pbkdf2 { rounds, salt, hash } => {
                let mut made = [0; HASH_BYTES];
                pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, *rounds, &mut made);
                made.ct_eq(hash.as_slice()).into()
            }
        }
    }
}

fn argon2id() -> Option<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).ok()?;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn form(text: &str) -> Result<Form, KeptError> {
    if text.starts_with("$argon2id$") {
        return argon2id_form(text);
    }
    if let Some(rest) = ["$2a$", "$2b$", "$2y$"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
    {
        return bcrypt_form(rest);
    }
    pbkdf2_form(text)
}

/// Of any cost that does not hold the server up: a cheaper one than ours becomes ours.
fn argon2id_form(text: &str) -> Result<Form, KeptError> {
    let hash = PasswordHash::new(text).ok();
    let hash = hash.filter(|it| it.hash.is_some());
    let params = hash.and_then(|it| Params::try_from(&it).ok());
    let params = params.ok_or(KeptError::Unknown)?;
    if params.m_cost() > ARGON2_KIB_MAX || params.t_cost() > ARGON2_PASSES_MAX {
        return Err(KeptError::Cost);
    }
    Ok(Form::Argon2id)
}

/// What follows the version: two digits of cost, a dollar sign, 53 characters of salt and hash.
fn bcrypt_form(rest: &str) -> Result<Form, KeptError> {
    let (cost, tail) = rest.split_once('$').ok_or(KeptError::Unknown)?;
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '/';
    if tail.len() != 53 || !tail.chars().all(is_base64) {
        return Err(KeptError::Unknown);
    }
    match cost.parse() {
        Ok(cost) if BCRYPT_COST.contains(&cost) => Ok(Form::Bcrypt),
        Ok(_) => Err(KeptError::Cost),
        Err(_) => Err(KeptError::Unknown),
    }
}

/// Of Werkzeug (`pbkdf2:sha256:ROUNDS$salt$hex`), Django (`pbkdf2_sha256$ROUNDS$salt$base64`), or Passlib
/// (`$pbkdf2-sha256$ROUNDS$salt$hash`, whose base64 has a full stop for the plus sign).
fn pbkdf2_form(text: &str) -> Result<Form, KeptError> {
    let form = if let Some(rest) = text.strip_prefix("pbkdf2:sha256:") {
        let [rounds, salt, hash] = three(rest)?;
        (rounds, salt.into(), hex::decode(hash).ok())
    } else if let Some(rest) = text.strip_prefix("pbkdf2_sha256$") {
        let [rounds, salt, hash] = three(rest)?;
        (rounds, salt.into(), STANDARD.decode(hash).ok())
    } else if let Some(rest) = text.strip_prefix("$pbkdf2-sha256$") {
        let [rounds, salt, hash] = three(rest)?;
        let decode = |text: &str| STANDARD_NO_PAD.decode(text.replace('.', "+")).ok();
        let salt = decode(salt).ok_or(KeptError::Unknown)?;
        (rounds, salt, decode(hash))
    } else {
        return Err(KeptError::Unknown);
    };
    let (rounds, salt, hash) = form;
    let rounds = rounds.parse().map_err(|_| KeptError::Unknown)?;
    let hash = hash.filter(|hash| hash.len() == HASH_BYTES);
    let hash = hash.ok_or(KeptError::Unknown)?;
    if !ROUNDS.contains(&rounds) {
        return Err(KeptError::Cost);
    }
    Ok(Form::Pbkdf2 { rounds, salt, hash })
}

fn three(text: &str) -> Result<[&str; 3], KeptError> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().map_err(|_| KeptError::Unknown)
}

#[cfg(test)]
mod tests;
