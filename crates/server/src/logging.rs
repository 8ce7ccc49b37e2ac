//! Logs: structured, without content, addresses, tokens or names. JSON in production, text for people in development.

use tracing_subscriber::{EnvFilter, fmt, util::SubscriberInitExt as _};

use crate::config::Mode;

/// What is logged unless `RUST_LOG` says otherwise; the libraries' own words may quote requests and stay out.
const DEFAULT_FILTER: &str = "off,server=info";

/// Logs cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("logging is started already, or RUST_LOG does not read: {0}")]
pub struct LoggingError(String);

/// Starts logging to standard error, for the whole process. `filter` is the value of `RUST_LOG`, of which only
/// directives for this server count.
///
/// # Errors
/// If it was started before, or `filter` does not read.
pub fn start(mode: Mode, filter: Option<&str>) -> Result<(), LoggingError> {
    let ours = filter.map_or(Ok(DEFAULT_FILTER.to_owned()), only_ours)?;
    let filter = EnvFilter::try_new(ours).map_err(|error| LoggingError(error.to_string()))?;
    let builder = fmt::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = match mode {
        Mode::Development => builder.finish().try_init(),
        Mode::Production => builder.json().finish().try_init(),
    };
    started.map_err(|error| LoggingError(error.to_string()))?;
    std::panic::set_hook(Box::new(note_panic));
    Ok(())
}

/// A panic is a line of the log like others: its place, and not its words, which may quote a request.
fn note_panic(info: &std::panic::PanicHookInfo<'_>) {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "a mistake of the program");
}

/// Keeps the level of `server` and drops directives for anything else.
fn only_ours(filter: &str) -> Result<String, LoggingError> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let mut level = "info";
    for directive in filter.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let said = directive.strip_prefix("server=").unwrap_or(directive);
        if let Some(known) = LEVELS.iter().find(|known| known.eq_ignore_ascii_case(said)) {
            level = known;
        } else if !directive.contains('=') {
            return Err(LoggingError(format!("{directive:?} is no level")));
        }
    }
    Ok(format!("off,server={level}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_libraries_stay_out() {
        let cases = [
            ("debug", "off,server=debug"),
            ("server=trace", "off,server=trace"),
            ("hyper=trace,warn", "off,server=warn"),
            ("", "off,server=info"),
        ];
        for (said, counts) in cases {
            assert_eq!(only_ours(said).unwrap(), counts);
        }
        assert!(only_ours("loud").is_err());
    }
}
