//! The fields of a struct, found in their map before the type is asked.
//!
//! The reader that serde derives for a type can take its fields from a map, in any order: then it knows their names,
//! and has a place for each that came too early. Or it takes them in the order of the type, which is a third of the
//! code. So one plain function puts them into that order for all types.

use serde::de::{DeserializeSeed, SeqAccess};

use super::{CborError, Major, NULL, read::Reader};

/// Former names of fields beside the ones of today, in types of the MLS library. serde lists a field under all its names and
/// does not say which are of one, so these have no place of their own; types of our own have one name for each field.
const FORMER: &[(&str, &str)] = &[("max_past_epochs", "past_epoch_deletion_policy")];

/// What stands for a field that is not there: the type reads it as nothing or not at all, and then has a default or
/// is incomplete.
const ABSENT: &[u8] = &[(Major::Simple as u8) << 5 | NULL];

/// The fields that the type names, in that order.
pub(super) struct Fields<'de> {
    found: std::vec::IntoIter<Option<&'de [u8]>>,
    /// At the field that is read.
    reader: Reader<'de>,
    is_there: bool,
    depth: u8,
}

impl<'de> Fields<'de> {
    /// Reads a whole map. What the type does not name is passed over, and what stands there twice is damage.
    pub(super) fn read(
        reader: &mut Reader<'de>,
        names: &'static [&'static str],
    ) -> Result<Self, CborError> {
        let mut left = reader.items(Major::Map)?;
        reader.enter()?;
        let depth = reader.depth;
        let mut found = vec![None; names.len()];
        while reader.more(&mut left)? {
            let name = today(reader.text()?);
            let value = reader.passed()?;
            let mut fields = names.iter().filter(|it| today(it) == **it);
            let place = fields.position(|it| *it == name);
            let place = place.and_then(|place| found.get_mut(place));
            if place.is_some_and(|place| place.replace(value).is_some()) {
                return Err(CborError);
            }
        }
        reader.leave();
        Ok(Self {
            found: found.into_iter(),
            reader: Reader {
                rest: ABSENT,
                depth,
            },
            is_there: false,
            depth,
        })
    }

    /// Goes to the next field.
    fn next(&mut self) -> &mut Reader<'de> {
        let found = self.found.next().flatten();
        self.is_there = found.is_some();
        self.reader.rest = found.unwrap_or(ABSENT);
        // What could not be read of an absent one has no end.
        self.reader.depth = self.depth;
        &mut self.reader
    }
}

fn today(name: &str) -> &str {
    let former = FORMER.iter().find(|(former, _)| *former == name);
    former.map_or(name, |(_, today)| today)
}

impl<'de> SeqAccess<'de> for Fields<'de> {
    type Error = CborError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, CborError> {
        match seed.deserialize(self.next()) {
            Ok(value) => Ok(Some(value)),
            Err(why) if self.is_there => Err(why),
            Err(_) => Ok(None),
        }
    }
}
