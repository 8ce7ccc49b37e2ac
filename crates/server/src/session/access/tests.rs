use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;

const NOW: u64 = 1_795_000_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn keys(text: &str) -> AccessKey {
    AccessKey::new(&SecretKey::from_text(text).unwrap())
}

fn ours() -> AccessKey {
    keys("0123456789abcdef0123456789abcdef")
}

fn account() -> AccountId {
    AccountId::from_bytes([7; 16])
}

fn signed(keys: &AccessKey, now: u64) -> String {
    let made = keys.sign(account(), FamilyId([9; 16]), at(now)).unwrap();
    made.0.0
}

fn refused(token: &str, now: u64) -> ErrorCode {
    ours().check(token, at(now)).unwrap_err().code()
}

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Header and claims of one of our tokens, changed, under our own key all the same.
fn forged(change: impl FnOnce(&mut Value, &mut Value)) -> String {
    let token = signed(&ours(), NOW);
    let parts: Vec<_> = token.split('.').collect();
    let (mut header, mut claims) = (read(parts[0]), read(parts[1]));
    change(&mut header, &mut claims);
    let body = format!("{}.{}", part(&header), part(&claims));
    let dated = ours().of_period(NOW / PERIOD_MILLIS).unwrap();
    let tag = Hs256::new(ALGORITHM, dated.key.as_slice())
        .unwrap()
        .sign(body.as_bytes());
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[test]
fn a_token_names_its_family_and_says_what_it_is() {
    let token = signed(&ours(), NOW);
    assert_eq!(
        ours().check(&token, at(NOW)),
        Ok((account(), FamilyId([9; 16])))
    );
    let parts: Vec<_> = token.split('.').collect();
    let (header, claims) = (read(parts[0]), read(parts[1]));
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("HS256"), &json!("at+jwt"))
    );
    assert!(header["kid"].is_string());
    assert_eq!(claims["iss"], "secure-chat");
    assert_eq!(claims["aud"], "secure-chat/api");
    assert_eq!(claims["exp"], json!(NOW / 1_000 + 600));
    // Nothing changed is one made by hand, which the other tests rest on.
    assert!(ours().check(&forged(|_, _| {}), at(NOW)).is_ok());
}

#[test]
fn no_other_algorithm_counts() {
    for alg in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA"] {
        let token = forged(|header, _| header["alg"] = json!(alg));
        assert_eq!(refused(&token, NOW), ErrorCode::Unauthenticated, "{alg}");
        let body = token.rsplit_once('.').unwrap().0;
        for tag in [".", ""] {
            let bare = format!("{body}{tag}");
            assert_eq!(refused(&bare, NOW), ErrorCode::Unauthenticated, "{alg}");
        }
    }
}

#[test]
fn no_other_key_counts() {
    let theirs = signed(&keys("fedcba9876543210fedcba9876543210"), NOW);
    assert_eq!(refused(&theirs, NOW), ErrorCode::Unauthenticated);
    // Another name of the key, or none; and a header with a key of its own.
    for kid in [json!("0000000000000000"), json!(""), Value::Null] {
        let token = forged(|header, _| header["kid"] = kid.clone());
        assert_eq!(refused(&token, NOW), ErrorCode::Unauthenticated, "{kid}");
    }
    let ours = signed(&ours(), NOW);
    let (body, tag) = ours.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(tag).unwrap();
    bytes[0] ^= 1;
    let bent = format!("{body}.{}", URL_SAFE_NO_PAD.encode(&bytes));
    assert_eq!(refused(&bent, NOW), ErrorCode::Unauthenticated);
    let cut = format!("{body}.{}", URL_SAFE_NO_PAD.encode(&bytes[..16]));
    assert_eq!(refused(&cut, NOW), ErrorCode::Unauthenticated);
}

#[test]
fn no_other_audience_issuer_or_kind_counts() {
    for (field, value) in [
        ("aud", json!("somebody-else")),
        ("aud", Value::Null),
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("sub", json!("not an account")),
        ("sid", json!("../..")),
        ("exp", Value::Null),
        ("exp", json!("soon")),
    ] {
        let token = forged(|_, claims| claims[field] = value.clone());
        assert_eq!(refused(&token, NOW), ErrorCode::Unauthenticated, "{field}");
    }
    let other = forged(|header, _| header["typ"] = json!("JWT"));
    assert_eq!(refused(&other, NOW), ErrorCode::Unauthenticated);
}

#[test]
fn a_token_counts_ten_minutes_and_half_a_minute_of_a_clock_that_is_set() {
    let token = signed(&ours(), NOW);
    let over = NOW + ACCESS_TOKEN_MILLIS;
    assert!(ours().check(&token, at(over + SKEW_MILLIS - 1)).is_ok());
    assert_eq!(
        refused(&token, over + SKEW_MILLIS),
        ErrorCode::SessionExpired
    );
    assert!(ours().check(&token, at(NOW - SKEW_MILLIS)).is_ok());
    // One of a clock an hour ahead, and one of an hour ago.
    assert_eq!(refused(&token, NOW - 3_600_000), ErrorCode::Unauthenticated);
    assert_eq!(refused(&token, NOW + 3_600_000), ErrorCode::SessionExpired);
}

#[test]
fn a_key_that_was_replaced_counts_for_what_it_signed() {
    let turn = (NOW / PERIOD_MILLIS + 1) * PERIOD_MILLIS;
    let (last, first) = (signed(&ours(), turn - 1_000), signed(&ours(), turn));
    let kid = |token: &str| read(token.split('.').next().unwrap())["kid"].clone();
    assert_ne!(kid(&last), kid(&first));
    assert!(ours().check(&last, at(turn + 1_000)).is_ok());
    assert!(ours().check(&first, at(turn + 1_000)).is_ok());
    // After that nobody looks for it: a month later its name is unknown.
    assert_eq!(
        refused(&last, turn + PERIOD_MILLIS),
        ErrorCode::Unauthenticated
    );
}

#[test]
fn nonsense_is_no_token() {
    for text in [
        "..",
        "a.b.c",
        "a.b",
        "e30.e30.",
        "....",
        "\u{0}.\u{0}.\u{0}",
    ] {
        assert_eq!(refused(text, NOW), ErrorCode::Unauthenticated, "{text}");
    }
}
