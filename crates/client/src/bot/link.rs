//! Invite links as people hand them on.

use engine::api::{Failure, LinkText};
use protocol::error::ErrorCode;

use crate::transport::ServerUrl;

/// The link as people hand it on. What stands behind the `#` never reaches a server; what is said has no URL.
pub fn handed_on(server: &ServerUrl, text: &LinkText) -> String {
    if text.expose().contains(' ') {
        return text.expose().to_owned();
    }
    format!("{server}/join#{}", text.expose())
}

/// What stands behind the `#`, if the link is one of this server.
///
/// # Errors
/// `BAD_LINK` where it is of another one.
pub fn of_server(server: &ServerUrl, link: String) -> Result<LinkText, Failure> {
    let Some((other, fragment)) = link.split_once('#') else {
        return Ok(LinkText::new(link));
    };
    let other = other.strip_suffix("/join").unwrap_or(other);
    if ServerUrl::parse(other).ok().as_ref() == Some(server) {
        return Ok(LinkText::new(fragment.to_owned()));
    }
    Err(Failure {
        code: ErrorCode::BadLink,
        sentence: "That link leads to another server than this home's.".to_owned(),
    })
}
