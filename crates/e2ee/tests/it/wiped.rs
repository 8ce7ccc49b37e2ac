//! What was secret is nowhere in the process when its owner is gone: every secret type of this crate, through everything
//! that is done with it, and then all memory is searched.
//!
//! The search knows its words under a mask, and masks what it reads, so it does not find itself. What an allocator writes
//! into a freed block spoils its first 16 bytes at most: a word begins behind them.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    thread,
};

use e2ee::{
    account_key::AccountKey,
    codec::Writer,
    counters::Counters,
    device::{Device, Validity},
    file::FileKey,
    group::{Draft, Group, Intent, Joining, NewRoom, StageContext},
    identity::Identity,
    ids::{ClientId, RoomId},
    key_package::{OwnKeyPackage, PeerKeyPackage},
    link::{Link, LinkSecret},
    log_head::LogHead,
    message::Wire,
    policy::{Access, History, Permissions},
    recovery_code::RecoveryCode,
    room_state::RoomState,
    root_box::{Lock, RootBox},
    secret::Secret,
    signing::SigningKey,
    suite::Suite,
    user_name::UserName,
    vault::{AccountItem, ItemName, open_item, seal_item},
};
use rand_core::{CryptoRng, OsRng, RngCore};
use zeroize::Zeroizing;

use crate::world::NOW;

const MASK: u8 = 0xA5;
/// Bytes of a word.
const WORD: usize = 16;
const CHUNK: usize = 1 << 20;
/// So many that other threads, which use the memory again, do not cover all.
const COPIES: usize = 256;

/// A secret that is searched for.
struct Word {
    name: String,
    masked: [u8; WORD],
}

impl Word {
    /// The last bytes of a secret.
    fn of(name: impl Into<String>, secret: &[u8]) -> Self {
        let tail = secret.last_chunk::<WORD>().expect("a long secret");
        assert!(secret.len() >= 2 * WORD);
        Self {
            name: name.into(),
            masked: tail.map(|byte| byte ^ MASK),
        }
    }
}

/// The system's generator, which knows what it gave: every draw of a key's length.
#[derive(Default)]
struct Drawn(Vec<Word>);

impl RngCore for Drawn {
    fn next_u32(&mut self) -> u32 {
        OsRng.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        OsRng.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        OsRng.fill_bytes(bytes);
        if bytes.len() >= 2 * WORD {
            let name = format!("draw {} of {} bytes", self.0.len(), bytes.len());
            self.0.push(Word::of(name, bytes));
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Drawn {}

/// Where the words are found in what the process may write, but for some regions.
fn found(words: &[Word], skipped: &[usize]) -> Vec<String> {
    let mut hits = Vec::new();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut buffer = vec![MASK; CHUNK + WORD];
    for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
        let (range, rest) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| usize::from_str_radix(text, 16).unwrap());
        if !rest.starts_with("rw") || skipped.iter().any(|at| (from..to).contains(at)) {
            continue;
        }
        buffer.fill(MASK);
        for start in (from..to).step_by(CHUNK) {
            let len = CHUNK.min(to - start);
            memory.seek(SeekFrom::Start(start as u64)).unwrap();
            buffer.copy_within(CHUNK.., 0);
            let part = &mut buffer[WORD..WORD + len];
            if memory.read_exact(part).is_err() {
                break;
            }
            part.iter_mut().for_each(|byte| *byte ^= MASK);
            for word in words {
                let all = &buffer[..WORD + len];
                let here = all.windows(WORD).any(|window| window == word.masked);
                hits.extend(here.then(|| format!("{} in {line}", word.name)));
            }
        }
    }
    hits
}

/// Runs `life` in a thread of its own, and searches for what it names when all its values are gone. What the primitives
/// leave on the stack is not theirs to wipe: that region is left out.
fn left_of(life: impl FnOnce() -> Vec<Word> + Send + 'static) -> Vec<String> {
    let run = move || {
        let words = life();
        let here = &raw const words as usize;
        (words, here)
    };
    let (words, stack) = thread::spawn(run).join().unwrap();
    found(&words, &[stack])
}

fn account() -> Vec<Word> {
    let rng = &mut OsRng;
    let code = RecoveryCode::generate(rng);
    let root = RootBox::create(rng);
    let export_key = Secret::<64>::random(rng);
    let account = root.account();
    let locks = [Lock::Password(&export_key), Lock::Code(&code)];
    for lock in &locks {
        let sealed = root.seal(lock, rng).unwrap();
        RootBox::open(&sealed, lock, account).unwrap();
    }
    let text = code.to_text();
    RecoveryCode::parse(&text).unwrap();
    let key = AccountKey::generate(1, rng);
    let sealed = key.seal(root.root(), account, rng).unwrap();
    AccountKey::open(&sealed, root.root(), account).unwrap();
    AccountKey::decode(&key.encode()).unwrap();
    let signing = SigningKey::generate(root.identity().unwrap(), 0, rng);
    let item = AccountItem::new(signing.duplicate());
    let sealed = seal_item(&key, account, ItemName::account(), 1, &item.encode(), rng).unwrap();
    let opened = open_item(&key, account, &sealed).unwrap();
    AccountItem::decode(&opened, account).unwrap();
    let user = UserName::new("wilma").unwrap();
    let device = Device::create(user, &signing, Validity::days(NOW, 30), rng);
    let device = Device::decode(&device.encode()).unwrap();
    let device = device.renew(&signing, Validity::days(NOW, 60));
    vec![
        Word::of("identity", root.identity().unwrap().seed().expose()),
        Word::of("export key", export_key.expose()),
        Word::of("recovery code", text.as_bytes()),
        Word::of("account key", &key.encode()),
        Word::of("signing key", signing.seed().expose()),
        Word::of("device key", device.key().seed().expose()),
    ]
}

fn link() -> Vec<Word> {
    let secret = LinkSecret::random(&mut OsRng);
    let file = FileKey::random(&mut OsRng);
    let chunk = file.chunk(0, true);
    let link = Link {
        room: RoomId::new(7).unwrap(),
        id: [1; 16].into(),
        secret: secret.duplicate(),
        creator: [2; 16].into(),
        pins: Vec::new(),
    };
    let fragment = link.to_fragment().unwrap();
    let again = Link::parse(&fragment).unwrap();
    assert_eq!(again.secret.token_hash(), link.secret.token_hash());
    vec![
        Word::of("link token", secret.token().expose()),
        Word::of("link fragment", fragment.as_bytes()),
        Word::of("file key", file.expose()),
        Word::of("chunk key", chunk.expose()),
    ]
}

/// What a member of a room does, and what is secret in its rows.
struct Member {
    device: Device,
    /// Where memory is searched, and not on the stack.
    group: Box<Group>,
    counters: Counters,
}

fn device(name: &str, rng: &mut Drawn) -> Device {
    let signing = SigningKey::generate(&Identity::generate(rng), 0, rng);
    let user = UserName::new(name).unwrap();
    Device::create(user, &signing, Validity::days(NOW, 30), rng)
}

fn context(group: &Group) -> StageContext {
    StageContext {
        now_ms: NOW,
        ..StageContext::start(group.room(), group.group_id())
    }
}

fn create(device: Device, suite: Suite, rng: &mut Drawn) -> Member {
    let new = NewRoom {
        room: RoomId::new(7).unwrap(),
        history: History::Shared,
        access: Access::Invitation,
        permissions: Permissions::default(),
        state: RoomState::new("Tea", "", rng).unwrap(),
        suite,
    };
    let (group, _) = Group::create(&device, new, NOW, rng).unwrap();
    Member {
        device,
        group: Box::new(group),
        counters: Counters::default(),
    }
}

/// Whoever `host` adds, with the durable rows of both loaded again.
fn invite(host: &mut Member, device: Device, suite: Suite, rng: &mut Drawn) -> Member {
    let own = OwnKeyPackage::make(&device, suite, 1, rng)
        .unwrap()
        .remove(0);
    let peer = PeerKeyPackage::parse(&own.bytes, suite).unwrap();
    let context = context(&host.group);
    let staged = host
        .group
        .stage(&host.device, &Intent::invite(vec![peer]), &context, rng)
        .unwrap();
    host.group.confirm_own().unwrap().unwrap();
    let welcome = staged.welcome.unwrap();
    let joining = Joining {
        room: RoomId::new(7).unwrap(),
        welcome: &welcome.welcome,
        key_package: own.rows,
        bundle: Some(&welcome.bundle),
    };
    let group = Group::join(&device, joining, rng).unwrap();
    Member {
        device,
        group: Box::new(Group::load(group.take_changes().puts).unwrap()),
        counters: Counters::default(),
    }
}

fn say(from: &mut Member, to: &mut Member, text: &[u8], rng: &mut Drawn) {
    let client_id = ClientId::random(rng);
    let draft = Draft {
        client_id,
        counter: 1,
        sent_at_ms: NOW,
        seen: LogHead::start(from.group.room(), from.group.group_id()).seen(),
        kind: 1,
        content: text,
        fleeting: false,
        mark: &[],
    };
    let sealed = from.group.seal(&from.device, &draft, rng).unwrap();
    let wire = Wire {
        encrypted_content: &sealed.encrypted_content,
        iv: &sealed.iv,
        message_hash: &sealed.message_hash,
        history_key: sealed.history_key.as_deref(),
        client_id,
        device: from.device.id(),
    };
    let received = to.group.open(&wire, &sealed.mls, &mut to.counters).unwrap();
    assert_eq!(received.opened.payload.content.as_slice(), text);
    let mut seen = Counters::default();
    to.group
        .open_history(&wire, sealed.epoch, &mut seen)
        .unwrap();
}

/// A room, a message, a request for old keys, a departure.
fn room() -> Vec<Word> {
    let suite = Suite::POST_QUANTUM;
    let rng = &mut Drawn::default();
    let mut wilma = create(device("wilma", rng), suite, rng);
    let guest = device("xaver", rng);
    let mut xaver = invite(&mut wilma, guest, suite, rng);
    let mut text = Zeroizing::new([0_u8; 64]);
    OsRng.fill_bytes(text.as_mut_slice());
    let before = rng.0.len();
    say(&mut wilma, &mut xaver, text.as_slice(), rng);
    // The last thing drawn for a message is its content key. It goes through MLS, and the library frees what it encodes
    // and decodes without wiping it: the one exception.
    assert_eq!(rng.0.len(), before + 3);
    rng.0.pop();
    let asked = xaver.group.ask_history(vec![0..=1], &xaver.device, rng);
    let answer = wilma
        .group
        .answer_history(&asked.unwrap(), &wilma.device)
        .unwrap();
    xaver.group.take_history(&answer).unwrap();
    xaver.group.propose_leave(&xaver.device, rng).unwrap();
    let keys = wilma.group.room_keys().unwrap();
    let mut words = vec![
        Word::of("text", text.as_slice()),
        Word::of("device key of wilma", wilma.device.key().seed().expose()),
        Word::of("device key of xaver", xaver.device.key().seed().expose()),
    ];
    words.extend(
        keys.door
            .iter()
            .map(|(_, key)| Word::of("door key", key.expose())),
    );
    words.extend(
        keys.history
            .iter()
            .map(|(_, key)| Word::of("history key", key.expose())),
    );
    assert_eq!(words.len(), 5);
    words.append(&mut rng.0);
    assert!(words.len() > 15, "{}", words.len());
    words
}

/// A secret in front of so much else that there was too little room for it at first.
fn encoding() -> Vec<Word> {
    let secret = Secret::<32>::random(&mut OsRng);
    for _ in 0..COPIES {
        let mut writer = Writer::new();
        writer.u64(0);
        writer.fixed(secret.expose());
        writer.fixed(&[0; 500]);
        drop(Zeroizing::new(writer.finish()));
    }
    vec![Word::of("an encoded secret", secret.expose())]
}

/// What nobody wiped.
fn careless() -> Vec<Word> {
    let mut secret = Zeroizing::new([0; 200]);
    OsRng.fill_bytes(secret.as_mut_slice());
    let copies = [(); COPIES].map(|()| secret.to_vec());
    drop(copies);
    vec![Word::of("left behind", &secret[..120])]
}

/// One after the other: what others allocate meanwhile would cover traces.
#[test]
fn nothing_that_was_secret_is_left_in_memory() {
    assert!(
        !left_of(careless).is_empty(),
        "the search finds what is there"
    );
    for life in [account, link, encoding, room] {
        assert_eq!(left_of(life), Vec::<String>::new());
    }
}
