//! The end of an account over the wire: by whoever knows what opens it, and with all that it had.

use serde_json::json;

use crate::{
    people::{base64, code_token, login, password_proof, register},
    world::World,
};

const OLD: &str = "alicealicealice";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_session_deletes_nothing_and_the_owner_all() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let of_bob = password_proof(&world, "bob", "bobbobbob").await;
    let guess = password_proof(&world, "alice", "a guess at it").await;
    let proofs = [
        json!({ "password": of_bob.unwrap_or_else(|_| panic!()) }),
        json!({ "password": guess.unwrap_or_else(|_| panic!()) }),
        json!({ "recovery": base64(&code_token("bob")) }),
    ];
    for proof in proofs {
        let body = json!({ "proof": proof });
        let refused = world.post("/api/account/delete", Some(&alice.token), body);
        assert_eq!(refused.await.code(), "LOGIN_FAILED");
    }
    let none = world.post("/api/account/delete", Some(&alice.token), json!({}));
    assert_eq!(none.await.code(), "BAD_JSON");
    login(&world, "alice", OLD, None).await.ok();

    let mut socket = world.socket(&alice).await;
    let proof = password_proof(&world, "alice", OLD).await;
    let proof = proof.unwrap_or_else(|_| panic!());
    let body = json!({ "proof": { "password": proof } });
    let path = "/api/account/delete";
    world.post(path, Some(&alice.token), body).await.ok();
    loop {
        let (name, data) = socket.push().await;
        if name == "session_ended" {
            assert_eq!(data["code"], "ACCOUNT_DELETED");
            break;
        }
    }
    let refused = world.get("/api/rooms", Some(&alice.token)).await;
    assert_eq!(refused.code(), "ACCOUNT_DELETED");
    let refused = login(&world, "alice", OLD, None).await;
    assert_eq!(refused.code(), "LOGIN_FAILED");
    let by_code = json!({ "username": "alice", "recovery": base64(&code_token("alice")) });
    let refused = world.post("/login", None, by_code).await;
    assert_eq!(refused.code(), "LOGIN_FAILED");
    let found = world.get("/api/accounts/alice", Some(&bob.token)).await;
    assert_eq!(found.code(), "ACCOUNT_NOT_FOUND");
    let again = register(&world, "alice", "somebody else's words").await;
    assert_eq!(again.err().unwrap().code(), "NAME_TAKEN");
}
