//! `man` and `completions`: what a package installs beside the program, made of the command line itself.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::{args::Arguments, exit::Problem, output::write_line};

const NAME: &str = "secure-chat";

/// Completions of a shell.
pub(super) fn completions(shell: Shell) -> Result<(), Problem> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), NAME, &mut text);
    write_line(String::from_utf8_lossy(&text).trim_end())
}

/// The manual page, with every command below its own heading.
pub(super) fn page() -> Result<(), Problem> {
    let mut text = Vec::new();
    let command = Arguments::command();
    clap_mangen::Man::new(command.clone()).render(&mut text)?;
    for below in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        let name = format!("{NAME} {}", below.get_name());
        let below = below.clone().display_name(name.clone()).bin_name(name);
        let page = clap_mangen::Man::new(below);
        page.render_synopsis_section(&mut text)?;
        page.render_description_section(&mut text)?;
        page.render_options_section(&mut text)?;
        page.render_subcommands_section(&mut text)?;
    }
    write_line(String::from_utf8_lossy(&text).trim_end())
}
