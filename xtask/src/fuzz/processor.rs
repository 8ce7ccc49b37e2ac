//! Time as a fuzzer gets it: of a processor, not of the clock on the wall, so that a busy machine shortens no run.

use std::{
    fs,
    process::{Child, Command},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use crate::command::{command, run};

/// Linux counts in hundredths of a second wherever a program can see it (`USER_HZ`).
const TICKS_A_SECOND: u64 = 100;
/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Starts it, and asks it to end once it has had so many seconds. Says whether it ended well.
///
/// # Errors
/// It cannot be started, or not be asked.
pub(super) fn give(seconds: u32, fuzzer: &mut Command) -> Result<std::process::ExitStatus> {
    let mut child = fuzzer.spawn().context("cannot start a fuzzer")?;
    let mut asked = false;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if !asked && had(&child)? >= u64::from(seconds) * TICKS_A_SECOND {
            // libFuzzer takes it as the wish to finish the input at hand, print its figures and leave.
            run(command("kill").args(["-USR1", &child.id().to_string()]))?;
            asked = true;
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a child has no event for the time it has had"
)]
fn pause() {
    thread::sleep(LOOK);
}

/// What a child has had so far, in ticks. A child that is gone and not yet waited for has its line still.
fn had(child: &Child) -> Result<u64> {
    let line = fs::read_to_string(format!("/proc/{}/stat", child.id()))?;
    ticks(&line).context("a line of /proc that is unlike proc(5)")
}

/// The 14th and 15th field of proc(5), `utime` and `stime`; the second is a name in brackets, in which anything can stand.
fn ticks(line: &str) -> Option<u64> {
    let (_, after) = line.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_stand_after_the_name() {
        let line = "77 (a ) name) S 1 77 77 0 -1 4194304 90 0 0 0 250 31 0 0 20 0 1 0 100 4096 30";
        assert_eq!(ticks(line), Some(281));
        assert_eq!(ticks("77 (name) S 1"), None);
    }
}
