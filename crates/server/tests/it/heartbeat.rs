//! Signs of life. The runtime's time is moved by hand, so nothing waits.

use std::time::Duration;

use serde_json::json;

use crate::{socket::Socket, world::World};

/// Lets the time pass.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_client_that_gives_a_sign_of_life_stays_and_another_is_cut_off() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let mut silent = world.socket(&alice).await;
    let mut alive = world.socket(&alice).await;
    pass(26).await;
    for socket in [&mut silent, &mut alive] {
        assert_eq!(socket.unanswered().await.as_deref(), Some("2"));
    }
    alive.text("3").await;
    // The answer shows that the pong, which came first, was taken.
    alive.call("no such event", &json!({})).await;
    pass(21).await;
    assert_eq!(silent.unanswered().await, None);
    alive.call("no such event", &json!({})).await;
    pass(26).await;
    assert_eq!(alive.unanswered().await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_client_that_does_not_connect_in_time_is_cut_off() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let mut late = Socket::open(&world.address(), &[]).await;
    let mut left = world.socket(&alice).await;
    left.text("41").await;
    // Refused without a session; the answer shows that the packet before it was taken.
    left.text("40/elsewhere,").await;
    assert!(left.raw().await.starts_with("44/elsewhere"));
    pass(21).await;
    for socket in [&mut late, &mut left] {
        assert_eq!(socket.unanswered().await.as_deref(), Some("1"));
        assert_eq!(socket.unanswered().await, None);
    }
}
