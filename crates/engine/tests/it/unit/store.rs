//! What rows an engine is made from, and which ones it refuses.

use engine::{
    Config, Engine, LoadError,
    api::{Key, Space},
    records::RecordError,
};
use protocol::ids::RoomId;

fn load(key: Key, value: &[u8]) -> Result<Engine, LoadError> {
    Engine::load(Config::default(), [(key, value.to_vec())])
}

fn error(key: Key, value: &[u8]) -> LoadError {
    match load(key, value) {
        Ok(_) => panic!("damaged rows were taken"),
        Err(error) => error,
    }
}

#[test]
fn no_rows_make_an_empty_home() {
    let engine = Engine::load(Config::default(), []).unwrap();
    assert!(engine.account().is_none() && engine.rooms().is_empty());
}

#[test]
fn damage_is_told_and_nothing_is_made_up() {
    let room = RoomId::new(5).unwrap();
    let damaged = |space| LoadError::Record {
        space,
        error: RecordError::Damaged,
    };
    for name in ["home", "session", "mail"] {
        let key = Key::Named(Space::Account, name.into());
        assert_eq!(error(key, b"\x01nonsense"), damaged(Space::Account));
    }
    let key = Key::Numbered(Space::Rooms, 5);
    assert_eq!(error(key.clone(), b""), damaged(Space::Rooms));
    let newer = LoadError::Record {
        space: Space::Rooms,
        error: RecordError::Newer(9),
    };
    assert_eq!(error(key, &[9, 0]), newer);
    let key = Key::Numbered(Space::Heads(room), 1);
    assert_eq!(error(key, &[0; 32]), LoadError::NoRecord(room));
}

#[test]
fn timelines_are_left_where_they_are() {
    let room = RoomId::new(5).unwrap();
    assert!(load(Key::Numbered(Space::Timeline(room), 1), b"anything").is_ok());
    assert_eq!(Engine::item(b""), Err(RecordError::Damaged));
}
