//! A certificate that the server gets itself.

use std::path::PathBuf;

use crate::public_url::PublicUrl;

/// Let's Encrypt.
const DIRECTORY: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// What to ask which authority for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acme {
    /// The names; people reach the server by the first.
    pub names: Vec<String>,
    /// Where the authority says what concerns the account: `mailto:…`.
    pub contact: Option<String>,
    /// Where it begins.
    pub directory: String,
    /// Its own root, if it is not one that the system knows.
    pub root: Option<PathBuf>,
}

/// Why the settings do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcmeError {
    /// Not a name.
    #[error(
        "ACME_DOMAIN is a name such as chat.example.org, or several with commas between; {0:?} is none"
    )]
    Name(String),
    /// Not a mail address.
    #[error("ACME_CONTACT is a mail address, not {0:?}")]
    Contact(String),
    /// Not over https.
    #[error("ACME_DIRECTORY begins with https://, not {0:?}")]
    Directory(String),
    /// Nothing to ask for.
    #[error("{0} is set, and ACME_DOMAIN is not")]
    ForNothing(&'static str),
}

/// Reads `ACME_DOMAIN` and what belongs to it. By `ACME_DOMAIN` the operator agrees to the terms of the authority.
pub(super) fn parse(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Acme>, AcmeError> {
    let Some(said) = variable("ACME_DOMAIN") else {
        let others = ["ACME_CONTACT", "ACME_DIRECTORY", "ACME_ROOT"];
        let other = others.into_iter().find(|name| variable(name).is_some());
        return other.map_or(Ok(None), |name| Err(AcmeError::ForNothing(name)));
    };
    let names = said.split(',').map(|name| name.trim().to_ascii_lowercase());
    let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
    let is_name = |name: &&String| PublicUrl::parse(&format!("https://{name}")).is_ok();
    if let Some(bad) = names.iter().find(|name| !is_name(name)) {
        return Err(AcmeError::Name(bad.clone()));
    }
    let contact = variable("ACME_CONTACT").map(|said| {
        let address = said.trim().trim_start_matches("mailto:");
        let is_one = address
            .split_once('@')
            .is_some_and(|(who, host)| !who.is_empty() && host.contains('.'));
        is_one
            .then(|| format!("mailto:{address}"))
            .ok_or_else(|| AcmeError::Contact(said.clone()))
    });
    let directory = variable("ACME_DIRECTORY").unwrap_or_else(|| DIRECTORY.to_owned());
    if !directory.starts_with("https://") {
        return Err(AcmeError::Directory(directory));
    }
    Ok(Some(Acme {
        names,
        contact: contact.transpose()?,
        directory,
        root: variable("ACME_ROOT").map(PathBuf::from),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Acme>, AcmeError> {
        parse(|name| {
            let said = pairs.iter().find(|(known, _)| *known == name);
            said.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn names_and_who_is_told() {
        assert_eq!(read(&[]), Ok(None));
        let two = ("ACME_DOMAIN", "Chat.example.org, www.example.org");
        let acme = read(&[two, ("ACME_CONTACT", "ops@example.org")])
            .unwrap()
            .unwrap();
        assert_eq!(acme.names, ["chat.example.org", "www.example.org"]);
        assert_eq!(acme.contact.as_deref(), Some("mailto:ops@example.org"));
        assert_eq!(acme.directory, DIRECTORY);
    }

    #[test]
    fn what_does_not_fit_says_why() {
        let why = |pairs: &[(&str, &str)]| read(pairs).unwrap_err().to_string();
        assert!(why(&[("ACME_DOMAIN", "192.0.2.1")]).contains("is none"));
        assert!(why(&[("ACME_DOMAIN", "*.example.org")]).contains("is none"));
        assert!(why(&[("ACME_CONTACT", "a@b.c")]).contains("ACME_DOMAIN is not"));
        let domain = ("ACME_DOMAIN", "chat.example.org");
        assert!(why(&[domain, ("ACME_CONTACT", "ops")]).contains("mail address"));
        assert!(why(&[domain, ("ACME_DIRECTORY", "http://x")]).contains("https://"));
    }
}
