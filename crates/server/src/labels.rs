//! What the server hashes and seals for.

/// Starts the hash of an identity key that is an account's id: the same as on the client (PROTOCOL section 2).
pub(crate) const ACCOUNT: &[u8] = b"secure-chat/1 account";
/// Starts the hash that names a session in a list.
pub(crate) const SESSION_ID: &[u8] = b"secure-chat/1 session id";
/// Starts the hash that is the client id of a notice.
pub(crate) const NOTICE_ID: &[u8] = b"secure-chat/1 notice id";
/// `info` of the key under which backup codes are hashed.
pub(crate) const BACKUP_CODES: &[u8] = b"secure-chat/1 backup codes";
/// `info` of the key for what the server itself keeps sealed.
pub(crate) const SERVER_SEAL: &[u8] = b"secure-chat/1 server seal";
/// Starts the hash that names a family of refresh tokens.
pub(crate) const TOKEN_FAMILY: &[u8] = b"secure-chat/1 token family";
/// Starts the hash that names an API token in a list.
pub(crate) const API_TOKEN_ID: &[u8] = b"secure-chat/1 api token id";
/// Starts `info` of the key of access tokens of a month.
pub(crate) const ACCESS_TOKENS: &[u8] = b"secure-chat/1 access tokens";
