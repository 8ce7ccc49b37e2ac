//! Where a server is.

use std::fmt;

use reqwest::Url;

/// The address of a server: scheme, host and port. Plain `http` is taken for this machine only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    base: Url,
}

/// Why a text is not the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It does not parse, or its scheme is neither.
    #[error("A server address looks like http://localhost:5000.")]
    NotAnAddress,
    /// It has a path, a query, a fragment or a name.
    #[error("A server address ends after the port: http://localhost:5000.")]
    TooMuch,
    /// Plain HTTP to another machine would show names and tokens to everyone on the way.
    #[error(
        "Plain http is only for a server on this machine (localhost). Encrypted connections come later."
    )]
    NotThisMachine,
    /// TLS is not built yet.
    #[error(
        "This version can't connect over https yet. Use http to a server on this machine (localhost)."
    )]
    HttpsNotYet,
}

impl ServerUrl {
    /// Reads an address such as `http://localhost:5000`.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let base = Url::parse(text.trim()).map_err(|_| UrlError::NotAnAddress)?;
        match base.scheme() {
            "http" => {}
            "https" => return Err(UrlError::HttpsNotYet),
            _ => return Err(UrlError::NotAnAddress),
        }
        let named = !base.username().is_empty() || base.password().is_some();
        if named || base.path() != "/" || base.query().is_some() || base.fragment().is_some() {
            return Err(UrlError::TooMuch);
        }
        if is_this_machine(&base) {
            Ok(Self { base })
        } else {
            Err(UrlError::NotThisMachine)
        }
    }

    /// The address that a page came from. The browser has judged its connection: it gives cryptography to secure pages
    /// only, and over https it does the encrypting.
    ///
    /// # Errors
    /// The page came from a file, or has no address.
    pub fn of_page(origin: &str) -> Result<Self, UrlError> {
        let base = Url::parse(origin).map_err(|_| UrlError::NotAnAddress)?;
        match base.scheme() {
            "http" | "https" => Ok(Self { base }),
            _ => Err(UrlError::NotAnAddress),
        }
    }

    /// The address of a path with its query; `path` begins with a slash.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// The address of the Socket.IO connection (WebSocket only).
    pub(crate) fn socket(&self) -> String {
        let origin = self.origin();
        let rest = origin.strip_prefix("http").unwrap_or(&origin);
        format!("ws{rest}/socket.io/?EIO=4&transport=websocket")
    }

    fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
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

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
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
            ("https://chat.example.org", Err(UrlError::HttpsNotYet)),
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

    #[test]
    fn a_page_speaks_to_where_it_came_from() {
        let url = ServerUrl::of_page("https://chat.example.org").unwrap();
        assert_eq!(url.at("/login"), "https://chat.example.org/login");
        assert!(
            url.socket()
                .starts_with("wss://chat.example.org/socket.io/")
        );
        assert!(ServerUrl::of_page("file://").is_err());
        assert!(ServerUrl::of_page("null").is_err());
    }

    #[test]
    fn paths_and_the_socket_hang_on_the_origin() {
        let url = ServerUrl::parse("http://localhost:5000").unwrap();
        assert_eq!(url.at("/login"), "http://localhost:5000/login");
        assert_eq!(
            url.socket(),
            "ws://localhost:5000/socket.io/?EIO=4&transport=websocket"
        );
    }
}
