//! What an operator should know before a server starts, and while it runs: each part is looked at, nothing is changed.

mod certificate;
mod data;
mod key;

use std::net::TcpListener;

use protocol::time::Timestamp;

use crate::config::{Config, Hsts, Mode};

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Well,
    /// Worth a look.
    Look,
    /// The server does not start so, or should not.
    Bad,
}

/// What was found of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which part.
    pub part: &'static str,
    /// How it is.
    pub health: Health,
    /// In a sentence, with what to do.
    pub says: String,
}

impl Finding {
    fn well(part: &'static str, says: impl Into<String>) -> Self {
        Self::of(part, Health::Well, says)
    }

    fn look(part: &'static str, says: impl Into<String>) -> Self {
        Self::of(part, Health::Look, says)
    }

    fn bad(part: &'static str, says: impl Into<String>) -> Self {
        Self::of(part, Health::Bad, says)
    }

    fn of(part: &'static str, health: Health, says: impl Into<String>) -> Self {
        Self {
            part,
            health,
            says: says.into(),
        }
    }
}

/// Looks at everything that a server of this configuration stands on.
pub async fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = check(config).await;
    findings.push(listening(config));
    findings.extend(certificate::examine(config, now));
    findings.extend(data::examine(config, now).await);
    findings.push(open_files());
    findings
}

/// What the configuration comes to, and whether its keys are those of the data, for whoever only checks that.
pub async fn check(config: &Config) -> Vec<Finding> {
    let mut findings = summary(config);
    findings.extend(key::examine(config).await);
    findings
}

fn summary(config: &Config) -> Vec<Finding> {
    let mode = match config.mode {
        Mode::Development => {
            "development: open registration, and a key of its own. Set SECURE_CHAT_ENV=production for other people."
        }
        Mode::Production => "production",
    };
    let transport = &config.transport;
    let reach = if transport.acme.is_some() {
        "TLS by this server, with a certificate that it gets itself"
    } else if transport.certificate.is_some() {
        "TLS by this server"
    } else if transport.has_proxy() {
        "plain HTTP, from the proxies in TRUSTED_PROXY alone"
    } else {
        "plain HTTP on this machine alone"
    };
    let classic = if config.classic_login {
        "on: passwords of such accounts reach this server"
    } else {
        "off"
    };
    let mut findings = vec![
        Finding::well("mode", mode),
        Finding::well("reached by", format!("{reach}, at {}", config.listen)),
        Finding::well(
            "registration",
            format!("{:?}", config.registration).to_lowercase(),
        ),
        Finding::well("classic accounts", classic),
    ];
    findings.push(public_url(config));
    if transport.is_encrypted() && transport.hsts == Hsts::Off {
        let says =
            "SECURE_CHAT_HSTS is off: browsers may be led to plain HTTP at their first step.";
        findings.push(Finding::look("HSTS", says));
    }
    findings
}

fn public_url(config: &Config) -> Finding {
    let part = "public address";
    match &config.public_url {
        Some(url) => Finding::well(part, url.origin()),
        None if config.transport.certificate.is_some() => Finding::look(
            part,
            "SECURE_CHAT_PUBLIC_URL is not set: the first name of the certificate counts, with the port that is listened at.",
        ),
        None => Finding::well(part, "this machine's own"),
    }
}

fn listening(config: &Config) -> Finding {
    let part = "listen address";
    match TcpListener::bind(config.listen) {
        Ok(_) => Finding::well(part, format!("{} is free", config.listen)),
        Err(error) => Finding::look(
            part,
            format!(
                "{}: {error}. A server runs there, or this account may not listen there.",
                config.listen
            ),
        ),
    }
}

/// Two for each connection that is open at once, and some for itself.
const FILES: u64 = 4_096;

fn open_files() -> Finding {
    let part = "open files";
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        match getrlimit(Resource::Nofile).maximum {
            Some(most) if most < FILES => Finding::look(
                part,
                format!(
                    "this process may have {most}: so many connections at once, and no more. Raise the limit (LimitNOFILE=65536)."
                ),
            ),
            Some(most) => Finding::well(part, format!("up to {most}")),
            None => Finding::well(part, "as many as there are"),
        }
    }
    #[cfg(not(unix))]
    Finding::well(part, format!("{FILES} are assumed"))
}

#[cfg(test)]
mod tests;
