//! The address of a server as a person writes it.

use reqwest::Url;

use super::{Pins, Trust};
use crate::transport::{ServerUrl, UrlError};

impl ServerUrl {
    /// Reads an address such as `https://chat.example.org` or `http://localhost:5000`.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let base = Url::parse(text.trim()).map_err(|_| UrlError::NotAnAddress)?;
        let encrypted = match base.scheme() {
            "http" => false,
            "https" => true,
            _ => return Err(UrlError::NotAnAddress),
        };
        let named = !base.username().is_empty() || base.password().is_some();
        if named || base.path() != "/" || base.query().is_some() || base.fragment().is_some() {
            return Err(UrlError::TooMuch);
        }
        if encrypted || is_this_machine(&base) {
            Ok(Self::of_origin(base.origin().ascii_serialization()))
        } else {
            Err(UrlError::NotThisMachine)
        }
    }

    /// The same server, trusted like this.
    #[must_use]
    pub fn trusted(mut self, pins: Pins) -> Self {
        self.trust = Trust::of(pins);
        self
    }
}

fn is_this_machine(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let rows = [
            ("http://localhost:5000", Ok("http://localhost:5000")),
            ("http://127.0.0.1:5000/", Ok("http://127.0.0.1:5000")),
            ("http://[::1]:5000", Ok("http://[::1]:5000")),
            (" http://localhost ", Ok("http://localhost")),
            ("http://chat.example.org", Err(UrlError::NotThisMachine)),
            (
                "http://localhost.example.org",
                Err(UrlError::NotThisMachine),
            ),
            ("http://192.168.1.4:5000", Err(UrlError::NotThisMachine)),
            ("http://[::]:5000", Err(UrlError::NotThisMachine)),
            (
                "https://Chat.example.org:443/",
                Ok("https://chat.example.org"),
            ),
            ("https://192.0.2.7:5000", Ok("https://192.0.2.7:5000")),
            ("https://chat.example.org/join", Err(UrlError::TooMuch)),
            ("ftp://localhost", Err(UrlError::NotAnAddress)),
            ("localhost:5000", Err(UrlError::NotAnAddress)),
            ("http://localhost/path", Err(UrlError::TooMuch)),
            ("http://localhost/?q", Err(UrlError::TooMuch)),
            ("http://me@localhost/", Err(UrlError::TooMuch)),
            ("", Err(UrlError::NotAnAddress)),
        ];
        for (text, wanted) in rows {
            let got = ServerUrl::parse(text).map(|url| url.to_string());
            assert_eq!(got, wanted.map(str::to_owned), "{text}");
        }
    }
}
