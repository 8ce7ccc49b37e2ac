//! Pages of other origins that may use this server, by tokens and never by cookies.

/// An origin as browsers write it: `https://app.example`, `http://localhost:8080`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// `SECURE_CHAT_CORS_ORIGINS` is no list of origins.
#[derive(Debug, thiserror::Error)]
#[error(
    "SECURE_CHAT_CORS_ORIGINS is a list of origins with commas between, such as https://app.example,http://localhost:8080; {0:?} is none"
)]
pub struct OriginError(String);

impl Origin {
    /// As it stands in a header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Result<Self, OriginError> {
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
        match host {
            Some(host) if !host.is_empty() && host.chars().all(plain) => Ok(Self(text.to_owned())),
            _ => Err(OriginError(text.to_owned())),
        }
    }
}

/// Reads `SECURE_CHAT_CORS_ORIGINS`.
pub(super) fn parse(said: Option<String>) -> Result<Vec<Origin>, OriginError> {
    let said = said.unwrap_or_default();
    let origins = said.split(',').map(str::trim);
    origins
        .filter(|text| !text.is_empty())
        .map(Origin::parse)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let read = |text: &str| parse(Some(text.to_owned()));
        let two = read("https://app.example, http://localhost:8080,").unwrap();
        let two: Vec<_> = two.iter().map(Origin::as_str).collect();
        assert_eq!(two, ["https://app.example", "http://localhost:8080"]);
        assert_eq!(read("http://[::1]:8080").unwrap().len(), 1);
        assert!(parse(None).unwrap().is_empty());
        for bad in [
            "*",
            "null",
            "app.example",
            "https://",
            "https://app.example/",
            "https://App.example",
            "https://a.example;https://b.example",
            "file:///tmp",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
