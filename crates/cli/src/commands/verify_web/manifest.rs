//! The files of a web client with their hashes: of this program, or from a list that a release has published. The form is
//! that of `sha256sum`, over the directory that `cargo xtask web` makes, so that anybody who builds the release can compare.

use std::{fs, path::Path};

use protocol::error::ErrorCode;
use server::{Asset, PAGE_POLICY, Site};
use sha2::{Digest as _, Sha256};

use crate::{bundle::SITE, exit::Problem};

/// The page, in the list and in the directory.
pub(super) const PAGE: &str = "index.html";
/// Stands before the page's policy: for `sha256sum` a remark.
const POLICY: &str = "# Content-Security-Policy: ";

/// What a server should give.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The `Content-Security-Policy` of the page.
    pub(super) policy: String,
    files: Vec<(String, String)>,
}

impl Manifest {
    /// That of this program.
    pub(super) fn own() -> Result<Self, Problem> {
        let site = SITE.ok_or_else(|| {
            Problem::usage(
                "This program was built without the web client. Name the list of a release with --manifest.",
            )
        })?;
        Ok(Self::of(&site))
    }

    fn of(site: &Site) -> Self {
        let mut files = Vec::new();
        let page = [(PAGE.to_owned(), &site.page)].into_iter();
        let assets = site.assets.iter();
        let assets = assets.map(|asset| (format!("assets/{}", asset.name), asset));
        for (
            name,
            Asset {
                identity,
                gzip,
                brotli,
                ..
            },
        ) in page.chain(assets)
        {
            for (ending, bytes) in [("", identity), (".gz", gzip), (".br", brotli)] {
                files.push((format!("{name}{ending}"), hash(bytes)));
            }
        }
        Self {
            policy: PAGE_POLICY.to_owned(),
            files,
        }
    }

    /// From a file.
    pub(super) fn read(path: &Path) -> Result<Self, Problem> {
        let text = fs::read_to_string(path).map_err(|error| {
            let sentence = format!("{} can't be read: {error}.", path.display());
            Problem::new(ErrorCode::FileFailed, sentence)
        })?;
        Self::parse(&text).ok_or_else(|| {
            let sentence = format!(
                "{} is no list of a web client, as `secure-chat verify-web --list` prints it.",
                path.display()
            );
            Problem::new(ErrorCode::FileFailed, sentence)
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let policy = text.lines().find_map(|line| line.strip_prefix(POLICY))?;
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let files = lines.map(|line| {
            let (hash, name) = line.split_once("  ")?;
            let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            (is_hash && is_name(name)).then(|| (name.to_owned(), hash.to_ascii_lowercase()))
        });
        let files = files.collect::<Option<Vec<_>>>()?;
        let manifest = Self {
            policy: policy.to_owned(),
            files,
        };
        let has_page = manifest.plain().any(|name| name == PAGE);
        has_page.then_some(manifest)
    }

    /// As it is published.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let files = self.files.iter();
        let files = files.map(|(name, hash)| format!("{hash}  {name}"));
        [format!("{POLICY}{}", self.policy)]
            .into_iter()
            .chain(files)
    }

    /// The names of all files, without their packed forms.
    pub(super) fn plain(&self) -> impl Iterator<Item = &str> {
        let names = self.files.iter().map(|(name, _)| name.as_str());
        names.filter(|name| !name.ends_with(".gz") && !name.ends_with(".br"))
    }

    /// Whether these are the bytes of a file in the form that a `Content-Encoding` names.
    pub(super) fn holds(&self, name: &str, encoding: Option<&str>, bytes: &[u8]) -> bool {
        let ending = match encoding {
            None | Some("identity") => "",
            Some("gzip") => ".gz",
            Some("br") => ".br",
            Some(_) => return false,
        };
        let wanted = format!("{name}{ending}");
        let found = self.files.iter().find(|(name, _)| *name == wanted);
        found.is_some_and(|(_, known)| *known == hash(bytes))
    }
}

/// The page or an asset; nothing that would lead elsewhere.
fn is_name(name: &str) -> bool {
    let asset = name.strip_prefix("assets/");
    let last = asset.unwrap_or(name);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let of_page = name.strip_prefix(PAGE);
    let is_page = of_page.is_some_and(|ending| ["", ".gz", ".br"].contains(&ending));
    (asset.is_some() || is_page) && !last.starts_with('.') && last.bytes().all(plain)
}

fn hash(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: Asset = Asset {
        name: "a.0.js",
        media_type: "text/javascript",
        identity: b"plain",
        gzip: b"zipped",
        brotli: b"small",
    };

    fn manifest() -> Manifest {
        Manifest::of(&Site {
            page: Asset { name: PAGE, ..FILE },
            assets: &[FILE],
        })
    }

    #[test]
    fn a_list_reads_as_it_was_written() {
        let lines: Vec<String> = manifest().lines().collect();
        assert_eq!(lines.len(), 7);
        assert_eq!(Manifest::parse(&lines.join("\n")), Some(manifest()));
    }

    #[test]
    fn each_form_is_held_against_its_own_bytes() {
        let manifest = manifest();
        let name = "assets/a.0.js";
        let rows: [(Option<&str>, &[u8], bool); 7] = [
            (None, b"plain", true),
            (Some("gzip"), b"zipped", true),
            (Some("br"), b"small", true),
            (Some("br"), b"plain", false),
            (None, b"plaiN", false),
            (Some("zstd"), b"plain", false),
            (Some("identity"), b"plain", true),
        ];
        for (encoding, bytes, held) in rows {
            assert_eq!(manifest.holds(name, encoding, bytes), held, "{encoding:?}");
        }
        assert!(!manifest.holds("assets/b.js", None, b"plain"));
    }

    #[test]
    fn what_is_no_list_is_not_taken() {
        let lines: Vec<String> = manifest().lines().collect();
        let [policy, page, ..] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        let hash = &page[..64];
        for text in [
            String::new(),
            policy.clone(),
            page.clone(),
            format!("{policy}\n{hash}  assets/a.js"),
            format!("{policy}\n{page}\n{hash}  ../../api/me"),
            format!("{policy}\n{page}\n{hash}  assets/../x"),
            format!("{policy}\n{page}\n{hash}  assets/..?x"),
            format!("{policy}\n{page}\n{hash} assets/a.js"),
            format!("{policy}\n{page}\n{}  assets/a.js", &hash[1..]),
        ] {
            assert_eq!(Manifest::parse(&text), None, "{text}");
        }
    }
}
