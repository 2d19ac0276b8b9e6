//! Folding of what people type: full-width forms, brackets and blanks.

use unicode_normalization::UnicodeNormalization as _;

/// A text as it is kept: composed (NFC), without blanks at its ends.
pub(crate) fn kept(text: &str) -> String {
    text.trim().nfc().collect()
}

/// Folds compatibility forms (NFKC): full-width digits, letters and blanks become plain ones; blanks at the ends go.
#[must_use]
pub fn folded(text: &str) -> String {
    let plain: String =
        text.nfkc().map(|c| if c == '\u{2212}' || c == '\u{2013}' { '-' } else { c }).collect();
    plain.trim().to_owned()
}

/// The form in which two texts are compared: folded, brackets of every kind round, no blanks, lower case.
#[must_use]
pub fn comparable(text: &str) -> String {
    text.nfkc()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '〔' | '[' | '【' | '［' => '(',
            '〕' | ']' | '】' | '］' => ')',
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_and_brackets_fold() {
        assert_eq!(folded("　１２３ＡＢＣ "), "123ABC");
        assert_eq!(comparable("粤价认〔2020〕 3号"), comparable("粤价认[2020]3号"));
        assert_eq!(comparable("青禾（广州）"), comparable("青禾(广州)"));
    }

    #[test]
    fn names_are_kept_as_typed() {
        assert_eq!(kept(" 青禾（广州） "), "青禾（广州）");
    }
}
