//! Words, in every spelling in which they might lie somewhere, and where they are found: files, and the memory of a process.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// A place with what is in it.
pub(crate) struct Place {
    pub(crate) name: String,
    bytes: Vec<u8>,
}

/// What is searched for.
pub(crate) struct Words {
    spellings: Vec<(&'static str, Vec<u8>)>,
    /// Which two bytes any spelling starts with.
    starts: Vec<bool>,
}

impl Words {
    pub(crate) fn new(words: &[(&'static str, &[u8])]) -> Self {
        let mut all = Self {
            spellings: Vec::new(),
            starts: vec![false; 1 << 16],
        };
        for (name, word) in words {
            assert!(word.len() >= 8, "{name} may be anywhere by chance");
            for spelling in spellings(word) {
                all.starts[start(&spelling)] = true;
                all.spellings.push((name, spelling));
            }
        }
        all
    }

    /// The names of the words that are in a place.
    pub(crate) fn found_in(&self, place: &Place) -> Vec<&'static str> {
        let mut found = Vec::new();
        for at in 0..place.bytes.len().saturating_sub(1) {
            let rest = &place.bytes[at..];
            if !self.starts[start(rest)] {
                continue;
            }
            let here = self.spellings.iter().filter(|(_, s)| rest.starts_with(s));
            found.extend(here.map(|(name, _)| *name));
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn start(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// A word as it is, in hex, as a list of numbers, and inside base64 of both alphabets at each of the three offsets.
fn spellings(word: &[u8]) -> Vec<Vec<u8>> {
    let hex = word.iter().map(|byte| format!("{byte:02x}"));
    let list: Vec<_> = word.iter().map(u8::to_string).collect();
    let mut all = vec![
        word.to_vec(),
        hex.collect::<String>().into_bytes(),
        list.join(",").into_bytes(),
        list.join(", ").into_bytes(),
    ];
    for skipped in 0..3 {
        let bytes = &word[skipped..];
        let whole = &bytes[..bytes.len() / 3 * 3];
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            all.push(engine.encode(whole).into_bytes());
        }
    }
    all
}

pub(crate) fn file(path: &Path) -> Place {
    Place {
        name: path.display().to_string(),
        bytes: fs::read(path).unwrap(),
    }
}

/// All files under a directory: database, write-ahead log, blobs, whatever there is.
pub(crate) fn files(dir: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            places.extend(files(&path));
        } else {
            places.push(file(&path));
        }
    }
    places
}

/// Everything that the process has written to its memory: what a core dump of it would hold.
pub(crate) fn memory(pid: u32) -> Place {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut bytes = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split(' ');
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        if !rights.starts_with("rw") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let address = |text| u64::from_str_radix(text, 16).unwrap();
        let mut region = vec![0; usize::try_from(address(to) - address(from)).unwrap()];
        memory.seek(SeekFrom::Start(address(from))).unwrap();
        // A region that went away in between holds nothing any more.
        if memory.read_exact(&mut region).is_ok() {
            bytes.extend(region);
        }
    }
    assert!(bytes.len() > 100_000);
    Place {
        name: "memory".to_owned(),
        bytes,
    }
}

#[test]
fn every_spelling_is_found() {
    let word = b"canary-in-a-mine";
    let words = Words::new(&[("word", word)]);
    let place = |bytes: Vec<u8>| Place {
        name: String::new(),
        bytes,
    };
    for spelling in spellings(word) {
        let hidden = [b"....", spelling.as_slice(), b"...."].concat();
        assert_eq!(words.found_in(&place(hidden)), ["word"]);
    }
    for before in ["", "a", "ab"] {
        let text = format!("{before}canary-in-a-mine, and more");
        let encoded = STANDARD_NO_PAD.encode(text).into_bytes();
        assert_eq!(words.found_in(&place(encoded)), ["word"]);
    }
    let other = b"canary-in-a-mind".to_vec();
    assert!(words.found_in(&place(other)).is_empty());
}
