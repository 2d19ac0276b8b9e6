//! Regular expressions as deterministic automata, so that two of them can be compared.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::{Anchored, Input};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::sync::Arc;

/// The most memory one automaton may take: 10⁴ states with their transitions fit well below.
const DFA_BYTES_MAX: usize = 8 << 20;

/// A pattern that a whole text must match.
///
/// `\d` and `\w` mean ASCII digits and letters, as they do in a browser's `pattern` attribute, so that page and server
/// judge alike.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    dfa: Arc<dense::DFA<Vec<u32>>>,
}

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no usable pattern: {why}")]
pub struct PatternError {
    /// The pattern as written.
    pub pattern: String,
    /// What is wrong with it.
    pub why: String,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// [`PatternError`] if it is malformed or its automaton is too large.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let fault = |why: String| PatternError { pattern: text.to_owned(), why };
        let whole = format!("^(?:{})$", ascii_classes(text));
        let dfa = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .minimize(whole.len() < 64)
                    .dfa_size_limit(Some(DFA_BYTES_MAX))
                    .determinize_size_limit(Some(DFA_BYTES_MAX)),
            )
            .thompson(thompson::Config::new().nfa_size_limit(Some(DFA_BYTES_MAX)))
            .build(&whole)
            .map_err(|error| fault(error.to_string()))?;
        Ok(Self { text: text.to_owned(), dfa: Arc::new(dfa) })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The automaton, anchored at both ends.
    #[must_use]
    pub fn automaton(&self) -> &dense::DFA<Vec<u32>> {
        &self.dfa
    }

    /// Whether a whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let input = Input::new(text).anchored(Anchored::Yes);
        // The automaton has no quit bytes and no prefilter, so that a search cannot fail.
        matches!(self.dfa.try_search_fwd(&input), Ok(Some(end)) if end.offset() == text.len())
    }
}

/// Writes the classes `\d` and `\w` out as their ASCII ranges.
fn ascii_classes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_class = false;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match (chars.next(), in_class) {
                (Some('d'), true) => out.push_str("0-9"),
                (Some('d'), false) => out.push_str("[0-9]"),
                (Some('w'), true) => out.push_str("A-Za-z0-9_"),
                (Some('w'), false) => out.push_str("[A-Za-z0-9_]"),
                (Some(other), _) => {
                    out.push('\\');
                    out.push(other);
                }
                (None, _) => out.push('\\'),
            },
            '[' => {
                in_class = true;
                out.push(c);
            }
            ']' => {
                in_class = false;
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_the_whole_text() {
        let icp = Pattern::new(r"^[\u4e00-\u9fa5]ICP[备证]\d{6,10}号(-\d+)?$").unwrap();
        for (text, fits) in [
            ("粤ICP备12345678号", true),
            ("粤ICP备12345678号-1", true),
            ("粤ICP备12345号", false),
            ("粤ICP备12345678号 ", false),
            ("粤ICP备１２３４５６７８号", false), // full-width digits are folded before, never accepted here
        ] {
            assert_eq!(icp.matches(text), fits, "{text}");
        }
        let bare = Pattern::new(r"\d{3}").unwrap();
        assert!(bare.matches("123") && !bare.matches("1234") && !bare.matches("٣٣٣"));
        assert!(Pattern::new(r"[\d-]+").unwrap().matches("020-1234"));
    }

    #[test]
    fn a_bad_or_boundless_pattern_is_refused() {
        assert!(Pattern::new("(").is_err());
        assert!(Pattern::new(r"(?:\pL{1,300}){300}").is_err());
    }
}
