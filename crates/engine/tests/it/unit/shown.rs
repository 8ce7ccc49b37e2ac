//! `Debug` of what carries a secret: it ends up in logs, panics and the words of a failed test, and shows none.

use std::fmt::Debug;

use engine::api::{
    Batch, CodeText, Command, CommandId, Content, Enrolment, Event, FileContent, FileSecret, Input,
    Key, LinkText, Others, Outcome, Output, Password, Space, Unlock,
};
use protocol::{
    bytes::Bytes,
    call::Reply,
    ids::{AccountId, BlobId, LinkId, RoomId},
    names::UserName,
    rest::{InviteToken, LinkPass, Session},
    time::Timestamp,
};
use rand_core::{CryptoRng, RngCore};

/// Every text that opens something, and every byte of every key.
const CANARY: &str = "canary-qz71-text";
const BYTE: u8 = 0xC7;

/// Draws the same byte again and again.
struct Constant;

impl RngCore for Constant {
    fn next_u32(&mut self) -> u32 {
        u32::from_ne_bytes([BYTE; 4])
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_ne_bytes([BYTE; 8])
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.fill(BYTE);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        bytes.fill(BYTE);
        Ok(())
    }
}

impl CryptoRng for Constant {}

/// Whether any spelling of a canary is in a text: as it is, as hex, as base64, as numbers.
fn shows(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.to_lowercase();
    let numbers = |bytes: &[u8]| {
        let list: Vec<_> = bytes.iter().map(u8::to_string).collect();
        list.join(",")
    };
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let words = [CANARY.as_bytes(), &[BYTE; 8]].into_iter();
    let spelt = words.flat_map(|word| {
        let base64 = Bytes::from(word[..6].to_vec()).to_base64().to_lowercase();
        [numbers(word), hex(word), base64]
    });
    text.contains(CANARY) || spelt.into_iter().any(|word| text.contains(&word))
}

fn commands() -> Vec<Command> {
    let user = || UserName::parse("alice").unwrap();
    let password = || Password::new(CANARY.to_owned());
    let code = || Some(CodeText::new(CANARY.to_owned()));
    let link = || LinkText::new(CANARY.to_owned());
    let file = FileContent {
        blob: BlobId::from_bytes([1; 16]),
        key: FileSecret::random(&mut Constant),
        hash: [1; 32],
        length: 1,
        name: "photo".to_owned(),
        media_type: String::new(),
        thumbnail: Vec::new(),
    };
    vec![
        Command::Register {
            user: user(),
            password: password(),
            invite: Some(InviteToken(CANARY.to_owned())),
        },
        Command::Login {
            user: user(),
            password: password(),
            code: code(),
        },
        Command::TestRecoveryCode {
            code: CodeText::new(CANARY.to_owned()),
        },
        Command::RevokeDevices {
            devices: Vec::new(),
            unlock: Unlock::Password(password()),
        },
        Command::LoginByCode {
            user: user(),
            code: CodeText::new(CANARY.to_owned()),
            second_factor: code(),
        },
        Command::ChangePassword {
            unlock: Unlock::Code(CodeText::new(CANARY.to_owned())),
            password: password(),
            others: Others::Stay,
            second_factor: code(),
        },
        Command::ReplaceCode {
            unlock: Unlock::Password(password()),
            second_factor: code(),
        },
        Command::ConfirmEnrolment {
            code: CodeText::new(CANARY.to_owned()),
        },
        Command::PreviewLink { link: link() },
        Command::JoinByLink { link: link() },
        Command::Send {
            room: RoomId::new(7).unwrap(),
            content: Content::File(Box::new(file)),
            ticket: None,
        },
    ]
}

fn outcomes() -> [Outcome; 5] {
    [
        Outcome::CodeReplaced {
            recovery_code: CANARY.to_owned().into(),
        },
        Outcome::Registered {
            recovery_code: CANARY.to_owned().into(),
        },
        Outcome::Enrolment(Enrolment {
            secret: CANARY.to_owned().into(),
            uri: CANARY.to_owned().into(),
        }),
        Outcome::BackupCodes(vec![CANARY.to_owned().into()]),
        Outcome::LinkCreated {
            link: LinkId::from_bytes([1; 16]),
            text: LinkText::new(CANARY.to_owned()),
        },
    ]
}

fn batch() -> Batch {
    let mut batch = Batch::default();
    let key = Key::Named(Space::Account, b"home".to_vec());
    batch.put(key, CANARY.as_bytes().to_vec());
    batch.put(Key::Numbered(Space::Rooms, 1), vec![BYTE; 32]);
    batch
}

fn session() -> Session {
    Session {
        account_id: AccountId::from_bytes([1; 16]),
        device_id: None,
        token: CANARY.to_owned(),
        expires: Timestamp::from_millis(0),
    }
}

fn check(shown: &dyn Debug) {
    for text in [format!("{shown:?}"), format!("{shown:#?}")] {
        assert!(!text.is_empty() && !shows(&text), "{text}");
    }
}

#[test]
fn the_search_knows_every_spelling() {
    let bytes = [BYTE; 32];
    for text in [
        format!("Password({CANARY:?})"),
        format!("{:?}", CANARY.as_bytes()),
        format!("{bytes:?}"),
        format!("{bytes:#?}"),
        format!("{bytes:02x?}").replace(", ", ""),
        Bytes::from(bytes.to_vec()).to_base64(),
    ] {
        assert!(shows(&text), "{text}");
    }
    assert!(!shows("Password"));
}

#[test]
fn nothing_that_goes_in_or_out_shows_what_opens_something() {
    for command in commands() {
        check(&command);
        check(&Input::Command(CommandId(1), command));
    }
    for outcome in outcomes() {
        check(&outcome);
        check(&Event::Done(CommandId(1), Ok(outcome)));
    }
    check(&batch());
    check(&Output {
        batch: batch(),
        ..Output::default()
    });
    check(&session());
    check(&Reply::Session(session()));
    check(&LinkPass {
        link_id: LinkId::from_bytes([1; 16]),
        token: Bytes::from(vec![BYTE; 32]),
    });
}
