//! The web client, as the server knows it: files, by address, in the forms that browsers take.

/// What the page may do: scripts, styles and pictures of this server, WebAssembly, requests to this server, and a worker
/// from text that was checked. Nothing inline, nothing from elsewhere, no text becomes a script.
pub const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; \
     connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types secure-chat";

/// All files of the web client. They come from whoever builds the program; the server knows nothing of what is in them.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    /// What `/` and links of the form `/join` open.
    pub page: Asset,
    /// What the page names; each address holds a hash of its content, so that it never changes.
    pub assets: &'static [Asset],
}

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// The last part of its address.
    pub name: &'static str,
    /// Its Content-Type.
    pub media_type: &'static str,
    /// Its bytes.
    pub identity: &'static [u8],
    /// The same, compressed with gzip.
    pub gzip: &'static [u8],
    /// The same, compressed with Brotli.
    pub brotli: &'static [u8],
}

/// How an answer's body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The best one that an `Accept-Encoding` allows (RFC 9110, section 12.5.3).
    pub(crate) fn accepted(header: &str) -> Self {
        let ranking = |name: &str| {
            let listed = |wanted: &str| {
                header.split(',').find_map(|part| {
                    let mut words = part.split(';').map(str::trim);
                    let coding = words.next()?;
                    coding.eq_ignore_ascii_case(wanted).then(|| weight(words))
                })
            };
            listed(name).or_else(|| listed("*")).unwrap_or(false)
        };
        if ranking("br") {
            Self::Brotli
        } else if ranking("gzip") {
            Self::Gzip
        } else {
            Self::Identity
        }
    }

    /// As `Content-Encoding` names it; none for what is not packed.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// Whether a coding with these parameters is wanted at all: its weight is not zero.
fn weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> bool {
    let weight = parameters.find_map(|word| word.strip_prefix("q=").or(word.strip_prefix("Q=")));
    weight.is_none_or(|number| number.parse::<f32>().is_ok_and(|number| number > 0.0))
}

impl Asset {
    /// The bytes in one form.
    pub(crate) const fn bytes(&self, coding: Coding) -> &'static [u8] {
        match coding {
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
            Coding::Identity => self.identity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_coding_that_is_wanted_is_taken() {
        let rows = [
            ("", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("br;q=0, gzip;q=0.5", Coding::Gzip),
            ("BR", Coding::Brotli),
            ("*", Coding::Brotli),
            ("*, br;q=0", Coding::Gzip),
            ("*;q=0", Coding::Identity),
            ("br;q=nonsense", Coding::Identity),
            ("brotli, xgzip", Coding::Identity),
        ];
        for (header, wanted) in rows {
            assert_eq!(Coding::accepted(header), wanted, "{header}");
        }
    }
}
