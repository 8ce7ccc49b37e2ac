//! The example of the SDK in Rust, as it stands in `crates/client/examples`.

use std::thread::{self, JoinHandle};

use tokio::{sync::oneshot, task::LocalSet};

use self::echo_bot::Settings;
use crate::{
    echo::{self, Running},
    world::{PASSWORD, World},
};

#[allow(
    dead_code,
    clippy::print_stdout,
    reason = "the example is a program, and this one runs the inner part of it"
)]
#[path = "../../../../client/examples/echo_bot.rs"]
mod echo_bot;

/// The bot on a thread of its own.
struct Example {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running for Example {}

impl Example {
    fn start(world: &World) -> Self {
        let settings = Settings {
            server: world.url.clone(),
            user: "echo".to_owned(),
            password: PASSWORD.to_owned(),
            home: world.path().join("echo"),
            passphrase: "words for the disk".to_owned(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            LocalSet::new().block_on(&runtime, async {
                tokio::select! {
                    ended = echo_bot::run(settings) => panic!("the bot has ended: {ended:?}"),
                    // Whatever it waits for, it is dropped.
                    _ = stopped => {}
                }
            });
        });
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.stop.take();
        let ended = self.thread.take().unwrap().join();
        assert!(thread::panicking() || ended.is_ok(), "the bot has ended");
    }
}

#[test]
fn the_echo_bot_in_rust_answers_everything_once() {
    let world = World::new();
    echo::answers_once(&world, || Box::new(Example::start(&world)));
}
