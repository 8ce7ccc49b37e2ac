//! Under which address people reach this server: what passkeys are bound to.

/// Scheme, host and, where it is not the scheme's own, port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
}

/// `SECURE_CHAT_PUBLIC_URL` is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "SECURE_CHAT_PUBLIC_URL is an address such as https://chat.example.org, without a path, and http:// for localhost only; not {0:?}"
)]
pub struct PublicUrlError(String);

impl PublicUrl {
    /// Reads one.
    ///
    /// # Errors
    /// If it is none, or one that browsers give no passkeys to.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let none = || PublicUrlError(text.to_owned());
        let url = text.trim().to_ascii_lowercase();
        let url = url.strip_suffix('/').unwrap_or(&url);
        let (scheme, place) = url.split_once("://").ok_or_else(none)?;
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().map_err(|_| none())?)),
            None => (place, None),
        };
        let own_port = match scheme {
            "https" => 443,
            "http" if host == "localhost" || host.ends_with(".localhost") => 80,
            _ => return Err(none()),
        };
        if !is_name(host) {
            return Err(none());
        }
        let port = port.filter(|port| *port != own_port);
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        Ok(Self {
            origin: format!("{scheme}://{host}{port}"),
            host: host.to_owned(),
        })
    }

    /// Of a server on this machine's own port, where the operator says nothing.
    pub(crate) fn localhost(port: u16) -> Self {
        let host = "localhost".to_owned();
        let port = if port == 80 {
            String::new()
        } else {
            format!(":{port}")
        };
        Self {
            origin: format!("http://{host}{port}"),
            host,
        }
    }

    /// Of a server with a certificate for `host`, where the operator says nothing.
    pub(crate) fn of_certificate(host: &str, port: u16) -> Option<Self> {
        Self::parse(&format!("https://{host}:{port}")).ok()
    }

    /// Whether it is for people on this machine only.
    pub(crate) fn is_local(&self) -> bool {
        self.host == "localhost" || self.host.ends_with(".localhost")
    }

    /// As browsers spell where a page comes from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The name that passkeys are for.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

/// A name and no number: no passkey is for an address of digits.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253 && host.split('.').all(label) && !last.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_browsers_spell_it() {
        for (text, origin, host) in [
            (
                "https://chat.example.org",
                "https://chat.example.org",
                "chat.example.org",
            ),
            (
                " https://Chat.Example.org/ ",
                "https://chat.example.org",
                "chat.example.org",
            ),
            (
                "https://chat.example.org:443",
                "https://chat.example.org",
                "chat.example.org",
            ),
            (
                "https://chat.example.org:8443",
                "https://chat.example.org:8443",
                "chat.example.org",
            ),
            (
                "http://localhost:5000",
                "http://localhost:5000",
                "localhost",
            ),
            ("http://localhost:80", "http://localhost", "localhost"),
        ] {
            let url = PublicUrl::parse(text).unwrap();
            assert_eq!((url.origin(), url.host()), (origin, host), "{text}");
        }
        let parsed = PublicUrl::parse("http://localhost:5000").unwrap();
        assert_eq!(PublicUrl::localhost(5000), parsed);
    }

    #[test]
    fn what_gets_no_passkeys_is_refused() {
        for text in [
            "",
            "chat.example.org",
            "http://chat.example.org",
            "https://chat.example.org/path",
            "https://me@chat.example.org",
            "https://192.0.2.7",
            "https://[::1]:5000",
            "http://127.0.0.1:5000",
            "https://chat.example.org:port",
            "https://-.org",
            "https://a..org",
            "ftp://chat.example.org",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }
}
