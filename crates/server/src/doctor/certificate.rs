//! The certificate, its key, and the pins.

use std::path::Path;

use protocol::time::Timestamp;

use super::Finding;
use crate::{
    config::Config,
    tls::{Certificate, Facts},
};

const DAY: u64 = 24 * 3_600_000;
/// With less than this left a renewal is late.
const LATE: u64 = 21 * DAY;

pub(super) fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let Some(files) = &config.transport.certificate_files(&config.data) else {
        return Vec::new();
    };
    let part = "certificate";
    if config.transport.acme.is_some() && !files.chain.exists() {
        return vec![Finding::well(
            part,
            "is got at the first start, from the authority of ACME_DIRECTORY",
        )];
    }
    let facts = match Certificate::read(files) {
        Ok(certificate) => certificate.facts,
        Err(error) => return vec![Finding::bad(part, format!("{error}."))],
    };
    let mut findings = vec![validity(config, &facts, now), names(config, &facts)];
    findings.extend(permissions(&files.key));
    findings.push(pins(config, &facts));
    findings
}

fn validity(config: &Config, facts: &Facts, now: Timestamp) -> Finding {
    let part = "certificate";
    let days = facts.until.since(now) / DAY;
    if now < facts.from {
        let says = format!(
            "holds from {} on, and it is {now}: is this machine's clock right?",
            facts.from
        );
        return Finding::bad(part, says);
    }
    if !facts.holds_at(now) {
        return Finding::bad(
            part,
            format!(
                "ended at {}. Renew it; the server reads the files by itself.",
                facts.until
            ),
        );
    }
    if facts.self_signed && config.transport.acme.is_some() {
        let says = "the authority has signed nothing yet: the log of the server says why.";
        return Finding::look(part, says);
    }
    if !facts.holds_at(now.plus(LATE)) {
        let says = format!("ends in {days} days, and was not renewed. See why.");
        return Finding::look(part, says);
    }
    Finding::well(part, format!("holds for {days} days"))
}

fn names(config: &Config, facts: &Facts) -> Finding {
    let part = "name";
    let Some(host) = config.public_url.as_ref().map(|url| url.host()) else {
        return match facts.names.first() {
            Some(name) => Finding::well(part, name.clone()),
            None => Finding::bad(
                part,
                "the certificate is for no name: browsers will refuse it.",
            ),
        };
    };
    let covers = |name: &String| {
        name == host
            || name
                .strip_prefix("*.")
                .is_some_and(|of| host.split_once('.').is_some_and(|(_, rest)| rest == of))
    };
    if facts.names.iter().any(covers) {
        Finding::well(part, format!("the certificate is for {host}"))
    } else {
        let names = facts.names.join(", ");
        let says =
            format!("the certificate is for {names}, and SECURE_CHAT_PUBLIC_URL says {host}.");
        Finding::bad(part, says)
    }
}

/// Whether others on this machine read the key.
fn permissions(key: &Path) -> Option<Finding> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let mode = std::fs::metadata(key).ok()?.mode() & 0o777;
        if mode & 0o007 != 0 {
            let path = key.display();
            let says = format!(
                "{path} has mode {mode:o}: everybody on this machine reads it. chmod 600 {path}"
            );
            return Some(Finding::bad("private key", says));
        }
    }
    let _ = key;
    Some(Finding::well("private key", "others cannot read it"))
}

fn pins(config: &Config, facts: &Facts) -> Finding {
    let part = "pins";
    let spare = &config.transport.spare_pins;
    if spare.is_empty() {
        let says = format!(
            "{}. Clients do not keep it: no key waits behind it (SECURE_CHAT_PINS).",
            facts.pin
        );
        return Finding::well(part, says);
    }
    if spare.iter().all(|pin| *pin == facts.pin) {
        let says = "SECURE_CHAT_PINS has nothing but the key in use: with that one lost all clients are locked out. Make another: secure-chat pin --spare FILE";
        return Finding::bad(part, says);
    }
    Finding::well(
        part,
        format!("{}, and {} behind it", facts.pin, spare.len()),
    )
}
