//! A refused body says which field broke which rule, also behind flattened and two-legged types.

use protocol::{
    bytes::NotBase64,
    ids::IdError,
    names::NameError,
    rest::{FactorCode, LoginRequest, RegisterRequest, SecondFactorKind},
};

use crate::types::find;

fn reason(of: &str, json: &str) -> String {
    match find(of).unwrap()(json) {
        Ok(value) => panic!("{of} was accepted: {value}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_broken_field_is_named_by_its_rule() {
    let account = "1f0c6a5be2d94c7f8a3b5d6e7f809112";
    let entry = format!(
        r#""id":1,"seq":1,"sender":"{account}","timestamp":"2026-11-30T12:00:00.000Z","client_id":"{account}","handshake_seq":0"#
    );
    for (of, json, rule) in [
        ("RegisterRequest", r#"{"username":"Alice","start":""}"#.to_owned(), NameError.to_string()),
        ("RegisterRequest", r#"{"username":"alice","start":"A"}"#.to_owned(), NotBase64.to_string()),
        ("RegisterRequest", r#"{"username":"alice","finish":"A"}"#.to_owned(), NotBase64.to_string()),
        ("RegisterRequest", r#"{"username":"alice","finish":""}"#.to_owned(), "missing field `account_id`".to_owned()),
        ("RegisterRequest", r#"{"username":"alice","finish":"","account_id":"7"}"#.to_owned(), IdError::NotHex.to_string()),
        ("LoginRequest", r#"{"username":"alice","start":"=="}"#.to_owned(), NotBase64.to_string()),
        ("LoginRequest", r#"{"start":""}"#.to_owned(), "missing field `username`".to_owned()),
        ("LoginRequest", r#"{"finish":""}"#.to_owned(), "missing field `login_id`".to_owned()),
        ("LoginRequest", r#"{"login_id":"xyz","finish":""}"#.to_owned(), IdError::NotHex.to_string()),
        ("SendMessage", r#"{"room_id":1,"encrypted_content":"","iv":"","message_hash":"","key":{"mls":"*"}}"#.to_owned(), NotBase64.to_string()),
        ("SendMessage", r#"{"room_id":1,"encrypted_content":"","iv":"","message_hash":"","history_key":"_w=="}"#.to_owned(), NotBase64.to_string()),
        ("SendMessage", r#"{"room_id":0,"encrypted_content":"","iv":"","message_hash":""}"#.to_owned(), IdError::OutOfRange.to_string()),
        ("SendMessage", r#"{"room_id":1,"iv":"","message_hash":""}"#.to_owned(), "missing field `encrypted_content`".to_owned()),
        ("CreateRoom", r#"{"name":"lobby"}"#.to_owned(), "missing field `encryption`".to_owned()),
        ("CreateRoom", r#"{"encryption":"mls","room_id":1}"#.to_owned(), "missing field `group_id`".to_owned()),
        ("Entry", format!(r#"{{{entry},"room_id":1,"kind":"proposal","proposal":"%"}}"#), NotBase64.to_string()),
        ("Entry", format!(r#"{{{entry},"room_id":1}}"#), "missing field `kind`".to_owned()),
        ("Entry", format!(r#"{{{entry},"room_id":1,"kind":"sticker"}}"#), "unknown variant `sticker`".to_owned()),
    ] {
        let said = reason(of, &json);
        assert!(said.contains(&rule), "{of} {json}: said {said:?}, not {rule:?}");
    }
}

#[test]
fn a_body_of_both_legs_or_none_is_refused() {
    let legs = "the body has either `start` or `finish`";
    let of_login = "the body has one of `start`, `finish`, `recovery` and `code`";
    for (of, legs) in [
        ("RegisterRequest", legs),
        ("PasswordRequest", legs),
        ("LoginRequest", of_login),
    ] {
        for json in [
            r#"{"username":"alice"}"#,
            r#"{"username":"alice","start":"","finish":""}"#,
            r#"{"username":"alice","start":null,"finish":null}"#,
        ] {
            assert!(reason(of, json).contains(legs), "{of} {json}");
        }
    }
    for both in [
        r#"{"username":"alice","start":"","recovery":""}"#,
        r#"{"login_id":"1f0c6a5be2d94c7f8a3b5d6e7f809112","finish":"AA==","code":"123456"}"#,
    ] {
        assert!(reason("LoginRequest", both).contains(of_login));
    }
}

#[test]
fn each_leg_is_read_as_itself() {
    let register = serde_json::from_str(r#"{"username":"al","start":"AA=="}"#).unwrap();
    assert!(matches!(register, RegisterRequest::Start(leg) if leg.start.as_slice() == [0]));
    let login =
        serde_json::from_str(r#"{"username":"al","start":"AA==","device_id":null}"#).unwrap();
    assert!(matches!(login, LoginRequest::Start(leg) if leg.username.as_str() == "al"));
    let id = "1f0c6a5be2d94c7f8a3b5d6e7f809112";
    let finish =
        serde_json::from_str(&format!(r#"{{"login_id":"{id}","finish":"AQ=="}}"#)).unwrap();
    assert!(
        matches!(finish, LoginRequest::Finish(leg) if leg.finish.as_slice() == [1] && leg.device_id.is_none())
    );
    let code = serde_json::from_str(&format!(r#"{{"login_id":"{id}","code":"123456"}}"#)).unwrap();
    assert!(matches!(code, LoginRequest::Code(leg) if leg.code.0 == "123456"));
}

#[test]
fn a_code_and_a_kind_of_later_are_read_and_not_printed() {
    let code = FactorCode("123456".to_owned());
    assert_eq!(format!("{code:?}"), "FactorCode");
    let kinds: Vec<SecondFactorKind> = serde_json::from_str(r#"["totp","telepathy"]"#).unwrap();
    assert_eq!(kinds, [SecondFactorKind::Totp, SecondFactorKind::Other]);
}
