//! Keys of elements and the paths by which services name them.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

/// The key of an element, an attribute, a role or a row: lower case, digits and `_`, beginning with a letter.
///
/// Keys order, compare and hash as their texts do. They are looked up hundreds of times for every payload, so that the first
/// eight bytes are kept as a number and decide most comparisons.
#[derive(Clone)]
pub struct Key {
    head: u64,
    text: Arc<str>,
}

/// A text that is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no key: lower-case letters, digits and `_`, beginning with a letter")]
pub struct NotAKey(pub String);

impl Key {
    /// The text of the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The first eight bytes as a number that orders as they do; a shorter text is filled up with zeros.
fn head(text: &str) -> u64 {
    let bytes = text.bytes().chain(std::iter::repeat(0));
    bytes.take(8).fold(0, |head, byte| (head << 8) | u64::from(byte))
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head && self.text == other.text
    }
}

impl Eq for Key {}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        // INVARIANT: the same order as that of the texts, which `Borrow<str>` demands.
        self.head.cmp(&other.head).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if first && rest {
            Ok(Self { head: head(text), text: text.into() })
        } else {
            Err(NotAKey(text.to_owned()))
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// What an attribute belongs to: a role (角色) or a kind of row, one or many of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The key of the role or row, without brackets.
    pub key: Key,
    /// Whether it repeats, written `[]`.
    pub many: bool,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.key, if self.many { "[]" } else { "" })
    }
}

impl FromStr for Subject {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (key, many) = match text.strip_suffix("[]") {
            Some(key) => (key, true),
            None => (text, false),
        };
        Ok(Self { key: key.parse()?, many })
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A field of a service form: `attribute`, `subject.attribute` or `row[].attribute`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The role or row; `None` for an element of the enterprise itself.
    pub subject: Option<Subject>,
    /// The element, or the attribute of the subject.
    pub attribute: Key,
}

/// A text that is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no path: write `element`, `role.attribute` or `row[].attribute`")]
pub struct NotAPath(pub String);

impl Path {
    /// The path of a plain element.
    #[must_use]
    pub fn plain(attribute: Key) -> Self {
        Self { subject: None, attribute }
    }

    /// The path of an attribute of a role or row.
    #[must_use]
    pub fn of(subject: Subject, attribute: Key) -> Self {
        Self { subject: Some(subject), attribute }
    }

    /// The key of the subject, where there is one.
    #[must_use]
    pub fn subject_key(&self) -> Option<&str> {
        self.subject.as_ref().map(|subject| subject.key.as_str())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Some(subject) => write!(f, "{subject}.{}", self.attribute),
            None => write!(f, "{}", self.attribute),
        }
    }
}

impl FromStr for Path {
    type Err = NotAPath;

    fn from_str(text: &str) -> Result<Self, NotAPath> {
        let fault = |_key: NotAKey| NotAPath(text.to_owned());
        match text.split_once('.') {
            Some((subject, attribute)) => Ok(Self {
                subject: Some(subject.parse().map_err(fault)?),
                attribute: attribute.parse().map_err(fault)?,
            }),
            None => Ok(Self { subject: None, attribute: text.parse().map_err(fault)? }),
        }
    }
}

impl Serialize for Path {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_their_texts() {
        let mut texts = [
            "a",
            "a1",
            "address_detail",
            "address_division",
            "address",
            "phone",
            "b",
            "a_",
            "addresses",
        ];
        let mut keys = texts.map(|text| text.parse::<Key>().unwrap());
        texts.sort_unstable();
        keys.sort_unstable();
        assert_eq!(keys.iter().map(Key::as_str).collect::<Vec<_>>(), texts);
        assert_eq!("phone".parse::<Key>(), "phone".parse::<Key>());
    }

    #[test]
    fn a_path_prints_as_it_was_written() {
        for text in ["uscc", "agent.name", "employee[].monthly_wage"] {
            assert_eq!(text.parse::<Path>().unwrap().to_string(), text);
        }
        for text in ["", "Uscc", "agent.", ".name", "a.b.c", "employee[.name", "a b", "9a", "x[]"] {
            assert!(text.parse::<Path>().is_err(), "{text}");
        }
    }
}
