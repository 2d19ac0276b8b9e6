//! A file of settings: what stands there holds unless the environment or the command line says otherwise.
//!
//! ```toml
//! data = "/var/lib/lianban"
//! public-url = "https://portal.example"
//! mail = "smtps://notice@mail.example"
//! mail-password-file = "/etc/lianban/mail.password"
//! ```
//! A key is the long name of an option; it becomes the default of that option in every command that has it.

use anyhow::{Context as _, Result, bail};
use clap::{Arg, Command};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The variable of the environment that names the file.
pub(crate) const VARIABLE: &str = "LIANBAN_CONFIG";
/// The option that names the file.
const OPTION: &str = "--config";

/// The file that the words of the command line name, before any of them is understood.
pub(crate) fn named(words: impl IntoIterator<Item = OsString>) -> Option<PathBuf> {
    let mut words = words.into_iter().skip(1);
    while let Some(word) = words.next() {
        if word == OPTION {
            return words.next().map(PathBuf::from);
        }
        if let Some(file) = word.to_str().and_then(|word| word.strip_prefix("--config=")) {
            return Some(PathBuf::from(file));
        }
    }
    None
}

/// The file that the environment names.
pub(crate) fn of_environment() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// The settings of a file, each as the words that the command line would have.
pub(crate) fn read(file: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let told = || format!("reading the settings in {}", file.display());
    let text = fs::read_to_string(file).with_context(told)?;
    let table: toml::Table = text.parse().with_context(told)?;
    table.into_iter().map(|(key, value)| words(&key, value).map(|words| (key, words))).collect()
}

fn words(key: &str, value: toml::Value) -> Result<Vec<String>> {
    Ok(match value {
        toml::Value::String(text) => vec![text],
        toml::Value::Integer(number) => vec![number.to_string()],
        toml::Value::Boolean(is_on) => vec![is_on.to_string()],
        toml::Value::Array(items) => {
            let each = items.into_iter().map(|item| words(key, item));
            each.collect::<Result<Vec<_>>>()?.concat()
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => {
            bail!(
                "the setting `{key}` is neither a text, a whole number, true or false, nor a list of them"
            )
        }
    })
}

/// The command with settings as its defaults.
pub(crate) fn apply(command: Command, settings: &BTreeMap<String, Vec<String>>) -> Result<Command> {
    for key in settings.keys() {
        if is_secret(key) {
            bail!("`{key}` is a secret: the settings name a file, the secret stands in that file");
        }
        if !knows(&command, key) {
            bail!("no command has an option `--{key}`");
        }
    }
    Ok(with_defaults(command, settings))
}

/// Whether a key asks for a secret itself.
fn is_secret(key: &str) -> bool {
    (key.ends_with("password") || key.ends_with("secret")) && !key.ends_with("-file")
}

fn knows(command: &Command, key: &str) -> bool {
    command.get_arguments().any(|arg| arg.get_long() == Some(key))
        || command.get_subcommands().any(|below| knows(below, key))
}

fn with_defaults(command: Command, settings: &BTreeMap<String, Vec<String>>) -> Command {
    let set = |arg: Arg| match arg.get_long().and_then(|long| settings.get(long)) {
        Some(words) => arg.default_values(words.clone()),
        None => arg,
    };
    command.mut_args(set).mut_subcommands(|below| with_defaults(below, settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ArgAction;

    fn command() -> Command {
        let listen = Arg::new("listen").long("listen").env("LIANBAN_TEST_UNSET").default_value("a");
        let demo = Arg::new("demo").long("demo").action(ArgAction::SetTrue);
        let serve = Command::new("serve").arg(listen).arg(demo);
        Command::new("lianban").subcommand(serve)
    }

    fn file(text: &str) -> Result<BTreeMap<String, Vec<String>>> {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("lianban.toml");
        fs::write(&file, text).unwrap();
        read(&file)
    }

    #[test]
    fn a_file_sets_what_the_command_line_leaves_open() {
        let settings = file("listen = \"b\"\ndemo = true\n").unwrap();
        for (words, listen, demo) in [
            (&["lianban", "serve"][..], "b", true),
            (&["lianban", "serve", "--listen", "c"], "c", true),
        ] {
            let matches = apply(command(), &settings).unwrap().get_matches_from(words);
            let serve = matches.subcommand_matches("serve").unwrap();
            assert_eq!(serve.get_one::<String>("listen").map(String::as_str), Some(listen));
            assert_eq!(serve.get_flag("demo"), demo);
        }
    }

    #[test]
    fn unknown_keys_secrets_and_shapes_are_refused() {
        for (text, told) in [
            ("lissen = \"b\"", "no command has an option `--lissen`"),
            ("mail-password = \"x\"", "is a secret"),
            ("listen = 1.5", "neither a text"),
            ("[serve]\nlisten = \"b\"", "neither a text"),
            ("listen = ", "reading the settings"),
        ] {
            let error = file(text).and_then(|settings| apply(command(), &settings)).unwrap_err();
            assert!(format!("{error:#}").contains(told), "{text}: {error:#}");
        }
    }

    #[test]
    fn the_file_is_found_before_the_words_are_understood() {
        for (words, found) in [
            (&["lianban", "--config", "x.toml", "serve"][..], Some("x.toml")),
            (&["lianban", "serve", "--config=y.toml"], Some("y.toml")),
            (&["lianban", "serve", "--config"], None),
            (&["--config", "serve"], None),
        ] {
            let words = words.iter().map(OsString::from);
            assert_eq!(named(words), found.map(PathBuf::from));
        }
    }
}
