//! How clients reach the server: TLS by itself, or in the clear behind a proxy that is named, or on this machine only.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use protocol::pin::{MAX_PINS, Pin, PinError};

use super::acme::{self as acme_config, Acme, AcmeError};
use crate::{public_url::PublicUrl, tls::acme};

/// What stands between a client and this program.
#[derive(Debug, Clone, Default)]
pub struct Transport {
    /// The certificate and the key that this server shows; none where it speaks plain HTTP.
    pub certificate: Option<CertificateFiles>,
    /// Or one that the server gets itself.
    pub acme: Option<Acme>,
    /// TLS 1.2 as well.
    pub tls_1_2: bool,
    /// Who may connect in the clear from elsewhere, and is believed where a client is.
    pub proxies: Proxies,
    /// Where plain HTTP is answered with the way to https.
    pub redirect: Option<SocketAddr>,
    /// What browsers are told to remember.
    pub hsts: Hsts,
    /// Pins of keys that wait to be used; where there are any, clients are told to pin.
    pub spare_pins: Vec<Pin>,
}

impl Transport {
    /// Whether every client reaches the server through TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.has_tls() || self.has_proxy()
    }

    /// Whether this server ends TLS itself.
    pub(crate) fn has_tls(&self) -> bool {
        self.certificate.is_some() || self.acme.is_some()
    }

    /// Where certificate and key are, of a server with its data there.
    pub(crate) fn certificate_files(&self, data: &Path) -> Option<CertificateFiles> {
        let own = || self.acme.as_ref().map(|_| acme::place(data));
        self.certificate.clone().or_else(own)
    }

    /// What browsers are told to remember of the server at this address. Of this machine's own names they would remember
    /// it for everything else that is developed on it.
    pub(crate) fn hsts(&self, public_url: &PublicUrl) -> Option<&'static str> {
        let for_others = self.is_encrypted() && !public_url.is_local();
        for_others.then(|| self.hsts.header()).flatten()
    }

    /// Whether something else ends TLS in front of this server.
    pub(crate) fn has_proxy(&self) -> bool {
        !self.proxies.0.is_empty()
    }

    /// Of a server behind these proxies, as `TRUSTED_PROXY` has them.
    ///
    /// # Errors
    /// It is no list of addresses.
    pub fn behind(said: &str) -> Result<Self, TransportError> {
        Ok(Self {
            proxies: proxies(Some(said.to_owned()))?,
            ..Self::default()
        })
    }
}

/// PEM files, as an authority or `certbot` leaves them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The chain, the server's own certificate first.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Whoever ends TLS in front of this server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Whether this is one of them.
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.0
            .iter()
            .any(|net| net.contains(&address.to_canonical()))
    }
}

/// `Strict-Transport-Security` (RFC 6797).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hsts {
    /// Two years, this host.
    #[default]
    On,
    /// Two years, all hosts below it, and into the lists that browsers ship.
    Preload,
    /// Not at all.
    Off,
}

impl Hsts {
    /// The header's value.
    const fn header(self) -> Option<&'static str> {
        match self {
            Self::On => Some("max-age=63072000"),
            Self::Preload => Some("max-age=63072000; includeSubDomains; preload"),
            Self::Off => None,
        }
    }
}

/// Why the settings do not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// One of the two files without the other.
    #[error("SSL_CERT_PATH and SSL_KEY_PATH go together: {0} is not set")]
    HalfCertificate(&'static str),
    /// Both ways at once.
    #[error(
        "ACME_DOMAIN is for a server that gets its certificate itself: unset it, or SSL_CERT_PATH and SSL_KEY_PATH"
    )]
    TwoCertificates,
    /// ACME.
    #[error(transparent)]
    Acme(#[from] AcmeError),
    /// Neither version.
    #[error("SECURE_CHAT_TLS_MIN is \"1.2\" or \"1.3\", not {0:?}")]
    Version(String),
    /// No list of addresses.
    #[error(
        "TRUSTED_PROXY is a list of addresses such as 10.0.0.2 or 10.0.0.0/24 with commas between; {0:?} is none"
    )]
    Proxy(String),
    /// Both at once.
    #[error(
        "TRUSTED_PROXY is for a server without a certificate of its own: unset it, or SSL_CERT_PATH and SSL_KEY_PATH"
    )]
    ProxyBeforeTls,
    /// Not an address.
    #[error("SECURE_CHAT_HTTP_LISTEN is an address such as 0.0.0.0:80, not {0:?}")]
    Redirect(String),
    /// There is nowhere to send people.
    #[error(
        "SECURE_CHAT_HTTP_LISTEN sends people to https, so it needs SSL_CERT_PATH and SSL_KEY_PATH"
    )]
    RedirectToNowhere,
    /// None of the words.
    #[error("SECURE_CHAT_HSTS is \"on\", \"preload\" or \"off\", not {0:?}")]
    Hsts(String),
    /// Not a pin.
    #[error("SECURE_CHAT_PINS: {0}")]
    Pin(#[from] PinError),
    /// More than clients take.
    #[error("SECURE_CHAT_PINS has more than {} pins", MAX_PINS - 1)]
    TooManyPins,
    /// Nothing to pin.
    #[error("SECURE_CHAT_PINS is for a server with a certificate of its own")]
    PinsWithoutTls,
    /// Plain HTTP may not leave the machine.
    #[error(
        "{0} is not a loopback address, and plain HTTP may not leave this machine. Set SSL_CERT_PATH and SSL_KEY_PATH, or ACME_DOMAIN, or name in TRUSTED_PROXY who ends TLS in front of this server."
    )]
    InTheClear(SocketAddr),
}

/// Reads everything about the transport of a server that listens there.
pub(super) fn parse(
    variable: impl Fn(&str) -> Option<String>,
    listen: SocketAddr,
) -> Result<Transport, TransportError> {
    let transport = Transport {
        certificate: certificate(variable("SSL_CERT_PATH"), variable("SSL_KEY_PATH"))?,
        acme: acme_config::parse(&variable)?,
        tls_1_2: tls_1_2(variable("SECURE_CHAT_TLS_MIN"))?,
        proxies: proxies(variable("TRUSTED_PROXY"))?,
        redirect: redirect(variable("SECURE_CHAT_HTTP_LISTEN"))?,
        hsts: hsts(variable("SECURE_CHAT_HSTS"))?,
        spare_pins: pins(variable("SECURE_CHAT_PINS"))?,
    };
    if transport.certificate.is_some() && transport.acme.is_some() {
        return Err(TransportError::TwoCertificates);
    }
    match (transport.has_tls(), transport.has_proxy()) {
        (true, true) => Err(TransportError::ProxyBeforeTls),
        (false, _) if transport.redirect.is_some() => Err(TransportError::RedirectToNowhere),
        (false, _) if !transport.spare_pins.is_empty() => Err(TransportError::PinsWithoutTls),
        (false, false) if !listen.ip().is_loopback() => Err(TransportError::InTheClear(listen)),
        _ => Ok(transport),
    }
}

fn certificate(
    chain: Option<String>,
    key: Option<String>,
) -> Result<Option<CertificateFiles>, TransportError> {
    match (chain, key) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(TransportError::HalfCertificate("SSL_KEY_PATH")),
        (None, Some(_)) => Err(TransportError::HalfCertificate("SSL_CERT_PATH")),
        (Some(chain), Some(key)) => Ok(Some(CertificateFiles {
            chain: chain.into(),
            key: key.into(),
        })),
    }
}

fn tls_1_2(said: Option<String>) -> Result<bool, TransportError> {
    match said.as_deref().map(str::trim) {
        None | Some("1.3") => Ok(false),
        Some("1.2") => Ok(true),
        Some(other) => Err(TransportError::Version(other.to_owned())),
    }
}

fn proxies(said: Option<String>) -> Result<Proxies, TransportError> {
    let said = said.unwrap_or_default();
    let texts = said
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let nets = texts.map(|text| {
        let net = text.parse::<IpNet>().ok();
        let net = net.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        net.ok_or_else(|| TransportError::Proxy(text.to_owned()))
    });
    nets.collect::<Result<_, _>>().map(Proxies)
}

fn redirect(said: Option<String>) -> Result<Option<SocketAddr>, TransportError> {
    let address = |text: String| {
        text.trim()
            .parse()
            .map_err(|_| TransportError::Redirect(text))
    };
    said.map(address).transpose()
}

fn hsts(said: Option<String>) -> Result<Hsts, TransportError> {
    match said.as_deref().map(str::trim) {
        None | Some("on") => Ok(Hsts::On),
        Some("preload") => Ok(Hsts::Preload),
        Some("off") => Ok(Hsts::Off),
        Some(other) => Err(TransportError::Hsts(other.to_owned())),
    }
}

fn pins(said: Option<String>) -> Result<Vec<Pin>, TransportError> {
    let said = said.unwrap_or_default();
    let texts = said
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let pins = texts.map(str::parse).collect::<Result<Vec<Pin>, _>>()?;
    // The one in use comes beside them.
    if pins.len() < MAX_PINS {
        Ok(pins)
    } else {
        Err(TransportError::TooManyPins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TLS: [(&str, &str); 2] = [("SSL_CERT_PATH", "/c.pem"), ("SSL_KEY_PATH", "/k.pem")];
    const PIN: &str = "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn read(pairs: &[(&str, &str)], listen: &str) -> Result<Transport, TransportError> {
        let variable = |name: &str| {
            let said = pairs.iter().find(|(known, _)| *known == name);
            said.map(|(_, value)| (*value).to_owned())
        };
        parse(variable, listen.parse().unwrap())
    }

    #[test]
    fn nothing_goes_in_the_clear_beyond_this_machine() {
        let everywhere = "0.0.0.0:5000";
        let refused = read(&[], everywhere).unwrap_err();
        assert_eq!(
            refused,
            TransportError::InTheClear(everywhere.parse().unwrap())
        );
        assert!(!read(&[], "[::1]:5000").unwrap().is_encrypted());
        assert!(read(&TLS, everywhere).unwrap().is_encrypted());
        let behind = read(&[("TRUSTED_PROXY", "10.0.0.2")], everywhere).unwrap();
        assert!(behind.is_encrypted());
    }

    #[test]
    fn proxies_are_addresses_and_networks() {
        let list = ("TRUSTED_PROXY", "10.0.0.2, 192.168.7.0/24,fd00::/8");
        let proxies = read(&[list], "0.0.0.0:5000").unwrap().proxies;
        for (address, is_one) in [
            ("10.0.0.2", true),
            ("::ffff:10.0.0.2", true),
            ("10.0.0.3", false),
            ("192.168.7.9", true),
            ("fd12::1", true),
            ("::1", false),
        ] {
            assert_eq!(proxies.has(address.parse().unwrap()), is_one, "{address}");
        }
    }

    #[test]
    fn settings_that_do_not_fit_say_why() {
        let with = |more: &[(&'static str, &'static str)]| {
            let pairs: Vec<_> = TLS.iter().chain(more).copied().collect();
            read(&pairs, "0.0.0.0:443")
                .map(|_| ())
                .unwrap_err()
                .to_string()
        };
        for (name, value, why) in [
            ("TRUSTED_PROXY", "10.0.0.2", "unset it"),
            ("SECURE_CHAT_TLS_MIN", "1.1", "\"1.2\" or \"1.3\""),
            ("SECURE_CHAT_HSTS", "yes", "\"preload\""),
            ("SECURE_CHAT_HTTP_LISTEN", "80", "0.0.0.0:80"),
            ("SECURE_CHAT_PINS", "sha256/AAAA", "44 characters"),
            ("TRUSTED_PROXY", "proxy.example", "is none"),
        ] {
            let said = with(&[(name, value)]);
            assert!(said.contains(why), "{said}");
        }
        let plain = |pairs: &[(&str, &str)]| read(pairs, "127.0.0.1:5000").map(|_| ());
        assert_eq!(
            plain(&TLS[..1]),
            Err(TransportError::HalfCertificate("SSL_KEY_PATH"))
        );
        assert_eq!(
            plain(&TLS[1..]),
            Err(TransportError::HalfCertificate("SSL_CERT_PATH"))
        );
        let redirect = [("SECURE_CHAT_HTTP_LISTEN", "0.0.0.0:80")];
        assert_eq!(plain(&redirect), Err(TransportError::RedirectToNowhere));
        assert_eq!(
            plain(&[("SECURE_CHAT_PINS", PIN)]),
            Err(TransportError::PinsWithoutTls)
        );
        let many = [PIN; MAX_PINS].join(",");
        assert_eq!(
            plain(&[("SECURE_CHAT_PINS", &many)]),
            Err(TransportError::TooManyPins)
        );
    }
}
