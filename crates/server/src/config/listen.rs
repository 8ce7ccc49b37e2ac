//! Where to listen.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const DEFAULT_PORT: u16 = 5000;

/// Why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListenError {
    /// Not an address.
    #[error("--listen takes an address and a port such as 127.0.0.1:5000, not {0:?}")]
    NotAnAddress(String),
    /// Not a port.
    #[error("PORT is a number from 0 to 65535, not {0:?}")]
    NotAPort(String),
}

/// `--listen`, else loopback with `PORT`, else port 5000.
pub(super) fn parse(flag: Option<&str>, port: Option<&str>) -> Result<SocketAddr, ListenError> {
    match (flag, port) {
        (Some(text), _) => named(text),
        (None, Some(text)) => {
            let port = text.trim().parse();
            port.map(loopback)
                .map_err(|_| ListenError::NotAPort(text.to_owned()))
        }
        (None, None) => Ok(loopback(DEFAULT_PORT)),
    }
}

fn named(text: &str) -> Result<SocketAddr, ListenError> {
    let text = text.trim();
    let port = text
        .strip_prefix("localhost:")
        .and_then(|port| port.parse().ok());
    port.map(loopback)
        .or_else(|| text.parse().ok())
        .ok_or_else(|| ListenError::NotAnAddress(text.to_owned()))
}

fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}
