//! How long a session lasts, however much it is used.

const DAY: u64 = 24 * 3_600_000;

/// Where the operator says nothing.
pub const SESSION_MILLIS: u64 = 365 * DAY;
/// More is as good as for ever, and stays within what a time can say.
const DAYS_MAX: u64 = 36_500;

/// `SECURE_CHAT_SESSION_MAX_DAYS` is no number of days.
#[derive(Debug, thiserror::Error)]
#[error("SECURE_CHAT_SESSION_MAX_DAYS is a whole number of days from 1 to {DAYS_MAX}, not {0:?}")]
pub struct SessionDaysError(String);

/// Reads `SECURE_CHAT_SESSION_MAX_DAYS`; the answer is in milliseconds.
pub(super) fn parse(said: Option<String>) -> Result<u64, SessionDaysError> {
    let Some(said) = said else {
        return Ok(SESSION_MILLIS);
    };
    match said.trim().parse::<u64>() {
        Ok(days @ 1..=DAYS_MAX) => Ok(days * DAY),
        _ => Err(SessionDaysError(said)),
    }
}
