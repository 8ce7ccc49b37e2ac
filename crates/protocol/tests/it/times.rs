//! A time has one spelling, and the calendar is right.

use proptest::prelude::*;
use protocol::time::{NotATime, Timestamp};

const LAST: u64 = 253_402_300_799_999;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn times_round_trip(millis in 0..=LAST) {
        let time = Timestamp::from_millis(millis);
        let text = time.to_string();
        prop_assert_eq!(text.len(), 24);
        prop_assert_eq!(text.parse(), Ok(time));
        let json = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(&json, &format!("\"{text}\""));
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
    }

    #[test]
    fn texts_sort_as_times_do(a in 0..=LAST, b in 0..=LAST) {
        let (a, b) = (Timestamp::from_millis(a), Timestamp::from_millis(b));
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn what_is_read_prints_as_it_was(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{3}Z") {
        if let Ok(time) = text.parse::<Timestamp>() {
            prop_assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,30}") {
        let _ = text.parse::<Timestamp>();
    }
}

#[test]
fn known_times() {
    for (text, millis) in [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1999-12-31T23:59:59.999Z", 946_684_799_999),
        ("2000-02-29T00:00:00.000Z", 951_782_400_000),
        ("2023-12-01T12:00:00.000Z", 1_701_432_000_000),
        ("2024-02-29T12:34:56.789Z", 1_709_210_096_789),
        ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
        ("9999-12-31T23:59:59.999Z", LAST),
    ] {
        assert_eq!(text.parse(), Ok(Timestamp::from_millis(millis)), "{text}");
        assert_eq!(Timestamp::from_millis(millis).to_string(), text);
    }
}

#[test]
fn every_day_follows_the_one_before() {
    let mut before = Timestamp::from_millis(0).to_string();
    for day in 1..=60_000 {
        let today = Timestamp::from_millis(day * 86_400_000).to_string();
        assert!(before < today, "{before} {today}");
        assert_eq!(today.parse(), Ok(Timestamp::from_millis(day * 86_400_000)));
        before = today;
    }
}

#[test]
fn other_spellings_are_refused() {
    for bad in [
        "",
        "2026-02-30T12:00:00.000Z",
        "2025-02-29T12:00:00.000Z",
        "2100-02-29T12:00:00.000Z",
        "2026-00-10T12:00:00.000Z",
        "2026-13-10T12:00:00.000Z",
        "2026-11-00T12:00:00.000Z",
        "2026-11-31T12:00:00.000Z",
        "2026-11-30T24:00:00.000Z",
        "2026-11-30T12:60:00.000Z",
        "2026-12-31T23:59:60.000Z",
        "2026-11-30T12:00:00.000+00:00",
        "2026-11-30T12:00:00.000z",
        "2026-11-30t12:00:00.000Z",
        "2026-11-30 12:00:00.000Z",
        "2026-11-30T12:00:00Z",
        "2026-11-30T12:00:00.00Z",
        "2026-11-30T12:00:00.0000Z",
        "2026-11-30T12:00:00,000Z",
        "2026-11-30T12:00:00.000",
        " 2026-11-30T12:00:00.000Z",
        "2026-11-30T12:00:00.000Z ",
        "2026-11-3éT12:00:00.000Z",
        "+026-11-30T12:00:00.000Z",
        "1969-12-31T23:59:59.999Z",
        "10000-01-01T00:00:00.000Z",
        "2026/11/30T12:00:00.000Z",
    ] {
        assert_eq!(bad.parse::<Timestamp>(), Err(NotATime), "{bad}");
    }
    assert!(serde_json::from_str::<Timestamp>("1796040000000").is_err());
}

#[test]
fn arithmetic_stops_at_both_ends() {
    let last = Timestamp::from_millis(u64::MAX);
    assert_eq!(last.millis(), LAST);
    assert_eq!(last.plus(1), last);
    assert_eq!(Timestamp::from_millis(5).plus(u64::MAX), last);
    assert_eq!(Timestamp::from_millis(5).since(last), 0);
    assert_eq!(last.since(Timestamp::from_millis(0)), LAST);
}
