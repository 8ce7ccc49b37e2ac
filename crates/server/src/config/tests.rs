#![allow(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, path::Path};

use super::*;

fn read(variables: &[(&str, &str)], flags: &Flags) -> Result<Config, ConfigError> {
    let variables: BTreeMap<_, _> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Config::from_env(|name| variables.get(name).cloned(), flags)
}

fn flags(listen: &str) -> Flags {
    Flags {
        listen: Some(listen.to_owned()),
        data: None,
    }
}

const KEY: (&str, &str) = ("SECRET_KEY", "9d1f6c30b7a2e845506be1f42c97d3a8");

#[test]
fn defaults_are_a_development_server_on_loopback() {
    let config = read(&[], &Flags::default()).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:5000");
    assert_eq!(config.mode, Mode::Development);
    assert_eq!(config.registration, Registration::Open);
    assert_eq!(config.database, Path::new("data/secure-chat.db"));
    assert!(config.secret_key.is_none());
}

#[test]
fn the_environment_of_the_original_is_understood() {
    let config = read(
        &[
            KEY,
            ("FLASK_ENV", "production"),
            ("DATABASE_URL", "sqlite:///secure_chat.db"),
            ("PORT", "5001"),
        ],
        &Flags::default(),
    )
    .unwrap();
    assert_eq!(config.mode, Mode::Production);
    assert_eq!(config.registration, Registration::Invite);
    assert_eq!(config.listen.port(), 5001);
    assert_eq!(config.database, Path::new("data/secure_chat.db"));
}

#[test]
fn our_variable_goes_before_the_alias_and_the_flag_before_the_port() {
    let config = read(
        &[
            ("SECURE_CHAT_ENV", "development"),
            ("FLASK_ENV", "production"),
            ("PORT", "1"),
        ],
        &flags("[::1]:7000"),
    )
    .unwrap();
    assert_eq!(config.mode, Mode::Development);
    assert_eq!(config.listen.to_string(), "[::1]:7000");
}

#[test]
fn database_urls() {
    let file = |url: &str| database::parse(Some(url), Path::new("/d"));
    for (url, path) in [
        ("sqlite:///a.db", "/d/a.db"),
        ("sqlite://a.db", "/d/a.db"),
        ("sqlite:a.db", "/d/a.db"),
        ("sqlite:////var/a.db", "/var/a.db"),
        ("sqlite:/var/a.db", "/var/a.db"),
        ("sqlite:///a.db?mode=rwc", "/d/a.db"),
    ] {
        assert_eq!(file(url).unwrap(), Path::new(path), "{url}");
    }
    for (url, error) in [
        ("postgres://u@h/d", DatabaseUrlError::PostgresNotYet),
        (
            "postgresql+psycopg://u@h/d",
            DatabaseUrlError::PostgresNotYet,
        ),
        ("sqlite::memory:", DatabaseUrlError::InMemory),
        ("sqlite://", DatabaseUrlError::InMemory),
        ("mysql://h", DatabaseUrlError::Unknown),
    ] {
        assert_eq!(file(url).unwrap_err(), error, "{url}");
    }
}

#[test]
fn what_is_refused_says_why() {
    let none = Flags::default();
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a Flags, &'a str);
    let production = ("FLASK_ENV", "production");
    let cases: [Case<'_>; 14] = [
        (
            &[("SSL_CERT_PATH", "/c.pem")],
            &none,
            "SSL_KEY_PATH is not set",
        ),
        (
            &[("TRUSTED_PROXY", "10.0.0.2"), KEY],
            &none,
            "SECURE_CHAT_PUBLIC_URL must say",
        ),
        (
            &[("FLASK_ENV", "production")],
            &none,
            "openssl rand -hex 32",
        ),
        (&[("SECRET_KEY", "short")], &none, "at least 16 characters"),
        (
            &[("SECRET_KEY_PREVIOUS", "short")],
            &none,
            "SECRET_KEY_PREVIOUS is no key",
        ),
        (
            &[("SECRET_KEY", "your-secret-key-here"), production],
            &none,
            "a placeholder that everybody knows",
        ),
        (
            &[("SECRET_KEY", "dev-key-change-in-production"), production],
            &none,
            "openssl rand -hex 32",
        ),
        (
            &[("SECRET_KEY", "zzzzzzzzzzzzzzzzzzzzzzzz"), production],
            &none,
            "SECRET_KEY_PREVIOUS",
        ),
        (&[("FLASK_ENV", "prod")], &none, "FLASK_ENV is"),
        (&[("PORT", "70000")], &none, "PORT is a number"),
        (
            &[("SECURE_CHAT_REGISTRATION", "maybe")],
            &none,
            "\"open\", \"invite\" or \"closed\"",
        ),
        (
            &[("SECURE_CHAT_DEFAULT_ADMIN", "maybe")],
            &none,
            "\"yes\" or \"no\"",
        ),
        (&[KEY], &flags("0.0.0.0:5000"), "not a loopback address"),
        (&[KEY], &flags("5000"), "--listen takes"),
    ];
    for (variables, flags, says) in cases {
        let error = read(variables, flags).err().unwrap().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn development_takes_a_weak_key_and_so_does_whoever_gets_away_from_one() {
    let weak = "your-secret-key-here";
    let config = read(&[("SECRET_KEY", weak)], &Flags::default()).unwrap();
    assert!(config.secret_key.is_some() && config.previous_key.is_none());
    let previous = ("SECRET_KEY_PREVIOUS", weak);
    let production = ("SECURE_CHAT_ENV", "production");
    let config = read(&[KEY, previous, production], &Flags::default()).unwrap();
    assert!(config.previous_key.is_some());
}

#[test]
fn registration_can_be_opened_in_production() {
    let open = ("SECURE_CHAT_REGISTRATION", "open");
    let config = read(
        &[KEY, open, ("SECURE_CHAT_ENV", "production")],
        &Flags::default(),
    )
    .unwrap();
    assert_eq!(config.registration, Registration::Open);
}

#[test]
fn development_on_loopback_is_both() {
    let mut config = read(&[KEY], &Flags::default()).unwrap();
    assert!(config.is_development_on_loopback() && config.default_admin);
    for elsewhere in [
        "0.0.0.0:5000",
        "192.168.1.4:5000",
        "[::]:5000",
        "[2001:db8::1]:5000",
    ] {
        config.listen = elsewhere.parse().unwrap();
        assert!(!config.is_development_on_loopback(), "{elsewhere}");
    }
    config.listen = "[::1]:5000".parse().unwrap();
    assert!(config.is_development_on_loopback());
    config.mode = Mode::Production;
    assert!(!config.is_development_on_loopback());
    let without = [KEY, ("SECURE_CHAT_DEFAULT_ADMIN", "no")];
    assert!(!read(&without, &Flags::default()).unwrap().default_admin);
}

#[test]
fn a_session_lasts_a_year_or_what_the_operator_says() {
    let days = |said: &str| {
        let config = read(&[("SECURE_CHAT_SESSION_MAX_DAYS", said)], &Flags::default());
        config.map(|config| config.session_millis / 86_400_000)
    };
    assert_eq!(days("").unwrap(), 365);
    assert_eq!(days("30").unwrap(), 30);
    for bad in ["0", "-1", "1.5", "a year", "36501"] {
        let said = days(bad).unwrap_err().to_string();
        assert!(said.contains("SECURE_CHAT_SESSION_MAX_DAYS"), "{said}");
    }
}

#[test]
fn the_public_address_is_one_that_browsers_give_passkeys_to() {
    let read = |said| read(&[("SECURE_CHAT_PUBLIC_URL", said)], &Flags::default());
    let config = read("https://chat.example.org").unwrap();
    assert_eq!(
        config.public_url,
        PublicUrl::parse("https://chat.example.org").ok()
    );
    assert!(read("").unwrap().public_url.is_none());
    let said = read("http://192.0.2.7").err().unwrap().to_string();
    assert!(said.contains("SECURE_CHAT_PUBLIC_URL"), "{said}");
}
