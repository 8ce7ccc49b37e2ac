use std::{fs, path::Path};

use super::*;
use crate::{
    config::{CertificateFiles, Flags},
    tls::Certificate,
};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn config(dir: &Path, more: &[(&str, &str)]) -> Config {
    let variable = |name: &str| {
        let said = more.iter().find(|(known, _)| *known == name);
        said.map(|(_, value)| (*value).to_owned())
    };
    let flags = Flags {
        listen: Some("127.0.0.1:0".to_owned()),
        data: Some(dir.join("data")),
    };
    Config::from_env(variable, &flags).unwrap()
}

/// What is not well, by part.
async fn ails(config: &Config) -> Vec<(&'static str, Health, String)> {
    let findings = examine(config, NOW).await.into_iter();
    let ails = findings.filter(|finding| finding.health != Health::Well);
    ails.map(|finding| (finding.part, finding.health, finding.says))
        .collect()
}

fn certificate(dir: &Path, name: &str) -> CertificateFiles {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let files = CertificateFiles {
        chain: dir.join("chain.pem"),
        key: dir.join("key.pem"),
    };
    fs::write(&files.chain, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}

#[cfg(unix)]
fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_server_that_has_yet_to_start_is_well() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(ails(&config(dir.path(), &[])).await, []);
    assert!(!dir.path().join("data").exists(), "nothing is made");
}

#[cfg(unix)]
#[tokio::test]
async fn what_others_can_read_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path(), &[]);
    fs::create_dir(&config.data).unwrap();
    mode(&config.data, 0o755);
    config.transport.certificate = Some(certificate(dir.path(), "chat.example.org"));
    mode(&dir.path().join("key.pem"), 0o644);
    let ails = ails(&config).await;
    let find = |part| ails.iter().find(|(of, ..)| *of == part).unwrap();
    assert_eq!(find("data directory").1, Health::Bad);
    assert!(find("data directory").2.contains("chmod 700"));
    assert!(find("private key").2.contains("chmod 600"));
}

#[tokio::test]
async fn a_certificate_for_another_name_or_time_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let url = ("SECURE_CHAT_PUBLIC_URL", "https://other.example.org");
    let mut config = config(dir.path(), &[url]);
    config.transport.certificate = Some(certificate(dir.path(), "chat.example.org"));
    let said = examine(&config, NOW).await;
    let name = said.iter().find(|finding| finding.part == "name").unwrap();
    assert_eq!(name.health, Health::Bad);
    assert!(
        name.says.contains("for chat.example.org, and"),
        "{}",
        name.says
    );
    // It is of the year 4096 at the end, and of 1975 at the beginning.
    let early = examine(&config, Timestamp::from_millis(0)).await;
    let early = early
        .iter()
        .find(|finding| finding.part == "certificate")
        .unwrap();
    assert!(early.says.contains("clock right"), "{}", early.says);
    let wild = certificate(dir.path(), "*.example.org");
    config.transport.certificate = Some(wild);
    let said = examine(&config, NOW).await;
    let name = said.iter().find(|finding| finding.part == "name").unwrap();
    assert_eq!(name.health, Health::Well, "{}", name.says);
    let own = Certificate::read(config.transport.certificate.as_ref().unwrap()).unwrap();
    config.transport.spare_pins = vec![own.facts.pin];
    let said = examine(&config, NOW).await;
    let pins = said.iter().find(|finding| finding.part == "pins").unwrap();
    assert!(pins.says.contains("pin --spare"), "{}", pins.says);
}

#[tokio::test]
async fn a_damaged_database_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path(), &[]);
    fs::create_dir(&config.data).unwrap();
    #[cfg(unix)]
    mode(&config.data, 0o700);
    fs::write(
        &config.database,
        "no database at all, and long enough to be looked at",
    )
    .unwrap();
    let ails = ails(&config).await;
    let database = ails.iter().find(|(part, ..)| *part == "database").unwrap();
    assert_eq!(database.1, Health::Bad, "{ails:?}");
}

#[tokio::test]
async fn a_weak_key_and_a_previous_one_that_is_done_with_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let keys = [
        ("SECRET_KEY", "your-secret-key-here"),
        ("SECRET_KEY_PREVIOUS", "what the data was under"),
    ];
    let ails = ails(&config(dir.path(), &keys)).await;
    let says = |of: &str| ails.iter().find(|(part, ..)| *part == of).unwrap();
    assert_eq!(says("SECRET_KEY").1, Health::Look);
    assert!(says("SECRET_KEY").2.contains("openssl rand -hex 32"));
    assert!(says("SECRET_KEY_PREVIOUS").2.contains("take it out"));
}
