//! Hostile JSON is an error, never a panic.

use serde_json::Value;

use crate::{
    page::examples,
    types::{TYPES, find},
};

#[test]
fn junk_is_refused_by_every_type() {
    let deep = "[".repeat(100_000);
    let nested = format!("{}1{}", "{\"a\":".repeat(2_000), "}".repeat(2_000));
    let wide = format!("[{}0]", "0,".repeat(100_000));
    for (name, round_trip) in TYPES {
        for junk in [
            "",
            " ",
            "nul",
            "1e400",
            "-1",
            "\"\\ud800\"",
            "{\"a\"",
            "[]]",
            "{,}",
            "\u{feff}{}",
            "true",
            &deep,
            &wide,
        ] {
            assert!(
                round_trip(junk).is_err(),
                "{name}: {}",
                &junk[..junk.len().min(20)]
            );
        }
        // Objects of unknown fields alone are legal only where no field is required.
        let all_optional = matches!(
            *name,
            "AskPasskey" | "AskReset" | "Effects" | "Empty" | "EnterRoom" | "Reset" | "SideRepair"
        );
        assert_eq!(round_trip(&nested).is_ok(), all_optional, "{name}");
    }
}

/// Every field of every example, replaced by values of a wrong type, in the text itself.
#[test]
fn wrong_types_are_refused_field_by_field() {
    let junk = [
        "1e400",
        "-1",
        "1.5",
        "9007199254740992",
        "18446744073709551616",
        "true",
        "\"\\u0000\"",
        "\"é\"",
        "[[[[]]]]",
        "{}",
        "[\"AA==\",7]",
    ];
    for example in examples() {
        let Ok(Value::Object(fields)) = serde_json::from_str(&example.json) else {
            continue;
        };
        for name in fields.keys() {
            for value in junk {
                let rest: Vec<_> = fields
                    .iter()
                    .filter(|(other, _)| *other != name)
                    .map(|(other, value)| format!("{other:?}:{value}"))
                    .chain([format!("{name:?}:{value}")])
                    .collect();
                let text = format!("{{{}}}", rest.join(","));
                let Ok(written) = find(example.of).unwrap()(&text) else {
                    continue;
                };
                // What is accepted is what was said: free text, a flag, or a number without a rule of its own.
                let said: Value = serde_json::from_str(value).unwrap();
                assert_eq!(written[name], said, "{} {name} {value}", example.of);
            }
        }
    }
}

#[test]
fn a_field_that_stands_twice_is_refused() {
    for example in examples() {
        let Ok(Value::Object(fields)) = serde_json::from_str(&example.json) else {
            continue;
        };
        for (name, value) in &fields {
            let open = example.json.trim_start().strip_prefix('{').unwrap();
            let twice = format!("{{{name:?}:{value},{open}");
            assert!(
                find(example.of).unwrap()(&twice).is_err(),
                "{} {name}",
                example.of
            );
        }
    }
}

#[test]
fn unknown_fields_may_be_deep_and_large() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let read = find("JoinRoom").unwrap()(&format!("{{\"room_id\":1,\"later\":{deep}}}"));
    assert_eq!(read.unwrap()["room_id"], 1);
    // A type with flattened fields is buffered first; there the nesting has a floor, and it is an error.
    let text = format!(
        "{{\"room_id\":1,\"encrypted_content\":\"\",\"iv\":\"\",\"message_hash\":\"\",\"later\":{deep}}}"
    );
    assert!(find("SendMessage").unwrap()(&text).is_err());
}

#[test]
fn a_long_list_of_broken_items_is_refused_at_the_first() {
    let items = "{},".repeat(200_000);
    let error = find("VaultWrite").unwrap()(&format!("{{\"puts\":[{items}{{}}]}}")).unwrap_err();
    assert!(
        error.to_string().contains("missing field `name`"),
        "{error}"
    );
    assert_eq!(error.line(), 1);
    assert!(error.column() < 20, "{error}");
}
