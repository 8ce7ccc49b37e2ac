//! A refusal in words that help: what goes by the clock names the clock.

use protocol::{
    error::{ErrorBody, ErrorCode},
    time::Timestamp,
};

use crate::api::{CallError, Failure};

/// As far as codes reach.
const NEAR_MILLIS: u64 = 30_000;
const MINUTE: u64 = 60_000;

/// Why a command failed whose call was refused.
pub(crate) fn failure(error: &CallError, now: Timestamp) -> Failure {
    let mut failure = Failure::from(error.code());
    let CallError::Refused(body) = error else {
        return failure;
    };
    match (body.code, body.retry_after_ms) {
        (ErrorCode::CodeWrong, _) => failure.sentence = of_a_code(body, now),
        (ErrorCode::ResetWaits, Some(wait)) => {
            let hours = wait.div_ceil(60 * MINUTE);
            failure.sentence = format!("The reset counts in {hours} hours, if nobody cancels it.");
        }
        (ErrorCode::RateLimited, Some(wait)) => {
            let wait = span(wait.saturating_add(999));
            failure.sentence = format!("Too many tries. Wait {wait}.");
        }
        _ => {}
    }
    failure
}

/// By the time in the answer one sees whose clock is wrong.
fn of_a_code(body: &ErrorBody, now: Timestamp) -> String {
    let (ahead, behind) = (now.since(body.timestamp), body.timestamp.since(now));
    let wrong = "That code is not right, or was used already.";
    let off = ahead.max(behind);
    if off > NEAR_MILLIS {
        let way = if ahead > behind { "ahead of" } else { "behind" };
        return format!(
            "{wrong} Codes go by the clock, and the clock here is {} {way} the server's: set the one that is wrong.",
            span(off)
        );
    }
    let time = body.timestamp.to_string();
    let time = time.get(11..19).unwrap_or(&time);
    format!(
        "{wrong} Take the next one; if that does not count either, see that the clock of your authenticator is right: it is {time} UTC."
    )
}

/// Minutes, or seconds where they are few.
fn span(millis: u64) -> String {
    if millis < 2 * MINUTE {
        format!("{} seconds", millis / 1_000)
    } else {
        format!("{} minutes", millis / MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    fn words(code: ErrorCode, at: u64, wait: Option<u64>) -> String {
        let mut body = ErrorBody::new(code, NOW);
        body.retry_after_ms = wait;
        failure(&CallError::Refused(body), Timestamp::from_millis(at)).sentence
    }

    #[test]
    fn a_clock_that_is_off_is_named() {
        let at = |ahead: i64| NOW.millis().checked_add_signed(ahead).unwrap_or_default();
        let ahead = words(ErrorCode::CodeWrong, at(3_600_000), None);
        assert!(
            ahead.contains("60 minutes ahead of the server's"),
            "{ahead}"
        );
        let behind = words(ErrorCode::CodeWrong, at(-40_000), None);
        assert!(
            behind.contains("40 seconds behind the server's"),
            "{behind}"
        );
        let right = words(ErrorCode::CodeWrong, at(29_000), None);
        assert!(right.ends_with("it is 11:06:40 UTC."), "{right}");
    }

    #[test]
    fn a_wait_is_named() {
        let at = NOW.millis();
        let wait = words(ErrorCode::RateLimited, at, Some(29_001));
        assert_eq!(wait, "Too many tries. Wait 30 seconds.");
        let wait = words(ErrorCode::RateLimited, at, Some(3_600_000));
        assert_eq!(wait, "Too many tries. Wait 60 minutes.");
    }
}
