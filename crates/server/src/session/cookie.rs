//! The session cookie of browsers, and where a request with it may come from.

use axum::http::{HeaderMap, HeaderValue, Method, header};

use super::{Shown, Token};

const NAME: &str = "secure_chat";
/// Over TLS: a browser takes a cookie of this name from this host alone, and only over TLS, so no host beside it and nobody
/// on the way plants one (RFC 6265bis section 4.1.3.2).
const NAME_OVER_TLS: &str = "__Host-secure_chat";

/// What the session's cookie is called.
fn name(secure: bool) -> &'static str {
    if secure { NAME_OVER_TLS } else { NAME }
}
const SEC_FETCH_SITE: header::HeaderName = header::HeaderName::from_static("sec-fetch-site");

/// What a request shows: the bearer token, else the cookie where it may count.
pub(crate) fn shown_of(method: &Method, headers: &HeaderMap, secure: bool) -> Option<Shown> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().ok()?;
        let (scheme, token) = text.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| Shown::of(token.trim()))?;
    }
    if method.is_safe() || same_origin(headers) {
        token_in_cookie(headers, secure).map(Shown::Session)
    } else {
        None
    }
}

/// The token in the cookie, for a socket: a page of another origin must not open one.
pub(crate) fn socket_token_of(headers: &HeaderMap, secure: bool) -> Option<Token> {
    if same_origin(headers) {
        token_in_cookie(headers, secure)
    } else {
        None
    }
}

fn token_in_cookie(headers: &HeaderMap, secure: bool) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name(secure)).then(|| Token::shown(value))?)
}

/// Whether a request comes from this server's own pages, or from no page. A browser says so by `Sec-Fetch-Site`, which a page
/// cannot forge, else by `Origin` against `Host`; what says neither is no browser of these years, and brings a cookie only if
/// its own program put it there (decision 61).
fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    if headers.contains_key(SEC_FETCH_SITE) {
        return text(SEC_FETCH_SITE) == Some("same-origin");
    }
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let origin = text(header::ORIGIN).and_then(|origin| origin.split_once("://"));
    match (origin, text(header::HOST)) {
        (Some((_, host)), Some(own)) => host.eq_ignore_ascii_case(own),
        _ => false,
    }
}

/// Whether a page of another site has sent this.
pub(crate) fn is_of_another_site(headers: &HeaderMap) -> bool {
    // Typed or bookmarked: nobody's page.
    let by_hand = headers.get(SEC_FETCH_SITE).is_some_and(|it| it == "none");
    !by_hand && !same_origin(headers)
}

/// `Set-Cookie` for a new session.
pub(crate) fn set(token: &Token, secure: bool, max_age_seconds: u64) -> Option<HeaderValue> {
    line(token.reveal(), secure, max_age_seconds)
}

/// `Set-Cookie` that forgets the session.
pub(crate) fn forget(secure: bool) -> Option<HeaderValue> {
    line("", secure, 0)
}

fn line(value: &str, secure: bool, max_age: u64) -> Option<HeaderValue> {
    let name = name(secure);
    let secure = if secure { "; Secure" } else { "" };
    let line =
        format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={max_age}{secure}");
    let mut line = HeaderValue::from_str(&line).ok()?;
    line.set_sensitive(true);
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "us0PqIeepN0QTEEvk-Gny6H1MZCtn8BOWv2EUVOm8R0";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (
                header::HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        };
        pairs.iter().map(pair).collect()
    }

    fn counts(method: &Method, pairs: &[(&'static str, &str)]) -> bool {
        shown_of(method, &headers(pairs), false)
            .and_then(Shown::session)
            .is_some_and(|token| token.reveal() == TOKEN)
    }

    #[test]
    fn a_cookie_counts_from_the_own_origin_only() {
        let cookie = format!("a=b; secure_chat={TOKEN}");
        let cookie = ("cookie", cookie.as_str());
        let host = ("host", "localhost:5000");
        assert!(counts(&Method::GET, &[cookie]));
        // A program that is no browser says nothing of sites.
        assert!(counts(&Method::POST, &[cookie]));
        assert!(counts(
            &Method::POST,
            &[cookie, ("sec-fetch-site", "same-origin")]
        ));
        assert!(!counts(
            &Method::POST,
            &[cookie, ("sec-fetch-site", "same-site")]
        ));
        assert!(!counts(
            &Method::POST,
            &[
                cookie,
                host,
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://localhost:5000")
            ]
        ));
        assert!(counts(
            &Method::POST,
            &[cookie, host, ("origin", "http://localhost:5000")]
        ));
        assert!(!counts(
            &Method::POST,
            &[cookie, host, ("origin", "http://evil.example")]
        ));
        assert!(!counts(&Method::POST, &[cookie, host, ("origin", "null")]));
        assert!(!counts(&Method::POST, &[cookie, host, ("origin", "")]));
        assert!(!counts(&Method::POST, &[cookie, ("sec-fetch-site", "")]));
    }

    #[test]
    fn over_tls_a_cookie_is_of_this_host_alone() {
        let token = Token::shown(TOKEN).unwrap();
        let line = set(&token, true, 60).unwrap();
        let line = line.to_str().unwrap();
        assert!(line.starts_with("__Host-secure_chat="), "{line}");
        assert!(
            line.contains("; Path=/;") && line.ends_with("; Secure"),
            "{line}"
        );
        let shown = |name: &str| {
            let cookie = format!("{name}={TOKEN}");
            let headers = headers(&[("cookie", &cookie)]);
            shown_of(&Method::GET, &headers, true).is_some()
                && socket_token_of(&headers, true).is_some()
        };
        assert!(shown("__Host-secure_chat"));
        assert!(!shown("secure_chat"));
    }

    #[test]
    fn a_bearer_token_needs_no_origin_and_goes_first() {
        let bearer = format!("Bearer {TOKEN}");
        assert!(counts(&Method::POST, &[("authorization", &bearer)]));
        let cookie = format!("secure_chat={TOKEN}");
        assert!(!counts(
            &Method::GET,
            &[("authorization", "Bearer nonsense"), ("cookie", &cookie)]
        ));
        assert!(!counts(&Method::GET, &[("authorization", "Basic YTpi")]));
    }
}
