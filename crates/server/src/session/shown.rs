//! What a request shows to say who it is from: the token of a session, an access token, or an API token. Their forms differ,
//! so that none is ever looked up as another.

use zeroize::Zeroizing;

use super::Token;

/// What somebody shows.
pub(crate) enum Shown {
    /// Of a session.
    Session(Token),
    /// A JWT; whether it is one of ours is for [`super::AccessKey`].
    Access(Zeroizing<String>),
    /// Of a bot.
    Api(Token),
}

/// Longer than any access token that this server makes.
const ACCESS_CHARS: usize = 1_024;

impl Shown {
    /// An API token begins so: it is told from a session's, by people too, and by those who search what was published for it.
    pub(crate) const API: &'static str = "sct_";

    /// What a text is by its form.
    pub(crate) fn of(text: &str) -> Option<Self> {
        if let Some(token) = text.strip_prefix(Self::API)
            && let Some(token) = Token::shown(token)
        {
            return Some(Self::Api(token));
        }
        if text.contains('.') {
            let fits = text.len() <= ACCESS_CHARS;
            return fits.then(|| Self::Access(Zeroizing::new(text.to_owned())));
        }
        Token::shown(text).map(Self::Session)
    }

    /// The token of a session, if it is one.
    pub(crate) fn session(self) -> Option<Token> {
        match self {
            Self::Session(token) => Some(token),
            Self::Access(_) | Self::Api(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_do_not_overlap() {
        let token = "us0PqIeepN0QTEEvk-Gny6H1MZCtn8BOWv2EUVOm8R0";
        assert!(matches!(Shown::of(token), Some(Shown::Session(_))));
        let api = format!("sct_{token}");
        assert!(matches!(Shown::of(&api), Some(Shown::Api(_))));
        assert!(matches!(Shown::of("a.b.c"), Some(Shown::Access(_))));
        // Forty-three characters that begin as an API token are a session's.
        let drawn = format!("sct_{}", &token[4..]);
        assert!(matches!(Shown::of(&drawn), Some(Shown::Session(_))));
        for none in ["", "sct_", "nonsense", &"a.".repeat(600)] {
            assert!(Shown::of(none).is_none(), "{none}");
        }
    }
}
