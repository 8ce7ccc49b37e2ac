//! A mistake of the program itself: its place is told and nothing of what was in memory, for a panic's words may quote it.

use std::{panic, process};

use protocol::error::ErrorCode;

use crate::{exit::Problem, output::Output};

/// For a client: one sentence, and the end of the process, in whichever thread it was. What was acknowledged is on disk, and
/// what was not is sent again (ARCHITECTURE).
pub(crate) fn end_the_program(output: Output) {
    panic::set_hook(Box::new(move |info| {
        let code = ErrorCode::ProgramFailed;
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let problem = Problem::new(code, format!("{} It was at {place}.", code.sentence()));
        output.problem(&problem);
        end(problem.status());
    }));
}

#[expect(
    clippy::disallowed_methods,
    reason = "whatever a destructor would do, it would do in a state that is wrong; the system takes back memory and locks"
)]
fn end(status: u8) -> ! {
    process::exit(status.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
    use std::{env, hint::black_box, process::Command};

    use super::*;

    const CANARY: &str = "correct horse battery staple";
    const CHILD: &str = "SECURE_CHAT_TEST_PANICS";

    /// Runs this test's own program once more, where it panics.
    fn child(thread: &str, json: bool) -> (Option<i32>, String) {
        let program = env::current_exe().unwrap();
        let mut command = Command::new(program);
        command.args([
            "--exact",
            "panics::tests::a_panic_tells_its_place_and_not_its_words",
        ]);
        command.arg("--nocapture").env(CHILD, thread);
        // Who asks for it gets a backtrace of the usual hook, with the words before it.
        command
            .env("RUST_BACKTRACE", "full")
            .env("JSON", json.to_string());
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    fn panics(thread: &str) {
        let json = env::var("JSON").unwrap() == "true";
        end_the_program(Output { json });
        let index = CANARY.len();
        match thread {
            "main" => panic!("no room for {CANARY}"),
            // What the language itself says quotes the text.
            "slice" => drop(
                CANARY[1..]
                    .char_indices()
                    .map(|(at, _)| &"ü"[at..])
                    .collect::<Vec<_>>(),
            ),
            "error" => {
                let _byte: u8 = black_box(Err(CANARY)).unwrap();
            }
            _ => drop(std::thread::spawn(move || panic!("{CANARY} at {index}")).join()),
        }
    }

    #[test]
    fn a_panic_tells_its_place_and_not_its_words() {
        if let Ok(thread) = env::var(CHILD) {
            return panics(&thread);
        }
        for thread in ["main", "slice", "error", "spawned"] {
            for json in [false, true] {
                let (status, text) = child(thread, json);
                assert_eq!(status, Some(70), "{thread}: {text}");
                assert!(text.contains("panics.rs:"), "{thread}: {text}");
                assert!(text.contains("PROGRAM_FAILED"), "{thread}: {text}");
                for word in CANARY.split(' ').chain(["ü", "stack backtrace"]) {
                    assert!(!text.contains(word), "{thread}: {text}");
                }
            }
        }
    }
}
