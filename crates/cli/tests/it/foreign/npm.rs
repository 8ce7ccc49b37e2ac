//! The package for JavaScript, in Node.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use super::{installed, of_the_project};
use crate::{
    echo::{self, Running},
    world::{PASSWORD, World},
};

/// Where `cargo xtask npm` has put the package; none on a machine without Node's modules.
fn package() -> Option<(PathBuf, PathBuf)> {
    let foreign = installed()?;
    let package = env::var_os("SECURE_CHAT_NPM")
        .expect("`cargo xtask ci foreign-clients` builds the package and says where it is");
    Some((package.into(), fs::canonicalize(foreign).unwrap()))
}

fn ran(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
    output
}

/// Installs the package as npm would: what `npm pack` takes, beside `ws`. The example stands above it.
fn install(package: &Path, foreign: &Path, directory: &Path) -> PathBuf {
    let modules = directory.join("node_modules");
    let place = modules.join("secure-chat");
    fs::create_dir_all(&place).unwrap();
    let mut pack = Command::new("npm");
    pack.args(["pack", "--silent", "--pack-destination"])
        .arg(directory)
        .current_dir(package);
    ran(&mut pack);
    let archive = directory.join("secure-chat-0.1.0.tgz");
    ran(Command::new("tar")
        .arg("-xzf")
        .arg(archive)
        .args(["--strip-components=1", "-C"])
        .arg(&place));
    symlink(foreign.join("node_modules/ws"), modules.join("ws")).unwrap();
    let example = directory.join("echo-bot.mjs");
    fs::copy(of_the_project("examples/echo-bot.mjs"), &example).unwrap();
    example
}

/// The example in Node.
struct Example(Child);

impl Running for Example {}

impl Drop for Example {
    fn drop(&mut self) {
        // With -9.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn bot(world: &World, example: &Path, passphrase: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(example)
        .args([&world.url, "echo"])
        .arg(world.path().join("echo"))
        .env("PASSWORD", PASSWORD)
        .env("SECURE_CHAT_STORE_PASSPHRASE", passphrase);
    node
}

#[test]
fn the_echo_bot_in_node_answers_everything_once() {
    let Some((package, foreign)) = package() else {
        return;
    };
    let world = World::new();
    let example = install(&package, &foreign, world.path());
    let passphrase = "words for the disk";
    echo::answers_once(&world, || {
        let mut node = bot(&world, &example, passphrase);
        Box::new(Example(node.stdout(Stdio::null()).spawn().unwrap()))
    });
    // Its device is one, and opens with its passphrase only.
    let mut node = bot(&world, &example, passphrase);
    let mut node = node.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = std::io::BufReader::new(node.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).unwrap();
    assert_eq!(line, "echo listens\n");
    let running = Example(node);
    refused(&mut bot(&world, &example, passphrase), "STORE_BUSY");
    drop(running);
    refused(&mut bot(&world, &example, "other words"), "STORE_CORRUPT");
    // Nothing that was said lies readable on the disk.
    let log = fs::read(world.path().join("echo/store.log")).unwrap();
    assert!(!log.windows(5).any(|part| part == b"there"));
}

fn refused(node: &mut Command, code: &str) {
    let output = node.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(code), "{said}");
}

#[test]
fn the_types_of_the_package_are_those_of_its_code() {
    let Some((package, foreign)) = package() else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let example = install(&package, &foreign, directory.path());
    let modules = foreign.join("node_modules");
    ran(Command::new("node")
        .arg(modules.join("typescript/bin/tsc"))
        .args(["--noEmit", "--allowJs", "--checkJs", "--strict"])
        .args(["--module", "nodenext", "--target", "es2022"])
        .args(["--types", "node", "--typeRoots"])
        .arg(modules.join("@types"))
        .arg(&example)
        .current_dir(directory.path()));
}

/// The parts of the package that need no server, by their own tests.
#[test]
fn the_log_of_the_package_keeps_what_it_acknowledged() {
    if installed().is_none() {
        return;
    }
    ran(Command::new("node")
        .arg("--test")
        .arg(of_the_project("crates/sdk/npm/test/")));
}
