//! Development or production.

/// How careful the defaults are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Open registration; a secret key is made and kept if none is given; logs for people.
    Development,
    /// Registration by invite; the secret key must be given; logs as JSON.
    Production,
}

/// The mode is neither word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} is \"development\" or \"production\", not {value:?}")]
pub struct ModeError {
    name: &'static str,
    value: String,
}

/// `SECURE_CHAT_ENV`, else `FLASK_ENV`, else development where nobody but this machine reaches the server.
pub(super) fn parse(
    ours: Option<String>,
    flask: Option<String>,
    alone: bool,
) -> Result<Mode, ModeError> {
    let (name, said) = match (ours, flask) {
        (Some(value), _) => ("SECURE_CHAT_ENV", value),
        (None, Some(value)) => ("FLASK_ENV", value),
        (None, None) if alone => return Ok(Mode::Development),
        (None, None) => return Ok(Mode::Production),
    };
    match said.trim() {
        "development" => Ok(Mode::Development),
        "production" => Ok(Mode::Production),
        _ => Err(ModeError { name, value: said }),
    }
}
