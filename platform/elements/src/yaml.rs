//! Reading YAML with file, line and column in every error.

use serde::de::DeserializeOwned;

/// A fault of a YAML file, where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct YamlError {
    /// The file, as it was named by the caller.
    pub file: String,
    /// The line, from 1; 0 where the reader could not tell.
    pub line: u64,
    /// The column, from 1; 0 where the reader could not tell.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

/// Reads one YAML document into a type.
///
/// # Errors
/// [`YamlError`] with the place of the fault.
pub fn from_yaml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, YamlError> {
    serde_saphyr::from_str(text).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        let plain = error.without_snippet().to_string();
        YamlError { file: file.to_owned(), line, column, message: first_line(&plain) }
    })
}

/// The first line of a message, without the place that stands in fields of its own.
fn first_line(message: &str) -> String {
    let line = message.lines().find(|line| !line.trim().is_empty()).unwrap_or("unreadable");
    line.trim().trim_start_matches("error: ").to_owned()
}
