//! Secrets that an operator hands over: in a file or in the environment, never on the command line.

use crate::cli::complain;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The longest secret that is taken, in bytes: what is longer is the wrong file.
const BYTES_MAX: u64 = 64 << 10;

/// The secret of a file, else of a variable of the environment; none if there is neither.
pub(crate) fn find(file: Option<&Path>, variable: &str) -> Result<Option<String>> {
    match file {
        Some(file) => of_file(file).map(Some),
        None => of_variable(variable),
    }
}

/// The one line of a file.
fn of_file(file: &Path) -> Result<String> {
    let told = || format!("reading the secret in {}", file.display());
    let about = fs::metadata(file).with_context(told)?;
    if about.len() > BYTES_MAX {
        bail!("{} is too large to hold a secret", file.display());
    }
    if about.is_file() && about.permissions().mode() & 0o007 != 0 {
        complain(&format!("{} can be read by everybody: chmod o-rwx", file.display()));
    }
    one_line(&fs::read_to_string(file).with_context(told)?)
        .with_context(|| format!("{} holds no secret of one line", file.display()))
}

#[expect(clippy::disallowed_methods, reason = "the app is the only reader of the environment")]
fn of_variable(variable: &str) -> Result<Option<String>> {
    match std::env::var(variable) {
        Ok(text) => {
            let secret = one_line(&text);
            secret.map(Some).with_context(|| format!("{variable} holds no secret of one line"))
        }
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => bail!("{variable} is not UTF-8"),
    }
}

/// The text without the end of its line; nothing if it is empty or has more lines than one.
fn one_line(text: &str) -> Option<String> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains(['\n', '\r'])).then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_one_line_with_its_white_space() {
        for (text, secret) in [
            ("geheim", Some("geheim")),
            ("geheim\n", Some("geheim")),
            (" ge heim \r\n", Some(" ge heim ")),
            ("", None),
            ("\n", None),
            ("one\ntwo\n", None),
        ] {
            assert_eq!(one_line(text).as_deref(), secret, "{text:?}");
        }
    }

    #[test]
    fn a_file_that_is_missing_empty_or_too_large_is_told_by_its_name() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("secret");
        let told = |file: &Path| format!("{:#}", find(Some(file), "LIANBAN_NONE").unwrap_err());
        assert!(told(&file).contains("reading the secret in"), "{}", told(&file));
        fs::write(&file, "").unwrap();
        assert!(told(&file).contains("holds no secret"), "{}", told(&file));
        fs::write(&file, vec![b'x'; 70_000]).unwrap();
        assert!(told(&file).contains("too large"), "{}", told(&file));
        fs::write(&file, "geheim\n").unwrap();
        assert_eq!(find(Some(&file), "LIANBAN_NONE").unwrap().as_deref(), Some("geheim"));
        assert_eq!(find(None, "LIANBAN_NONE").unwrap(), None);
    }
}
