//! Homes of people: further ones, and copies of what is in them.

use std::{fs, path::Path};

use crate::world::{PASSWORD, Person, World};

/// The same person with an empty home of this name.
pub(crate) fn another_home(world: &World, person: &Person, name: &str) -> Person {
    Person {
        home: world.path().join(name),
        ..person.clone()
    }
}

/// The same, logged in.
pub(crate) fn further_device(world: &World, person: &Person, name: &str) -> Person {
    let further = another_home(world, person, name);
    let ran = further.sign_in("login", PASSWORD);
    assert_eq!(ran.status, 0, "{}", ran.err);
    further
}

/// Everything that is in a home.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}
