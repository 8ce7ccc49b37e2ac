//! Reading the clock, and what to make of many readings.

use std::time::{Duration, Instant};

/// The moment, for measuring.
#[expect(
    clippy::disallowed_methods,
    reason = "a program that measures is an edge"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// How long the work takes: the median of `rounds` runs, each with a fresh input from `prepare`.
///
/// # Errors
/// Those of `prepare` and `work`.
pub(crate) fn median<I, O, E>(
    rounds: usize,
    mut prepare: impl FnMut() -> Result<I, E>,
    mut work: impl FnMut(I) -> Result<O, E>,
) -> Result<Duration, E> {
    let mut took = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let input = prepare()?;
        let start = now();
        let output = work(input)?;
        took.push(now() - start);
        drop(output);
    }
    Ok(percentile(&mut took, 50))
}

/// The value below which `percent` of them lie; zero of none. Sorts them.
pub(crate) fn percentile<T: Ord + Copy + Default>(values: &mut [T], percent: usize) -> T {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    values
        .get(last * percent / 100)
        .copied()
        .unwrap_or_default()
}

/// Milliseconds with as many digits as make sense.
pub(crate) fn millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1_000.0;
    match millis {
        0.0..10.0 => format!("{millis:.2}"),
        10.0..100.0 => format!("{millis:.1}"),
        _ => format!("{millis:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_few_and_of_many() {
        assert_eq!(percentile::<u32>(&mut [], 50), 0);
        assert_eq!(percentile(&mut [3, 1, 2], 50), 2);
        let mut hundred: Vec<u32> = (1..=100).rev().collect();
        assert_eq!(percentile(&mut hundred, 99), 99);
        assert_eq!(percentile(&mut hundred, 0), 1);
    }
}
