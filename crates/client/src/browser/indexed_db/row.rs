//! Keys and values of rows.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::IdbKeyRange;

use super::request::failed;
use crate::store::{Name, Range, StoreError, Tag};

/// Numbers above this are no exact numbers in JavaScript.
const NUMBER_MAX: u64 = (1 << 53) - 1;

pub(super) fn key(tag: &Tag, name: &Name) -> JsValue {
    Array::of2(&bytes(&tag.0), &name_in(name)).into()
}

/// A row as it was written. The name is that of the key: a value under another one does not open.
pub(super) fn read(key: &JsValue, value: &JsValue) -> Result<(Name, Vec<u8>), StoreError> {
    let damaged = || StoreError::Corrupt("a row is not of the form that was written");
    let key: &Array = key.dyn_ref().ok_or_else(damaged)?;
    let value: &Uint8Array = value.dyn_ref().ok_or_else(damaged)?;
    let name = key.get(1);
    let name = match number_of(&name) {
        Some(number) => Name::Number(number),
        // A key of bytes comes back as their buffer.
        None if name.is_instance_of::<ArrayBuffer>() => {
            Name::Bytes(Uint8Array::new(&name).to_vec())
        }
        None => return Err(damaged()),
    };
    Ok((name, value.to_vec()))
}

/// The number in a key of [`numbers`].
pub(super) fn number(key: &JsValue) -> Option<u64> {
    number_of(&key.dyn_ref::<Array>()?.get(1))
}

/// First and last number of a range; none if nothing can be in it.
pub(super) fn bounds(range: Range) -> Option<(u64, u64)> {
    let first = range.after.map_or(Some(0), |after| after.checked_add(1))?;
    let last = range
        .before
        .map_or(Some(NUMBER_MAX), |before| before.checked_sub(1))?;
    (first <= last).then_some((first, last.min(NUMBER_MAX)))
}

/// The keys of numbered rows under a tag, both ends included.
pub(super) fn numbers(tag: &Tag, first: u64, last: u64) -> Result<JsValue, StoreError> {
    let end = |number| key(tag, &Name::Number(number));
    let keys = IdbKeyRange::bound(&end(first), &end(last));
    keys.map(Into::into).map_err(failed)
}

/// All keys under a tag: an array is greater than every number and every name of bytes.
pub(super) fn all_under(tag: &Tag) -> Result<JsValue, StoreError> {
    let first = Array::of1(&bytes(&tag.0));
    let last = Array::of2(&bytes(&tag.0), &Array::new());
    let keys = IdbKeyRange::bound(&first, &last);
    keys.map(Into::into).map_err(failed)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "numbers of rows are at most 2^53 - 1, as the ids of the protocol"
)]
fn name_in(name: &Name) -> JsValue {
    match name {
        Name::Number(number) => JsValue::from_f64(*number as f64),
        Name::Bytes(name) => bytes(name).into(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the value was found to be a whole number of that range"
)]
fn number_of(value: &JsValue) -> Option<u64> {
    let number = value.as_f64()?;
    let whole = number.fract() == 0.0 && (0.0..=NUMBER_MAX as f64).contains(&number);
    whole.then_some(number as u64)
}

pub(super) fn bytes(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}
