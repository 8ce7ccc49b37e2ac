//! The address of a server as a person writes it.

use web_sys::Url;

use crate::transport::{ServerUrl, UrlError};

impl ServerUrl {
    /// Reads an address such as `https://chat.example.org` or `http://localhost:5000`.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let base = Url::new(text.trim()).map_err(|_| UrlError::NotAnAddress)?;
        let encrypted = match base.protocol().as_str() {
            "http:" => false,
            "https:" => true,
            _ => return Err(UrlError::NotAnAddress),
        };
        let named = !base.username().is_empty() || !base.password().is_empty();
        let more = !base.search().is_empty() || !base.hash().is_empty();
        if named || more || base.pathname() != "/" {
            return Err(UrlError::TooMuch);
        }
        if encrypted || is_this_machine(&base.hostname()) {
            return Ok(Self::of_origin(base.origin()));
        }
        Err(UrlError::NotThisMachine)
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}
