//! Accounts of another server are taken over.

use serde_json::json;
use server::import_classic;

use super::{account, classic};
use crate::world::World;

/// What another server kept opens the account, and is kept as ours from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_of_another_server_log_in_with_their_passwords() {
    let mut world = World::new().await;
    classic(&world, "carol").await;
    world.stop().await;
    let (data, database) = (world.config.data.clone(), world.config.database.clone());
    let key = world.config.secret_key.clone();
    let import = async |text: &str| {
        let imported = import_classic((&data, &database), key.clone(), text).await;
        imported.map_err(|error| error.to_string())
    };
    let of_werkzeug = "alice:pbkdf2:sha256:100000$Q7x2salt$6b0652cb545adb4865df3796304019a8858e9c89ebd472d06b533e13e8cf292d";
    let of_apache = "bob:$2y$10$abcdefghijklmnopqrstuuPKHipLT4B7VsrjtrNaffa.c36/nILp.";
    for (text, why) in [
        ("alice", "line 1: it is not a name"),
        ("\n# who\nAlice:x", "line 3: a name has 2 to 32"),
        (
            "alice:5f4dcc3b5aa765d61d8327deb882cf99",
            "line 1: it is neither",
        ),
        (
            &of_werkzeug.replace("100000", "1000"),
            "line 1: it has too few rounds",
        ),
        (
            &format!("{of_werkzeug}\n{of_werkzeug}"),
            "line 2: that name is taken",
        ),
        (
            &format!("{of_werkzeug}\n{}", of_apache.replace("bob", "carol")),
            "line 2: that name is taken",
        ),
    ] {
        let refused = import(text).await.unwrap_err();
        assert!(refused.starts_with(why), "{refused}");
    }
    let text = format!("# of the old server\n{of_werkzeug}\n\n{of_apache}\n");
    assert_eq!(import(&text).await, Ok(2));
    world.start().await;
    for name in ["alice", "bob"] {
        let wrong = json!({ "username": name, "password": "wooden tugboat whispers 42" });
        assert_eq!(
            world.post("/login", None, wrong).await.code(),
            "LOGIN_FAILED"
        );
        // Before and after it is kept anew.
        for _ in 0..2 {
            world.post("/login", None, account(name)).await.ok();
        }
    }
    world.post("/login", None, account("carol")).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_under_another_key_is_none() {
    let mut world = World::new().await;
    world.stop().await;
    let key = server::SecretKey::from_text("another key than the server's own").unwrap();
    let places = (world.config.data.as_path(), world.config.database.as_path());
    let hash = "alice:$2y$10$abcdefghijklmnopqrstuuPKHipLT4B7VsrjtrNaffa.c36/nILp.";
    let refused = import_classic(places, Some(key), hash).await.unwrap_err();
    assert!(
        refused.to_string().contains("another SECRET_KEY"),
        "{refused}"
    );
    let places = (world.config.data.as_path(), world.config.database.as_path());
    let refused = import_classic(places, None, hash).await.unwrap_err();
    assert!(
        refused.to_string().contains("SECRET_KEY is not set"),
        "{refused}"
    );
    assert!(!world.config.data.join("secret.key").exists());
    world.start().await;
    assert_eq!(
        world.post("/login", None, account("alice")).await.code(),
        "LOGIN_FAILED"
    );
}
