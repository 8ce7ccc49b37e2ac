//! What is typed and not said.

use engine::api::{Command, Content, FileContent, FileSecret, HistoryChoice};
use protocol::ids::BlobId;

use super::ALICE;
use crate::sim::{canary::MARKER, world::World};

#[test]
fn a_file_goes_past_what_is_typed_and_a_message_takes_its_place() {
    let mut world = World::people(1);
    let room = world.room(ALICE, HistoryChoice::SinceJoin);
    let text = format!("{MARKER} half a thought");
    let keep = Command::KeepTyped {
        room,
        text: text.clone(),
    };
    world.does(ALICE, keep);
    let file = FileContent {
        blob: BlobId::from_bytes([1; 16]),
        key: FileSecret::from([2; 32]),
        hash: [3; 32],
        length: 5,
        name: format!("{MARKER} map.png"),
        media_type: String::new(),
        thumbnail: Vec::new(),
    };
    let send = |content| Command::Send {
        room,
        content,
        ticket: None,
    };
    world.does(ALICE, send(Content::File(Box::new(file))));
    assert_eq!(world.person(ALICE).engine().typed(), [(room, text.clone())]);
    world.does(ALICE, send(Content::Text(text)));
    assert!(world.person(ALICE).engine().typed().is_empty());
}
