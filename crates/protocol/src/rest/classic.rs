//! Classic accounts: a name and a password that the server itself checks, for clients that know nothing of our keys. Their
//! kind is fixed when they are made: no devices, no vault, shared-key rooms only. Our own clients never send a password,
//! whatever a server asks.
//!
//! Each body is JSON, or the fields of an HTML form. They share the paths of the other kind:
//!
//! * `POST /register`
//! * `POST /login`
//! * `POST /api/password`
//! * `POST /api/account/delete`

use serde::{Deserialize, Serialize};

use crate::{names::UserName, rest::InviteToken};

/// The password of a classic account, in the clear. `Debug` shows its type only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ClassicPassword(pub String);

impl std::fmt::Debug for ClassicPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClassicPassword")
    }
}

/// `POST /register` with a password: answered with a [`Session`](super::Session).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassicRegister {
    /// The wished name.
    pub username: UserName,
    /// One that the [rule](crate::password::check) lets through.
    pub password: ClassicPassword,
    /// The invite, where one is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<InviteToken>,
}

/// `POST /login` with a password: answered with a [`Session`](super::Session).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassicLogin {
    /// Who.
    pub username: UserName,
    /// What a guesser would have to know.
    pub password: ClassicPassword,
}

/// `POST /api/password` of a classic account: answered with a [`Session`](super::Session), the only one that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassicChange {
    /// The one so far.
    pub password: ClassicPassword,
    /// The one from now on.
    pub new_password: ClassicPassword,
}

/// `POST /api/account/delete` of a classic account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClassicDelete {
    /// Of the account.
    pub password: ClassicPassword,
}
