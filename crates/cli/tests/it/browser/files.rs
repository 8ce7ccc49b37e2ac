//! Files between a browser and a terminal.

use std::{fs, path::PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{chromium::Chromium, person::profile, story::complaints, tabs::garden};
use crate::{
    patience::until,
    stories::files::{MEGABYTE, noise, place, sealed, written},
    world::{Person, World},
};

/// A picture as a camera makes it: with a place in it.
fn photograph(browser: &Chromium) -> Vec<u8> {
    let picture = browser.run(
        "const canvas = document.createElement('canvas');
         [canvas.width, canvas.height] = [600, 400];
         const pen = canvas.getContext('2d');
         pen.fillStyle = 'seagreen'; pen.fillRect(0, 0, 600, 400);
         pen.fillStyle = 'gold'; pen.fillRect(80, 60, 200, 200);
         return canvas.toDataURL('image/jpeg').split(',')[1]",
    );
    let picture = BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap();
    let place = b"Exif\0\0MM\0*\0\0\0\x08\0\0 48.2082N 16.3738E";
    let length = u16::try_from(place.len() + 2).unwrap().to_be_bytes();
    let segment = [&[0xff, 0xe1], length.as_slice(), place].concat();
    [&picture[..2], &segment, &picture[2..]].concat()
}

/// What the browser has saved under this name.
pub(super) fn saved(world: &World, name: &str) -> PathBuf {
    let path = profile(world.path(), "alice").join("downloads").join(name);
    // Chromium keeps the name with an empty file, and moves the whole one over it at the end.
    until(|| {
        fs::metadata(&path)
            .is_ok_and(|file| file.len() > 0)
            .then_some(())
    });
    path
}

/// The last file of the room, as somebody in a terminal saves it.
fn saved_by(world: &World, person: &Person, room: &str, name: &str) -> Vec<u8> {
    let lines = person.json(&["tail", room]);
    let file = lines.iter().rfind(|line| line["kind"] == "file").unwrap();
    let seq = file["seq"].to_string();
    let path = person.ok(&["save", room, &seq, &place(world, name)]);
    fs::read(path).unwrap()
}

impl Chromium {
    /// Waits until the last file is this one, and on the server.
    fn has_file(&self, name: &str) {
        self.until(&format!(
            "[...document.querySelectorAll('.file b')].at(-1)?.textContent === {name:?} &&
             document.querySelector('.uploads') === null &&
             [...document.querySelectorAll('.mark')].every((mark) => mark.title === 'Sent')"
        ));
    }
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn files_and_pictures_go_both_ways() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    let picture = photograph(&alice);
    let path = written(&world, "garden.jpg", &picture);
    alice.write("attach", &path);
    alice.has_file("garden.jpg");
    let came = saved_by(&world, &carol, &room, "came.jpg");
    assert!(came.len() > 1000 && came.starts_with(&[0xff, 0xd8]));
    assert!(!came.windows(4).any(|part| part == b"Exif"), "no place");
    alice.until("document.querySelector('.file img')?.naturalWidth === 400");
    alice.screen("files");
    alice.press("View");
    alice.until("document.querySelector('.picture img')?.naturalWidth === 600");
    alice.screen("picture");
    alice.press("Close");

    let report = noise(3 * MEGABYTE);
    let path = written(&world, "report.pdf", &report);
    carol.ok(&["send", &room, "--file", &path]);
    alice.has_file("report.pdf");
    alice.until("document.querySelectorAll('.file').length === 2");
    assert_eq!(
        alice.run(
            "return [...document.querySelectorAll('.file')].at(-1).innerText.includes('View')"
        ),
        false
    );
    alice.click("(//button[starts-with(@aria-label, 'Save')])[last()]");
    let path = saved(&world, "report.pdf");
    until(|| (fs::read(&path).unwrap() == report).then_some(()));
    // What the server has changed is not saved, and the page says so.
    for sealed in sealed(&world) {
        let mut bytes = fs::read(&sealed).unwrap();
        bytes[1000] ^= 1;
        fs::write(&sealed, bytes).unwrap();
    }
    alice.click("(//button[starts-with(@aria-label, 'Save')])[last()]");
    alice.sees("That file was changed on its way, so it is not opened.");
    assert_eq!(complaints(&alice), [""; 0]);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_large_file_goes_from_the_browser_to_the_terminal_and_back() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    let film = noise(100 * MEGABYTE);
    let path = written(&world, "film.mkv", &film);
    alice.write("attach", &path);
    alice.say("A film follows.");
    alice.has_file("film.mkv");
    assert!(saved_by(&world, &carol, &room, "film.mkv.came") == film);
    carol.ok(&["send", &room, "--file", &place(&world, "film.mkv.came")]);
    alice.has_file("film.mkv.came");
    alice.click("(//button[starts-with(@aria-label, 'Save')])[last()]");
    let path = saved(&world, "film.mkv.came");
    until(|| (fs::metadata(&path).unwrap().len() == film.len() as u64).then_some(()));
    assert!(fs::read(&path).unwrap() == film);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn an_upload_is_cancelled_refused_and_interrupted() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    let film = noise(90 * MEGABYTE);
    let path = written(&world, "film.mkv", &film);
    alice.write("attach", &path);
    until(|| (!sealed(&world).is_empty()).then_some(()));
    alice.click("//button[@aria-label='Cancel: film.mkv']");
    alice.until("document.querySelector('.uploads') === null");
    until(|| sealed(&world).is_empty().then_some(()));

    let longer = written(&world, "longer.mkv", &noise(100 * MEGABYTE + 1));
    alice.write("attach", &longer);
    alice.sees("That is larger than this server accepts.");
    alice.screen("file-refused");
    alice.click("//button[@aria-label='Cancel: longer.mkv']");

    // The server dies while two files are on their way, and is back.
    let notes = written(&world, "notes.txt", b"after the film");
    alice.write("attach", &format!("{path}\n{notes}"));
    let on_disk = || -> u64 {
        let lengths = sealed(&world)
            .into_iter()
            .map(|file| file.metadata().unwrap().len());
        lengths.sum()
    };
    until(|| (on_disk() > 4 * MEGABYTE as u64).then_some(()));
    world.restart_server();
    alice.has_file("notes.txt");
    let names = alice
        .run("return [...document.querySelectorAll('.file b')].map((name) => name.textContent)");
    assert_eq!(names, serde_json::json!(["film.mkv", "notes.txt"]));
    assert_eq!(saved_by(&world, &carol, &room, "notes"), b"after the film");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_file_with_a_hostile_name_is_only_a_file() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    alice.run(
        r#"const clipboard = new DataTransfer();
           const drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "run"</script></svg>';
           const name = '../../\u202egpj.<img src=x onerror=alert(1)>.svg';
           clipboard.items.add(new File([drawing], name, { type: 'image/svg+xml' }));
           clipboard.items.add(new File([drawing], 'photo.png', { type: 'image/png' }));
           const event = new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true });
           document.getElementById('composer').dispatchEvent(event);"#,
    );
    alice.has_file("photo.png");
    let names = alice
        .run("return [...document.querySelectorAll('.file b')].map((name) => name.textContent)");
    assert_eq!(
        names,
        serde_json::json!(["gpj.img src=x onerror=alert(1).svg", "photo.png"])
    );
    assert_eq!(
        alice.run("return document.querySelectorAll('.file img, .text img').length"),
        0
    );
    // What says that it is a picture and is none is not shown.
    alice.press("View");
    alice.sees("This is not a picture that can be shown. You can save it.");
    alice.press("Close");
    let lines = carol.json(&["tail", &room]);
    let file = lines.iter().find(|line| line["kind"] == "file").unwrap();
    let home = world.path().join("here");
    fs::create_dir(&home).unwrap();
    let seq = file["seq"].to_string();
    let path = carol.ok(&["save", &room, &seq, home.to_str().unwrap()]);
    assert!(PathBuf::from(&path).starts_with(&home), "{path}");
    assert_eq!(complaints(&alice), [""; 0]);
    assert_ne!(alice.run("return document.title"), "run");
}
