//! Older and newer sides read each other: unknown fields are ignored, a missing field is never guessed, and
//! `null` counts as left out.

use serde_json::{Map, Value, json};

use crate::{page::examples, types::find};

/// Objects that name one of several choices by their only field: a second field would be a second choice.
const CHOICES: &[&str] = &["key", "notice", "proof", "roster"];
const CHOICE_TYPES: &[&str] = &["Key", "NoticeKind", "Proof", "RosterWrite"];

/// Adds a field that nobody knows to this object and to all inside it.
fn enrich(value: &mut Value, choice: bool) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| enrich(item, choice)),
        Value::Object(fields) => {
            for (name, inner) in fields.iter_mut() {
                enrich(inner, CHOICES.contains(&name.as_str()) && !inner.is_array());
            }
            if !choice {
                let future = json!({ "deep": [1.5, null, { "er": true }] });
                fields.insert("a_later_field".to_owned(), future);
            }
        }
        _ => {}
    }
}

#[test]
fn unknown_fields_are_ignored() {
    for example in examples() {
        let round_trip = find(example.of).unwrap();
        let plain: Value = serde_json::from_str(&example.json).unwrap();
        let mut rich = plain.clone();
        enrich(&mut rich, CHOICE_TYPES.contains(&example.of));
        let read = round_trip(&rich.to_string()).unwrap_or_else(|e| panic!("{}: {e}", example.of));
        assert_eq!(read, plain, "{}", example.of);
    }
}

#[test]
fn a_choice_takes_one_field_only() {
    for (of, json) in [
        ("Key", r#"{"mls": "", "shared": ""}"#),
        ("Key", "{}"),
        ("Proof", "{}"),
        (
            "Proof",
            r#"{"recovery": "", "password": {"login_id": "1f0c6a5be2d94c7f8a3b5d6e7f809112", "finish": ""}}"#,
        ),
        ("RosterWrite", r#"{"append": "", "replace": ""}"#),
        (
            "NoticeKind",
            r#"{"message_deleted": {"of": 1}, "other": {}}"#,
        ),
    ] {
        assert!(find(of).unwrap()(json).is_err(), "{of} {json}");
    }
}

#[test]
fn unknown_values_are_refused() {
    for (of, json) in [
        ("Role", r#""emperor""#),
        ("Encryption", r#""none""#),
        ("Encryption", r#""shared-key""#),
        ("ErrorCode", r#""not_a_member""#),
        ("CreateRoom", r#"{"encryption": "none", "name": "x"}"#),
        ("Body", r#"{"kind": "sticker"}"#),
        ("MailBody", r#"{"kind": "spam"}"#),
        ("MailBody", r#"{"kind": "account-key", "sealed": ""}"#),
        ("Key", r#"{"plain": ""}"#),
    ] {
        assert!(find(of).unwrap()(json).is_err(), "{of} {json}");
    }
}

/// Without a field, the text is refused or the value is written without it; nothing is made up.
#[test]
fn a_missing_field_is_never_guessed() {
    let mut refused = 0;
    for example in examples() {
        let Ok(fields) = serde_json::from_str::<Map<String, Value>>(&example.json) else {
            continue;
        };
        for name in fields.keys() {
            if (example.of, name.as_str()) == ("RoomHistory", "since") {
                continue; // documented: left out is 0
            }
            let mut less = fields.clone();
            less.remove(name);
            match find(example.of).unwrap()(&Value::Object(less.clone()).to_string()) {
                Ok(written) => assert_eq!(written, Value::Object(less), "{} {name}", example.of),
                Err(_) => refused += 1,
            }
        }
    }
    assert!(refused > 150, "{refused}");
}

/// `null` in place of a field is refused or read as left out.
#[test]
fn null_counts_as_left_out_or_is_refused() {
    for example in examples() {
        let Ok(fields) = serde_json::from_str::<Map<String, Value>>(&example.json) else {
            continue;
        };
        for name in fields.keys() {
            let mut with_null = fields.clone();
            with_null.insert(name.clone(), Value::Null);
            if let Ok(written) = find(example.of).unwrap()(&Value::Object(with_null).to_string()) {
                let mut less = fields.clone();
                less.remove(name);
                assert_eq!(written, Value::Object(less), "{} {name}", example.of);
            }
        }
    }
}

#[test]
fn left_out_since_is_the_start() {
    let read = find("RoomHistory").unwrap()(r#"{"room_id": 1}"#).unwrap();
    assert_eq!(read, json!({ "room_id": 1, "since": 0 }));
}
