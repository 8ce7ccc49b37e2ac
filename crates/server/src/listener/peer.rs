//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use protocol::error::ErrorCode;

use crate::{config::Proxies, failure::Refusal};

/// The address of whoever asks, as far as this server can know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Of every request, as its connection has noted it.
impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refusal> {
        let peer = parts.extensions.get().copied();
        peer.ok_or(Refusal::of(ErrorCode::ServerError))
    }
}

impl Peer {
    /// Of a connection from `from`: that address, or, where it is a proxy's, what the proxy says. Each proxy adds the address
    /// that it sees at the end of `X-Forwarded-For`, so the last one that is no proxy's is the client; what stands before
    /// it anybody may have written.
    pub(super) fn of(from: IpAddr, headers: &HeaderMap, proxies: &Proxies) -> Self {
        let from = from.to_canonical();
        if !proxies.has(from) {
            return Self(from);
        }
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let lines = lines.map(|line| line.to_str().unwrap_or_default());
        let told = lines.flat_map(|line| line.rsplit(','));
        let mut client = from;
        for text in told {
            let Ok(address) = text.trim().parse::<IpAddr>() else {
                break;
            };
            client = address.to_canonical();
            if !proxies.has(client) {
                break;
            }
        }
        Self(client)
    }

    /// What limits count by: nothing for this machine itself, and the network of 64 bits that one customer has of IPv6.
    pub(crate) fn counted(self) -> Option<IpAddr> {
        match self.0 {
            address if address.is_loopback() => None,
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Some(IpAddr::V6(Ipv6Addr::from(network)))
            }
            v4 @ IpAddr::V4(_) => Some(v4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Transport;

    fn peer(from: &str, lines: &[&'static str]) -> String {
        let transport = Transport::behind("10.0.0.0/24").unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let peer = Peer::of(from.parse().unwrap(), &headers, &transport.proxies);
        peer.0.to_string()
    }

    #[test]
    fn only_a_proxy_says_who_asks() {
        assert_eq!(peer("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(peer("10.0.0.2", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(peer("::ffff:10.0.0.2", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(peer("10.0.0.2", &[]), "10.0.0.2");
    }

    #[test]
    fn what_a_client_writes_before_the_proxy_counts_for_nothing() {
        assert_eq!(
            peer("10.0.0.2", &["127.0.0.1, 198.51.100.7"]),
            "198.51.100.7"
        );
        assert_eq!(
            peer("10.0.0.2", &["127.0.0.1", "198.51.100.7, 10.0.0.3"]),
            "198.51.100.7"
        );
        assert_eq!(peer("10.0.0.2", &["198.51.100.7, nonsense"]), "10.0.0.2");
        assert_eq!(peer("10.0.0.2", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn a_customer_of_ipv6_has_many_addresses_and_one_limit() {
        let counted = |text: &str| Peer(text.parse().unwrap()).counted();
        assert_eq!(counted("2001:db8::1"), counted("2001:db8::ffff:1"));
        assert_ne!(counted("2001:db8::1"), counted("2001:db8:0:1::1"));
        assert_ne!(counted("192.0.2.1"), counted("192.0.2.2"));
        assert_eq!(counted("127.0.0.1"), None);
        assert_eq!(counted("::1"), None);
    }
}
