//! `cargo xtask deb`: the package for Debian, made by cargo-deb of what crates/cli/Cargo.toml names.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{
    build,
    command::{capture, cargo, command, run as run_command, succeeds},
    workspace,
};

/// What else the program itself writes: the arguments, and the file.
const WRITTEN: [(&[&str], &str); 4] = [
    (&["man"], "secure-chat.1"),
    (&["completions", "bash"], "secure-chat.bash"),
    (&["completions", "zsh"], "secure-chat.zsh"),
    (&["completions", "fish"], "secure-chat.fish"),
];

/// Builds the program as it ships and packs it; with `built`, the one that lies in target/release.
///
/// # Errors
/// cargo-deb is missing, or something does not build.
pub(crate) fn run(built: bool) -> Result<()> {
    if !succeeds(&mut cargo(["deb", "--version"])) {
        bail!("cargo-deb is missing: cargo install cargo-deb --locked");
    }
    let program = if built {
        workspace::target().join("release/secure-chat")
    } else {
        build::run()?
    };
    let pages = written();
    fs::create_dir_all(&pages)?;
    for (arguments, file) in WRITTEN {
        let text = capture(command(&program).args(arguments))?;
        fs::write(pages.join(file), text).with_context(|| file.to_owned())?;
    }
    run_command(&mut pack())
}

/// Where the pages lie that the program writes.
fn written() -> PathBuf {
    workspace::target().join("release/deb")
}

fn pack() -> Command {
    let mut pack = cargo(["deb", "--package", "cli", "--no-build", "--locked"]);
    pack.arg("--output").arg(workspace::target().join("debian"));
    pack
}

#[cfg(test)]
mod unit {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// What crates/cli/Cargo.toml says of the package.
    fn metadata() -> Value {
        let said = capture(&mut cargo(["metadata", "--format-version=1", "--no-deps"])).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        let packages = said["packages"].as_array().unwrap();
        let cli = packages.iter().find(|it| it["name"] == "cli").unwrap();
        cli["metadata"]["deb"].clone()
    }

    fn text(value: &Value) -> &str {
        value.as_str().unwrap()
    }

    #[test]
    fn everything_that_the_package_names_is_there() {
        let deb = metadata();
        let here = workspace::root().join("crates/cli");
        let written: BTreeSet<_> = WRITTEN.iter().map(|(_, file)| *file).collect();
        let mut places = BTreeSet::new();
        for asset in deb["assets"].as_array().unwrap() {
            let (from, to) = (text(&asset[0]), text(&asset[1]));
            places.insert(format!("/{to}"));
            match from.strip_prefix("target/release/") {
                Some(built) => assert!(
                    built == "secure-chat" || written.contains(built.strip_prefix("deb/").unwrap()),
                    "{from} is made by nothing"
                ),
                None => assert!(here.join(from).is_file(), "{from} is not there"),
            }
        }
        for file in deb["conf-files"].as_array().unwrap() {
            assert!(places.contains(text(file)), "{file} is in no package");
        }
        let licence = text(&deb["license-file"][0]);
        assert!(here.join(licence).is_file());
    }

    #[test]
    fn the_unit_is_that_of_the_project_and_waits_for_its_operator() {
        let deb = metadata();
        let units = &deb["systemd-units"];
        let name = format!("{}.service", text(&units["unit-name"]));
        let unit = workspace::root()
            .join("crates/cli")
            .join(text(&units["unit-scripts"]))
            .join(name);
        assert_eq!(
            unit.canonicalize().unwrap(),
            workspace::root()
                .join("packaging/secure-chat.service")
                .canonicalize()
                .unwrap()
        );
        assert_eq!(
            (&units["enable"], &units["start"]),
            (&Value::Bool(false), &Value::Bool(false))
        );
        let unit = fs::read_to_string(unit).unwrap();
        // One that may be missing begins with a sign; the one with the key does not.
        for line in [
            "EnvironmentFile=-/etc/default/secure-chat",
            "EnvironmentFile=/etc/secure-chat/env",
        ] {
            assert!(unit.lines().any(|it| it == line), "{line}");
        }
    }

    /// `sh -n` reads them, they stop at the first error, and have the place for what cargo-deb adds.
    #[test]
    fn what_runs_at_installation_is_sound() {
        let scripts = workspace::root()
            .join("crates/cli")
            .join(text(&metadata()["maintainer-scripts"]));
        for name in ["postinst", "postrm"] {
            let script = scripts.join(name);
            assert!(succeeds(command("sh").arg("-n").arg(&script)), "{name}");
            let said = fs::read_to_string(script).unwrap();
            assert!(
                said.contains("\nset -e\n") && said.contains("\n#DEBHELPER#\n"),
                "{name}"
            );
        }
    }
}
