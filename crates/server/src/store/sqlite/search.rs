//! Searching the files for bytes, in every spelling in which a text might lie in them.
//!
//! On Unix a process loses all its locks on a file as soon as it closes any of its handles of it, and SQLite's locks are of
//! that kind. So the database file has one handle for this, which is open as long as the store.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use aho_corasick::AhoCorasick;
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use protocol::{
    ids::AccountId,
    names::UserName,
    rest::{Canaries, CanaryHit, CanaryReport, SearchedPlace},
};

/// The files of one database.
pub(super) struct Searched {
    database: Mutex<File>,
    log: PathBuf,
}

impl Searched {
    /// Opens the database file that is there.
    pub(super) fn open(file: &Path) -> io::Result<Self> {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        Ok(Self {
            database: Mutex::new(File::open(file)?),
            log: log.into(),
        })
    }

    /// The bytes of the write-ahead log.
    pub(super) fn log_bytes(&self) -> u64 {
        std::fs::metadata(&self.log).map_or(0, |about| about.len())
    }

    /// Searches database, write-ahead log, and standard output and error where these are files. Takes as long as reading
    /// them.
    pub(super) fn search(
        &self,
        canaries: &Canaries,
        name: Option<&UserName>,
        account: AccountId,
    ) -> io::Result<CanaryReport> {
        let wanted = Wanted::of(canaries, name, account)?;
        let mut report = CanaryReport {
            places: Vec::new(),
            hits: Vec::new(),
            control: Vec::new(),
        };
        {
            let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
            database.seek(SeekFrom::Start(0))?;
            wanted.look(&mut *database, "database", &mut report)?;
        }
        match File::open(&self.log) {
            Ok(log) => wanted.look(log, "write-ahead log", &mut report)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        for (place, path) in OWN_OUTPUT {
            if std::fs::metadata(path).is_ok_and(|about| about.is_file()) {
                wanted.look(File::open(path)?, place, &mut report)?;
            }
        }
        Ok(report)
    }
}

/// Where this process writes its log, on systems that say so.
const OWN_OUTPUT: [(&str, &str); 2] = [
    ("standard output", "/proc/self/fd/1"),
    ("standard error", "/proc/self/fd/2"),
];

/// So many bytes are read at once.
const CHUNK: usize = 1 << 20;

/// What is searched for, in all spellings at once. One may lie inside of another, so all that overlap are counted.
struct Wanted {
    automaton: AhoCorasick,
    /// The bytes of the longest spelling.
    longest: usize,
    /// Of each spelling: its form, and whether it is one that must be there.
    forms: Vec<(&'static str, bool)>,
}

impl Wanted {
    fn of(canaries: &Canaries, name: Option<&UserName>, account: AccountId) -> io::Result<Self> {
        let mut patterns = Vec::new();
        let mut forms = Vec::new();
        for canary in &canaries.canaries {
            for (form, spelling) in spellings(canary.as_bytes()) {
                patterns.push(spelling);
                forms.push((form, false));
            }
        }
        if let Some(name) = name {
            patterns.push(name.as_str().as_bytes().to_vec());
            forms.push(("your name", true));
        }
        patterns.push(account.as_bytes().to_vec());
        forms.push(("your account id", true));
        let automaton = AhoCorasick::new(&patterns).map_err(io::Error::other)?;
        Ok(Self {
            automaton,
            longest: patterns.iter().map(Vec::len).max().unwrap_or_default(),
            forms,
        })
    }

    fn look(&self, file: impl Read, place: &str, report: &mut CanaryReport) -> io::Result<()> {
        let (counts, bytes) = self.count(file)?;
        for ((form, is_control), count) in self.forms.iter().zip(counts) {
            if count == 0 {
                continue;
            }
            let hits = if *is_control {
                &mut report.control
            } else {
                &mut report.hits
            };
            match hits
                .iter_mut()
                .find(|hit| hit.place == place && hit.form == *form)
            {
                Some(hit) => hit.count += count,
                None => hits.push(CanaryHit {
                    place: place.to_owned(),
                    form: (*form).to_owned(),
                    count,
                }),
            }
        }
        report.places.push(SearchedPlace {
            place: place.to_owned(),
            bytes,
        });
        Ok(())
    }

    /// How often each spelling is in a file, and how many bytes that has.
    fn count(&self, mut file: impl Read) -> io::Result<(Vec<u64>, u64)> {
        let mut counts = vec![0; self.forms.len()];
        let (mut buffer, mut bytes) = (Vec::with_capacity(2 * CHUNK), 0);
        loop {
            // The end of what was searched is searched again with what follows it.
            let old = buffer.len();
            let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut buffer)?;
            if read == 0 {
                return Ok((counts, bytes));
            }
            bytes += read as u64;
            for found in self.automaton.find_overlapping_iter(&buffer) {
                let count = counts.get_mut(found.pattern().as_usize());
                if let Some(count) = count.filter(|_| found.end() > old) {
                    *count += 1;
                }
            }
            let kept = self.longest.saturating_sub(1).min(buffer.len());
            buffer.drain(..buffer.len() - kept);
        }
    }
}

/// A text as it is, in hex of both cases, as UTF-16 of both orders, and inside base64 at each of the three offsets. (Text of
/// letters, digits and hyphens has no `+` and no `/` there, so both alphabets spell it alike.)
fn spellings(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let hex = hex::encode(text);
    let wide = |low: bool| {
        let pair = |byte: &u8| if low { [*byte, 0] } else { [0, *byte] };
        text.iter().flat_map(pair).collect()
    };
    let mut all = vec![
        ("text", text.to_vec()),
        ("hex", hex.to_uppercase().into_bytes()),
        ("hex", hex.into_bytes()),
        ("utf16", wide(true)),
        ("utf16", wide(false)),
    ];
    for skipped in 0..3 {
        let rest = text.get(skipped..).unwrap_or_default();
        let whole = rest.get(..rest.len() / 3 * 3).unwrap_or_default();
        all.push(("base64", STANDARD_NO_PAD.encode(whole).into_bytes()));
    }
    all
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const CANARY: &str = "canary-0123456789abcdeffedcba9876543210";

    fn report(bytes: &[u8]) -> CanaryReport {
        let canaries = Canaries {
            canaries: vec![CANARY.to_owned()],
        };
        let name = UserName::parse("heron").unwrap();
        let account = AccountId::from_bytes([0xc5; 16]);
        let wanted = Wanted::of(&canaries, Some(&name), account).unwrap();
        let mut report = CanaryReport {
            places: Vec::new(),
            hits: Vec::new(),
            control: Vec::new(),
        };
        wanted.look(bytes, "here", &mut report).unwrap();
        report
    }

    fn forms(hits: &[CanaryHit]) -> Vec<(&str, u64)> {
        hits.iter()
            .map(|hit| (hit.form.as_str(), hit.count))
            .collect()
    }

    #[test]
    fn every_spelling_is_found_wherever_it_lies() {
        let utf16 = |swap: bool| -> Vec<u8> {
            let units = CANARY.encode_utf16();
            let bytes = |unit: u16| {
                if swap {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            };
            units.flat_map(bytes).collect()
        };
        let mut cases = vec![
            ("text", CANARY.as_bytes().to_vec()),
            ("hex", hex::encode(CANARY).into_bytes()),
            ("hex", hex::encode_upper(CANARY).into_bytes()),
            ("utf16", utf16(false)),
            ("utf16", utf16(true)),
        ];
        for before in ["", "a", "ab", "{\"text\":\""] {
            let text = format!("{before}{CANARY}\"}}");
            cases.push(("base64", STANDARD.encode(&text).into_bytes()));
            cases.push(("base64", URL_SAFE.encode(&text).into_bytes()));
        }
        for (form, spelling) in cases {
            // Also where what is read at once ends inside of it.
            for before in [0, 1, (1 << 16) - 7, (1 << 20) - 5] {
                let place = [&vec![b'.'; before], spelling.as_slice(), b"..."].concat();
                let found = report(&place);
                assert_eq!(forms(&found.hits), [(form, 1)], "{form} after {before}");
                assert_eq!(found.places[0].bytes, place.len() as u64);
            }
        }
    }

    #[test]
    fn a_name_inside_of_a_canary_hides_nothing() {
        let canaries = Canaries {
            canaries: vec![CANARY.to_owned()],
        };
        let name = UserName::parse("ca").unwrap();
        let account = AccountId::from_bytes([0xc5; 16]);
        let wanted = Wanted::of(&canaries, Some(&name), account).unwrap();
        let (counts, _) = wanted.count(CANARY.as_bytes()).unwrap();
        assert_eq!(counts, [1, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    }

    #[test]
    fn what_is_not_there_is_not_found_and_what_is_known_is() {
        let other = CANARY.replace('0', "1");
        let place = [other.as_bytes(), b"heron heron", &[0xc5; 16]].concat();
        let found = report(&place);
        assert!(found.hits.is_empty());
        assert_eq!(
            forms(&found.control),
            [("your name", 2), ("your account id", 1)]
        );
    }
}
