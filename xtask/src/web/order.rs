//! The order of the wasm's functions. Brotli finds what functions have in common the better the nearer they stand, so
//! each is followed by the one that is most like it.
//!
//! How alike two are is the share of sequences of four bytes that they have in common. Not all pairs are compared: only
//! those whose sketches agree somewhere, which the same sequences make likely.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};

use super::binary::{
    CODE, CUSTOM, FUNCTIONS, IMPORTS, Reader, sections, write, write_name, write_section,
};

/// How many numbers a sketch has.
const SKETCH: usize = 64;
/// How many functions of a number are looked at, at most.
const LOOKED_AT: usize = 400;
/// How many functions are compared in full.
const COMPARED: usize = 40;
/// A type in common is worth so much, as a share of the sequences: types are written in the order of the functions.
const TYPE: f64 = 0.05;
/// What is less alike does not follow, but the shortest function does that is left.
const ALIKE: f64 = 0.05;
/// The part of a section of names that has those of functions.
const OF_FUNCTIONS: u8 = 1;

/// Names the functions so that their order by name is the one that packs well. All that the wasm has of others are
/// functions, which [`names`](super::names) sees to.
///
/// # Errors
/// It is no wasm.
pub(super) fn named_by_order(wasm: &[u8]) -> Result<Vec<u8>> {
    let (mut out, sections) = sections(wasm)?;
    let mut imports = 0;
    let mut types = Vec::new();
    let mut functions = Vec::new();
    for (section, content) in sections {
        match section {
            CUSTOM => continue,
            IMPORTS => imports = Reader(content).number()?,
            FUNCTIONS => types = types_of(Reader(content))?,
            CODE => functions = functions_of(Reader(content), &types)?,
            _ => {}
        }
        write_section(&mut out, section, content)?;
    }
    let imports = usize::try_from(imports)?;
    let names = names(imports, &order(&functions))?;
    write_section(&mut out, CUSTOM, &names)?;
    Ok(out)
}

struct Function {
    its_type: u32,
    len: usize,
    /// The sequences of four bytes, each once, in ascending order.
    sequences: Vec<u32>,
    /// The least of the sequences in several orders of them: two functions have one in common as likely as they are alike.
    sketch: [u32; SKETCH],
}

impl Function {
    fn new(its_type: u32, body: &[u8]) -> Self {
        let mut sequences: Vec<u32> = body
            .windows(4)
            .filter_map(|it| Some(u32::from_le_bytes(it.try_into().ok()?)))
            .collect();
        sequences.sort_unstable();
        sequences.dedup();
        let mut factor = 0x9e37_79b1_u32;
        let sketch = [(); SKETCH].map(|()| {
            factor = factor.wrapping_mul(0x85eb_ca6b) ^ 0x00c2_b2ae;
            let least = sequences.iter().map(|it| mixed(*it, factor)).min();
            least.unwrap_or(0)
        });
        Self {
            its_type,
            len: body.len(),
            sequences,
            sketch,
        }
    }

    /// From 0 to 1, and a little more where the types are the same.
    #[expect(clippy::cast_precision_loss, reason = "no function is that long")]
    fn likeness(&self, other: &Self) -> f64 {
        let common = in_common(&self.sequences, &other.sequences);
        let all = self.sequences.len() + other.sequences.len() - common;
        let of_type = if self.its_type == other.its_type {
            TYPE
        } else {
            0.0
        };
        common as f64 / all.max(1) as f64 + of_type
    }
}

/// The same for the same factor, and without order otherwise.
fn mixed(sequence: u32, factor: u32) -> u32 {
    let mixed = (sequence ^ (sequence >> 15)).wrapping_mul(factor | 1);
    (mixed ^ (mixed >> 13)).wrapping_mul(0x27d4_eb2f)
}

fn in_common(one: &[u32], other: &[u32]) -> usize {
    let mut count = 0;
    let mut rest = other.iter().peekable();
    for it in one {
        while rest.next_if(|other| *other < it).is_some() {}
        count += usize::from(rest.next_if_eq(&it).is_some());
    }
    count
}

/// The functions by their numbers, each before the one that is most like it.
fn order(functions: &[Function]) -> Vec<usize> {
    let mut left = Left::of(functions);
    let mut shortest: Vec<usize> = (0..functions.len()).collect();
    shortest.sort_by_key(|it| functions.get(*it).map(|it| it.len));
    let mut order = Vec::new();
    for begin in shortest {
        let mut next = left.take(begin);
        while let Some(number) = next {
            order.push(number);
            next = left.most_like(number).and_then(|it| left.take(it));
        }
    }
    order
}

/// The functions that have no place yet.
struct Left<'a> {
    functions: &'a [Function],
    is_left: Vec<bool>,
    /// Who has this number at this place of the sketch.
    by_sketch: HashMap<(usize, u32), Vec<usize>>,
}

impl<'a> Left<'a> {
    fn of(functions: &'a [Function]) -> Self {
        let mut by_sketch: HashMap<_, Vec<usize>> = HashMap::new();
        for (number, function) in functions.iter().enumerate() {
            for key in function.sketch.into_iter().enumerate() {
                by_sketch.entry(key).or_default().push(number);
            }
        }
        Self {
            functions,
            is_left: vec![true; functions.len()],
            by_sketch,
        }
    }

    fn take(&mut self, number: usize) -> Option<usize> {
        let is_left = self.is_left.get_mut(number)?;
        std::mem::take(is_left).then_some(number)
    }

    fn most_like(&mut self, number: usize) -> Option<usize> {
        let function = self.functions.get(number)?;
        let mut counts = BTreeMap::new();
        for key in function.sketch.into_iter().enumerate() {
            let Some(same) = self.by_sketch.get_mut(&key) else {
                continue;
            };
            same.retain(|it| self.is_left.get(*it) == Some(&true));
            for it in same.iter().take(LOOKED_AT) {
                *counts.entry(*it).or_insert(0_usize) += 1;
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut best = None;
        let mut most = ALIKE;
        for (it, _) in counts.into_iter().take(COMPARED) {
            let likeness = self.functions.get(it)?.likeness(function);
            if likeness > most {
                most = likeness;
                best = Some(it);
            }
        }
        best
    }
}

fn types_of(mut from: Reader<'_>) -> Result<Vec<u32>> {
    let count = from.number()?;
    (0..count).map(|_| from.number()).collect()
}

fn functions_of(mut from: Reader<'_>, types: &[u32]) -> Result<Vec<Function>> {
    let count = from.number()?;
    let mut types = types.iter();
    let mut one = || {
        let len = usize::try_from(from.number()?)?;
        let its_type = types.next().context("a function of the wasm has no type")?;
        Ok(Function::new(*its_type, from.take(len)?))
    };
    (0..count).map(|_| one()).collect()
}

/// A section of names. Those of imports are there for a tool that would make some up.
fn names(imports: usize, order: &[usize]) -> Result<Vec<u8>> {
    let mut places = vec![0; order.len()];
    for (place, number) in order.iter().enumerate() {
        *places.get_mut(*number).context("no such function")? = place;
    }
    let mut of_functions = Vec::new();
    write(&mut of_functions, imports + places.len())?;
    for number in 0..imports {
        write(&mut of_functions, number)?;
        write_name(&mut of_functions, &format!("i{number:07}"))?;
    }
    for (number, place) in (imports..).zip(places) {
        write(&mut of_functions, number)?;
        write_name(&mut of_functions, &format!("p{place:07}"))?;
    }
    let mut section = Vec::new();
    write_name(&mut section, "name")?;
    write_section(&mut section, OF_FUNCTIONS, &of_functions)?;
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::super::binary::FUNCTION;
    use super::*;

    fn order_of(bodies: &[(u32, &[u8])]) -> Vec<usize> {
        let functions: Vec<_> = bodies
            .iter()
            .map(|(its_type, body)| Function::new(*its_type, body))
            .collect();
        order(&functions)
    }

    #[test]
    fn what_is_alike_stands_together() {
        let bodies: [(u32, &[u8]); 5] = [
            (0, b"all that is of the first kind"),
            (0, b"0123456789"),
            (1, b"all that is of the First kind."),
            (0, b"9876543210987"),
            (0, b"01234567890"),
        ];
        assert_eq!(order_of(&bodies), [1, 4, 3, 0, 2]);
    }

    #[test]
    fn each_has_one_place() {
        let bodies: [(u32, &[u8]); 4] = [(0, b""), (0, b""), (1, b"abc"), (0, b"abcd")];
        let mut order = order_of(&bodies);
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3]);
    }

    #[test]
    fn names_follow_the_order() {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([IMPORTS, 7, 1, 1, b'm', 1, b'f', FUNCTION, 0]);
        wasm.extend([FUNCTIONS, 3, 2, 0, 0]);
        wasm.extend([CODE, 9, 2, 4, 0, 1, 1, 11, 2, 0, 11]);
        let mut wanted = wasm.clone();
        wanted.extend([CUSTOM, 38, 4]);
        wanted.extend(b"name\x01\x1f\x03");
        wanted.extend(b"\x00\x08i0000000\x01\x08p0000001\x02\x08p0000000");
        wasm.extend([CUSTOM, 2, 1, b'x']);
        assert_eq!(named_by_order(&wasm).ok(), Some(wanted));
        assert!(named_by_order(b"\0asm").is_err());
    }
}
