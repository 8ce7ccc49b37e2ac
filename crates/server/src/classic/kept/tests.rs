use super::*;

const PASSWORD: &str = "marble tugboat whispers 42";
/// What other servers keep of it: made with Python's `hashlib` and `crypt`.
const OF_OTHERS: [&str; 6] = [
    "pbkdf2:sha256:100000$Q7x2salt$6b0652cb545adb4865df3796304019a8858e9c89ebd472d06b533e13e8cf292d",
    "pbkdf2_sha256$260000$Q7x2salt$rf06Xl7E4mA3Ja0mXgMLUDX9GW6Y+hvtBOR6L4hbNo4=",
    "$pbkdf2-sha256$120000$./z9/v8AAAAAAAAAAAAAAA$WiyD9L8XcvKZ1j0oSYVsKJ4YnK/vxawxQG6N1uuIrkc",
    "$2a$10$abcdefghijklmnopqrstuuPKHipLT4B7VsrjtrNaffa.c36/nILp.",
    "$2b$10$abcdefghijklmnopqrstuuPKHipLT4B7VsrjtrNaffa.c36/nILp.",
    "$2y$10$abcdefghijklmnopqrstuuPKHipLT4B7VsrjtrNaffa.c36/nILp.",
];

#[test]
fn a_password_is_kept_as_argon2id_of_its_own_salt() {
    let kept = Kept::new(PASSWORD, &[7; SALT_BYTES]).unwrap();
    assert!(
        kept.text().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        kept.text()
    );
    assert!(kept.is_of(PASSWORD) && !kept.is_of("marble tugboat whispers 43"));
    let read = Kept::parse(kept.text()).unwrap();
    assert!(read.is_of(PASSWORD) && read.is_as_now());
    let other = Kept::new(PASSWORD, &[8; SALT_BYTES]).unwrap();
    assert_ne!(other.text(), kept.text());
}

#[test]
fn what_other_servers_keep_is_read_and_to_be_kept_anew() {
    for text in OF_OTHERS {
        let kept = Kept::parse(text).unwrap();
        assert!(kept.is_of(PASSWORD), "{text}");
        assert!(!kept.is_of("marble tugboat whispers 43"), "{text}");
        assert!(!kept.is_of(""), "{text}");
        assert!(!kept.is_as_now(), "{text}");
    }
    let cheaper = Params::new(8 * 1024, 1, 1, Some(HASH_BYTES)).unwrap();
    let cheaper = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheaper);
    let salt = SaltString::encode_b64(&[7; SALT_BYTES]).unwrap();
    let text = cheaper.hash_password(PASSWORD.as_bytes(), &salt).unwrap();
    let kept = Kept::parse(&text.to_string()).unwrap();
    assert!(kept.is_of(PASSWORD) && !kept.is_as_now());
}

#[test]
fn what_protects_nobody_or_is_nothing_is_refused_by_name() {
    let hex = "6b0652cb545adb4865df3796304019a8858e9c89ebd472d06b533e13e8cf292d";
    for cheap in [
        format!("pbkdf2:sha256:99999$salt${hex}"),
        format!("pbkdf2:sha256:10000001$salt${hex}"),
        OF_OTHERS[3].replace("$10$", "$09$"),
        OF_OTHERS[3].replace("$10$", "$31$"),
        "$argon2id$v=19$m=4194304,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$BwcHBwcHBwcHBwcHBwcHBw".to_owned(),
    ] {
        assert_eq!(Kept::parse(&cheap).err(), Some(KeptError::Cost), "{cheap}");
    }
    for unknown in [
        "",
        "marble tugboat whispers 42",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "pbkdf2:sha256:100000$salt",
        "pbkdf2:sha256:100000$salt$6b06",
        "pbkdf2:sha256:100000$salt$nothex",
        "pbkdf2:sha256:-1$salt$6b06",
        "pbkdf2:sha512:100000$salt$6b06",
        "$2b$10$tooshort",
        "$2b$10",
        "$argon2id$nonsense",
        "scrypt:32768:8:1$salt$00",
    ] {
        assert_eq!(
            Kept::parse(unknown).err(),
            Some(KeptError::Unknown),
            "{unknown}"
        );
    }
}
