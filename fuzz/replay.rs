// What lies in the corpus, given to the readers of a crate by its ordinary tests, and changed copies of it. Each crate
// with readers has this file as a module of its tests, so that there is one rule for where a corpus lies: in
// `fuzz/corpus/CRATE/READER`, one file for each input.

use std::{collections::BTreeSet, fs, path::PathBuf};

/// As in the module `fuzzing` of each crate: a reader's name, and whether it takes these bytes.
type Target = (&'static str, fn(&[u8]) -> bool);

/// Changed copies that each reader gets; `SECURE_CHAT_FUZZ` says another number.
const ROUNDS: u32 = 20_000;
/// Longer ones take long, and say nothing new.
const LENGTH_MAX: usize = 64 * 1024;

fn directory(package: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("../../fuzz/corpus").join(package)
}

/// What lies there for a reader, by the names of the files.
fn kept(package: &str, name: &str) -> Vec<Vec<u8>> {
    let Ok(files) = fs::read_dir(directory(package).join(name)) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Every reader takes what lies there for it, in part at least, and no changed copy breaks it.
pub(crate) fn replay(package: &str, targets: &[Target]) {
    let rounds = std::env::var("SECURE_CHAT_FUZZ").ok();
    let rounds = rounds.map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let all: Vec<Vec<u8>> = targets
        .iter()
        .flat_map(|(name, _)| kept(package, name))
        .collect();
    for (name, reader) in targets {
        let kept = kept(package, name);
        let taken = kept.iter().filter(|bytes| reader(bytes)).count();
        assert!(taken > 0, "the corpus has nothing that {name} takes");
        let mut dice = Dice(rounds.into());
        for _ in 0..rounds {
            let bytes = &kept[dice.below(kept.len())];
            let other = &all[dice.below(all.len())];
            reader(&changed(bytes, other, &mut dice));
        }
    }
    let listed = targets.iter().map(|(name, _)| (*name).to_owned()).collect();
    let lying: BTreeSet<String> = fs::read_dir(directory(package))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(lying, listed, "a corpus without a reader");
}

/// Puts a real value into the corpus where one is missing; what is there the reader takes. After a change of form the file
/// is removed, and written anew by the test that calls this.
pub(crate) fn keep(package: &str, (name, reader): &Target, file: &str, value: &[u8]) {
    assert!(reader(value), "{name} does not take what we write: {file}");
    let directory = directory(package).join(name);
    let path = directory.join(file);
    if !path.exists() {
        fs::create_dir_all(directory).unwrap();
        fs::write(&path, value).unwrap();
    }
    let lying = fs::read(&path).unwrap();
    assert!(
        reader(&lying),
        "{name}/{file}: the corpus is of an older form"
    );
}

/// A copy that somebody changed who knows how such bytes look: lengths, borders, repetitions, parts of others.
fn changed(bytes: &[u8], other: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = at + dice.below(bytes.len() - at + 1);
        let odd = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff][dice.below(8)];
        match dice.below(7) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, odd),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            4 => {
                let from = dice.below(other.len() + 1);
                bytes.splice(at..end, other[from..].iter().copied());
            }
            5 if at < bytes.len() => bytes[at] = odd,
            _ if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            _ => {}
        }
        bytes.truncate(LENGTH_MAX);
    }
    bytes
}

/// Numbers from a seed (SplitMix64): the same copies on every machine, in every crate, without another package.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed % limit as u64) as usize
    }
}
