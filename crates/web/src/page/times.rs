//! Times as the person's own clock and language write them.

use js_sys::{Array, Date, Function, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::JsValue;

thread_local! {
    static HOUR: Function = format(&[("hour", "2-digit"), ("minute", "2-digit")]);
    static DATE: Function = format(&[("day", "numeric"), ("month", "short"), ("year", "numeric")]);
    static DAY: Function = format(&[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")]);
}

fn format(parts: &[(&str, &str)]) -> Function {
    let options = Object::new();
    for (name, value) in parts {
        // A plain object takes any property.
        let _ = Reflect::set(
            &options,
            &JsValue::from_str(name),
            &JsValue::from_str(value),
        );
    }
    DateTimeFormat::new(&Array::new(), &options).format()
}

fn in_words(format: &Function, date: &Date) -> String {
    let text = format.call1(&JsValue::UNDEFINED, date);
    text.ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 fit a float for many thousand years"
)]
fn date(at: u64) -> Date {
    Date::new(&JsValue::from_f64(at as f64))
}

/// Hour and minute.
pub(super) fn hour(at: u64) -> String {
    HOUR.with(|format| in_words(format, &date(at)))
}

/// A day of the calendar, short.
pub(crate) fn calendar(at: u64) -> String {
    DATE.with(|format| in_words(format, &date(at)))
}

/// The same with hour and minute.
pub(crate) fn moment(at: u64) -> String {
    format!("{}, {}", calendar(at), hour(at))
}

/// The day, or "Today".
pub(super) fn day(at: u64) -> String {
    DAY.with(|format| {
        let day = in_words(format, &date(at));
        if day == in_words(format, &Date::new_0()) {
            "Today".to_owned()
        } else {
            day
        }
    })
}
