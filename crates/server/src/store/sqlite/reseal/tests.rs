use std::fs;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::*;
use crate::{
    second_factor::BackupKeys,
    secrets::{Sealer, SecretKey},
    store::sqlite::sees,
};

const OLD: &str = "an old key of enough length";
const NEW: &str = "another key of enough length";
const CODE: &str = "q7rd0mz4xk2n";
const LIMITS: Limits = Limits { max_pages: None };

fn key(text: &str) -> SecretKey {
    SecretKey::from_text(text).unwrap()
}

fn sealer(text: &str) -> Sealer {
    Sealer::new(&key(text)).unwrap()
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([5; 32])
}

fn rotation(from: &str, to: &str) -> Rotation {
    Rotation::new(&key(from), &key(to), rng()).unwrap()
}

fn account(n: u16) -> AccountId {
    let mut id = [1; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    AccountId::from_bytes(id)
}

async fn insert(db: &mut SqliteConnection, sql: &'static str, account: AccountId, value: Vec<u8>) {
    let id = account.as_bytes().as_slice();
    let query = sqlx::query(sql).bind(id).bind(value);
    query.execute(db).await.unwrap();
}

/// A server's data under the old key: so many accounts with a password, one of which is classic, one with a second factor, and
/// one whose name was freed. A server of before has no keys of backup codes.
async fn data(file: &Path, accounts: u16, of_before: bool) {
    let (old, mut rng) = (sealer(OLD), rng());
    let mut seal = |what: Sealed<'_>, plain: &[u8]| old.seal(what, plain, &mut rng).unwrap();
    let mut db = open::for_writing(file, LIMITS).await.unwrap();
    execute(&mut db, "BEGIN").await.unwrap();
    let derived = BackupKeys::derived(&key(OLD)).unwrap();
    for secret in Secret::ALL {
        let plain = if secret == Secret::BackupKeys {
            derived.as_slice()
        } else {
            b"a secret"
        };
        if secret != Secret::BackupKeys || !of_before {
            let sealed = seal(secret.place(), plain);
            keep(&mut db, secret, sealed).await.unwrap();
        }
    }
    for n in 1..=accounts {
        let file = match n {
            1 => Vec::new(),
            n => seal(Sealed::PasswordFile(&format!("user{n}")), &[n as u8; 192]),
        };
        sqlx::query("INSERT INTO accounts VALUES (?, ?, x'', ?, x'', x'', 0)")
            .bind(account(n).as_bytes().as_slice())
            .bind(format!("user{n}"))
            .bind(file)
            .execute(&mut db)
            .await
            .unwrap();
    }
    let classic = "INSERT INTO classic_accounts VALUES (?, ?, 0)";
    let kept = seal(Sealed::ClassicPassword(account(2)), b"a password");
    insert(&mut db, classic, account(2), kept).await;
    let factor = "INSERT INTO second_factors VALUES (?, ?, 0, 0, 0, 0)";
    let seed = seal(Sealed::TotpSeed(account(3)), b"a seed");
    insert(&mut db, factor, account(3), seed).await;
    let hash = BackupKeys::read(&derived).unwrap();
    let hash = hash.hash(account(3), CODE).unwrap().to_vec();
    let code = "INSERT INTO backup_codes VALUES (?, ?)";
    insert(&mut db, code, account(3), hash).await;
    execute(&mut db, "COMMIT").await.unwrap();
    db.close().await.unwrap();
}

/// Everything that is sealed, each with its place.
async fn sealed(file: &Path) -> Vec<(String, Vec<u8>, &'static Column)> {
    let mut db = open::for_writing(file, LIMITS).await.unwrap();
    let mut all = Vec::new();
    for column in &COLUMNS {
        let Column {
            table,
            column: name,
            ..
        } = column;
        let of_all = format!(
            "SELECT named.username, found.{name} AS sealed FROM {table} AS found
             JOIN accounts AS named USING (account_id)"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(of_all));
        for row in rows.fetch_all(&mut db).await.unwrap() {
            all.push((
                text(&row, "username").unwrap(),
                blob(&row, "sealed").unwrap(),
                column,
            ));
        }
    }
    db.close().await.unwrap();
    all
}

/// How many values the sealer opens, the server's own secrets too; whether a code of before counts is looked at with it.
async fn opens(file: &Path, with: &str) -> usize {
    let sealer = sealer(with);
    let mut count = 0;
    for (name, sealed, column) in sealed(file).await {
        let of = account(name.strip_prefix("user").unwrap().parse().unwrap());
        count += usize::from(sealer.open((column.place)(of, &name), &sealed).is_ok());
    }
    let mut db = open::for_writing(file, LIMITS).await.unwrap();
    for (secret, sealed) in secrets(&mut db).await.unwrap() {
        let Ok(opened) = sealer.open(secret.place(), &sealed) else {
            continue;
        };
        count += 1;
        if secret == Secret::BackupKeys {
            let keys = BackupKeys::read(&opened).unwrap();
            let hash = keys.hash(account(3), CODE).unwrap().to_vec();
            let kept = sqlx::query("SELECT hash FROM backup_codes WHERE account_id = ?");
            let kept = kept.bind(account(3).as_bytes().as_slice());
            let kept = blob(&kept.fetch_one(&mut db).await.unwrap(), "hash").unwrap();
            assert_eq!(kept, hash, "a backup code counts");
        }
    }
    db.close().await.unwrap();
    count
}

#[tokio::test]
async fn all_that_is_sealed_comes_under_another_key_once() {
    for of_before in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.db");
        data(&file, 1_100, of_before).await;
        let other = reseal(&file, LIMITS, rotation("none of these two keys", NEW)).await;
        assert!(matches!(other, Err(ResealError::OtherKey)));
        let done = reseal(&file, LIMITS, rotation(OLD, NEW)).await.unwrap();
        // Of the accounts one has no password any more; the keys of backup codes are new.
        let (turned, damaged) = (1_099 + 2 + 2, 0);
        assert_eq!(done, Some(Resealed { turned, damaged }));
        assert_eq!(opens(&file, NEW).await, turned + 1);
        assert_eq!(opens(&file, OLD).await, 0);
        let again = reseal(&file, LIMITS, rotation(OLD, NEW)).await.unwrap();
        assert_eq!(again, None);
        // And on to a third one, and back.
        for (from, to) in [
            (NEW, "a third key, and long enough"),
            ("a third key, and long enough", OLD),
        ] {
            let done = reseal(&file, LIMITS, rotation(from, to)).await.unwrap();
            assert_eq!(done, Some(Resealed { turned, damaged }));
            assert_eq!(opens(&file, to).await, turned + 1);
        }
    }
}

/// What a process that is killed leaves: the files as they are while the transaction is under way.
#[tokio::test]
async fn a_kill_in_the_middle_leaves_everything_under_the_old_key() {
    let dir = tempfile::tempdir().unwrap();
    let (file, left) = (dir.path().join("a.db"), dir.path().join("left.db"));
    data(&file, 1_500, false).await;
    let before = opens(&file, OLD).await;
    let mut db = open::for_writing(&file, LIMITS).await.unwrap();
    // So little is kept in memory that most of it is on disk before the end.
    execute(&mut db, "PRAGMA cache_size = 4").await.unwrap();
    execute(&mut db, "BEGIN IMMEDIATE").await.unwrap();
    let kept = secrets(&mut db).await.unwrap();
    all(&mut db, &mut rotation(OLD, NEW), &kept).await.unwrap();
    let log = |file: &Path| file.with_extension("db-wal");
    assert!(fs::metadata(log(&file)).unwrap().len() > 200_000);
    fs::copy(&file, &left).unwrap();
    fs::copy(log(&file), log(&left)).unwrap();
    assert_eq!(opens(&left, OLD).await, before);
    assert_eq!(opens(&left, NEW).await, 0);
    let done = reseal(&left, LIMITS, rotation(OLD, NEW)).await.unwrap();
    assert!(done.is_some());
    assert_eq!(opens(&left, NEW).await, before);
    execute(&mut db, "ROLLBACK").await.unwrap();
}

#[tokio::test]
async fn nothing_that_the_old_key_opens_is_left_in_the_files() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.db");
    data(&file, 300, false).await;
    let before = sealed(&file).await;
    reseal(&file, LIMITS, rotation(OLD, NEW)).await.unwrap();
    for entry in dir.path().read_dir().unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for (name, sealed, _) in before.iter().filter(|(_, sealed, _)| !sealed.is_empty()) {
            let found = bytes.windows(16).any(|window| window == &sealed[..16]);
            assert!(!found, "what was sealed for {name} is there yet");
        }
    }
}

#[tokio::test]
async fn what_was_damaged_stays_and_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.db");
    data(&file, 5, false).await;
    let mut db = open::for_writing(&file, LIMITS).await.unwrap();
    let damage = "UPDATE accounts SET password_file = x'00112233' WHERE username = 'user4'";
    execute(&mut db, damage).await.unwrap();
    db.close().await.unwrap();
    let done = reseal(&file, LIMITS, rotation(OLD, NEW)).await.unwrap();
    assert_eq!(done.unwrap().damaged, 1);
    let after = sealed(&file).await;
    let damaged = after.iter().find(|(name, ..)| name == "user4").unwrap();
    assert_eq!(damaged.1, [0x00, 0x11, 0x22, 0x33]);
}

/// A column that the list of all columns calls sealed by the server comes under another key too.
#[test]
fn every_column_that_the_server_seals_is_turned() {
    let own = ("server_secrets", "sealed");
    let turned = COLUMNS.iter().map(|it| (it.table, it.column)).chain([own]);
    let turned: std::collections::BTreeSet<_> = turned.collect();
    assert_eq!(
        sees::sealed_by_the_server().collect::<std::collections::BTreeSet<_>>(),
        turned
    );
}
