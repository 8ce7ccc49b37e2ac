//! The schemas of all types, with the examples of `docs/WIRE.md`.

use protocol::{
    ids::{AccountId, ApiTokenId, BlobId, InviteId, LinkId, MeetingId, RoomId, Seq, SessionId},
    names::UserName,
};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    page::examples,
    types::{SCHEMAS, SchemaOf},
};

/// Where a document has its schemas.
pub(super) const PLACE: &str = "#/components/schemas/";

const IN_PATHS: [SchemaOf; 10] = [
    SchemaGenerator::subschema_for::<AccountId>,
    SchemaGenerator::subschema_for::<ApiTokenId>,
    SchemaGenerator::subschema_for::<BlobId>,
    SchemaGenerator::subschema_for::<InviteId>,
    SchemaGenerator::subschema_for::<LinkId>,
    SchemaGenerator::subschema_for::<MeetingId>,
    SchemaGenerator::subschema_for::<RoomId>,
    SchemaGenerator::subschema_for::<Seq>,
    SchemaGenerator::subschema_for::<SessionId>,
    SchemaGenerator::subschema_for::<UserName>,
];

/// All of them, by name.
pub(super) fn all() -> Map<String, Value> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = SchemaGenerator::new(settings);
    for (_, schema) in SCHEMAS {
        schema(&mut generator);
    }
    // Some of these stand in paths alone.
    for id in IN_PATHS {
        id(&mut generator);
    }
    let mut all = generator.take_definitions(true);
    for example in examples() {
        if let Some(Value::Object(schema)) = all.get_mut(example.of) {
            // The first one: the others show what is special.
            let value: Value = serde_json::from_str(&example.json).unwrap();
            schema.entry("examples").or_insert_with(|| json!([value]));
        }
    }
    all
}

/// Those that a document names, directly or by another one.
pub(super) fn named_in(document: &Value) -> Map<String, Value> {
    let all = all();
    let mut named = Map::new();
    let mut text = document.to_string();
    loop {
        let before = named.len();
        for (name, schema) in &all {
            if text.contains(&format!("\"{PLACE}{name}\"")) && !named.contains_key(name) {
                named.insert(name.clone(), schema.clone());
            }
        }
        if named.len() == before {
            return named;
        }
        text = Value::Object(named.clone()).to_string();
    }
}

/// A reference to one of them.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{PLACE}{name}") })
}

/// One of several.
pub(super) fn any_of(names: &[&str]) -> Value {
    match names {
        [one] => reference(one),
        several => {
            let several: Vec<_> = several.iter().map(|name| reference(name)).collect();
            json!({ "anyOf": several })
        }
    }
}
