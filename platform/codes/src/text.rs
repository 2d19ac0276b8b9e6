//! Short ASCII texts held by value, the traits every identifier shares, and the folding of typed text.

/// An ASCII text of exactly `N` characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ascii<const N: usize>([u8; N]);

impl<const N: usize> Ascii<N> {
    /// The text, if it is ASCII and of the right length.
    pub(crate) fn new(text: &str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        <[u8; N]>::try_from(text.as_bytes()).ok().map(Self)
    }

    /// A constant text; every byte has to be ASCII.
    pub(crate) const fn constant(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn bytes(&self) -> &[u8; N] {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        // INVARIANT: `new` admits ASCII only, so the fallback is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The characters `from..to` of an ASCII text; empty where the text is shorter or not ASCII there.
pub(crate) fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// The place, counted from one, of the first character that `fits` refuses.
pub(crate) fn first_misfit(text: &str, fits: impl Fn(usize, char) -> bool) -> Option<usize> {
    text.chars().enumerate().find(|(i, c)| !fits(*i, *c)).map(|(i, _)| i + 1)
}

/// Folds what people type to what identifiers are made of: full width becomes half width, letters
/// become capitals, spaces and invisible joiners go, and the many dashes become `-`.
///
/// Parsing itself is strict; forms fold first, so that `４４０１１５ … 7516x` is understood.
///
/// ```
/// assert_eq!(codes::fold_identifier(" ４４０１１３ 19900307 451６"), "440113199003074516");
/// ```
#[must_use]
pub fn fold_identifier(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{00AD}' => None,
            c if c.is_whitespace() => None,
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => {
                Some('-')
            }
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0),
            c => Some(c),
        })
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Implements the traits of a text identifier (`Display`, `Debug`, `AsRef<str>`, `Serialize`,
/// `Deserialize`, `TryFrom<&str>`) for a type that has `as_str` and `FromStr`.
macro_rules! text_identifier {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
        crate::text::parsed_identifier!($name);
    };
}

/// Implements `Debug`, `Serialize`, `Deserialize` and `TryFrom<&str>` over `Display` and `FromStr`.
macro_rules! parsed_identifier {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
        impl TryFrom<&str> for $name {
            type Error = crate::IdentifierError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use {parsed_identifier, text_identifier};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_text_is_folded() {
        let table = [
            ("４４０１１５—２６０２１２", "440115-260212"),
            ("91440115 mad2k7q49j", "91440115MAD2K7Q49J"),
            ("\u{feff}Ｈ１２３ ", "H123"),
            ("中文 x", "中文X"),
        ];
        for (typed, folded) in table {
            assert_eq!(fold_identifier(typed), folded, "{typed}");
        }
    }
}
