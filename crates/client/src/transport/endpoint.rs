//! Where a server is.

use std::fmt;

use crate::platform::Trust;

/// The address of a server: scheme, host and port; and how its key is trusted. Plain `http` is taken for this machine only.
#[derive(Debug, Clone)]
pub struct ServerUrl {
    /// As browsers write it: without a path, and without the usual port.
    origin: String,
    pub(crate) trust: Trust,
}

/// Two are of one server where the address is the same.
impl PartialEq for ServerUrl {
    fn eq(&self, other: &Self) -> bool {
        self.origin == other.origin
    }
}

impl Eq for ServerUrl {}

/// Why a text is not the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It does not parse, or its scheme is neither.
    #[error("A server address looks like https://chat.example.org.")]
    NotAnAddress,
    /// It has a path, a query, a fragment or a name.
    #[error("A server address ends after the port: https://chat.example.org:5000.")]
    TooMuch,
    /// Plain HTTP to another machine would show names and tokens to everyone on the way.
    #[error("Plain http is only for a server on this machine (localhost). Use https.")]
    NotThisMachine,
}

impl ServerUrl {
    /// The address that a page came from. The browser has judged its connection: it gives cryptography to secure pages
    /// only, and over https it does the encrypting.
    ///
    /// # Errors
    /// The page came from a file, or has no address.
    pub fn of_page(origin: &str) -> Result<Self, UrlError> {
        let host = ["http://", "https://"]
            .iter()
            .find_map(|scheme| origin.strip_prefix(scheme));
        match host {
            Some(host) if !host.is_empty() => Ok(Self::of_origin(origin.to_owned())),
            _ => Err(UrlError::NotAnAddress),
        }
    }

    pub(crate) fn of_origin(origin: String) -> Self {
        Self {
            origin,
            trust: Trust::none(),
        }
    }

    /// The address of a path with its query; `path` begins with a slash.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// How its key is trusted, and what it showed.
    pub const fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Whether connections to it are encrypted.
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }

    /// The address of the Socket.IO connection (WebSocket only).
    pub(crate) fn socket(&self) -> String {
        let rest = self.origin.strip_prefix("http").unwrap_or(&self.origin);
        format!("ws{rest}/socket.io/?EIO=4&transport=websocket")
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let url = ServerUrl::of_page("http://localhost:5000").unwrap();
        assert_eq!(url.at("/login"), "http://localhost:5000/login");
        assert_eq!(
            url.socket(),
            "ws://localhost:5000/socket.io/?EIO=4&transport=websocket"
        );
    }
}
